"""Parameters of a request, read once and strictly.

RFC 6749 Appendix B: `application/x-www-form-urlencoded`, UTF-8. §3.1, §3.2: a parameter without a
value counts as omitted, and none may come twice; `resource` alone may (RFC 8707 §2). Whatever else
is odd is refused: a wrong percent-escape, bytes that are not UTF-8, control characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

from sealwax.oauth.errors import InvalidRequest

MAX_PARAMETERS: Final = 64
MAX_NAME_CHARACTERS: Final = 128
MAX_VALUE_CHARACTERS: Final = 16_384
"""A client assertion or an ID token is the longest thing that comes as a parameter."""
MAX_ENCODED_BYTES: Final = 65_536

FORM_CONTENT_TYPE: Final = "application/x-www-form-urlencoded"
REPEATABLE: Final = frozenset({"resource"})

_WELL_FORMED: Final = re.compile(rb"(?:[!-$&-~]++|%[0-9A-Fa-f]{2})*+")
"""Printable ASCII and whole percent-escapes; possessive, so it is read once whatever comes."""
_CONTROL_CHARACTER: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_NAMEABLE: Final = frozenset({
    "client_assertion", "client_assertion_type", "client_id", "client_secret", "code",
    "code_challenge", "code_challenge_method", "code_verifier", "grant_type", "id_token_hint",
    "login_hint", "max_age", "nonce", "post_logout_redirect_uri", "prompt", "redirect_uri",
    "refresh_token", "response_mode", "response_type", "scope", "state", "token",
    "token_type_hint",
})  # fmt: skip # one word to a line would be a page of words
"""What may be named in an answer: nothing that was sent is ever repeated there."""


class Form:
    """The parameters of one request; a parameter that was empty is not there."""

    __slots__ = ("_repeated", "_values")

    def __init__(self, values: dict[str, str], repeated: dict[str, tuple[str, ...]]) -> None:
        self._values = values
        self._repeated = repeated

    def get(self, name: str) -> str | None:
        """Give the value of a parameter, or None if it was omitted or empty."""
        return self._values.get(name)

    def all(self, name: str) -> tuple[str, ...]:
        """Give every value of a parameter that may repeat, in the order they came."""
        repeated = self._repeated.get(name)
        if repeated is not None:
            return repeated
        value = self._values.get(name)
        return () if value is None else (value,)

    def require(self, name: str) -> str:
        """Give the value of a parameter that must be there. Raises InvalidRequest."""
        value = self._values.get(name)
        if value is None:
            raise InvalidRequest("parameter_missing", f"{name} is missing")
        return value

    def items(self) -> tuple[tuple[str, str], ...]:
        """Give all names and values, so that the same form can be built again with `form_of`."""
        pairs: list[tuple[str, str]] = []
        for name, value in self._values.items():
            pairs.extend((name, each) for each in self._repeated.get(name, (value,)))
        return tuple(pairs)


def parse_form(body: bytes) -> Form:
    """Read the body of a POST (RFC 6749 Appendix B). Raises InvalidRequest."""
    return _parse(body)


def parse_query(query: bytes) -> Form:
    """Read the query of a GET, by the same rules. Raises InvalidRequest."""
    return _parse(query)


def form_of(pairs: Iterable[tuple[str, str]]) -> Form:
    """Build a form from names and values that were decoded before, by the same rules.

    Raises InvalidRequest.
    """
    values: dict[str, str] = {}
    repeated: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for name, value in pairs:
        if len(name) > MAX_NAME_CHARACTERS or len(value) > MAX_VALUE_CHARACTERS:
            raise _too_long(name)
        if name in seen and name not in REPEATABLE:
            raise InvalidRequest("duplicate_parameter", _duplicate_text(name))
        seen.add(name)
        if not value:
            continue
        if name in values:
            repeated[name] = (*repeated.get(name, (values[name],)), value)
        else:
            values[name] = value
    return Form(values, repeated)


def _parse(encoded: bytes) -> Form:
    """Split, decode and check."""
    if len(encoded) > MAX_ENCODED_BYTES:
        raise InvalidRequest("too_long", f"the parameters exceed {MAX_ENCODED_BYTES} bytes")
    if _WELL_FORMED.fullmatch(encoded) is None:
        raise InvalidRequest(
            "malformed_encoding", f"the parameters are not well-formed {FORM_CONTENT_TYPE}"
        )
    fields = encoded.decode("ascii").split("&")
    if len(fields) > MAX_PARAMETERS:
        raise InvalidRequest(
            "too_many_parameters", f"there are more than {MAX_PARAMETERS} parameters"
        )
    pairs: list[tuple[str, str]] = []
    for field in fields:
        if field:
            name, _, value = field.partition("=")
            pairs.append((_decode(name), _decode(value)))
    return form_of(pairs)


def _decode(text: str) -> str:
    """Decode one name or value of a well-formed field."""
    if "%" not in text:
        return text.replace("+", " ") if "+" in text else text
    try:
        decoded = unquote_to_bytes(text.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest("not_utf8", "a parameter is not UTF-8") from error
    if _CONTROL_CHARACTER.search(decoded) is not None:
        raise InvalidRequest("control_character", "a parameter holds a control character")
    return decoded


def _too_long(name: str) -> InvalidRequest:
    if len(name) > MAX_NAME_CHARACTERS:
        return InvalidRequest(
            "name_too_long", f"a parameter name exceeds {MAX_NAME_CHARACTERS} characters"
        )
    return InvalidRequest(
        "value_too_long", f"a parameter exceeds {MAX_VALUE_CHARACTERS} characters"
    )


def _duplicate_text(name: str) -> str:
    """Name the parameter if it is one of ours."""
    shown = name if name in _NAMEABLE else "a parameter"
    return f"{shown} is given more than once"
