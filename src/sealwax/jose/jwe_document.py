"""The forms of an encrypted token, taken apart and put together (RFC 7516 §7).

Nothing here decrypts: what comes out are the parts, their headers merged and checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.compact import check_texts
from sealwax.jose.encoding import (
    EncodingError,
    base64url_encode,
    decode_translated,
    document_bytes,
    parse_json_object,
    translate_token,
)
from sealwax.jose.errors import MalformedToken
from sealwax.jose.json_document import entries, header_object, part, read_document

MAX_TOKEN_SIZE_BYTES: Final = 64 * 1024

_PARTS: Final = 5
_PARTS_OF_A_JWS: Final = 3
_FLAT: Final = frozenset({"header", "encrypted_key"})
_NEVER_UNPROTECTED: Final = ("zip", "crit")


@dataclass(frozen=True, slots=True)
class SealedRecipient:
    """What one recipient gets: every member of the header that is about him, and his key."""

    header: Mapping[str, Any]
    encrypted_key: bytes
    own_header: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SealedContent:
    """An encrypted token, taken apart; `protected_text` is the header as it was authenticated."""

    protected: Mapping[str, Any]
    protected_text: bytes
    unprotected: Mapping[str, Any]
    recipients: tuple[SealedRecipient, ...]
    iv: bytes
    ciphertext: bytes
    tag: bytes
    additional_data: bytes | None = None

    def authenticated(self) -> bytes:
        """Give what the tag covers beside the ciphertext (RFC 7516 §5.1, step 14)."""
        return authenticated_data(self.protected_text, self.additional_data)


def authenticated_data(protected_text: bytes, additional_data: bytes | None) -> bytes:
    """Join header and additional data as they are authenticated (RFC 7516 §5.1, step 14)."""
    if additional_data is None:
        return protected_text
    return protected_text + b"." + base64url_encode(additional_data)


def read_compact(token: str | bytes) -> SealedContent:
    """Take a compact JWE apart (RFC 7516 §7.1). Raises MalformedToken."""
    data = document_bytes(token) if type(token) is not str else token.encode("ascii", "replace")
    if len(data) > MAX_TOKEN_SIZE_BYTES:
        detail = f"{len(data)} bytes; at most {MAX_TOKEN_SIZE_BYTES} are accepted"
        raise MalformedToken(errors.TOKEN_TOO_LARGE, detail)
    translated = translate_token(data)
    if translated is None:
        raise MalformedToken(errors.TOKEN_CHARACTERS)
    parts = translated.split(b".", _PARTS)
    if len(parts) != _PARTS:
        if len(parts) == _PARTS_OF_A_JWS:
            raise MalformedToken(errors.TOKEN_IS_SIGNED)
        raise MalformedToken(errors.ENCRYPTED_TOKEN_PARTS, f"it has {data.count(b'.') + 1}")
    try:
        head, *others = (decode_translated(part) for part in parts)
    except EncodingError as error:
        raise MalformedToken(errors.PART_ENCODING, str(error)) from None
    encrypted_key, iv, ciphertext, tag = others
    protected = _read_header(head)
    text = data.partition(b".")[0]
    recipient = SealedRecipient(check_header(protected), encrypted_key)
    return SealedContent(protected, text, {}, (recipient,), iv, ciphertext, tag)


def read_json(document: Mapping[str, Any] | str | bytes) -> SealedContent:
    """Take a JWE in the general or the flattened JSON form apart (RFC 7516 §7.2).

    Raises MalformedToken, also for a document that is both, or has too many recipients.
    """
    members = read_document(document)
    head = part(members, "protected")
    protected = _read_header(head) if head else {}
    unprotected = header_object(members, "unprotected")
    additional_data = part(members, "aad") if "aad" in members else None
    recipients = tuple(
        _read_recipient(entry, protected, unprotected)
        for entry in entries(members, "recipients", _FLAT)
    )
    return SealedContent(
        protected,
        base64url_encode(head),
        unprotected,
        recipients,
        part(members, "iv"),
        part(members, "ciphertext"),
        part(members, "tag"),
        additional_data,
    )


def check_header(header: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check the members every JWE header has, and refuse extensions. Raises MalformedToken."""
    if "crit" in header:
        raise MalformedToken(errors.CRITICAL_EXTENSION)
    for name in ("alg", "enc"):
        if type(header.get(name)) is not str:
            raise MalformedToken(errors.HEADER_MEMBER, f"{name!r} is not a text")
    if header.get("zip", "DEF") != "DEF":
        raise MalformedToken(errors.HEADER_MEMBER, "'zip' is not DEF")
    check_texts(header)
    return header


def _read_recipient(
    entry: Mapping[str, Any], protected: Mapping[str, Any], unprotected: Mapping[str, Any]
) -> SealedRecipient:
    own = header_object(entry, "header")
    merged = {**protected, **unprotected, **own}
    is_doubled = len(merged) != len(protected) + len(unprotected) + len(own)
    if is_doubled or any(
        name in header for header in (unprotected, own) for name in _NEVER_UNPROTECTED
    ):
        raise MalformedToken(errors.HEADER_PLACE)
    return SealedRecipient(check_header(merged), part(entry, "encrypted_key"), own)


def _read_header(data: bytes) -> dict[str, Any]:
    try:
        return parse_json_object(data)
    except EncodingError as error:
        raise MalformedToken(errors.HEADER_JSON, str(error)) from None
