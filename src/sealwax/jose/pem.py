"""PEM in and out: SubjectPublicKeyInfo and PKCS #8, and the older forms when reading (RFC 7468)."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from sealwax.jose import errors
from sealwax.jose.errors import KeyInvalid
from sealwax.jose.primitives import ASYMMETRIC_PRIVATE_TYPES, PrivateKey, PublicKey

MAX_PEM_SIZE_BYTES: Final = 32 * 1024
_PUBLIC_TYPES: Final = (
    rsa.RSAPublicKey,
    ec.EllipticCurvePublicKey,
    ed25519.Ed25519PublicKey,
    ed448.Ed448PublicKey,
)
# What `openssl ecparam -genkey` puts in front of a key; the key names its curve, too.
_CURVE_PARAMETERS: Final = b"-----BEGIN EC PARAMETERS-----"
_REFUSED: Final = (UnsupportedAlgorithm, ValueError, TypeError)


def read_pem(pem: bytes, password: bytes | None) -> PublicKey | PrivateKey:
    """Read one public or private key. Raises KeyInvalid."""
    if type(pem) is not bytes:
        message = f"pem is of the type {type(pem).__name__}; bytes are accepted"
        raise TypeError(message)
    if len(pem) > MAX_PEM_SIZE_BYTES:
        raise KeyInvalid(errors.KEY_FORMAT, f"PEM of more than {MAX_PEM_SIZE_BYTES} bytes")
    if pem.count(b"-----BEGIN ") - pem.count(_CURVE_PARAMETERS) != 1:
        raise KeyInvalid(errors.KEY_FORMAT, "one PEM block is accepted")
    if b"-----BEGIN CERTIFICATE" in pem:
        raise KeyInvalid(errors.KEY_FORMAT, "a certificate; a public or private key is accepted")
    if b"PRIVATE KEY-----" in pem:
        return _read_private(pem, password)
    try:
        public = serialization.load_pem_public_key(pem)
    except _REFUSED:
        raise KeyInvalid(errors.KEY_FORMAT, "not a PEM public key") from None
    if not isinstance(public, _PUBLIC_TYPES):
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, type(public).__name__)
    return public


def write_pem(material: PublicKey | PrivateKey, password: bytes | None) -> bytes:
    """Write SubjectPublicKeyInfo or PKCS #8, encrypted when there is a password."""
    if not isinstance(material, ASYMMETRIC_PRIVATE_TYPES):
        return material.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    return material.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()
        if password is None
        else serialization.BestAvailableEncryption(password),
    )


def _read_private(pem: bytes, password: bytes | None) -> PrivateKey:
    try:
        private = serialization.load_pem_private_key(pem, password)
    except _REFUSED:
        detail = "not a PEM private key" + (", or not its password" if password else "")
        raise KeyInvalid(errors.KEY_FORMAT, detail) from None
    if not isinstance(private, ASYMMETRIC_PRIVATE_TYPES):
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, type(private).__name__)
    return private
