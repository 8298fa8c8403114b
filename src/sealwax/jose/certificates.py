"""Certificates that a key brings with it (`x5c`, `x5t`, `x5t#S256`; RFC 7517 §4.7 to §4.9).

They are kept and handed on, and never trusted: nobody here asks who signed one, or whether it has
expired. All that is seen to is that the first one is of the key itself, as RFC 7517 demands, so
that whoever does check the chain checks it for this key. That needs no cryptography, only the key's
own bytes at their place in the certificate (RFC 5280 §4.1).
"""

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sealwax.jose import errors
from sealwax.jose.der import BIT_STRING, SEQUENCE, read_sequence
from sealwax.jose.encoding import base64url_encode
from sealwax.jose.errors import KeyInvalid
from sealwax.jose.jwk import read_number, read_octets

MAX_CERTIFICATES: Final = 8
MAX_CERTIFICATE_SIZE_BYTES: Final = 16 * 1024
MAX_THUMBPRINT_LENGTH: Final = 128

_THUMBPRINTS: Final = ("x5t", "x5t#S256")
_VERSION: Final = 0xA0
_KEY_PLACE: Final = 5  # behind serial number, signature, issuer, validity and subject
_EC_KEY: Final = bytes.fromhex("06072a8648ce3d0201")
# The AlgorithmIdentifier of each kind of key (RFC 8017 A.1, RFC 5480 §2.1.1, RFC 8410 §3,
# RFC 9881 §2); of RSA its beginning, plain or for PSS alone.
_RSA_ALGORITHMS: Final = (
    bytes.fromhex("06092a864886f70d010101"),
    bytes.fromhex("06092a864886f70d01010a"),
)
_ALGORITHMS: Final[Mapping[str, bytes]] = {
    "P-256": _EC_KEY + bytes.fromhex("06082a8648ce3d030107"),
    "P-384": _EC_KEY + bytes.fromhex("06052b81040022"),
    "P-521": _EC_KEY + bytes.fromhex("06052b81040023"),
    "secp256k1": _EC_KEY + bytes.fromhex("06052b8104000a"),
    "X25519": bytes.fromhex("06032b656e"),
    "X448": bytes.fromhex("06032b656f"),
    "Ed25519": bytes.fromhex("06032b6570"),
    "Ed448": bytes.fromhex("06032b6571"),
    "ML-DSA-44": bytes.fromhex("0609608648016503040311"),
    "ML-DSA-65": bytes.fromhex("0609608648016503040312"),
    "ML-DSA-87": bytes.fromhex("0609608648016503040313"),
}


class Certificates(NamedTuple):
    """What a key says of its certificates: the chain in DER, and the thumbprints as they were."""

    chain: tuple[bytes, ...] = ()
    thumbprints: tuple[tuple[str, str], ...] = ()

    def to_members(self) -> dict[str, Any]:
        """Write the members of a JWK that were read."""
        members: dict[str, Any] = dict(self.thumbprints)
        if self.chain:
            texts = (b2a_base64(certificate, newline=False) for certificate in self.chain)
            members["x5c"] = [text.decode("ascii") for text in texts]
        return members


NO_CERTIFICATES: Final = Certificates()


def read_certificates(jwk: Mapping[str, Any], public: Mapping[str, str]) -> Certificates:
    """Read the certificates of a JWK whose public members are `public`.

    Raises KeyInvalid where they are malformed, too many or too large, and where the first is of
    another key, or not the one that `x5t#S256` names. `x5t` is kept unchecked: SHA-1 proves
    nothing, and well-known issuers write it in a way of their own.
    """
    thumbprints = {name: jwk[name] for name in _THUMBPRINTS if name in jwk}
    for name, value in thumbprints.items():
        if not isinstance(value, str) or len(value) > MAX_THUMBPRINT_LENGTH:
            raise _invalid(f"'{name}' is not a text of at most {MAX_THUMBPRINT_LENGTH} characters")
    if "x5c" not in jwk:
        return Certificates((), tuple(thumbprints.items())) if thumbprints else NO_CERTIFICATES
    chain = _read_chain(jwk["x5c"])
    if not certifies(chain[0], public):
        raise _invalid("the first of 'x5c' is of another key, or no certificate")
    stated = thumbprints.get("x5t#S256")
    if stated is not None and stated != _thumbprint(chain[0]):
        raise _invalid("'x5t#S256' is not that of the first of 'x5c'")
    return Certificates(chain, tuple(thumbprints.items()))


