"""`/password`: setting a password by a one-time link.

The link's token leaves the address at once: opening the link seals it into a cookie and leads to
the bare `/password`, so it stands in no history entry, no referrer and no second log line. Opening
does not spend the link, since mail scanners and previews open links too; setting the password does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealwax.pages import messages, wording
from sealwax.pages.contexts import PasswordPage, Problem
from sealwax.secret import sha256_hex
from sealwax.server.cookies import clear_cookie, set_cookie
from sealwax.server.endpoints.page_forms import accept_form, path_with, read_query
from sealwax.server.endpoints.page_reply import page_reply
from sealwax.server.endpoints.password import new_password_problems
from sealwax.server.http import Reply
from sealwax.server.interactions import InteractionInvalid
from sealwax.server.password_links import PASSWORD_LINK_PARAMETER, PASSWORD_LINK_PATH
from sealwax.server.token_issuer import LINK_PREFIX
from sealwax.storage.contracts import AlreadyUsed, NotFound

if TYPE_CHECKING:
    from sealwax.oauth.parameters import Form
    from sealwax.records import User
    from sealwax.server.http import Request
    from sealwax.server.services import Services

LINK_COOKIE: Final = "__Host-sealwax-link"
LINK_COOKIE_SECONDS: Final = 3600
"""How long a person may take to think of a password."""
_KIND: Final = "password_link"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as this browser holds it."""

    token_hash: str
    user: User
    is_open: bool
    """Whether it still sets a password."""


async def show(request: Request, services: Services) -> Reply:
    """Answer GET /password: with a token in the address take it out, else show the form."""
    token = read_query(request).get(PASSWORD_LINK_PARAMETER)
    if token is not None:
        return await _take_out(token, request, services)
    if LINK_COOKIE not in request.cookies:
        page = messages.link_not_open(is_plain_http=not services.settings.issuer.is_https)
        return page_reply(page, request, services, status=400)
    link = await _held(request, services)
    if link is None or not link.is_open:
        return _unusable(request, services)
    return _page(link.user, request, services)


async def submit(request: Request, services: Services) -> Reply:
    """Answer POST /password: spend the link and set the password, in one step."""
    form = accept_form(request, services, page_path=PASSWORD_LINK_PATH)
    if isinstance(form, Reply):
        return form
    link = await _held(request, services)
    if link is None:
        return _unusable(request, services)
    if not link.is_open:
        return await _again(link, form, request, services)
    problems = await new_password_problems(form, link.user, services)
    if problems:
        return _page(link.user, request, services, problems)
    return await _set_password(link, form, request, services)


async def _take_out(token: str, request: Request, services: Services) -> Reply:
    """Seal the token of a good link into a cookie, and go on without it in the address."""
    link = await _find(token, services)
    if link is None or not link.is_open:
        return _unusable(request, services)
    sealed = services.interactions.seal(_KIND, {"token": token})
    return Reply.redirect(PASSWORD_LINK_PATH, headers=(set_cookie(LINK_COOKIE, sealed),))


async def _set_password(link: Link, form: Form, request: Request, services: Services) -> Reply:
    """Hash, then spend the link and keep the hash; of several at once one wins."""
    password_hash = await services.passwords.hash(form.require("new_password"))
    try:
        await services.storage.password_links.redeem(
            link.token_hash, password_hash, now=services.clock.now()
        )
    except AlreadyUsed:
        return await _again(link, form, request, services)
    except NotFound:
        return _unusable(request, services)
    services.log.event("password_set_by_link", user_id=link.user.user_id)
    return _done()


async def _again(link: Link, form: Form, request: Request, services: Services) -> Reply:
    """Answer a form that was sent twice: done, if the password is the one that was set.

    Counted as an attempt to sign in, so a spent link is no way around the throttle.
    """
    user = await services.storage.users.find(link.user.user_id)
    password = form.get("new_password")
    if user is None or password is None:
        return _unusable(request, services)
    if await services.throttle.take(user.username, request.peer) > 0:
        return _unusable(request, services)
    if not (await services.passwords.verify(password, user)).is_correct:
        return _unusable(request, services)
    return _done()


async def _held(request: Request, services: Services) -> Link | None:
    """Give the link that this browser opened."""
    try:
        data = services.interactions.open(
            _KIND, request.cookies.get(LINK_COOKIE, ""), max_age_seconds=LINK_COOKIE_SECONDS
        )
    except InteractionInvalid:
        return None
    return await _find(str(data.get("token", "")), services)


async def _find(token: str, services: Services) -> Link | None:
    """Look a link up; None if there is none or its person is gone or disabled."""
    if not token.startswith(LINK_PREFIX):
        return None
    link = await services.storage.password_links.find(sha256_hex(token))
    if link is None:
        return None
    user = await services.storage.users.find(link.user_id)
    if user is None or user.disabled_at is not None:
        return None
    is_open = link.redeemed_at is None and services.clock.now() < link.expires_at
    return Link(link.token_hash, user, is_open)


def _page(
    user: User, request: Request, services: Services, problems: tuple[Problem, ...] = ()
) -> Reply:
    """Show the form."""
    token, cookie = services.form_tokens.issue(request)
    page = PasswordPage(
        form_token=token,
        problems=problems,
        title=wording.SET_PASSWORD,
        action=PASSWORD_LINK_PATH,
        username=user.username,
        asks_current_password=False,
        minimum_length=services.settings.signin.password_minimum_length,
    )
    return page_reply(page, request, services, status=400 if problems else 200, headers=cookie)


def _done() -> Reply:
    """Lead to the sign-in, with the new password."""
    location = path_with("/login", notice="password_set")
    return Reply.redirect(location, headers=(clear_cookie(LINK_COOKIE),))


def _unusable(request: Request, services: Services) -> Reply:
    """Explain, in one text for every reason, and let go of the link."""
    return page_reply(
        messages.link_unusable(),
        request,
        services,
        status=404,
        headers=(clear_cookie(LINK_COOKIE),),
    )
