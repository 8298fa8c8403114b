"""`/revoke`: a client gives a token back (RFC 7009)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.oauth.errors import InvalidToken
from sealwax.oauth.revocation import check_own_token, is_access_token
from sealwax.secret import sha256_hex
from sealwax.server.endpoints import own_tokens
from sealwax.server.endpoints.authenticated_client import authenticate_client, read_form
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.records import Client
    from sealwax.server.http import Request
    from sealwax.server.services import Services


async def revoke(request: Request, services: Services) -> Reply:
    """Answer POST /revoke; a token that is unknown or has ended needs nothing done (§2.2)."""
    form = read_form(request)
    authenticated = await authenticate_client(request, form, services)
    token = form.require("token")
    if is_access_token(token):
        await _revoke_access_token(token, authenticated.client, services)
    else:
        await _revoke_refresh_token(token, authenticated.client, services)
    return Reply.empty(200)


async def _revoke_access_token(token: str, client: Client, services: Services) -> None:
    """Take back the access tokens of its grant (RFC 7009 §2.1); the next gets a fresh index."""
    try:
        access_token = own_tokens.verify(token, services)
    except InvalidToken:
        return
    check_own_token(access_token.client_id, client)
    grant = await services.storage.grants.find_by_status(access_token.status)
    if grant is None:
        return
    await services.storage.grants.revoke_access_tokens(
        grant.grant_id, status=access_token.status, now=services.clock.now()
    )
    await services.client_grants.drop()
    services.log.event("access_tokens_revoked", client_id=client.client_id, grant_id=grant.grant_id)


async def _revoke_refresh_token(token: str, client: Client, services: Services) -> None:
    """End the whole grant: its refresh tokens, and the access tokens they gave (§2.1)."""
    record = await services.storage.refresh_tokens.find(sha256_hex(token))
    if record is None:
        return
    check_own_token(record.client_id, client)
    await services.storage.grants.end(record.grant_id, now=services.clock.now())
    services.log.event("grant_revoked", client_id=client.client_id, grant_id=record.grant_id)
