"""`/end_session`: signing out, on a client's request or by hand (RP-Initiated Logout 1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from sealwax.oauth import end_session as rules
from sealwax.oauth.end_session import AskFirst, EndSessionRequest, SignOut
from sealwax.oauth.errors import (
    InteractionUnusable,
    InvalidRequest,
    RequestUnreadable,
    ShownError,
)
from sealwax.oauth.id_token import IdTokenHint, read_id_token_hint
from sealwax.oauth.parameters import Form, form_of, parse_form, parse_query
from sealwax.pages import messages
from sealwax.pages.contexts import SignOutPage
from sealwax.server.endpoints.page_forms import forged_reply
from sealwax.server.endpoints.page_reply import page_reply
from sealwax.server.form_tokens import FormForged
from sealwax.server.http import Reply
from sealwax.server.interactions import InteractionInvalid

if TYPE_CHECKING:
    from sealwax.records import Client, Session
    from sealwax.server.http import RawHeader, Request
    from sealwax.server.services import Services

REQUEST_KIND: Final = "end_session"
QUESTION_KIND: Final = "end_session_question"
LIFETIME_SECONDS: Final = 3_600
MAX_REQUEST_BYTES: Final = 8_192


async def show(request: Request, services: Services) -> Reply:
    """Answer GET /end_session, from a client or on its way from POST."""
    try:
        return await _end(_read_query(request, services), request, services)
    except (ShownError, InvalidRequest) as error:
        return _error_page(error, request, services)


async def submit(request: Request, services: Services) -> Reply:
    """Answer POST /end_session: the answer to our question, or a client's request.

    A client's post comes from another site and brings no cookie of ours (SameSite=Lax); the GET
    that the browser is sent on to does, and what it carries is sealed.
    """
    try:
        form = parse_form(request.body)
        if form.get("form_token") is not None:
            return await _take_answer(form, request, services)
        _check_size(request.body)
        parameters = [list(pair) for pair in form.items()]
        sealed = services.interactions.seal(REQUEST_KIND, {"parameters": parameters})
        return Reply.redirect(f"/end_session?{urlencode({'i': sealed})}")
    except (ShownError, InvalidRequest) as error:
        return _error_page(error, request, services)


def _read_query(request: Request, services: Services) -> Form:
    """Read what a client asks, in the clear or sealed by `submit`."""
    form = parse_query(request.query)
    sealed = form.get("i")
    if sealed is None:
        _check_size(request.query)
        return form
    data = _open(REQUEST_KIND, sealed, services)
    return form_of((str(name), str(value)) for name, value in data["parameters"])


async def _end(form: Form, request: Request, services: Services) -> Reply:
    """Sign out, ask first, or find that there is nothing to end."""
    asked = EndSessionRequest.parse(form)
    hint = _read_hint(asked, services)
    client_id = rules.whose_request(asked, hint)
    client = None if client_id is None else await services.catalogue.client(client_id)
    return_url = rules.check_return(asked, client)
    step = rules.decide(await services.browser_sessions.current(request), hint)
    match step:
        case AskFirst(session):
            return await _ask(session, client, return_url, request, services)
        case SignOut(session):
            return await _sign_out(session, return_url, request, services)
        case _:
            return _farewell(return_url, (), request, services)


async def _ask(
    session: Session,
    client: Client | None,
    return_url: str | None,
    request: Request,
    services: Services,
) -> Reply:
    """Ask the person, and seal into the form which session it is about and what follows."""
    user = await services.storage.users.find(session.user_id)
    form_token, cookies = services.form_tokens.issue(request)
    sealed = services.interactions.seal(
        QUESTION_KIND, {"session_id": session.session_id, "return_url": return_url}
    )
    page = SignOutPage(
        form_token=form_token,
        username="" if user is None else user.username,
        application_name="" if client is None else client.client_name,
        hidden_fields={"i": sealed},
    )
    form_action = () if return_url is None else (return_url,)
    return page_reply(page, request, services, headers=cookies, form_action=form_action)


async def _take_answer(form: Form, request: Request, services: Services) -> Reply:
    """Do what the person chose; only for the session that they were asked about."""
    try:
        services.form_tokens.check(request, form.get("form_token"))
    except FormForged as forged:
        if forged.reason == "form_token_invalid":
            return Reply.redirect("/end_session")
        return forged_reply(forged, request, services, retry_path="/end_session")
    question = _open(QUESTION_KIND, form.get("i") or "", services)
    session = await services.browser_sessions.current(request)
    if form.get("action") != "sign_out":
        return page_reply(messages.still_signed_in(), request, services)
    return_url: str | None = question["return_url"]
    if session is None:
        return _farewell(return_url, (), request, services)
    if session.session_id != question["session_id"]:
        raise InteractionUnusable("session_changed", "this request can't be continued: start again")
    return await _sign_out(session, return_url, request, services)


async def _sign_out(
    session: Session, return_url: str | None, request: Request, services: Services
) -> Reply:
    """End the session with all its grants, so that its access tokens are taken back too."""
    cleared = await services.browser_sessions.end(session)
    services.log.event("signed_out", user_id=session.user_id, session_id=session.session_id)
    return _farewell(return_url, (cleared,), request, services)


def _farewell(
    return_url: str | None, headers: tuple[RawHeader, ...], request: Request, services: Services
) -> Reply:
    """Go back to the client if it may be gone to, else say that it is done."""
    if return_url is not None:
        return Reply.redirect(return_url, headers=headers)
    return page_reply(messages.signed_out(), request, services, headers=headers)


def _read_hint(asked: EndSessionRequest, services: Services) -> IdTokenHint | None:
    """Verify the hint; one that is not ours proves nothing, and is taken as nothing."""
    if asked.id_token_hint is None:
        return None
    try:
        return read_id_token_hint(
            asked.id_token_hint,
            services.key_ring.verification_keys(),
            issuer=services.settings.issuer.url,
            client_id=asked.client_id,
        )
    except InvalidRequest:
        return None


def _open(kind: str, sealed: str, services: Services) -> dict[str, Any]:
    """Open what we sealed. Raises InteractionUnusable."""
    try:
        return services.interactions.open(kind, sealed, max_age_seconds=LIFETIME_SECONDS)
    except InteractionInvalid as error:
        raise InteractionUnusable(
            "interaction_invalid", "this request can't be continued: start again"
        ) from error


def _check_size(encoded: bytes) -> None:
    if len(encoded) > MAX_REQUEST_BYTES:
        raise RequestUnreadable(
            "request_too_long", f"the request must not exceed {MAX_REQUEST_BYTES} bytes"
        )


def _error_page(error: ShownError | InvalidRequest, request: Request, services: Services) -> Reply:
    """Show an error; at this endpoint nobody is redirected to with one."""
    shown = error if isinstance(error, ShownError) else rules.shown(error)
    services.log.event("sign_out_refused", reason=shown.reason)
    return page_reply(messages.shown_error(shown), request, services, status=shown.http_status)
