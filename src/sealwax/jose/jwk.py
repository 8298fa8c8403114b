"""JSON Web Keys: from their members to values that have been checked.

RFC 7517, RFC 7518 §6, RFC 8037 §2 (OKP), RFC 9964 §3 (AKP).

Every number is checked here, once: length, curve, size, strength. It needs nothing but arithmetic,
so a receiver reads the keys of an issuer without loading a cryptographic library; the library is
asked when a key has a private half, or when it is first used.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sealwax.jose import errors
from sealwax.jose.algorithms import MAXIMUM_RSA_BITS, MINIMUM_RSA_BITS
from sealwax.jose.encoding import EncodingError, base64url_decode, base64url_encode
from sealwax.jose.errors import KeyInvalid

if TYPE_CHECKING:
    from sealwax.jose.primitives import Material, PublicKey

MINIMUM_SECRET_SIZE_BYTES: Final = 32
"""What HS256 needs (RFC 7518 §3.2); the longer hashes need more, which their rows say."""
MINIMUM_CIPHER_KEY_SIZE_BYTES: Final = 16
"""What AES-128 needs; a password for PBES2 has no fewer bytes either."""
MAXIMUM_SECRET_SIZE_BYTES: Final = 1024
MINIMUM_RSA_EXPONENT: Final = 65537
"""FIPS 186-5 A.1.1. Smaller ones, 3 above all, are what forgeries of signatures live on."""
_MAXIMUM_EXPONENT_BITS: Final = 64
_MAXIMUM_MEMBER_LENGTH: Final = 4 * (MAXIMUM_RSA_BITS // 8)

# The primes over which the faulty generator of CVE-2017-15361 (ROCA) leaves its mark: modulo
# each of them its moduli are powers of 65537. A sound modulus is that for all by a rare accident
# (about one in 2^27).
_ROCA_PRIMES: Final = (
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
)  # fmt: skip
PRIVATE_RSA_MEMBERS: Final = ("d", "p", "q", "dp", "dq", "qi")
OKP_SIZES: Final = {"Ed25519": 32, "Ed448": 57, "X25519": 32, "X448": 56}
ML_DSA_PUBLIC_SIZES: Final = {"ML-DSA-44": 1312, "ML-DSA-65": 1952, "ML-DSA-87": 2592}
ML_DSA_SEED_SIZE_BYTES: Final = 32


class Curve(NamedTuple):
    """The field of a curve y^2 = x^3 + ax + b, and its coefficients (SEC 2, FIPS 186)."""

    size_bits: int
    prime: int
    a: int
    b: int

    def has_point(self, x: int, y: int) -> bool:
        """Tell whether x and y are a point. The curves have no other points than good ones."""
        p = self.prime
        return x < p and y < p and (y * y - x * x * x - self.a * x - self.b) % p == 0


_P256: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_P384: Final = 2**384 - 2**128 - 2**96 + 2**32 - 1
CURVES: Final[Mapping[str, Curve]] = {
    "P-256": Curve(
        256,
        _P256,
        -3,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    ),
    "P-384": Curve(
        384,
        _P384,
        -3,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    ),
    "P-521": Curve(
        521,
        2**521 - 1,
        -3,
        0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
    ),
    "secp256k1": Curve(256, 2**256 - 2**32 - 977, 0, 7),
}


class CheckedKey(NamedTuple):
    """A key that is fit for use, before anybody said what for.

    `members` are the public ones that RFC 7638 §3.2 takes the thumbprint of, in their order.
    `material` is what the cryptographic library makes of the key, None until it has been asked.
    """

    key_type: str
    curve: str
    size_bits: int
    members: Mapping[str, str]
    is_private: bool = False
    material: "Material | None" = None


def read_key(jwk: Mapping[str, Any]) -> CheckedKey:
    """Check the members of a JWK. The size of a secret is left to `check_secret_size`.

    Raises KeyInvalid.
    """
    key_type = jwk.get("kty")
    if key_type == "EC":
        return _read_ec(jwk)
    if key_type == "RSA":
        return _read_rsa(jwk)
    if key_type == "OKP":
        return _read_okp(jwk)
    if key_type == "oct":
        return secret_key(read_octets(jwk, "k"))
    if key_type == "AKP":
        return _read_akp(jwk)
    raise KeyInvalid(
        errors.KEY_TYPE_UNSUPPORTED,
        f"'kty' is {errors.shown(key_type)}; EC, RSA, OKP, AKP and oct are accepted",
    )


def secret_key(secret: bytes) -> CheckedKey:
    """Take random bytes as a key. Neither their size nor what they are is checked here."""
    members = {"k": octets_text(secret), "kty": "oct"}
    return CheckedKey("oct", "", 8 * len(secret), members, is_private=True, material=secret)


def ec_members(curve: str, x: int, y: int) -> dict[str, str]:
    """Write the public members of a point, in the order of RFC 7638 §3.2."""
    size = (CURVES[curve].size_bits + 7) // 8
    x_text, y_text = octets_text(x.to_bytes(size, "big")), octets_text(y.to_bytes(size, "big"))
    return {"crv": curve, "kty": "EC", "x": x_text, "y": y_text}


def rsa_members(n: int, e: int) -> dict[str, str]:
    """Write the public members of an RSA key, likewise."""
    return {"e": number_text(e), "kty": "RSA", "n": number_text(n)}


def okp_members(curve: str, public: bytes) -> dict[str, str]:
    """Write the public members of an octet key pair, likewise (RFC 8037 §2)."""
    return {"crv": curve, "kty": "OKP", "x": octets_text(public)}


def akp_members(parameter_set: str, public: bytes) -> dict[str, str]:
    """Write the public members of an algorithm key pair, likewise (RFC 9964 §6)."""
    return {"alg": parameter_set, "kty": "AKP", "pub": octets_text(public)}


def check_rsa(n: int, e: int) -> None:
    """Refuse an RSA key that is weak by its numbers alone. Raises KeyInvalid."""
    bits = n.bit_length()
    if not MINIMUM_RSA_BITS <= bits <= MAXIMUM_RSA_BITS:
        detail = f"RSA of {bits} bits; {MINIMUM_RSA_BITS} to {MAXIMUM_RSA_BITS} are accepted"
        raise KeyInvalid(errors.KEY_WEAK, detail)
    if n % 2 == 0:
        raise KeyInvalid(errors.KEY_WEAK, "the RSA modulus is even")
    if e < MINIMUM_RSA_EXPONENT or e % 2 == 0 or e.bit_length() > _MAXIMUM_EXPONENT_BITS:
        detail = f"the RSA exponent is not an odd number of {MINIMUM_RSA_EXPONENT} to 2^64"
        raise KeyInvalid(errors.KEY_WEAK, detail)
    if all(_is_power_of_65537(n % prime, prime) for prime in _ROCA_PRIMES):
        raise KeyInvalid(errors.KEY_WEAK, "made by the generator of CVE-2017-15361 (ROCA)")


def check_secret_size(secret: bytes, *, is_for_encryption: bool) -> None:
    """Refuse a secret that is short for what it is for, or absurdly long. Raises KeyInvalid."""
    minimum = MINIMUM_CIPHER_KEY_SIZE_BYTES if is_for_encryption else MINIMUM_SECRET_SIZE_BYTES
    if not minimum <= len(secret) <= MAXIMUM_SECRET_SIZE_BYTES:
        is_short = len(secret) < minimum
        limits = f"{minimum} to {MAXIMUM_SECRET_SIZE_BYTES}"
        detail = f"{len(secret)} bytes; {limits} are accepted"
        raise KeyInvalid(errors.KEY_WEAK if is_short else errors.KEY_FORMAT, detail)


def read_octets(jwk: Mapping[str, Any], member: str, size_bytes: int | None = None) -> bytes:
    """Read a member that holds base64url, of that size if one is given. Raises KeyInvalid."""
    text = jwk.get(member)
    if not isinstance(text, str) or len(text) > _MAXIMUM_MEMBER_LENGTH or not text.isascii():
        raise KeyInvalid(errors.KEY_FORMAT, f"'{member}' is not a base64url text of usual length")
    try:
        data = base64url_decode(text.encode("ascii"))
    except EncodingError as error:
        raise KeyInvalid(errors.KEY_FORMAT, f"'{member}' is {error}") from None
    if size_bytes is not None and len(data) != size_bytes:
        detail = f"'{member}' has {len(data)} bytes; {size_bytes} are accepted"
        raise KeyInvalid(errors.KEY_FORMAT, detail)
    return data


def read_number(jwk: Mapping[str, Any], member: str, size_bytes: int | None = None) -> int:
    """Read a member that holds a number. Raises KeyInvalid."""
    return int.from_bytes(read_octets(jwk, member, size_bytes), "big")


def octets_text(data: bytes) -> str:
    """Write bytes as a member holds them."""
    return base64url_encode(data).decode("ascii")


def number_text(number: int) -> str:
    """Write a number in as few bytes as it needs."""
    return octets_text(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def unsupported_curve(name: object) -> KeyInvalid:
    """Say which curves there are."""
    detail = f"curve {errors.shown(name)}; accepted are {', '.join((*CURVES, *OKP_SIZES))}"
    return KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, detail)


def _read_ec(jwk: Mapping[str, Any]) -> CheckedKey:
    name = jwk.get("crv")
    if not isinstance(name, str) or name not in CURVES:
        raise unsupported_curve(name)
    curve = CURVES[name]
    size = (curve.size_bits + 7) // 8
    x, y = read_number(jwk, "x", size), read_number(jwk, "y", size)
    if not curve.has_point(x, y):
        raise KeyInvalid(errors.KEY_FORMAT, f"'x' and 'y' are no point of {name}")
    public = CheckedKey("EC", name, curve.size_bits, ec_members(name, x, y))
    if "d" not in jwk:
        return public
    return _with_private_half(public, {"d": read_octets(jwk, "d", size)})


def _read_okp(jwk: Mapping[str, Any]) -> CheckedKey:
    name = jwk.get("crv")
    if not isinstance(name, str) or name not in OKP_SIZES:
        raise unsupported_curve(name)
    size = OKP_SIZES[name]
    public = CheckedKey("OKP", name, 8 * size, okp_members(name, read_octets(jwk, "x", size)))
    if "d" not in jwk:
        return public
    return _with_private_half(public, {"d": read_octets(jwk, "d", size)})


def _read_rsa(jwk: Mapping[str, Any]) -> CheckedKey:
    n, e = read_number(jwk, "n"), read_number(jwk, "e")
    check_rsa(n, e)
    public = CheckedKey("RSA", "", n.bit_length(), rsa_members(n, e))
    if not any(member in jwk for member in (*PRIVATE_RSA_MEMBERS, "oth")):
        return public
    if "oth" in jwk:
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, "more than two primes ('oth')")
    return _with_private_half(
        public, {name: read_octets(jwk, name) for name in PRIVATE_RSA_MEMBERS}
    )


def _read_akp(jwk: Mapping[str, Any]) -> CheckedKey:
    """Read an ML-DSA key: `alg` is required and names the parameter set (RFC 9964 §3).

    The library is asked at once, since an older one has no ML-DSA.
    """
    name = jwk.get("alg")
    if not isinstance(name, str) or name not in ML_DSA_PUBLIC_SIZES:
        sets = ", ".join(ML_DSA_PUBLIC_SIZES)
        detail = f"'alg' of an AKP key is {errors.shown(name)}; accepted are {sets}"
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, detail)
    size = ML_DSA_PUBLIC_SIZES[name]
    public = CheckedKey("AKP", name, 8 * size, akp_members(name, read_octets(jwk, "pub", size)))
    if "priv" not in jwk:
        return public._replace(material=load_public(public.members))
    return _with_private_half(public, {"priv": read_octets(jwk, "priv", ML_DSA_SEED_SIZE_BYTES)})


def load_public(members: Mapping[str, str]) -> "PublicKey":
    """Have the cryptographic library make a key of public members. Raises KeyInvalid."""
    from sealwax.jose import key_material  # noqa: PLC0415  # half the import time, see above

    return key_material.load_public(members)


def _with_private_half(public: CheckedKey, private: Mapping[str, bytes]) -> CheckedKey:
    from sealwax.jose import key_material  # noqa: PLC0415  # half the import time, see above

    material = key_material.load_private(public.members, private)
    return public._replace(is_private=True, material=material)


def _is_power_of_65537(residue: int, prime: int) -> bool:
    power = 1
    for _ in range(prime - 1):
        if power == residue:
            return True
        power = power * 65537 % prime
    return False
