"""JSON Web Keys: from their members to key material and back.

RFC 7517, RFC 7518 §6, RFC 8037 §2 (OKP), RFC 9964 §3 (AKP).

Every number is checked here, once: length, curve, size, and that the two halves of a private key
belong together. What comes out is fit for use.
"""

from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519

from sealwax.jose import errors, ml_dsa
from sealwax.jose.algorithms import MAXIMUM_RSA_BITS, MINIMUM_RSA_BITS
from sealwax.jose.encoding import EncodingError, base64url_decode, base64url_encode
from sealwax.jose.errors import KeyInvalid
from sealwax.jose.ml_dsa import PUBLIC_KEY_SIZES, SEED_SIZE_BYTES, MlDsaPrivateKey, MlDsaPublicKey
from sealwax.jose.primitives import (
    ASYMMETRIC_PRIVATE_TYPES,
    CURVE_NAMES,
    CURVES,
    Material,
    PrivateKey,
    PublicKey,
)

MINIMUM_SECRET_SIZE_BYTES: Final = 32
"""What HS256 needs (RFC 7518 §3.2); the longer hashes need more, which their rows say."""
MINIMUM_CIPHER_KEY_SIZE_BYTES: Final = 16
"""What AES-128 needs; a password for PBES2 has no fewer bytes either."""
MAXIMUM_SECRET_SIZE_BYTES: Final = 1024
_MAXIMUM_EXPONENT_BITS: Final = 64
_MAXIMUM_MEMBER_LENGTH: Final = 4 * (MAXIMUM_RSA_BITS // 8)

# The primes over which the faulty generator of CVE-2017-15361 (ROCA) leaves its mark: modulo
# each of them its moduli are powers of 65537. A sound modulus is that for all by a rare accident
# (about one in 2^27).
_ROCA_PRIMES: Final = (
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
)  # fmt: skip
_PRIVATE_RSA_MEMBERS: Final = ("d", "p", "q", "dp", "dq", "qi")
_OKP_SIZES: Final = {"Ed25519": 32, "Ed448": 57, "X25519": 32, "X448": 56}
_OKP_PUBLIC: Final[Mapping[str, Any]] = {
    "Ed25519": ed25519.Ed25519PublicKey,
    "Ed448": ed448.Ed448PublicKey,
    "X25519": x25519.X25519PublicKey,
    "X448": x448.X448PublicKey,
}
_OKP_PRIVATE: Final[Mapping[str, Any]] = {
    "Ed25519": ed25519.Ed25519PrivateKey,
    "Ed448": ed448.Ed448PrivateKey,
    "X25519": x25519.X25519PrivateKey,
    "X448": x448.X448PrivateKey,
}


def read_material(jwk: Mapping[str, Any]) -> Material:
    """Build key material from the members of a JWK. Raises KeyInvalid."""
    key_type = jwk.get("kty")
    if key_type == "EC":
        return _read_ec(jwk)
    if key_type == "RSA":
        return _read_rsa(jwk)
    if key_type == "OKP":
        return _read_okp(jwk)
    if key_type == "oct":
        return _octets(jwk, "k")
    if key_type == "AKP":
        return _read_akp(jwk)
    raise KeyInvalid(
        errors.KEY_TYPE_UNSUPPORTED,
        f"'kty' is {errors.shown(key_type)}; EC, RSA, OKP, AKP and oct are accepted",
    )


def check_material(material: Material, *, is_for_encryption: bool = False) -> tuple[str, str, int]:
    """Refuse a weak or unsupported key, whatever it was read from.

    Gives its type, its curve (or "") and its size in bits. Raises KeyInvalid.
    """
    if isinstance(material, bytes):
        return "oct", "", _check_secret_size(material, is_for_encryption=is_for_encryption)
    if isinstance(material, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        curve = CURVE_NAMES.get(material.curve.name)
        if curve is None:
            raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, _curves(material.curve.name))
        return "EC", curve, material.key_size
    if isinstance(material, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        public = material if isinstance(material, rsa.RSAPublicKey) else material.public_key()
        numbers = public.public_numbers()
        _check_rsa(numbers.n, numbers.e)
        return "RSA", "", public.key_size
    if isinstance(material, MlDsaPublicKey | MlDsaPrivateKey):
        name = material.parameter_set
        return "AKP", name, 8 * PUBLIC_KEY_SIZES[name]
    curve = _okp_curve(material)
    return "OKP", curve, 8 * _OKP_SIZES[curve]


def public_members(material: Material) -> dict[str, str]:
    """Write the members RFC 7638 §3.2 takes the thumbprint of, in their order."""
    if isinstance(material, bytes):
        return {"k": _text(material), "kty": "oct"}
    if isinstance(material, ec.EllipticCurvePublicKey):
        size = (material.key_size + 7) // 8
        point = material.public_numbers()
        curve = CURVE_NAMES[material.curve.name]
        x, y = _text(point.x.to_bytes(size, "big")), _text(point.y.to_bytes(size, "big"))
        return {"crv": curve, "kty": "EC", "x": x, "y": y}
    if isinstance(material, rsa.RSAPublicKey):
        numbers = material.public_numbers()
        return {"e": _number_text(numbers.e), "kty": "RSA", "n": _number_text(numbers.n)}
    if isinstance(material, MlDsaPublicKey):
        pub = _text(material.public_bytes_raw())
        return {"alg": material.parameter_set, "kty": "AKP", "pub": pub}
    if isinstance(material, ASYMMETRIC_PRIVATE_TYPES):
        return public_members(material.public_key())
    return {"crv": _okp_curve(material), "kty": "OKP", "x": _text(material.public_bytes_raw())}


def private_members(material: PrivateKey | bytes) -> dict[str, str]:
    """Write the members that must stay secret."""
    if isinstance(material, bytes):
        return {"k": _text(material)}
    if isinstance(material, ec.EllipticCurvePrivateKey):
        size = (material.key_size + 7) // 8
        return {"d": _text(material.private_numbers().private_value.to_bytes(size, "big"))}
    if isinstance(material, rsa.RSAPrivateKey):
        numbers = material.private_numbers()
        return {
            "d": _number_text(numbers.d),
            "p": _number_text(numbers.p),
            "q": _number_text(numbers.q),
            "dp": _number_text(numbers.dmp1),
            "dq": _number_text(numbers.dmq1),
            "qi": _number_text(numbers.iqmp),
        }
    member = "priv" if isinstance(material, MlDsaPrivateKey) else "d"
    return {member: _text(material.private_bytes_raw())}


def _read_ec(jwk: Mapping[str, Any]) -> PublicKey | PrivateKey:
    name = jwk.get("crv")
    if not isinstance(name, str) or name not in CURVES:
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, _curves(name))
    curve = CURVES[name]()
    size = (curve.key_size + 7) // 8
    x, y = (int.from_bytes(_octets(jwk, member, size), "big") for member in ("x", "y"))
    try:
        public = ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    except ValueError:
        raise KeyInvalid(errors.KEY_FORMAT, f"'x' and 'y' are no point of {name}") from None
    if "d" not in jwk:
        return public
    try:
        private = ec.derive_private_key(int.from_bytes(_octets(jwk, "d", size), "big"), curve)
    except ValueError:
        raise KeyInvalid(errors.KEY_FORMAT, f"'d' is no private key of {name}") from None
    if private.public_key().public_numbers() != public.public_numbers():
        raise KeyInvalid(errors.KEY_HALVES)
    return private


def _read_okp(jwk: Mapping[str, Any]) -> PublicKey | PrivateKey:
    name = jwk.get("crv")
    if not isinstance(name, str) or name not in _OKP_SIZES:
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, _curves(name))
    x = _octets(jwk, "x", _OKP_SIZES[name])
    if "d" not in jwk:
        public: PublicKey = _OKP_PUBLIC[name].from_public_bytes(x)
        return public
    private: PrivateKey = _OKP_PRIVATE[name].from_private_bytes(_octets(jwk, "d", _OKP_SIZES[name]))
    if public_members(private)["x"] != _text(x):
        raise KeyInvalid(errors.KEY_HALVES)
    return private


