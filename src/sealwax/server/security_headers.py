"""Headers that every answer carries, and the policy of our pages."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

NO_STORE: Final = (b"cache-control", b"no-store")

DATA_POLICY: Final = (
    b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
)
"""For everything that is not a page: opened as a document it can do nothing."""

ALWAYS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""On every answer."""

UNLESS_SET: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"content-security-policy", DATA_POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""On every answer that does not bring its own."""

STRICT_TRANSPORT_SECURITY: Final = (
    b"strict-transport-security",
    b"max-age=31536000; includeSubDomains",
)
"""Sent when the issuer is https (RFC 6797; a year)."""

DOCUMENT_HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
"""On pages. Under `no-referrer` browsers send `Origin: null` with our own forms (Fetch, "append
a request Origin header"), which can't be told from another site's; `same-origin` tells other
sites just as little."""

_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_HTTP_SOURCE: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*")


def page_content_security_policy(form_action: tuple[str, ...] = ()) -> bytes:
    """Give the policy of a page whose forms may lead to these redirect URIs (CSP 3 §6.4.1)."""
    sources = dict.fromkeys(_form_action_source(redirect_uri) for redirect_uri in form_action)
    return " ".join((_PAGE_POLICY, *filter(None, sources))).encode("ascii")


def _form_action_source(redirect_uri: str) -> str:
    """Give the CSP source of a redirect URI: its origin, else its scheme.

    CSP has no notation for an IPv6 address, so a loopback `[::1]` is covered by `http:`. What can't
    be written gives no source: the browser then stops the redirect, which is the safe side.
    """
    try:
        parts = urlsplit(redirect_uri)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return ""
    if parts.scheme in {"http", "https"}:
        if _HTTP_SOURCE.fullmatch(origin):
            return origin
        return "http:" if parts.scheme == "http" and parts.hostname == "::1" else ""
    return f"{parts.scheme}:" if _SCHEME.fullmatch(parts.scheme) else ""
