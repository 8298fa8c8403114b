"""Client authentication: the phase that `/token`, `/revoke` and `/introspect` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.oauth.client_authentication import (
    AuthenticatedClient,
    Presented,
    accept_public,
    assertion_used,
    authenticate_by_secret,
    check_assertion,
    read_presented,
)
from sealwax.oauth.errors import InvalidRequest
from sealwax.oauth.parameters import Form, parse_form
from sealwax.oauth.web_origin import check_web_origin
from sealwax.storage.contracts import AlreadyUsed

if TYPE_CHECKING:
    from sealwax.records import Client
    from sealwax.server.http import Request
    from sealwax.server.services import Services


def read_form(request: Request) -> Form:
    """Read the form of a request whose parameters all stand in the body (RFC 6749 §3.2).

    Raises InvalidRequest, also for a query: a secret there would end up in logs.
    """
    if request.query:
        raise InvalidRequest("query_not_empty", "parameters are accepted in the body only")
    return parse_form(request.body)


async def authenticate_client(
    request: Request, form: Form, services: Services
) -> AuthenticatedClient:
    """Find out who the client is, and hold a calling page to its origins.

    Raises InvalidRequest, InvalidClient, UnauthorizedClient.
    """
    presented = read_presented(form, request.header("authorization"))
    client = await services.catalogue.client(presented.client_id)
    match presented.method:
        case "none":
            authenticated = accept_public(presented, client)
        case "private_key_jwt":
            authenticated = await _authenticate_by_key(presented, client, services)
        case _:
            authenticated = authenticate_by_secret(presented, client)
    check_web_origin(
        request.header("origin"), authenticated.client, issuer=services.settings.issuer.url
    )
    return authenticated


async def _authenticate_by_key(
    presented: Presented, client: Client | None, services: Services
) -> AuthenticatedClient:
    """Check an assertion and spend it, so that it can't be used again (RFC 7523 §3 item 7)."""
    now = services.clock.now()
    authenticated, assertion = check_assertion(
        presented, client, issuer=services.settings.issuer.url, now=now
    )
    try:
        await services.storage.client_assertions.consume_jti(
            presented.client_id, assertion.jti, expires_at=assertion.expires_at, now=now
        )
    except AlreadyUsed as error:
        raise assertion_used() from error
    return authenticated
