"""`/signin`: username and password as JSON for an access token, for our own front end alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.entropy import random_id
from sealwax.identity.sign_in import SignedIn, SignInRefused
from sealwax.oauth import signin as rules
from sealwax.oauth.resource_indicator import check_audience, default_resource
from sealwax.oauth.signin import SignInRequest
from sealwax.oauth.token_response import token_response
from sealwax.oauth.web_origin import check_web_origin
from sealwax.server.endpoints.token import own_audience
from sealwax.server.http import Reply
from sealwax.server.password_sign_in import MustWait, sign_in_by_password
from sealwax.storage.contracts import NotFound

if TYPE_CHECKING:
    from sealwax.oauth.resource_indicator import Audience
    from sealwax.records import Client
    from sealwax.server.http import Request
    from sealwax.server.services import Services

_SESSION_ID_SIZE_BYTES: Final = 16


async def sign_in_directly(request: Request, services: Services) -> Reply:
    """Answer POST /signin: who asks, for what, may they try, is it the password."""
    asked = SignInRequest.parse(request.body)
    own = own_audience(services)
    client = rules.check_first_party(await services.catalogue.client(asked.client_id))
    check_web_origin(request.header("origin"), client, issuer=own.identifier)
    identifier = asked.resource or default_resource(client, own.identifier)
    resource = await services.catalogue.resource(identifier)
    audience = check_audience(identifier, client, resources={identifier: resource}, own=own)
    scopes = rules.check_scope(asked, client, audience)
    person = await _authenticate(asked, request.peer, services)
    return await _issue(client, audience, scopes, person, services)


async def _authenticate(asked: SignInRequest, network: str, services: Services) -> SignedIn:
    """Let the person in, or refuse with the one text. Raises TooManyAttempts, InvalidGrant."""
    outcome = await sign_in_by_password(asked.username, asked.password.reveal(), network, services)
    if isinstance(outcome, MustWait):
        raise rules.too_many_attempts(outcome.seconds)
    if isinstance(outcome, SignInRefused):
        raise rules.credentials_refused(outcome.reason)
    return outcome


async def _issue(
    client: Client,
    audience: Audience,
    scopes: tuple[str, ...],
    person: SignedIn,
    services: Services,
) -> Reply:
    """Keep the sign-in, and answer with the one token that it gives.

    Raises InvalidGrant if the person was disabled or changed the password meanwhile.
    """
    now = services.clock.now()
    session = rules.direct_session(
        session_id=random_id(services.entropy, _SESSION_ID_SIZE_BYTES),
        user_id=person.user.user_id,
        client=client,
        amr=person.amr,
        lifetime_seconds=audience.lifetime_seconds,
        now=now,
    )
    try:
        await services.storage.sessions.add(session, password_hash=person.user.password_hash)
        grant = await services.storage.grants.ensure(
            client.client_id, user_id=session.user_id, session_id=session.session_id, now=now
        )
    except NotFound as error:
        raise rules.credentials_refused("changed_meanwhile") from error
    claims = rules.direct_access_token(session, grant, audience=audience, scopes=scopes)
    access_token = services.token_issuer.access_token(claims, signing_alg=audience.signing_alg)
    services.log.event(
        "signed_in",
        client_id=client.client_id,
        user_id=session.user_id,
        session_id=session.session_id,
        audience=audience.identifier,
    )
    return Reply.json(
        token_response(access_token, expires_in=audience.lifetime_seconds, scopes=scopes)
    )
