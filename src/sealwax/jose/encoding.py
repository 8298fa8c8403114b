"""Base64url and JSON in the one strict form that is accepted, and the limits they are read under.

RFC 7515 §2 wants base64url without padding, RFC 8725bis §3.14 nothing outside its alphabet, and
§3.7 UTF-8 only. What two parsers could read in two ways is refused: unused bits that are not
zero, a member twice, a lone surrogate, NaN, a number too long to be one.
"""

import json
import math
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

MAX_JSON_DEPTH: Final = 16
"""Objects and arrays inside each other. Real tokens use three or four."""

_BASE64URL: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FOREIGN: Final = b"!"
TO_STANDARD: Final = bytes.maketrans(
    bytes(range(256)),
    bytes(byte if byte in _BASE64URL + b"." else FOREIGN[0] for byte in range(256)),
).translate(bytes.maketrans(b"-_", b"+/"))
"""From base64url to the alphabet of the standard library's decoder, as `bytes.translate` takes it.

What is neither base64url nor a dot becomes FOREIGN.
"""
_TO_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")
_PADDING: Final = (b"", b"", b"==", b"=")
# What may stand last where 4 (of 2 characters) or 2 (of 3 characters) bits are left over.
_LAST: Final = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
_ESCAPE: Final = re.compile(r"\\.", re.DOTALL)
_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_WHITESPACE: Final = " \t\n\r"
_CONTAINERS: Final = (dict, list, tuple)
_WRITABLE: Final = (str, int, float, type(None), *_CONTAINERS)


class EncodingError(ValueError):
    """Bytes that are not in the strict form. The text says how, never what they were."""


def base64url_encode(data: bytes) -> bytes:
    """Write bytes as base64url without padding (RFC 7515 §2)."""
    return b2a_base64(data, newline=False).translate(_TO_URLSAFE, b"=")


def base64url_decode(text: bytes) -> bytes:
    """Read base64url in its canonical form only.

    Raises EncodingError for padding, for any character outside the alphabet, for an impossible
    length and for unused bits that are not zero: each would be a second spelling of one value.
    """
    translated = translate_token(text)
    if translated is None or b"." in translated:
        message = "not base64url without padding"
        raise EncodingError(message)
    return decode_translated(translated)


def translate_token(text: bytes) -> bytes | None:
    """Write base64url and dots in the standard alphabet; None if there is anything else."""
    translated = text.translate(TO_STANDARD)
    return None if FOREIGN in translated else translated


def decode_translated(text: bytes) -> bytes:
    """Read a part of what `translate_token` gave, between its dots. Raises EncodingError.

    What stands there is of the alphabet and nothing else, so only the length and the last
    character can be wrong, and the lenient mode of the decoder finds no more than the strict one.
    """
    left_over = len(text) & 3
    if not left_over:
        return a2b_base64(text)
    if left_over == 1:
        message = "not base64url without padding"
        raise EncodingError(message)
    if text[-1] not in _LAST[left_over]:
        message = "the unused bits of the last character are not zero"
        raise EncodingError(message)
    return a2b_base64(text + _PADDING[left_over])


