"""`/token`: codes, refresh tokens and clients by themselves for access tokens (RFC 6749 §3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.entropy import random_id
from sealwax.oauth.errors import GrantReused, InvalidGrant, UnsupportedGrantType
from sealwax.oauth.grants import authorization_code, client_credentials, refresh_token
from sealwax.oauth.grants.entitlement import Entitlement, successor
from sealwax.oauth.id_token import id_token_claims
from sealwax.oauth.resource_indicator import Audience, default_resource, issuer_audience
from sealwax.oauth.token_response import token_response
from sealwax.secret import sha256_hex
from sealwax.server.endpoints.authenticated_client import authenticate_client, read_form
from sealwax.server.http import Reply
from sealwax.storage.contracts import AlreadyUsed, NotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sealwax.oauth.client_authentication import AuthenticatedClient
    from sealwax.oauth.parameters import Form
    from sealwax.records import AuthorizationCode, RefreshToken, Resource
    from sealwax.secret import Secret
    from sealwax.server.http import Request
    from sealwax.server.services import Services

    Redeem = Callable[[Form, AuthenticatedClient, Services], Awaitable[dict[str, object]]]

TOUCH_INTERVAL_SECONDS: Final = 60
"""A use of a token that is not rotated is written down no more often."""
_FAMILY_ID_SIZE_BYTES: Final = 16


async def exchange(request: Request, services: Services) -> Reply:
    """Answer POST /token."""
    form = read_form(request)
    authenticated = await authenticate_client(request, form, services)
    redeem = _GRANTS.get(form.require("grant_type"))
    if redeem is None:
        raise UnsupportedGrantType(
            "grant_type_unknown", f"grant_type: {', '.join(_GRANTS)} are accepted"
        )
    try:
        return Reply.json(await redeem(form, authenticated, services))
    except GrantReused as error:
        await services.storage.grants.end(error.grant_id, now=services.clock.now())
        services.log.event(
            "grant_reused",
            level="warning",
            client_id=authenticated.client.client_id,
            grant_id=error.grant_id,
            reason=error.reason,
        )
        raise


def own_audience(services: Services) -> Audience:
    """Give the issuer as an audience."""
    return issuer_audience(
        services.settings.issuer.url,
        lifetime_seconds=services.settings.tokens.access_token_seconds,
    )


async def _redeem_client_credentials(
    form: Form, authenticated: AuthenticatedClient, services: Services
) -> dict[str, object]:
    """A token for the client itself; the one path that writes nothing."""
    own = own_audience(services)
    request = client_credentials.ClientCredentialsRequest.parse(
        form, authenticated, issuer=own.identifier
    )
    resource = await services.catalogue.resource(request.resource)
    entitlement = client_credentials.decide(request, resource=resource, own=own)
    grant = await services.client_grants.of(entitlement.client_id)
    audience = entitlement.audience
    access_token = services.token_issuer.access_token(
        entitlement.access_token(grant, now=services.clock.now()), signing_alg=audience.signing_alg
    )
    services.log.event(
        "token_issued",
        grant_type=client_credentials.GRANT_TYPE,
        client_id=entitlement.client_id,
        audience=audience.identifier,
    )
    return token_response(
        access_token, expires_in=audience.lifetime_seconds, scopes=entitlement.scopes
    )


async def _redeem_code(
    form: Form, authenticated: AuthenticatedClient, services: Services
) -> dict[str, object]:
    """Tokens for a code; minted first, given out only when the code was spent for them."""
    now = services.clock.now()
    request = authorization_code.CodeRequest.parse(form, authenticated)
    found = await services.storage.authorization_codes.find(sha256_hex(request.code))
    code = authorization_code.check_code(found, authenticated.client)
    entitlement = authorization_code.decide(
        request,
        authenticated,
        code,
        authorization_code.Behind(
            grant=await services.storage.grants.find(code.grant_id),
            session=await services.storage.sessions.find(code.session_id),
            user=await services.storage.users.find(code.user_id),
            resources=await _resources(request.resource, code, authenticated, services),
        ),
        own=own_audience(services),
        lifetimes=authorization_code.RefreshLifetimes(
            public_seconds=services.settings.tokens.refresh_public_seconds,
            confidential_seconds=services.settings.tokens.refresh_confidential_seconds,
        ),
        now=now,
    )
    secret, record = _first_refresh_token(entitlement, code, services, now=now)
    response = _mint(entitlement, secret, services, now=now)
    try:
        await services.storage.authorization_codes.redeem(
            code.code_hash, refresh_token=record, now=now
        )
    except AlreadyUsed as error:
        raise authorization_code.code_reused(code.grant_id) from error
    except NotFound as error:
        raise InvalidGrant("grant_ended", _GRANT_ENDED) from error
    _log_issued(authorization_code.GRANT_TYPE, entitlement, services)
    return response


async def _redeem_refresh_token(
    form: Form, authenticated: AuthenticatedClient, services: Services
) -> dict[str, object]:
    """Fresh tokens for a refresh token; a public client's is spent for its successor."""
    now = services.clock.now()
    request = refresh_token.RefreshRequest.parse(form, authenticated)
    found = await services.storage.refresh_tokens.find(sha256_hex(request.refresh_token))
    token = refresh_token.check_token(
        found,
        authenticated.client,
        idle_seconds=services.settings.tokens.refresh_idle_seconds,
        now=now,
    )
    entitlement = refresh_token.decide(
        request,
        authenticated,
        token,
        refresh_token.Behind(
            grant=await services.storage.grants.find(token.grant_id),
            user=await services.storage.users.find(token.user_id),
            resources=await _resources(request.resource, token, authenticated, services),
        ),
        own=own_audience(services),
    )
    secret, token_hash = None, ""
    if refresh_token.rotates(entitlement.client):
        secret, token_hash = services.token_issuer.new_refresh_token()
    response = _mint(entitlement, secret, services, now=now)
    try:
        await _spend(token, token_hash, services, now=now)
    except AlreadyUsed as error:
        raise refresh_token.refresh_token_reused(token.grant_id) from error
    except NotFound as error:
        raise InvalidGrant("grant_ended", _GRANT_ENDED) from error
    _log_issued(refresh_token.GRANT_TYPE, entitlement, services)
    return response