def certifies(certificate: bytes, public: Mapping[str, str]) -> bool:
    """Tell whether a certificate in DER is of the key with these public members.

    It says nothing about whether the certificate is genuine.
    """
    found, key_type = _subject_public_key(certificate), public["kty"]
    if found is None or key_type == "oct":
        return False
    algorithm, key = found
    if key_type == "RSA":
        return algorithm.startswith(_RSA_ALGORITHMS) and _is_rsa_key(key, public)
    if algorithm != _ALGORITHMS[public["alg" if key_type == "AKP" else "crv"]]:
        return False
    if key_type == "EC":
        x, y = read_octets(public, "x"), read_octets(public, "y")
        return key in (b"\x04" + x + y, bytes((2 + y[-1] % 2,)) + x)
    return key == read_octets(public, "pub" if key_type == "AKP" else "x")


def _read_chain(texts: object) -> tuple[bytes, ...]:
    if not isinstance(texts, list) or not 0 < len(texts) <= MAX_CERTIFICATES:
        raise _invalid(f"'x5c' is not a list of 1 to {MAX_CERTIFICATES}")
    return tuple(map(_read_certificate, texts))


def _read_certificate(text: object) -> bytes:
    """Read base64, which is not base64url here (RFC 7517 §4.7)."""
    if isinstance(text, str) and len(text) <= MAX_CERTIFICATE_SIZE_BYTES * 4 // 3 + 4:
        try:
            data = a2b_base64(text, strict_mode=True)
        except (Base64Error, ValueError):
            data = b""
        if data and len(data) <= MAX_CERTIFICATE_SIZE_BYTES:
            return data
    size = MAX_CERTIFICATE_SIZE_BYTES
    raise _invalid(f"'x5c' holds something else than base64 of at most {size} bytes")


def _subject_public_key(certificate: bytes) -> tuple[bytes, bytes] | None:
    """Find the AlgorithmIdentifier and the key in a certificate (RFC 5280 §4.1)."""
    outer = read_sequence(certificate)
    if outer is None or [tag for tag, _ in outer] != [SEQUENCE]:
        return None
    parts = read_sequence(outer[0][1])
    if not parts or parts[0][0] != SEQUENCE:
        return None
    fields = read_sequence(parts[0][1]) or []
    place = _KEY_PLACE + (fields[:1] != [] and fields[0][0] == _VERSION)
    if len(fields) <= place or fields[place][0] != SEQUENCE:
        return None
    key = read_sequence(fields[place][1])
    if key is None or [tag for tag, _ in key] != [SEQUENCE, BIT_STRING] or key[1][1][:1] != b"\0":
        return None
    return key[0][1], key[1][1][1:]


def _is_rsa_key(key: bytes, public: Mapping[str, str]) -> bool:
    outer = read_sequence(key)
    if outer is None or [tag for tag, _ in outer] != [SEQUENCE]:
        return False
    numbers = [int.from_bytes(content, "big") for _, content in read_sequence(outer[0][1]) or ()]
    return numbers == [read_number(public, "n"), read_number(public, "e")]


def _thumbprint(certificate: bytes) -> str:
    import hashlib  # noqa: PLC0415  # loads OpenSSL, and few keys have this member

    return base64url_encode(hashlib.sha256(certificate).digest()).decode("ascii")


def _invalid(detail: str) -> KeyInvalid:
    return KeyInvalid(errors.KEY_CERTIFICATE, detail)
