"""`/consent`: where a person allows an application what it asks for, or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.oauth.authorization import consent_to
from sealwax.oauth.errors import AccessDenied, RedirectedError, ShownError
from sealwax.pages import wording
from sealwax.pages.contexts import Api, ConsentPage
from sealwax.server.endpoints.application import application_of, refused_request_reply
from sealwax.server.endpoints.authorization_progress import (
    AuthorizationInProgress,
    continue_path,
    resume,
)
from sealwax.server.endpoints.page_forms import accept_form, path_with, read_query
from sealwax.server.endpoints.page_reply import page_reply
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.oauth.authorization_request import AuthorizationRequest
    from sealwax.oauth.resource_indicator import Audience
    from sealwax.records import Session, User
    from sealwax.server.http import Request
    from sealwax.server.services import Services


async def show(request: Request, services: Services) -> Reply:
    """Answer GET /consent; whoever is not signed in any more is sent to do that first."""
    sealed = read_query(request).get("i") or ""
    try:
        progress = await resume(sealed, services)
    except (ShownError, RedirectedError) as error:
        return await refused_request_reply(error, sealed, request, services)
    session = await services.browser_sessions.current(request)
    user = await services.storage.users.find(session.user_id) if session else None
    if user is None:
        return Reply.redirect(continue_path(sealed))
    return await _page(sealed, progress, user, request, services)


async def submit(request: Request, services: Services) -> Reply:
    """Answer POST /consent: remember a yes and go on, or take a no back to the application.

    The form's token is bound to the session that saw the question, so nobody answers for another.
    """
    form = accept_form(request, services, page_path="/consent", keep=("i",))
    if isinstance(form, Reply):
        return form
    sealed = form.get("i") or ""
    try:
        progress = await resume(sealed, services)
        session = await services.browser_sessions.current(request)
        if session is None:
            return Reply.redirect(continue_path(sealed))
        return await _answer(form.get("action"), sealed, progress.request, session, services)
    except (ShownError, RedirectedError) as error:
        return await refused_request_reply(error, sealed, request, services)


async def _answer(
    answer: str | None,
    sealed: str,
    asked: AuthorizationRequest,
    session: Session,
    services: Services,
) -> Reply:
    """Do as the person said. Raises RedirectedError for a no (RFC 6749 §4.1.2.1)."""
    if answer == "allow":
        await _remember(asked, session, services)
        return Reply.redirect(continue_path(sealed))
    if answer == "deny":
        services.log.event(
            "consent_declined", client_id=asked.client.client_id, user_id=session.user_id
        )
        raise asked.refuse(AccessDenied("consent_declined", "the person declined"))
    return Reply.redirect(path_with("/consent", i=sealed))


async def _remember(request: AuthorizationRequest, session: Session, services: Services) -> None:
    """Keep what the person allowed, beside what they allowed this application before."""
    client_id = request.client.client_id
    earlier = await services.storage.consents.find(session.user_id, client_id)
    consent = consent_to(
        request, user_id=session.user_id, earlier=earlier, now=services.clock.now()
    )
    await services.storage.consents.remember(consent)
    services.log.event(
        "consent_given",
        client_id=client_id,
        user_id=session.user_id,
        scope=" ".join(request.scopes),
    )


async def _page(
    sealed: str,
    progress: AuthorizationInProgress,
    user: User,
    request: Request,
    services: Services,
) -> Reply:
    """Ask."""
    asked = progress.request
    token, cookie = services.form_tokens.issue(request)
    issuer = services.settings.issuer.url
    identity = (wording.identity_scope(name) for name in asked.scopes)
    page = ConsentPage(
        form_token=token,
        interaction=sealed,
        application=application_of(asked),
        display_name=user.display_name,
        username=user.username,
        about_you=tuple(scope for scope in identity if scope is not None),
        apis=tuple(
            [
                await _api(audience, asked, services)
                for audience in asked.audiences
                if audience.identifier != issuer
            ]
        ),
        lasting=(wording.access_lasts(_longest_seconds(asked, services)),),
    )
    return page_reply(
        page,
        request,
        services,
        headers=cookie,
        form_action=(asked.redirect_uri.uri,),
        ui_locales=asked.ui_locales,
    )


async def _api(audience: Audience, asked: AuthorizationRequest, services: Services) -> Api:
    """Name one API and what is asked for at it."""
    resource = await services.catalogue.resource(audience.identifier)
    scopes = audience.scopes_among(asked.scopes)
    return Api(
        display_name=resource.display_name if resource else audience.identifier,
        identifier=audience.identifier,
        scopes=tuple(wording.api_scope(name) for name in scopes),
    )


def _longest_seconds(asked: AuthorizationRequest, services: Services) -> int:
    """Give how long the application can act without the person coming back."""
    tokens = services.settings.tokens
    if "refresh_token" not in asked.client.grant_types:
        return max(audience.lifetime_seconds for audience in asked.audiences)
    if asked.client.is_public:
        return tokens.refresh_public_seconds
    return tokens.refresh_confidential_seconds
