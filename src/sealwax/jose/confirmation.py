"""The key a token is bound to: its `cnf` claim (RFC 7800 §3).

An access token names it by the thumbprint of a DPoP key (`jkt`, RFC 9449 §6.1) or of a client
certificate (`x5t#S256`, RFC 8705 §3.1); both at once mean both. An SD-JWT holds the holder's key
itself (`jwk`, RFC 9901 §4.1.2). Every other member (`kid`, `jku`, `jwe`, and those to come) would
need something that is not at hand, so a claim with one is refused: a binding that can't be checked
must not pass for none.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sealwax.jose import errors
from sealwax.jose.encoding import EncodingError, base64url_decode, base64url_encode
from sealwax.jose.errors import ClaimInvalid, KeyInvalid

if TYPE_CHECKING:
    from sealwax.jose.keys import Key

MAX_CERTIFICATE_SIZE_BYTES: Final = 32 * 1024

_THUMBPRINT_SIZE_BYTES: Final = 32
_THUMBPRINTS: Final = {"jkt": "jkt", "x5t#S256": "x5t_s256"}
_PEM: Final = re.compile(
    rb"\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*"
)
_SEQUENCE: Final = 0x30
_LONG_LENGTH: Final = 0x80
_SHORT_HEADER_SIZE_BYTES: Final = 2


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the sender of a token has to show: a key, a certificate, or both."""

    jkt: str | None = None
    x5t_s256: str | None = None

    def __post_init__(self) -> None:
        """Refuse a confirmation that asks for nothing. Raises ValueError."""
        if self.jkt is None and self.x5t_s256 is None:
            message = "jkt and x5t_s256 are both None; at least one is needed"
            raise ValueError(message)

    def to_claim(self) -> dict[str, str]:
        """Write the value of the `cnf` claim."""
        values = ((member, getattr(self, name)) for member, name in _THUMBPRINTS.items())
        return {member: value for member, value in values if value is not None}


def read_confirmation(claims: Mapping[str, Any]) -> Confirmation | None:
    """Read the `cnf` of an access token; None only when there is none at all.

    Raises ClaimInvalid for one that is empty, malformed, or names a key in any other way than by
    the two thumbprints.
    """
    if "cnf" not in claims:
        return None
    cnf = claims["cnf"]
    if type(cnf) is not dict or not cnf:
        raise _invalid(cnf, "an object with 'jkt' or 'x5t#S256'")
    for member, value in cnf.items():
        if member not in _THUMBPRINTS:
            raise _invalid(f"with {member}", "'jkt' or 'x5t#S256'")
        if not _is_thumbprint(value):
            raise _invalid(f"{member} of another form", "the base64url of a SHA-256")
    return Confirmation(**{_THUMBPRINTS[member]: value for member, value in cnf.items()})


def read_holder_key(claims: Mapping[str, Any]) -> "Key":
    """Read the holder's key of an SD-JWT, which stands in `cnf` as a `jwk` and alone.

    Raises ClaimInvalid for any other `cnf` and for none, KeyInvalid for a key that is private,
    symmetric, weak or malformed.
    """
    from sealwax.jose.public_jwk import read_public_jwk  # noqa: PLC0415  # loads cryptography

    cnf = claims.get("cnf")
    if cnf is None and "cnf" not in claims:
        raise ClaimInvalid(errors.CLAIM_MISSING, "cnf", None, "an object with 'jwk'")
    if type(cnf) is not dict or cnf.keys() != {"jwk"} or type(cnf["jwk"]) is not dict:
        raise _invalid(cnf, "an object with 'jwk'")
    return read_public_jwk(cnf["jwk"])


def certificate_thumbprint(certificate: bytes) -> str:
    """Give the `x5t#S256` of a certificate in DER or PEM (RFC 8705 §3.1).

    The certificate is hashed, not judged: who issued it and whether it is in force was for the
    TLS handshake to check. Raises KeyInvalid for what is not one certificate.
    """
    if type(certificate) is not bytes:
        message = f"certificate is of the type {type(certificate).__name__}; bytes are accepted"
        raise TypeError(message)
    if len(certificate) > MAX_CERTIFICATE_SIZE_BYTES:
        detail = f"{len(certificate)} bytes; at most {MAX_CERTIFICATE_SIZE_BYTES} are accepted"
        raise KeyInvalid(errors.CERTIFICATE_FORMAT, detail)
    der = certificate if certificate[:1] == bytes([_SEQUENCE]) else _read_pem(certificate)
    if not _is_one_sequence(der):
        raise KeyInvalid(errors.CERTIFICATE_FORMAT, "not one certificate in DER or PEM")
    import hashlib  # noqa: PLC0415  # loads OpenSSL; most receivers never come here

    return base64url_encode(hashlib.sha256(der).digest()).decode("ascii")


def _read_pem(pem: bytes) -> bytes:
    """Read one block of RFC 7468 §5; its lines may be of any length."""
    block = _PEM.fullmatch(pem)
    try:
        return a2b_base64(b"".join(block[1].split()), strict_mode=True) if block else b""
    except Base64Error:
        return b""


def _is_one_sequence(der: bytes) -> bool:
    """True if the bytes are one DER SEQUENCE from the first to the last (X.690 §10.1)."""
    if len(der) <= _SHORT_HEADER_SIZE_BYTES or der[0] != _SEQUENCE:
        return False
    header_size = _SHORT_HEADER_SIZE_BYTES
    length = der[1]
    if length >= _LONG_LENGTH:
        count = length - _LONG_LENGTH
        header_size += count
        length = int.from_bytes(der[_SHORT_HEADER_SIZE_BYTES:header_size], "big")
        if length < _LONG_LENGTH or length.bit_length() <= 8 * (count - 1):
            return False  # a shorter way to write it exists
    return len(der) == header_size + length


def _is_thumbprint(value: object) -> bool:
    if type(value) is not str or not value.isascii():
        return False
    try:
        return len(base64url_decode(value.encode("ascii"))) == _THUMBPRINT_SIZE_BYTES
    except EncodingError:
        return False


def _invalid(found: object, expected: str) -> ClaimInvalid:
    return ClaimInvalid(errors.CONFIRMATION_INVALID, "cnf", found, expected)
