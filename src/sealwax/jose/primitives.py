"""Signatures with public and private keys, over pyca/cryptography.

Nothing here knows of tokens. Together with `hmac_signature` it is all there is in Python that signs
or checks a signature.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import (
    ec,
    ed448,
    ed25519,
    padding,
    rsa,
    x448,
    x25519,
)
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
)

from sealwax.entropy import SystemEntropy
from sealwax.jose import ml_dsa
from sealwax.jose.algorithms import Algorithm, Check, Sign
from sealwax.jose.ml_dsa import MlDsaPrivateKey, MlDsaPublicKey

PublicKey: TypeAlias = (
    rsa.RSAPublicKey
    | ec.EllipticCurvePublicKey
    | ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | MlDsaPublicKey
    | x25519.X25519PublicKey
    | x448.X448PublicKey
)
PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | MlDsaPrivateKey
    | x25519.X25519PrivateKey
    | x448.X448PrivateKey
)
Material: TypeAlias = PublicKey | PrivateKey | bytes

_LONGEST_SHORT_FORM: Final = 127
GENERATED_RSA_BITS: Final = 3072
ASYMMETRIC_PRIVATE_TYPES: Final = (
    rsa.RSAPrivateKey,
    ec.EllipticCurvePrivateKey,
    ed25519.Ed25519PrivateKey,
    ed448.Ed448PrivateKey,
    MlDsaPrivateKey,
    x25519.X25519PrivateKey,
    x448.X448PrivateKey,
)
CURVES: Final[Mapping[str, Callable[[], ec.EllipticCurve]]] = MappingProxyType(
    {
        "P-256": ec.SECP256R1,
        "P-384": ec.SECP384R1,
        "P-521": ec.SECP521R1,
        "secp256k1": ec.SECP256K1,
    }
)
CURVE_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {curve().name: name for name, curve in CURVES.items()}
)
_HASHES: Final[Mapping[str, Callable[[], hashes.HashAlgorithm]]] = MappingProxyType(
    {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
)


class _Verifies(Protocol):
    """A public key whose algorithm has its own hash: Ed25519, Ed448, ML-DSA."""

    def verify(self, signature: bytes, data: bytes) -> None: ...


class _Signs(Protocol):
    """A private key of the same kinds."""

    def sign(self, data: bytes) -> bytes: ...


def generate_material(algorithm: Algorithm) -> PrivateKey | bytes:
    """Make new key material for one row of the table."""
    if algorithm.key_type == "oct":
        return SystemEntropy().token_bytes(algorithm.minimum_key_size_bits // 8)
    if algorithm.key_type == "RSA":
        return rsa.generate_private_key(65537, GENERATED_RSA_BITS)
    if algorithm.key_type == "EC":
        return ec.generate_private_key(CURVES[algorithm.curve]())
    if algorithm.key_type == "AKP":
        return ml_dsa.generate(algorithm.curve)
    if algorithm.curve == "Ed448":
        return ed448.Ed448PrivateKey.generate()
    return ed25519.Ed25519PrivateKey.generate()


def public_half(material: PublicKey | PrivateKey) -> PublicKey:
    """Give the public key of either half."""
    return material.public_key() if isinstance(material, ASYMMETRIC_PRIVATE_TYPES) else material


def make_check(material: PublicKey | PrivateKey, algorithm: Algorithm) -> Check:
    """Build the function that checks signatures of one key with one algorithm."""
    public = public_half(material)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return _ecdsa_check(public, algorithm)
    if isinstance(public, rsa.RSAPublicKey):
        return _rsa_check(public, algorithm)
    return _own_hash_check(cast("_Verifies", public), algorithm)  # X25519, X448 serve no row


def make_sign(material: PrivateKey, algorithm: Algorithm) -> Sign:
    """Build the function that signs with one key and one algorithm."""
    if isinstance(material, ec.EllipticCurvePrivateKey):
        return _ecdsa_sign(material, algorithm)
    if isinstance(material, rsa.RSAPrivateKey):
        return _rsa_sign(material, algorithm)
    return cast("_Signs", material).sign  # X25519 and X448 serve no row


def _ecdsa_check(key: ec.EllipticCurvePublicKey, algorithm: Algorithm) -> Check:
    verify = key.verify
    scheme = ec.ECDSA(_HASHES[algorithm.hash_name]())
    size = algorithm.signature_size_bytes
    half = size // 2

    def check(data: bytes, signature: bytes) -> bool:
        if len(signature) != size:  # before any number is made of it
            return False
        try:
            verify(encode_signature(signature[:half], signature[half:]), data, scheme)
        except InvalidSignature:
            return False
        return True

    return check


def encode_signature(r: bytes, s: bytes) -> bytes:
    """Write two numbers as the SEQUENCE that ECDSA signatures are (RFC 3279 §2.2.3), in DER.

    Quicker than to make numbers of them for the library to write.
    """
    r, s = r.lstrip(b"\0"), s.lstrip(b"\0")
    if r[:1] >= b"\x80" or not r:
        r = b"\0" + r
    if s[:1] >= b"\x80" or not s:
        s = b"\0" + s
    size = len(r) + len(s) + 4
    long_form = b"\x81" if size > _LONGEST_SHORT_FORM else b""
    return b"\x30%b%c\x02%c%b\x02%c%b" % (long_form, size, len(r), r, len(s), s)


def _ecdsa_sign(key: ec.EllipticCurvePrivateKey, algorithm: Algorithm) -> Sign:
    sign_der = key.sign
    scheme = ec.ECDSA(_HASHES[algorithm.hash_name](), deterministic_signing=True)  # RFC 6979
    half = algorithm.signature_size_bytes // 2

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(sign_der(data, scheme))
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")

    return sign


def _rsa_padding(algorithm: Algorithm) -> padding.PKCS1v15 | padding.PSS:
    if algorithm.padding == "pkcs1v15":
        return padding.PKCS1v15()
    digest = _HASHES[algorithm.hash_name]()  # RFC 7518 §3.5: the salt is as long as the hash
    return padding.PSS(padding.MGF1(digest), digest.digest_size)


def _rsa_check(key: rsa.RSAPublicKey, algorithm: Algorithm) -> Check:
    import hashlib  # noqa: PLC0415  # loads another OpenSSL, which no other key needs

    verify = key.verify
    size = (key.key_size + 7) // 8
    scheme = _rsa_padding(algorithm)
    digest = Prehashed(_HASHES[algorithm.hash_name]())
    start = hashlib.new(algorithm.hash_name).copy  # quicker than to have the library hash

    def check(data: bytes, signature: bytes) -> bool:
        if len(signature) != size:
            return False
        hashed = start()
        hashed.update(data)
        try:
            verify(signature, hashed.digest(), scheme, digest)
        except InvalidSignature:
            return False
        return True

    return check


def _rsa_sign(key: rsa.RSAPrivateKey, algorithm: Algorithm) -> Sign:
    sign_with = key.sign
    scheme = _rsa_padding(algorithm)
    digest = _HASHES[algorithm.hash_name]()

    def sign(data: bytes) -> bytes:
        return sign_with(data, scheme, digest)

    return sign


def _own_hash_check(key: _Verifies, row: Algorithm) -> Check:
    verify = key.verify
    size = row.signature_size_bytes

    def check(data: bytes, signature: bytes) -> bool:
        if len(signature) != size:
            return False
        try:
            verify(signature, data)
        except InvalidSignature:
            return False
        return True

    return check
