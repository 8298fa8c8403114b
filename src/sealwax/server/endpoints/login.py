"""`/login`: where a person signs in, for an application or for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealwax.identity.sign_in import SignedIn, SignInRefused
from sealwax.oauth.authorization import is_acceptable
from sealwax.oauth.errors import AccessDenied, RedirectedError, ShownError
from sealwax.pages import wording
from sealwax.pages.contexts import LoginPage, Problem
from sealwax.server.endpoints.application import application_of, refused_request_reply
from sealwax.server.endpoints.authorization_progress import (
    AuthorizationInProgress,
    continue_path,
    refusal_reply,
    resume,
)
from sealwax.server.endpoints.page_forms import (
    forged_reply,
    path_with,
    read_form,
    read_query,
    unreadable_reply,
)
from sealwax.server.endpoints.page_reply import page_reply
from sealwax.server.form_tokens import FormForged
from sealwax.server.http import Reply
from sealwax.server.password_sign_in import MustWait, sign_in_by_password
from sealwax.storage.contracts import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.oauth.parameters import Form
    from sealwax.pages.text import Text
    from sealwax.records import Session
    from sealwax.server.http import RawHeader, Request
    from sealwax.server.services import Services

_NEXT_PAGES: Final[Mapping[str, str]] = {"": "/account", "password": "/account/password"}
"""Where a person goes who came without an application; nothing else is taken from the address."""
_NOTICES: Final[Mapping[str, Text]] = {
    "password_set": wording.PASSWORD_SET,
    "signed_out": wording.SIGNED_OUT,
    "signed_out_everywhere": wording.SIGNED_OUT_EVERYWHERE,
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Why a person is here."""

    sealed: str
    """The authorization request as it came; empty without one."""
    progress: AuthorizationInProgress | None
    next_page: str

    @property
    def path(self) -> str:
        """The address of the form for this visit."""
        return path_with("/login", i=self.sealed, next=self.next_page)

    @property
    def then(self) -> str:
        """Where this goes on after the sign-in."""
        return continue_path(self.sealed) if self.progress else _NEXT_PAGES[self.next_page]


async def show(request: Request, services: Services) -> Reply:
    """Answer GET /login."""
    query = read_query(request)
    try:
        visit = await _visit(query, services)
    except (ShownError, RedirectedError) as error:
        return await refused_request_reply(error, query.get("i"), request, services)
    session = await services.browser_sessions.current(request)
    if visit.progress is None and session is not None:
        return Reply.redirect(visit.then)
    username = await _expected_username(visit, session, services)
    notice = _NOTICES.get(query.get("notice") or "")
    return await _page(visit, request, services, username, notice=notice)


async def submit(request: Request, services: Services) -> Reply:
    """Answer POST /login: sign in, or go back to the application without."""
    query, form = read_query(request), read_form(request)
    if form is None:
        return unreadable_reply(request, services)
    try:
        visit = await _visit(query, services)
    except (ShownError, RedirectedError) as error:
        return await refused_request_reply(error, query.get("i"), request, services)
    try:
        services.form_tokens.check(request, form.get("form_token"))
    except FormForged as forged:
        if forged.reason != "form_token_invalid":
            return forged_reply(forged, request, services, retry_path=visit.path)
        return await _ask_again(visit, form, request, services)
    if visit.progress is not None and form.get("action") == "cancel":
        refusal = visit.progress.request.refuse(
            AccessDenied("sign_in_cancelled", "the person did not sign in")
        )
        return refusal_reply(refusal, request, services)
    return await _sign_in(visit, form, request, services)


async def _visit(query: Form, services: Services) -> Visit:
    """Read why the person is here; it stands in the address, so it outlives a refused attempt.

    Raises ShownError, RedirectedError.
    """
    sealed = query.get("i") or ""
    next_page = query.get("next") or ""
    progress = await resume(sealed, services) if sealed else None
    return Visit(sealed, progress, next_page if next_page in _NEXT_PAGES else "")


