"""`/account/password`: changing one's password with the present one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.identity.password import PasswordRefused
from sealwax.pages import wording
from sealwax.pages.contexts import PasswordPage, Problem
from sealwax.server.endpoints.page_forms import accept_form, path_with
from sealwax.server.endpoints.page_reply import page_reply
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.oauth.parameters import Form
    from sealwax.records import Session, User
    from sealwax.server.http import RawHeader, Request
    from sealwax.server.services import Services

PATH = "/account/password"


async def show(request: Request, services: Services) -> Reply:
    """Answer GET /account/password."""
    found = await _signed_in(request, services)
    if found is None:
        return Reply.redirect(path_with("/login", next="password"))
    return _page(found[1], request, services)


async def submit(request: Request, services: Services) -> Reply:
    """Answer POST /account/password; every other sign-in of the person ends with the old one."""
    form = accept_form(request, services, page_path=PATH)
    if isinstance(form, Reply):
        return form
    found = await _signed_in(request, services)
    if found is None:
        return Reply.redirect(path_with("/login", next="password"))
    return await _change(form, found[0], found[1], request, services)


async def new_password_problems(form: Form, user: User, services: Services) -> tuple[Problem, ...]:
    """Say what is wrong with the new password that a form sent; nothing if it is accepted."""
    new = form.get("new_password")
    if new is None:
        return (Problem("new_password", wording.NEW_PASSWORD_MISSING),)
    if new != form.get("new_password_again"):
        return (Problem("new_password_again", wording.NEW_PASSWORDS_DIFFER),)
    try:
        await services.passwords.check_new(new, user)
    except PasswordRefused as refused:
        minimum_length = services.settings.signin.password_minimum_length
        text = wording.password_refused(refused.reason, minimum_length)
        return (Problem("new_password", text),)
    return ()


async def _change(
    form: Form, session: Session, user: User, request: Request, services: Services
) -> Reply:
    """Check the present password, then the new one, then keep it."""
    current = form.get("current_password")
    if current is None:
        problems = (Problem("current_password", wording.CURRENT_PASSWORD_MISSING),)
        return _page(user, request, services, problems, status=400)
    wait_seconds = await services.throttle.take(user.username, request.peer)
    if wait_seconds > 0:
        _log_refusal("throttled", user, services)
        problems = (Problem("", wording.wait_text(wait_seconds)),)
        headers = ((b"retry-after", b"%d" % wait_seconds),)
        return _page(user, request, services, problems, status=429, headers=headers)
    if not (await services.passwords.verify(current, user)).is_correct:
        _log_refusal("wrong_password", user, services)
        problems = (Problem("current_password", wording.CURRENT_PASSWORD_WRONG),)
        return _page(user, request, services, problems, status=403)
    await services.throttle.succeeded(user.username, request.peer)
    refused = await new_password_problems(form, user, services)
    if refused:
        return _page(user, request, services, refused, status=400)
    password_hash = await services.passwords.hash(form.require("new_password"))
    await services.storage.users.set_password(
        user.user_id,
        password_hash,
        now=services.clock.now(),
        keep_session_id=session.session_id,
    )
    services.log.event("password_changed", user_id=user.user_id)
    return Reply.redirect(path_with("/account", notice="password_changed"))


def _log_refusal(reason: str, user: User, services: Services) -> None:
    """Note that somebody at a signed-in browser did not know the password."""
    services.log.event("password_change_refused", user_id=user.user_id, reason=reason)


async def _signed_in(request: Request, services: Services) -> tuple[Session, User] | None:
    session = await services.browser_sessions.current(request)
    user = await services.storage.users.find(session.user_id) if session else None
    return (session, user) if session and user else None


def _page(
    user: User,
    request: Request,
    services: Services,
    problems: tuple[Problem, ...] = (),
    *,
    status: int = 200,
    headers: tuple[RawHeader, ...] = (),
) -> Reply:
    """Show the form; what was typed is never written back."""
    token, cookie = services.form_tokens.issue(request)
    page = PasswordPage(
        form_token=token,
        problems=problems,
        title=wording.CHANGE_PASSWORD,
        action=PATH,
        username=user.username,
        asks_current_password=True,
        minimum_length=services.settings.signin.password_minimum_length,
    )
    return page_reply(page, request, services, status=status, headers=(*cookie, *headers))
