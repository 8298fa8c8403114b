"""The application that sent a person here, as our pages show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sealwax.config.hosts import is_loopback_host
from sealwax.oauth.authorization import Interaction
from sealwax.oauth.authorization_request import check_client, check_return_address
from sealwax.oauth.errors import InteractionUnusable, OAuthError, RedirectedError, ShownError
from sealwax.oauth.parameters import form_of
from sealwax.pages import messages
from sealwax.pages.contexts import Application
from sealwax.server.endpoints.authorization_progress import INTERACTION_KIND, refusal_reply
from sealwax.server.endpoints.page_reply import page_reply
from sealwax.server.interactions import InteractionInvalid

if TYPE_CHECKING:
    from sealwax.oauth.authorization_request import AuthorizationRequest, ReturnAddress
    from sealwax.server.http import Reply, Request
    from sealwax.server.services import Services

REMEMBERED_SECONDS: Final = 30 * 86_400
"""How long an expired sign-in still tells where it began; it opens nothing any more."""


def application_of(request: AuthorizationRequest) -> Application:
    """Give the name of the client and where it takes the person afterwards."""
    parts = urlsplit(request.redirect_uri.uri)
    if parts.scheme not in {"http", "https"}:
        return Application(request.client.client_name, parts.scheme, is_on_device=True)
    is_on_device = is_loopback_host(parts.hostname or "")
    return Application(request.client.client_name, parts.netloc, is_on_device=is_on_device)


async def refused_request_reply(
    error: ShownError | RedirectedError, sealed: str | None, request: Request, services: Services
) -> Reply:
    """Answer a sign-in that can't go on; one that is too old leads back to where it began."""
    address = None
    if isinstance(error, InteractionUnusable):
        address = await _where_it_began(sealed or "", services)
    if address is None:
        return refusal_reply(error, request, services)
    page = messages.interaction_unusable(
        application_url=_start_of(address), application_name=address.client.client_name
    )
    services.log.event("authorization_refused", route=request.path, reason=error.reason)
    return page_reply(page, request, services, status=error.http_status)


async def _where_it_began(sealed: str, services: Services) -> ReturnAddress | None:
    """Give the registered return address of a sign-in that is only too old."""
    try:
        data = services.interactions.open(
            INTERACTION_KIND, sealed, max_age_seconds=REMEMBERED_SECONDS
        )
        form = form_of(Interaction.from_data(data).parameters)
        client = check_client(await services.catalogue.client(form.get("client_id") or ""))
        return check_return_address(form, client, issuer=services.settings.issuer.url)
    except (InteractionInvalid, OAuthError):
        return None


def _start_of(address: ReturnAddress) -> str:
    """Give the start page of the application's site; empty for an app on the device."""
    parts = urlsplit(address.redirect_uri.uri)
    return f"{parts.scheme}://{parts.netloc}/" if parts.scheme in {"http", "https"} else ""
