"""Our two cookies: their names, and the one way in which they are written (RFC 10025)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sealwax.server.http import RawHeader

SESSION_COOKIE: Final = "__Host-sealwax-session"
FORM_COOKIE: Final = "__Host-sealwax-form"

_ATTRIBUTES: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"
"""`Lax`, since a person comes to `/authorize` from another site and is to be recognized there."""


def set_cookie(name: str, value: str) -> RawHeader:
    """Give the header that sets a cookie until the browser is closed."""
    return (b"set-cookie", f"{name}={value}; {_ATTRIBUTES}".encode("ascii"))


def clear_cookie(name: str) -> RawHeader:
    """Give the header that removes a cookie."""
    return (b"set-cookie", f"{name}=; Max-Age=0; {_ATTRIBUTES}".encode("ascii"))
