"""`/`: what this server is; and `/static`, what its pages are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.pages import messages
from sealwax.pages.assets import assets
from sealwax.pages.contexts import HomePage
from sealwax.server.endpoints.page_reply import page_reply
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.server.http import Request
    from sealwax.server.services import Services

_FOR_GOOD: Final = (b"cache-control", b"public, max-age=31536000, immutable")


async def show(request: Request, services: Services) -> Reply:
    """Answer GET /."""
    session = await services.browser_sessions.current(request)
    user = await services.storage.users.find(session.user_id) if session else None
    page = HomePage(signed_in_as=user.username if user else "")
    return page_reply(page, request, services)


async def static_file(request: Request, services: Services) -> Reply:
    """Answer GET /static/{file}; the name changes with the content, so it may be kept for good."""
    asset = assets().get(request.path_parameter)
    if asset is None:
        return page_reply(messages.not_found(), request, services, status=404)
    content_type = (b"content-type", asset.content_type.encode("ascii"))
    return Reply(200, (content_type, _FOR_GOOD), asset.body)
