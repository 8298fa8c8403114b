"""The one place where errors become replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.oauth.errors import OAuthError
    from sealwax.server.http import RawHeader

RETRY_AFTER_SECONDS: Final = 5


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
    """Answer with an OAuthError, and the challenge its status demands (RFC 9110 §11.6.1)."""
    return error_reply(
        error.http_status,
        error.error,
        error.description,
        headers=_challenge(error.error, error.http_status),
    )


def server_error() -> Reply:
    """Answer that something broke here; what it was stands in the log alone."""
    return error_reply(500, "server_error", "the server met an unexpected condition")


def temporarily_unavailable(description: str) -> Reply:
    """Answer that this works again soon (RFC 6749 §4.1.2.1 names the code)."""
    retry_after = (b"retry-after", b"%d" % RETRY_AFTER_SECONDS)
    return error_reply(503, "temporarily_unavailable", description, headers=(retry_after,))


def _challenge(error: str, status: int) -> tuple[RawHeader, ...]:
    """Give the challenge: Bearer for a token's errors (RFC 6750 §3), Basic for a client's."""
    if error in {"invalid_token", "insufficient_scope"}:
        return (
            (b"www-authenticate", b'Bearer realm="sealwax", error="%s"' % error.encode("ascii")),
        )
    if status == 401:  # noqa: PLR2004  # the status itself says it best
        return ((b"www-authenticate", b'Basic realm="sealwax", charset="UTF-8"'),)
    return ()
