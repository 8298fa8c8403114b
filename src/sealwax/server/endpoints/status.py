"""`/status/{list}`: which access tokens were taken back (draft-ietf-oauth-status-list §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.server.error_responses import error_reply
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.server.http import Request
    from sealwax.server.services import Services

_CONTENT_TYPE: Final = (b"content-type", b"application/statuslist+jwt")


async def show(request: Request, services: Services) -> Reply:
    """Answer GET /status/{list} with the signed list."""
    found = await services.status_publisher.token(request.path_parameter)
    if found is None:
        return error_reply(404, "not_found", "there is no such status list")
    token, max_age_seconds = found
    cache_control = (b"cache-control", b"public, max-age=%d" % max_age_seconds)
    return Reply(200, (_CONTENT_TYPE, cache_control), token.encode("ascii"))