def _read_akp(jwk: Mapping[str, Any]) -> MlDsaPublicKey | MlDsaPrivateKey:
    """Read an ML-DSA key: `alg` is required and names the parameter set (RFC 9964 §3)."""
    name = jwk.get("alg")
    if not isinstance(name, str) or name not in PUBLIC_KEY_SIZES:
        sets = ", ".join(PUBLIC_KEY_SIZES)
        detail = f"'alg' of an AKP key is {errors.shown(name)}; accepted are {sets}"
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, detail)
    pub = _octets(jwk, "pub", PUBLIC_KEY_SIZES[name])
    if "priv" not in jwk:
        return ml_dsa.public_from_bytes(pub, name)
    private = ml_dsa.private_from_seed(_octets(jwk, "priv", SEED_SIZE_BYTES), name)
    if private.public_key().public_bytes_raw() != pub:
        raise KeyInvalid(errors.KEY_HALVES)
    return private


def _okp_curve(material: PublicKey | PrivateKey) -> str:
    kinds = (*_OKP_PUBLIC.items(), *_OKP_PRIVATE.items())
    return next(name for name, kind in kinds if isinstance(material, kind))


def _read_rsa(jwk: Mapping[str, Any]) -> PublicKey | PrivateKey:
    n, e = _number(jwk, "n"), _number(jwk, "e")
    _check_rsa(n, e)
    public = rsa.RSAPublicNumbers(e, n)
    if not any(member in jwk for member in (*_PRIVATE_RSA_MEMBERS, "oth")):
        return public.public_key()
    if "oth" in jwk:
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, "more than two primes ('oth')")
    d, p, q, dp, dq, qi = (_number(jwk, member) for member in _PRIVATE_RSA_MEMBERS)
    try:
        return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key()
    except ValueError:
        raise KeyInvalid(errors.KEY_HALVES) from None


