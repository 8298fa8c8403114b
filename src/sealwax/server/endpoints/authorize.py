"""`/authorize`: from a client's request, by way of our pages, to a code (RFC 6749 §4.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.oauth import authorization
from sealwax.oauth.authorization import ConsentNeeded, Granted, Interaction, SignInNeeded
from sealwax.oauth.errors import (
    InvalidRequest,
    RedirectedError,
    RequestUnreadable,
    ShownError,
)
from sealwax.oauth.parameters import Form, parse_form, parse_query
from sealwax.server.endpoints.authorization_progress import (
    AuthorizationInProgress,
    check,
    client_reply,
    page_path,
    refusal_reply,
    resume,
)
from sealwax.server.http import Reply
from sealwax.storage.contracts import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealwax.records import Session
    from sealwax.server.http import Request
    from sealwax.server.services import Services

MAX_REQUEST_BYTES: Final = 8_192
"""Sealed, the request travels in the query of our own pages, where a longer one would not fit."""


async def show(request: Request, services: Services) -> Reply:
    """Answer GET /authorize."""
    try:
        return await _advance(await _begin(request.query, parse_query, services), request, services)
    except (ShownError, RedirectedError) as error:
        return refusal_reply(error, request, services)


async def submit(request: Request, services: Services) -> Reply:
    """Answer POST /authorize (OIDC Core §3.1.2.1).

    A post from another site brings no cookie of ours (SameSite=Lax); the GET that the browser is
    sent on to does.
    """
    try:
        progress = await _begin(request.body, parse_form, services)
    except (ShownError, RedirectedError) as error:
        return refusal_reply(error, request, services)
    return Reply.redirect(page_path("/authorize/continue", progress.interaction, services))


async def go_on(request: Request, services: Services) -> Reply:
    """Answer GET /authorize/continue: a page of ours has done its part."""
    try:
        sealed = _read(request.query, parse_query).get("i")
        return await _advance(await resume(sealed, services), request, services)
    except (ShownError, RedirectedError) as error:
        return refusal_reply(error, request, services)


async def _begin(
    encoded: bytes, parse: Callable[[bytes], Form], services: Services
) -> AuthorizationInProgress:
    """Read and check a request that comes from a client. Raises ShownError, RedirectedError."""
    if len(encoded) > MAX_REQUEST_BYTES:
        raise RequestUnreadable(
            "request_too_long", f"the request must not exceed {MAX_REQUEST_BYTES} bytes"
        )
    form = _read(encoded, parse)
    return await check(form, Interaction.begin(form, now=services.clock.now()), services)


def _read(encoded: bytes, parse: Callable[[bytes], Form]) -> Form:
    """Read parameters; what can't be read is shown, since nothing in it can be trusted."""
    try:
        return parse(encoded)
    except InvalidRequest as error:
        raise RequestUnreadable(error.reason, error.description) from error


async def _advance(
    progress: AuthorizationInProgress, request: Request, services: Services
) -> Reply:
    """Take the next step: the one dispatcher of the sign-in flow. Raises RedirectedError."""
    session = await services.browser_sessions.current(request)
    interaction = progress.interaction.assessed(session)
    step = await _decide(progress, interaction, session, services)
    if isinstance(step, Granted):
        reply = await _issue_code(progress, step.session, request, services)
        if reply is not None:
            return reply
        step = await _decide(progress, interaction, None, services)
    page = "/consent" if isinstance(step, ConsentNeeded) else "/login"
    return Reply.redirect(page_path(page, interaction, services))


async def _decide(
    progress: AuthorizationInProgress,
    interaction: Interaction,
    session: Session | None,
    services: Services,
) -> SignInNeeded | ConsentNeeded | Granted:
    """Load what the person allowed before, and decide. Raises RedirectedError."""
    request = progress.request
    consent = None
    if session is not None:
        consent = await services.storage.consents.find(session.user_id, request.client.client_id)
    return authorization.decide(
        request,
        session=session,
        consent=consent,
        hinted_subject=progress.hinted_subject,
        interaction=interaction,
        now=services.clock.now(),
    )


async def _issue_code(
    progress: AuthorizationInProgress, session: Session, request: Request, services: Services
) -> Reply | None:
    """Issue a code; None if the session ended between the decision and the commit."""
    now = services.clock.now()
    client = progress.request.client
    code, code_hash = services.token_issuer.new_code()
    try:
        grant = await services.storage.grants.ensure(
            client.client_id, user_id=session.user_id, session_id=session.session_id, now=now
        )
        await services.storage.authorization_codes.add(
            authorization.authorization_code(
                progress.request,
                session=session,
                grant=grant,
                code_hash=code_hash,
                lifetime_seconds=services.settings.tokens.authorization_code_seconds,
                now=now,
            )
        )
    except NotFound:
        return None
    services.log.event(
        "code_issued",
        client_id=client.client_id,
        user_id=session.user_id,
        session_id=session.session_id,
        scope=" ".join(progress.request.scopes),
    )
    return client_reply(
        progress.request.redirect_uri,
        progress.request.response_mode,
        progress.request.success_parameters(code.reveal()),
        request,
        services,
    )
