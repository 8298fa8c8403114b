"""Keys as pyca/cryptography has them: made of checked values, and described by them.

`jwk` checks what a key says; here the library is asked, which is when its import is paid for.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519

from sealwax.jose import errors, jwk, ml_dsa
from sealwax.jose.errors import KeyInvalid
from sealwax.jose.jwk import CheckedKey
from sealwax.jose.ml_dsa import MlDsaPrivateKey, MlDsaPublicKey
from sealwax.jose.primitives import (
    ASYMMETRIC_PRIVATE_TYPES,
    CURVE_NAMES,
    CURVES,
    Material,
    PrivateKey,
    PublicKey,
    public_half,
)

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
_RSA_MEMBERS: Final[Mapping[str, Callable[[rsa.RSAPrivateNumbers], int]]] = {
    "d": lambda numbers: numbers.d,
    "p": lambda numbers: numbers.p,
    "q": lambda numbers: numbers.q,
    "dp": lambda numbers: numbers.dmp1,
    "dq": lambda numbers: numbers.dmq1,
    "qi": lambda numbers: numbers.iqmp,
}


def load_public(members: Mapping[str, str]) -> PublicKey:
    """Make a public key of members that `jwk.read_key` has checked.

    Raises KeyInvalid where the library does not have that kind of key.
    """
    try:
        return _load_public(members)
    except UnsupportedAlgorithm:
        detail = "the installed cryptography or its OpenSSL does not have it"
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, detail) from None


def load_private(members: Mapping[str, str], private: Mapping[str, bytes]) -> PrivateKey:
    """Make a private key, and see to it that its public half is the one that `members` say.

    Raises KeyInvalid.
    """
    try:
        material = _load_private(members, private)
    except UnsupportedAlgorithm:
        detail = "the installed cryptography or its OpenSSL does not have it"
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, detail) from None
    if public_members(material.public_key()) != members:
        raise KeyInvalid(errors.KEY_HALVES)
    return material


def check_material(material: PublicKey | PrivateKey) -> CheckedKey:
    """Refuse a weak or unsupported key that the library read. Raises KeyInvalid."""
    public = public_half(material)
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name not in CURVE_NAMES:
        raise jwk.unsupported_curve(public.curve.name)
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        jwk.check_rsa(numbers.n, numbers.e)
    members = public_members(public)
    is_private = isinstance(material, ASYMMETRIC_PRIVATE_TYPES)
    kind = members.get("crv") or members.get("alg") or ""
    return CheckedKey(members["kty"], kind, _size_bits(public), members, is_private, material)


def read_material(members: Mapping[str, Any]) -> Material:
    """Read a JWK as the library's key. Raises KeyInvalid."""
    key = jwk.read_key(members)
    return key.material if key.material is not None else load_public(key.members)


def public_members(public: PublicKey) -> dict[str, str]:
    """Write the members RFC 7638 §3.2 takes the thumbprint of, in their order."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        point = public.public_numbers()
        return jwk.ec_members(CURVE_NAMES[public.curve.name], point.x, point.y)
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return jwk.rsa_members(numbers.n, numbers.e)
    if isinstance(public, MlDsaPublicKey):
        return jwk.akp_members(public.parameter_set, public.public_bytes_raw())
    return jwk.okp_members(_okp_curve(public), public.public_bytes_raw())


def private_members(material: PrivateKey) -> dict[str, str]:
    """Write the members that must stay secret."""
    if isinstance(material, ec.EllipticCurvePrivateKey):
        size = (material.key_size + 7) // 8
        value = material.private_numbers().private_value
        return {"d": jwk.octets_text(value.to_bytes(size, "big"))}
    if isinstance(material, rsa.RSAPrivateKey):
        numbers = material.private_numbers()
        return {name: jwk.number_text(take(numbers)) for name, take in _RSA_MEMBERS.items()}
    member = "priv" if isinstance(material, MlDsaPrivateKey) else "d"
    return {member: jwk.octets_text(material.private_bytes_raw())}


def _load_public(members: Mapping[str, str]) -> PublicKey:
    key_type = members["kty"]
    if key_type == "EC":
        x, y = jwk.read_number(members, "x"), jwk.read_number(members, "y")
        return ec.EllipticCurvePublicNumbers(x, y, CURVES[members["crv"]]()).public_key()
    if key_type == "RSA":
        return _rsa_numbers(members).public_key()
    if key_type == "AKP":
        return ml_dsa.public_from_bytes(jwk.read_octets(members, "pub"), members["alg"])
    data = jwk.read_octets(members, "x")
    public: PublicKey = _OKP_PUBLIC[members["crv"]].from_public_bytes(data)
    return public


def _load_private(members: Mapping[str, str], private: Mapping[str, bytes]) -> PrivateKey:
    key_type = members["kty"]
    if key_type == "AKP":
        return ml_dsa.private_from_seed(private["priv"], members["alg"])
    if key_type == "OKP":
        material: PrivateKey = _OKP_PRIVATE[members["crv"]].from_private_bytes(private["d"])
        return material
    values = {name: int.from_bytes(data, "big") for name, data in private.items()}
    if key_type == "RSA":
        d, p, q, dp, dq, qi = (values[name] for name in _RSA_MEMBERS)
        public = _rsa_numbers(members)
        try:
            return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key()
        except ValueError:
            raise KeyInvalid(errors.KEY_HALVES) from None
    curve = members["crv"]
    try:
        return ec.derive_private_key(values["d"], CURVES[curve]())
    except ValueError:
        raise KeyInvalid(errors.KEY_FORMAT, f"'d' is no private key of {curve}") from None


def _rsa_numbers(members: Mapping[str, str]) -> rsa.RSAPublicNumbers:
    return rsa.RSAPublicNumbers(jwk.read_number(members, "e"), jwk.read_number(members, "n"))


def _size_bits(public: PublicKey) -> int:
    if isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return public.key_size
    if isinstance(public, MlDsaPublicKey):
        return 8 * jwk.ML_DSA_PUBLIC_SIZES[public.parameter_set]
    return 8 * jwk.OKP_SIZES[_okp_curve(public)]


def _okp_curve(public: PublicKey) -> str:
    return next(name for name, kind in _OKP_PUBLIC.items() if isinstance(public, kind))
