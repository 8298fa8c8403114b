"""Disclosures: the pieces an SD-JWT is handed on in, and the text they are joined to (RFC 9901 §4).

<issuer-signed JWT>~<disclosure>~...~<disclosure>~[<key binding JWT>]
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.encoding import (
    EncodingError,
    base64url_decode,
    base64url_encode,
    parse_json_object,
    write_json,
)
from sealwax.jose.errors import ClaimInvalid, MalformedToken

MAX_SD_JWT_SIZE_BYTES: Final = 256 * 1024
MAX_ISSUER_SIGNED_SIZE_BYTES: Final = 128 * 1024
"""Of the issuer-signed JWT alone; a digest takes 60 bytes of it."""
MAX_DISCLOSURES: Final = 1000

SD: Final = "_sd"
SD_ALG: Final = "_sd_alg"
ELLIPSIS: Final = "..."
RESERVED_NAMES: Final = frozenset({SD, SD_ALG, ELLIPSIS})
DEFAULT_HASH: Final = "sha-256"
_HASHES: Final = MappingProxyType(
    {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
)
HASH_NAMES: Final = tuple(_HASHES)
SEPARATOR: Final = "~"

_OPENING: Final = b'{"d":'
_CLOSING: Final = b"}"
_LENGTH_OF_A_MEMBER: Final = 3
_LENGTH_OF_AN_ELEMENT: Final = 2


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One claim, or one element of a list, that its holder may keep back.

    `name` is None for an element. The salt is no part of it: it is for nobody to read.
    """

    text: str = field(repr=False)
    name: str | None
    value: Any = field(repr=False)

    def digest(self, hash_name: str) -> str:
        """Hash the text as it stands (§4.2.3)."""
        return digest_of(self.text, hash_name)


@dataclass(frozen=True, slots=True)
class SdJwtParts:
    """An SD-JWT taken apart. Nothing of it has been verified."""

    issuer_signed: str
    disclosures: tuple[str, ...]
    key_binding: str | None

    @property
    def presented(self) -> str:
        """What a key binding JWT is made over: all but itself (§4.3.1)."""
        return SEPARATOR.join((self.issuer_signed, *self.disclosures, ""))


def split(sd_jwt: str | bytes) -> SdJwtParts:
    """Take an SD-JWT apart, within its limits (§4). Raises MalformedToken, and TypeError."""
    if isinstance(sd_jwt, str):
        whole = sd_jwt
    elif type(sd_jwt) is bytes:
        whole = sd_jwt.decode("ascii", "replace")
    else:
        message = f"sd_jwt is of the type {type(sd_jwt).__name__}; a str or bytes is accepted"
        raise TypeError(message)
    if len(whole) > MAX_SD_JWT_SIZE_BYTES:
        detail = f"{len(whole)} bytes; at most {MAX_SD_JWT_SIZE_BYTES} are accepted"
        raise MalformedToken(errors.TOKEN_TOO_LARGE, detail)
    count = whole.count(SEPARATOR)
    if count == 0:
        raise MalformedToken(errors.SD_JWT_PARTS, "there is no tilde in it")
    if count - 1 > MAX_DISCLOSURES:
        raise too_many(count - 1)
    issuer_signed, *disclosures, key_binding = whole.split(SEPARATOR)
    return SdJwtParts(issuer_signed, tuple(disclosures), key_binding or None)


def read_disclosure(text: str) -> Disclosure:
    """Read one disclosure: a JSON array of a salt, a name if it has one, and a value (§4.2).

    Raises MalformedToken.
    """
    try:
        members = parse_json_object(_OPENING + base64url_decode(_ascii(text)) + _CLOSING)
    except EncodingError as error:
        raise MalformedToken(errors.DISCLOSURE_FORMAT, str(error)) from None
    content = members["d"]
    # The array stands in an object of our own; it may not have added a member to it.
    if len(members) != 1 or type(content) is not list:
        raise MalformedToken(errors.DISCLOSURE_FORMAT, "not a JSON array")
    if len(content) not in {_LENGTH_OF_AN_ELEMENT, _LENGTH_OF_A_MEMBER}:
        raise MalformedToken(errors.DISCLOSURE_FORMAT, f"{len(content)} elements; 2 or 3 are right")
    if any(type(one) is not str for one in content[:-1]):
        raise MalformedToken(errors.DISCLOSURE_FORMAT, "the salt or the name is not a text")
    is_member = len(content) == _LENGTH_OF_A_MEMBER
    return Disclosure(text, content[1] if is_member else None, content[-1])


def write_disclosure(salt: str, name: str | None, value: object) -> Disclosure:
    """Make a disclosure (§4.2.1, §4.2.2). Raises EncodingError for what has no JSON form."""
    content = [salt, value] if name is None else [salt, name, value]
    array = write_json({"d": content})[len(_OPENING) : -len(_CLOSING)]
    return Disclosure(base64url_encode(array).decode("ascii"), name, value)


def digest_of(text: str, hash_name: str) -> str:
    """Hash a text and write the digest as base64url."""
    return base64url_encode(_HASHES[hash_name](_ascii(text)).digest()).decode("ascii")


def read_hash_name(claims: Mapping[str, Any]) -> str:
    """Read `_sd_alg` (§4.1.1), which is SHA-256 where there is none. Raises ClaimInvalid."""
    name = claims.get(SD_ALG, DEFAULT_HASH)
    if type(name) is not str or name not in _HASHES:
        raise ClaimInvalid(errors.HASH_NOT_ALLOWED, SD_ALG, name, " or ".join(HASH_NAMES))
    return name


def too_many(count: int) -> MalformedToken:
    """Make the refusal of too many disclosures."""
    detail = f"{count}; at most {MAX_DISCLOSURES} are accepted"
    return MalformedToken(errors.TOO_MANY_DISCLOSURES, detail)


def _ascii(text: str) -> bytes:
    # What is not ASCII becomes a question mark, which is no base64url either.
    return text.encode("ascii", "replace")
