"""The one place where errors become replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.oauth.errors import TooManyAttempts
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.oauth.errors import OAuthError
    from sealwax.server.http import RawHeader

RETRY_AFTER_SECONDS: Final = 5
_RETRY_AFTER: Final = (b"retry-after", b"%d" % RETRY_AFTER_SECONDS)


class ServerBusy(Exception):
    """More work waits than this server takes on (a full password queue); answered 503."""


def error_reply(
    status: int, error: str, description: str, *, headers: tuple[RawHeader, ...] = ()
) -> Reply:
    """Answer with an error in the words of RFC 6749 §5.2.

    `description` is fixed text, never user input.
    """
    return Reply.json(
        {"error": error, "error_description": description}, status=status, headers=headers
    )


def oauth_error_reply(error: OAuthError) -> Reply:
    """Answer with an OAuthError, with its challenge and when to try again."""
    headers: list[RawHeader] = []
    if error.authenticate is not None:
        headers.append((b"www-authenticate", error.authenticate.encode("ascii")))
    if isinstance(error, TooManyAttempts):
        headers.append((b"retry-after", b"%d" % error.retry_after_seconds))
    return Reply.json(error.body(), status=error.http_status, headers=tuple(headers))


def server_error() -> Reply:
    """Answer that something broke here; what it was stands in the log alone."""
    return error_reply(500, "server_error", "the server met an unexpected condition")


def temporarily_unavailable(description: str) -> Reply:
    """Answer that this works again soon (RFC 6749 §4.1.2.1 names the code)."""
    return error_reply(503, "temporarily_unavailable", description, headers=(_RETRY_AFTER,))
