"""PEM and DER in and out: SubjectPublicKeyInfo and PKCS #8, and older forms when reading.

RFC 7468, RFC 5958, RFC 5480.
"""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519

from sealwax.jose import errors, ml_dsa
from sealwax.jose.errors import KeyInvalid
from sealwax.jose.jwk import CheckedKey
from sealwax.jose.key_material import check_material
from sealwax.jose.primitives import ASYMMETRIC_PRIVATE_TYPES, PrivateKey, PublicKey

MAX_PEM_SIZE_BYTES: Final = 32 * 1024
_PUBLIC_TYPES: Final = (
    rsa.RSAPublicKey,
    ec.EllipticCurvePublicKey,
    ed25519.Ed25519PublicKey,
    ed448.Ed448PublicKey,
    ml_dsa.MlDsaPublicKey,
    x25519.X25519PublicKey,
    x448.X448PublicKey,
)
# What `openssl ecparam -genkey` puts in front of a key; the key names its curve, too.
_CURVE_PARAMETERS: Final = b"-----BEGIN EC PARAMETERS-----"
_ENCODINGS: Final = {"PEM": serialization.Encoding.PEM, "DER": serialization.Encoding.DER}
_REFUSED: Final = (UnsupportedAlgorithm, ValueError, TypeError)


def read_pem(pem: bytes, password: bytes | None) -> CheckedKey:
    """Read one public or private key. Raises KeyInvalid."""
    _check_size(pem, "pem")
    if pem.count(b"-----BEGIN ") - pem.count(_CURVE_PARAMETERS) != 1:
        raise KeyInvalid(errors.KEY_FORMAT, "one PEM block is accepted")
    if b"-----BEGIN CERTIFICATE" in pem:
        raise KeyInvalid(errors.KEY_FORMAT, "a certificate; a public or private key is accepted")
    try:
        if b"PRIVATE KEY-----" in pem:
            return _supported(serialization.load_pem_private_key(pem, password))
        return _supported(serialization.load_pem_public_key(pem))
    except _REFUSED:
        raise KeyInvalid(errors.KEY_FORMAT, _refusal("PEM", password)) from None


def read_der(der: bytes, password: bytes | None) -> CheckedKey:
    """Read one public or private key; a private one is tried first. Raises KeyInvalid."""
    _check_size(der, "der")
    try:
        return _supported(serialization.load_der_private_key(der, password))
    except _REFUSED:
        pass
    try:
        return _supported(serialization.load_der_public_key(der))
    except _REFUSED:
        raise KeyInvalid(errors.KEY_FORMAT, _refusal("DER", password)) from None


def write(material: PublicKey | PrivateKey, form: str, password: bytes | None) -> bytes:
    """Write SubjectPublicKeyInfo or PKCS #8 as "PEM" or "DER", encrypted if there is a password."""
    encoding = _ENCODINGS[form]
    if not isinstance(material, ASYMMETRIC_PRIVATE_TYPES):
        return material.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    return material.private_bytes(
        encoding,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()
        if password is None
        else serialization.BestAvailableEncryption(password),
    )


def _check_size(document: bytes, name: str) -> None:
    if type(document) is not bytes:
        message = f"{name} is of the type {type(document).__name__}; bytes are accepted"
        raise TypeError(message)
    if len(document) > MAX_PEM_SIZE_BYTES:
        detail = f"{name.upper()} of more than {MAX_PEM_SIZE_BYTES} bytes"
        raise KeyInvalid(errors.KEY_FORMAT, detail)


def _supported(loaded: object) -> CheckedKey:
    key = ml_dsa.adopt(loaded) or loaded
    if isinstance(key, (*ASYMMETRIC_PRIVATE_TYPES, *_PUBLIC_TYPES)):
        return check_material(key)
    raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, type(key).__name__)


def _refusal(form: str, password: bytes | None) -> str:
    return f"not a key in {form}" + (", or not its password" if password else "")