def parse_json_object(data: bytes) -> dict[str, Any]:
    """Read one JSON object in the strict form.

    Raises EncodingError for anything but UTF-8 without byte order mark, for a member that
    occurs twice at any level, for NaN, infinities and overlong numbers, for more than
    MAX_JSON_DEPTH levels, for lone surrogates, and for anything before or behind the object.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        message = "not UTF-8"
        raise EncodingError(message) from None
    if text.count("{") + text.count("[") > MAX_JSON_DEPTH:
        _check_depth(text)
    try:
        # Only an object may begin here, so white space in front is the rare case.
        start = 0 if text[:1] == "{" else len(text) - len(text.lstrip(_WHITESPACE))
        value, end = _scan(text, start)
    except EncodingError:
        raise
    except (ValueError, StopIteration):  # a number of thousands of digits, too
        message = "not JSON"
        raise EncodingError(message) from None
    if type(value) is not dict:
        message = "not a JSON object"
        raise EncodingError(message)
    if end != len(text) and text[end:].strip(_WHITESPACE):
        message = "something follows the JSON object"
        raise EncodingError(message)
    if "\\u" in text:
        _check_surrogates(text, value)
    return value


def document_bytes(document: str | bytes) -> bytes:
    """Take a document as bytes, a text with lone surrogates too: reading it will refuse them."""
    if isinstance(document, str):
        return document.encode("utf-8", "surrogatepass")
    if type(document) is bytes:
        return document
    message = f"the document is of the type {type(document).__name__}; a str or bytes is accepted"
    raise TypeError(message)


def write_json(value: Mapping[str, Any]) -> bytes:
    """Write an object as compact JSON in UTF-8.

    Raises EncodingError for what has no faithful JSON form: a member name that is not a string
    (it would be turned into one, perhaps a second time), NaN, infinities, lone surrogates, any
    other type.
    """
    found: object = value
    if type(found) is not dict and not isinstance(found, Mapping):
        message = f"of the type {type(value).__name__}; a mapping is accepted"
        raise EncodingError(message)
    try:
        _check_member_names(value)
        return _encode(value if type(value) is dict else dict(value)).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        culprit = _first_unwritable(value) or f" ({type(error).__name__})"
        message = f"can't be written as JSON{culprit}"
        raise EncodingError(message) from None


def _first_unwritable(value: Mapping[Any, Any]) -> str:
    """Name the outermost member that has no JSON form, and its type; never what it holds."""
    for name, member in value.items():
        if not isinstance(member, _WRITABLE):
            accepted = "text, numbers, booleans, None, lists and dicts are accepted"
            return f": {str(name)[:60]!r} is of the type {type(member).__name__}; {accepted}"
    return ""


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the recursive parser sees it, in linear time."""
    # The structure is what stands outside of strings: with the escapes gone, every second piece.
    bare = _ESCAPE.sub("", text) if "\\" in text else text
    depth = 0
    for character in "".join(bare.split('"')[::2]):
        if character in "{[":
            depth += 1
            if depth > MAX_JSON_DEPTH:
                message = f"nested more than {MAX_JSON_DEPTH} levels deep"
                raise EncodingError(message)
        elif character in "}]":
            depth -= 1


def _check_surrogates(text: str, value: dict[str, Any]) -> None:
    """Refuse half of a surrogate pair: no UTF-8 text can hold it."""
    if _ESCAPED_SURROGATE.search(text):
        try:
            _encode(value).encode("utf-8")
        except UnicodeEncodeError:
            message = "a lone surrogate"
            raise EncodingError(message) from None


def _check_member_names(value: Mapping[Any, Any] | list[Any] | tuple[Any, ...]) -> None:
    if isinstance(value, list | tuple):
        members: Iterable[Any] = value
    else:
        "".join(value)  # a TypeError, if one is not a text
        members = value.values()
    for member in members:
        if isinstance(member, _CONTAINERS):
            _check_member_names(member)


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "a member occurs twice"
        raise EncodingError(message)
    return members


def _real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        message = "a number is too large"
        raise EncodingError(message)
    return number


def _constant(_: str) -> float:
    message = "NaN and infinities are not JSON"
    raise EncodingError(message)


_decoder: Final[Any] = json.JSONDecoder(
    object_pairs_hook=_unique_members, parse_float=_real, parse_constant=_constant
)
_scan: Final[Callable[[str, int], tuple[Any, int]]] = _decoder.scan_once
_encoder: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
)


def prepare_encoder() -> Callable[[object], str]:
    """Make once what `JSONEncoder.encode` makes anew in every call; itself where that can't be.

    That nothing contains itself has been seen before: looking at its names would not have ended.
    """
    make: Any = getattr(json.encoder, "c_make_encoder", None)  # not in every Python
    text = json.encoder.encode_basestring
    sorts_keys = skips_keys = allows_nan = False
    try:
        encode = make(
            None, _encoder.default, text, None, ":", ",", sorts_keys, skips_keys, allows_nan
        )
    except TypeError:
        return _encoder.encode
    return lambda value: "".join(encode(value, 0))


_encode: Final = prepare_encoder()
