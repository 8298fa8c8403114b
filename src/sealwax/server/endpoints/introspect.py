"""`/introspect`: whether a token is good, told to the API that it is for (RFC 7662)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.oauth.client_authentication import check_confidential
from sealwax.oauth.errors import InvalidToken
from sealwax.oauth.introspection import INACTIVE, introspection_response, may_introspect
from sealwax.server.endpoints import own_tokens
from sealwax.server.endpoints.authenticated_client import authenticate_client, read_form
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.server.http import Request
    from sealwax.server.services import Services


async def introspect(request: Request, services: Services) -> Reply:
    """Answer POST /introspect; of what is not good, or not the caller's, it says nothing more."""
    form = read_form(request)
    authenticated = await authenticate_client(request, form, services)
    check_confidential(authenticated)
    try:
        token = await own_tokens.verify_unrevoked(form.require("token"), services)
    except InvalidToken:
        return Reply.json(INACTIVE)
    if not may_introspect(authenticated.client, token):
        return Reply.json(INACTIVE)
    return Reply.json(introspection_response(token))
