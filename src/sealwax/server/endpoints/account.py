"""`/account`: people's own pages: who am I here, where am I signed in, my password."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sealwax.pages import wording
from sealwax.pages.contexts import AccountPage, SignIn
from sealwax.pages.text import Text
from sealwax.server.cookies import SESSION_COOKIE, clear_cookie
from sealwax.server.endpoints.page_forms import accept_form, path_with, read_query
from sealwax.server.endpoints.page_reply import page_reply
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sealwax.records import Session, User
    from sealwax.server.http import Request
    from sealwax.server.services import Services

SHOWN_SIGN_INS: Final = 50

_NOTICES: Final[Mapping[str, Text]] = {
    "password_changed": wording.PASSWORD_CHANGED,
    "session_ended": wording.SESSION_ENDED,
}


async def show(request: Request, services: Services) -> Reply:
    """Answer GET /account."""
    session = await services.browser_sessions.current(request)
    user = await services.storage.users.find(session.user_id) if session else None
    if session is None or user is None:
        return Reply.redirect("/login")
    token, cookie = services.form_tokens.issue(request)
    now = services.clock.now()
    sessions = await services.storage.sessions.list(
        user_id=user.user_id, now=now, limit=SHOWN_SIGN_INS + 1
    )
    page = AccountPage(
        form_token=token,
        display_name=user.display_name,
        username=user.username,
        email=user.email or "",
        user_id=user.user_id,
        is_administrator=user.is_administrator,
        password_changed=_password_changed(user, now),
        sign_ins=await _sign_ins(sessions, session, services, now=now),
        has_more_sign_ins=len(sessions) > SHOWN_SIGN_INS,
        status_ttl_seconds=services.settings.status.ttl_seconds,
        notice=_NOTICES.get(read_query(request).get("notice") or ""),
    )
    return page_reply(page, request, services, headers=cookie)


async def submit(request: Request, services: Services) -> Reply:
    """Answer POST /account: end one sign-in, or all of them."""
    form = accept_form(request, services, page_path="/account")
    if isinstance(form, Reply):
        return form
    session = await services.browser_sessions.current(request)
    if session is None:
        return Reply.redirect("/login")
    match form.get("action"):
        case "end_all":
            return await _end_all(session, services)
        case "end_session":
            return await _end_one(form.get("session") or "", session, services)
        case _:
            return Reply.redirect("/account")


async def _end_all(session: Session, services: Services) -> Reply:
    """End every sign-in of the person, this one too, with all access they gave."""
    count = await services.storage.sessions.end_all(session.user_id, now=services.clock.now())
    services.log.event("sessions_ended", user_id=session.user_id, count=count)
    return Reply.redirect(
        path_with("/login", notice="signed_out_everywhere"), headers=(clear_cookie(SESSION_COOKIE),)
    )


async def _end_one(session_id: str, session: Session, services: Services) -> Reply:
    """End one sign-in of the same person; anybody else's is left alone, and told alike."""
    if session_id == session.session_id:
        cookie = await services.browser_sessions.end(session)
        services.log.event("session_ended", user_id=session.user_id, session_id=session_id)
        return Reply.redirect(path_with("/login", notice="signed_out"), headers=(cookie,))
    other = await services.storage.sessions.find(session_id)
    if other is not None and other.user_id == session.user_id:
        await services.storage.sessions.end(session_id, now=services.clock.now())
        services.log.event("session_ended", user_id=session.user_id, session_id=session_id)
    return Reply.redirect(path_with("/account", notice="session_ended"))


async def _sign_ins(
    sessions: Sequence[Session], current: Session, services: Services, *, now: int
) -> tuple[SignIn, ...]:
    """Put the sign-ins into words: this one first, then those used last."""
    ordered = sorted(
        sessions[:SHOWN_SIGN_INS],
        key=lambda each: (each.session_id != current.session_id, -each.last_seen_at),
    )
    return tuple(
        [
            SignIn(
                session_id=each.session_id,
                is_current=each.session_id == current.session_id,
                name=await _name(each, services),
                authenticated=wording.ago(each.authenticated_at, now),
                authenticated_at=_timestamp(each.authenticated_at),
                last_seen=wording.ago(each.last_seen_at, now),
                last_seen_at=_timestamp(each.last_seen_at),
            )
            for each in ordered
        ]
    )


async def _name(session: Session, services: Services) -> Text:
    """Say where a sign-in is."""
    if session.kind == "browser":
        return wording.WEB_BROWSER
    client = await services.catalogue.client(session.client_id or "")
    return wording.application(client.client_name if client else "")


def _password_changed(user: User, now: int) -> Text:
    if user.password_changed_at is None:
        return wording.PASSWORD_NEVER_CHANGED
    return wording.changed_ago(user.password_changed_at, now)


def _timestamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