_GRANTS: Final[Mapping[str, Redeem]] = {
    authorization_code.GRANT_TYPE: _redeem_code,
    refresh_token.GRANT_TYPE: _redeem_refresh_token,
    client_credentials.GRANT_TYPE: _redeem_client_credentials,
}
_GRANT_ENDED: Final = "the sign-in or the consent behind it has ended"


async def _resources(
    requested: str | None,
    granted: AuthorizationCode | RefreshToken,
    authenticated: AuthenticatedClient,
    services: Services,
) -> dict[str, Resource | None]:
    """Load every resource that the token may be for."""
    default = default_resource(authenticated.client, services.settings.issuer.url)
    identifiers = {requested or default, default, *granted.resources}
    return {each: await services.catalogue.resource(each) for each in identifiers}


def _first_refresh_token(
    entitlement: Entitlement, code: AuthorizationCode, services: Services, *, now: int
) -> tuple[Secret | None, RefreshToken | None]:
    """Draw a refresh token for a client that is registered for refreshing."""
    if not entitlement.has_refresh_token:
        return None, None
    secret, token_hash = services.token_issuer.new_refresh_token()
    record = authorization_code.first_refresh_token(
        entitlement,
        code,
        token_hash=token_hash,
        family_id=random_id(services.entropy, _FAMILY_ID_SIZE_BYTES),
        now=now,
    )
    return secret, record


async def _spend(token: RefreshToken, successor_hash: str, services: Services, *, now: int) -> None:
    """Commit the use of a refresh token. Raises AlreadyUsed, NotFound."""
    refresh_tokens = services.storage.refresh_tokens
    if successor_hash:
        await refresh_tokens.rotate(
            token.token_hash,
            successor=successor(token, token_hash=successor_hash, now=now),
            now=now,
            retry_window_seconds=services.settings.tokens.refresh_retry_window_seconds,
        )
    elif now - token.last_used_at >= TOUCH_INTERVAL_SECONDS:
        await refresh_tokens.touch(token.token_hash, now=now)


def _mint(
    entitlement: Entitlement, secret: Secret | None, services: Services, *, now: int
) -> dict[str, object]:
    """Make the tokens and the answer that holds them; nothing is stored. Raises KeyNotReady."""
    audience = entitlement.audience
    access_token = services.token_issuer.access_token(
        entitlement.access_token(now=now), signing_alg=audience.signing_alg
    )
    id_token = None
    if entitlement.is_openid:
        claims = id_token_claims(
            entitlement,
            issuer=services.settings.issuer.url,
            access_token=access_token,
            issued_at=now,
            lifetime_seconds=services.settings.tokens.id_token_seconds,
        )
        id_token = services.token_issuer.id_token(
            claims, signing_alg=entitlement.client.id_token_signed_response_alg
        )
    return token_response(
        access_token,
        expires_in=audience.lifetime_seconds,
        scopes=entitlement.token_scopes,
        refresh_token=None if secret is None else secret.reveal(),
        id_token=id_token,
    )


def _log_issued(grant_type: str, entitlement: Entitlement, services: Services) -> None:
    services.log.event(
        "token_issued",
        grant_type=grant_type,
        client_id=entitlement.client.client_id,
        user_id=entitlement.user_id,
        grant_id=entitlement.grant.grant_id,
        audience=entitlement.audience.identifier,
    )