def _check_rsa(n: int, e: int) -> None:
    bits = n.bit_length()
    if not MINIMUM_RSA_BITS <= bits <= MAXIMUM_RSA_BITS:
        detail = f"RSA of {bits} bits; {MINIMUM_RSA_BITS} to {MAXIMUM_RSA_BITS} are accepted"
        raise KeyInvalid(errors.KEY_WEAK, detail)
    if n % 2 == 0:
        raise KeyInvalid(errors.KEY_WEAK, "the RSA modulus is even")
    if e < 3 or e % 2 == 0 or e.bit_length() > _MAXIMUM_EXPONENT_BITS:  # noqa: PLR2004  # smallest odd exponent
        raise KeyInvalid(errors.KEY_WEAK, "the RSA exponent is not an odd number of 3 to 2^64")
    if all(_is_power_of_65537(n % prime, prime) for prime in _ROCA_PRIMES):
        raise KeyInvalid(errors.KEY_WEAK, "made by the generator of CVE-2017-15361 (ROCA)")


def _is_power_of_65537(residue: int, prime: int) -> bool:
    power = 1
    for _ in range(prime - 1):
        if power == residue:
            return True
        power = power * 65537 % prime
    return False


def _check_secret_size(secret: bytes, *, is_for_encryption: bool) -> int:
    minimum = MINIMUM_CIPHER_KEY_SIZE_BYTES if is_for_encryption else MINIMUM_SECRET_SIZE_BYTES
    if not minimum <= len(secret) <= MAXIMUM_SECRET_SIZE_BYTES:
        is_short = len(secret) < minimum
        limits = f"{minimum} to {MAXIMUM_SECRET_SIZE_BYTES}"
        detail = f"{len(secret)} bytes; {limits} are accepted"
        raise KeyInvalid(errors.KEY_WEAK if is_short else errors.KEY_FORMAT, detail)
    return len(secret) * 8


def _octets(jwk: Mapping[str, Any], member: str, size_bytes: int | None = None) -> bytes:
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


def _number(jwk: Mapping[str, Any], member: str) -> int:
    return int.from_bytes(_octets(jwk, member), "big")


def _number_text(number: int) -> str:
    return _text(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _text(data: bytes) -> str:
    return base64url_encode(data).decode("ascii")


def _curves(name: object) -> str:
    return f"curve {errors.shown(name)}; accepted are {', '.join((*CURVES, *_OKP_SIZES))}"
