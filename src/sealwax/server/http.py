"""What an endpoint receives and what it answers: two values, no framework."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sealwax.server.security_headers import (
    DOCUMENT_HEADERS,
    NO_STORE,
    page_content_security_policy,
)

if TYPE_CHECKING:
    from sealwax.server.services import Services

RawHeader = tuple[bytes, bytes]

_JSON: Final = (b"content-type", b"application/json")
_HTML: Final = (b"content-type", b"text/html; charset=utf-8")
_LOCATION: Final = re.compile(r"[\x21-\x7e]+")
_COOKIE_PAIR: Final = re.compile(
    r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*)"
)


class Request(msgspec.Struct, frozen=True):
    """One HTTP request, read to its end."""

    method: str
    """`GET` for HEAD too."""
    path: str
    """As it was sent: percent-encoding is not undone."""
    query: bytes
    """What follows the question mark, as it was sent."""
    headers: Mapping[str, str]
    """By lower-case name; values sent more than once are joined by a comma (cookies by a
    semicolon)."""
    body: bytes
    peer: str
    """The address of the client in canonical form, after the trusted proxies were taken off."""
    repeated: frozenset[str] = frozenset()
    """Names of headers that were sent more than once."""
    path_parameter: str = ""
    """What stands in the place of the `{...}` of the route."""

    def header(self, name: str) -> str | None:
        """Give a header by its lower-case name."""
        return self.headers.get(name)

    @property
    def cookies(self) -> Mapping[str, str]:
        """Give the cookies; of a name that was sent twice neither value is believed.

        RFC 10025 §5.8.3 lets two cookies of one name arrive, and nothing tells which of them is
        ours.
        """
        text = self.headers.get("cookie")
        if not text:
            return {}
        return _parse_cookies(text)


class Reply(msgspec.Struct, frozen=True):
    """One HTTP response. `app` adds the security headers that this reply does not bring itself."""

    status: int
    headers: tuple[RawHeader, ...]
    body: bytes

    @classmethod
    def json(cls, value: Any, *, status: int = 200, headers: tuple[RawHeader, ...] = ()) -> Reply:  # noqa: ANN401  # any value that JSON can hold
        """Answer with JSON that nobody may keep (RFC 6749 §5.1)."""
        return cls(status, (_JSON, NO_STORE, *headers), msgspec.json.encode(value))

    @classmethod
    def html(
        cls,
        text: str,
        *,
        status: int = 200,
        headers: tuple[RawHeader, ...] = (),
        form_action: tuple[str, ...] = (),
    ) -> Reply:
        """Answer with a page.

        `form_action` names, beside ourselves, the redirect URIs to which an answer to a form on
        this page may lead: Chromium applies `form-action` to the redirects that follow a form post.
        """
        policy = (b"content-security-policy", page_content_security_policy(form_action))
        return cls(status, (_HTML, NO_STORE, policy, *DOCUMENT_HEADERS, *headers), text.encode())

    @classmethod
    def redirect(cls, location: str, *, headers: tuple[RawHeader, ...] = ()) -> Reply:
        """Send the browser elsewhere with 303, which never repeats a form post (RFC 9700 §4.12).

        Raises ValueError for a location that is not plain ASCII without spaces and control
        characters.
        """
        if not _LOCATION.fullmatch(location):
            message = "a redirect location is accepted in ASCII without spaces only"
            raise ValueError(message)
        return cls(303, ((b"location", location.encode("ascii")), NO_STORE, *headers), b"")

    @classmethod
    def empty(cls, status: int, *, headers: tuple[RawHeader, ...] = ()) -> Reply:
        """Answer without a body."""
        return cls(status, (NO_STORE, *headers), b"")


Handler = Callable[[Request, "Services"], Awaitable[Reply]]


def _parse_cookies(text: str) -> dict[str, str]:
    """Split a Cookie header (RFC 10025 §4.2.1); pairs outside the grammar are left out."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for part in text.split(";"):
        pair = _COOKIE_PAIR.fullmatch(part.strip(" \t"))
        if pair is None:
            continue
        name, value = pair.groups()
        if name in found:
            twice.add(name)
        found[name] = value
    for name in twice:
        del found[name]
    return found