async def _sign_in(visit: Visit, form: Form, request: Request, services: Services) -> Reply:
    """Look at what was typed; the answer is the same whatever was wrong with it (ASVS 6.3.8)."""
    username, password = form.get("username") or "", form.get("password") or ""
    missing = _missing(username, password)
    if missing:
        return await _page(visit, request, services, username, missing, status=400)
    outcome = await sign_in_by_password(username, password, request.peer, services)
    match outcome:
        case MustWait(seconds):
            problems = (Problem("", wording.wait_text(seconds)),)
            headers = ((b"retry-after", b"%d" % seconds),)
            return await _page(
                visit, request, services, username, problems, status=429, headers=headers
            )
        case SignInRefused():
            problems = (Problem("", wording.CREDENTIALS_REFUSED),)
            return await _page(visit, request, services, username, problems, status=403)
        case SignedIn(user, amr):
            try:
                session, cookie = await services.browser_sessions.begin(user, amr, request)
            except NotFound:
                problems = (Problem("", wording.CREDENTIALS_REFUSED),)
                return await _page(visit, request, services, username, problems, status=403)
            services.log.event("signed_in", user_id=user.user_id, session_id=session.session_id)
            return Reply.redirect(visit.then, headers=(cookie,))


async def _ask_again(visit: Visit, form: Form, request: Request, services: Services) -> Reply:
    """Answer a form whose token fits no more, because this browser signed in or out meanwhile.

    Sent twice, it has signed in already: then it goes on, which changes nothing by itself.
    """
    if await services.browser_sessions.current(request) is not None:
        return Reply.redirect(visit.then)
    problems = (Problem("", wording.FORM_EXPIRED),)
    username = form.get("username") or ""
    return await _page(visit, request, services, username, problems, status=403)


async def _page(
    visit: Visit,
    request: Request,
    services: Services,
    username: str = "",
    problems: tuple[Problem, ...] = (),
    *,
    notice: Text | None = None,
    status: int = 200,
    headers: tuple[RawHeader, ...] = (),
) -> Reply:
    """Show the form."""
    token, cookie = services.form_tokens.issue(request)
    progress = visit.progress
    page = LoginPage(
        form_token=token,
        problems=problems,
        action=visit.path,
        application=application_of(progress.request) if progress else None,
        username=username,
        notice=notice,
        signed_in_as=await _who_may_go_on(progress, request, services) if progress else "",
        continue_url=visit.then,
    )
    return page_reply(
        page,
        request,
        services,
        status=status,
        headers=(*cookie, *headers),
        form_action=(progress.request.redirect_uri.uri,) if progress else (),
        ui_locales=progress.request.ui_locales if progress else None,
    )


async def _expected_username(visit: Visit, session: Session | None, services: Services) -> str:
    """Give the username to begin with: the hinted one, or of the person who is to sign in again."""
    if visit.progress is None:
        return ""
    asked = visit.progress.request
    if asked.login_hint or session is None or "select_account" in asked.prompt:
        return asked.login_hint or ""
    if _satisfies(session, visit.progress, services):
        return ""
    user = await services.storage.users.find(session.user_id)
    return user.username if user else ""


async def _who_may_go_on(
    progress: AuthorizationInProgress, request: Request, services: Services
) -> str:
    """Give the username of a session that satisfies the application; empty if there is none."""
    session = await services.browser_sessions.current(request)
    if session is None or not _satisfies(session, progress, services):
        return ""
    user = await services.storage.users.find(session.user_id)
    return user.username if user else ""


def _satisfies(session: Session, progress: AuthorizationInProgress, services: Services) -> bool:
    """Tell whether the application would be content with who is signed in already."""
    if progress.hinted_subject not in {None, session.user_id}:
        return False
    now = services.clock.now()
    return is_acceptable(session, progress.request, progress.interaction, now=now)


def _missing(username: str, password: str) -> tuple[Problem, ...]:
    """Name the fields that were left empty."""
    problems = []
    if not username:
        problems.append(Problem("username", wording.USERNAME_MISSING))
    if not password:
        problems.append(Problem("password", wording.PASSWORD_MISSING))
    return tuple(problems)
