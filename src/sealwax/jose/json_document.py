"""What the JSON forms of signed and of encrypted content share (RFC 7515 §7.2, RFC 7516 §7.2).

A document is read under limits, in the strict form only; unknown members are ignored.
"""

from collections.abc import Mapping
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.encoding import (
    EncodingError,
    base64url_decode,
    document_bytes,
    parse_json_object,
    write_json,
)
from sealwax.jose.errors import MalformedToken

MAX_DOCUMENT_SIZE_BYTES: Final = 128 * 1024
MAX_RECIPIENTS: Final = 16
"""Recipients of an encrypted document, signatures of a signed one."""


def read_document(document: Mapping[str, Any] | str | bytes) -> Mapping[str, Any]:
    """Read a JSON serialisation in the strict form, within its size. Raises MalformedToken."""
    if isinstance(document, Mapping):
        try:
            data = write_json(document)
        except EncodingError as error:
            raise MalformedToken(errors.JSON_SERIALIZATION, str(error)) from None
    else:
        data = document_bytes(document)
    if len(data) > MAX_DOCUMENT_SIZE_BYTES:
        detail = f"{len(data)} bytes; at most {MAX_DOCUMENT_SIZE_BYTES} are accepted"
        raise MalformedToken(errors.TOKEN_TOO_LARGE, detail)
    try:
        return parse_json_object(data)
    except EncodingError as error:
        raise MalformedToken(errors.JSON_SERIALIZATION, str(error)) from None


def entries(members: Mapping[str, Any], name: str, flat: frozenset[str]) -> list[Mapping[str, Any]]:
    """Give the members of the list of a general form, or the one of a flattened form.

    `flat` are the members that only a flattened form has at the top. Raises MalformedToken for
    an empty list, for one that is too long, and for both forms at once.
    """
    if name not in members:
        return [members]
    found = members[name]
    if not isinstance(found, list) or not found or not all(type(one) is dict for one in found):
        raise MalformedToken(errors.JSON_SERIALIZATION, f"{name!r} is not a list of objects")
    if flat & members.keys():
        raise MalformedToken(errors.JSON_SERIALIZATION, "it is general and flattened at once")
    if len(found) > MAX_RECIPIENTS:
        detail = f"{len(found)}; at most {MAX_RECIPIENTS} are accepted"
        raise MalformedToken(errors.TOO_MANY_RECIPIENTS, detail)
    return found


def part(members: Mapping[str, Any], name: str) -> bytes:
    """Read a member that is base64url, nothing if it is absent. Raises MalformedToken."""
    value = members.get(name, "")
    if type(value) is not str:
        raise MalformedToken(errors.JSON_SERIALIZATION, f"{name!r} is not a text")
    try:
        return base64url_decode(value.encode("ascii", "replace"))
    except EncodingError as error:
        raise MalformedToken(errors.PART_ENCODING, f"{name!r} is {error}") from None


def header_object(members: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Read a header that nothing protects. Raises MalformedToken."""
    header = members.get(name, {})
    if type(header) is not dict:
        raise MalformedToken(errors.JSON_SERIALIZATION, f"{name!r} is not an object")
    return header
