"""Pages that tell something: why it does not go on here, or what is done."""

from __future__ import annotations

from typing import Final

from sealwax.oauth.errors import (
    ClientUnknown,
    InteractionUnusable,
    PostLogoutRedirectUriMismatch,
    RedirectUriMismatch,
    ShownError,
)
from sealwax.pages.contexts import Link, MessagePage
from sealwax.pages.text import Text

_HOME: Final = Link("/", Text("To the start page"))
_SIGN_IN: Final = Link("/login", Text("Sign in"))
_ACCOUNT: Final = Link("/account", Text("Your account"))

_NOTHING_HAPPENED: Final = Text(
    "Nothing of yours was passed on. You can close this page, or go back to the application."
)

_ALLOW_COOKIES: Final = Text("Allow cookies for this address, then open the page again.")
_WITHOUT_TLS: Final = (
    Text(
        "This server runs without TLS, and some browsers then drop cookies that are marked as "
        "secure, even on the machine itself."
    ),
    Text(
        "Use another browser, or start the server with <code>--tls-cert</code> and "
        "<code>--tls-key</code>."
    ),
)


def not_found() -> MessagePage:
    """Say that there is nothing at this address (404)."""
    return MessagePage(
        title=Text("There is no page here"),
        paragraphs=(Text("The address may be mistyped, or the page is no longer there."),),
        links=(_HOME,),
    )


def method_not_allowed() -> MessagePage:
    """Say that this address can't be opened like this (405)."""
    return MessagePage(
        title=Text("This can't be opened like this"),
        paragraphs=(Text("The address exists, but it is not made to be opened in a browser."),),
        links=(_HOME,),
    )


def server_error() -> MessagePage:
    """Say that something broke here (500)."""
    return MessagePage(
        title=Text("Something went wrong here"),
        paragraphs=(
            Text(
                "It is not your doing. What happened is noted for the people who run this server."
            ),
            Text("Please try again in a moment."),
        ),
    )


def unavailable() -> MessagePage:
    """Say that it works again soon (503)."""
    return MessagePage(
        title=Text("Just a moment"),
        paragraphs=(
            Text("This server can't answer right now. Please try again in a few seconds."),
        ),
    )


def wrong_address(*, own_url: str) -> MessagePage:
    """Say that this server answers under its own name only (421)."""
    return MessagePage(
        title=Text("This is not its address"),
        paragraphs=(Text("This server answers under its own address only."),),
        links=(Link(own_url, Text("Open it by its own address")),),
    )


def shown_error(error: ShownError) -> MessagePage:
    """Explain a request that may not be answered by a redirect (RFC 6749 §4.1.2.1)."""
    if isinstance(error, InteractionUnusable):
        return interaction_unusable()
    if isinstance(error, ClientUnknown):
        title = Text("This application isn't known here")
        why = Text(
            "An application sent you here to sign in, but it is not registered with this server."
        )
    elif isinstance(error, PostLogoutRedirectUriMismatch):
        title = Text("You can't be sent back")
        why = Text(
            "The application named an address to return to that it has not registered. "
            "Nobody was signed out."
        )
    elif isinstance(error, RedirectUriMismatch):
        title = Text("This sign-in can't go on")
        why = Text(
            "The application named an address to return to that it has not registered. "
            "Sending you there might hand your sign-in to somebody else."
        )
    else:
        title = Text("This sign-in can't go on")
        why = Text("The application sent you here with a request that can't be read.")
    return MessagePage(title=title, paragraphs=(why, _NOTHING_HAPPENED), reason=error.reason)


def interaction_unusable(*, application_url: str = "", application_name: str = "") -> MessagePage:
    """Say that a sign-in was left open for too long; it starts again where it began, if known."""
    links = (_SIGN_IN,)
    if application_url:
        start = Text("Start again at %(application)s", {"application": application_name})
        links = (Link(application_url, start),)
    return MessagePage(
        title=Text("This sign-in is no longer open"),
        paragraphs=(
            Text("It was left open for too long, or the address was copied only in part."),
            Text("Go back to the application and start the sign-in there again."),
        ),
        links=links,
    )


def cookies_missing(*, is_plain_http: bool, retry_url: str) -> MessagePage:
    """Say that the browser did not keep our cookie, without which a form can't be trusted."""
    return MessagePage(
        title=Text("Your browser did not keep a cookie"),
        paragraphs=(
            Text("This server keeps one small cookie while you sign in, and it did not come back."),
            *(_WITHOUT_TLS if is_plain_http else (_ALLOW_COOKIES,)),
        ),
        links=(Link(retry_url, Text("Open the page again")),),
        reason="form_cookie_missing",
    )


def foreign_form(*, own_url: str) -> MessagePage:
    """Say that a form did not come from a page of this server, so nothing was done."""
    return MessagePage(
        title=Text("This form came from elsewhere"),
        paragraphs=(
            Text("It was not sent from a page of this server, so nothing was done."),
            Text(
                "If you opened this server by another address, open it by its own: %(address)s",
                {"address": own_url},
            ),
        ),
        links=(Link(own_url, Text("Open it by its own address")),),
        reason="foreign_form",
    )


def form_unreadable() -> MessagePage:
    """Say that what was sent is not what our form sends."""
    return MessagePage(
        title=Text("This could not be read"),
        paragraphs=(Text("What your browser sent is not what the form asks for."),),
        links=(_HOME,),
    )


def link_unusable() -> MessagePage:
    """Say that a one-time link sets no password: unknown, spent and too old are told alike."""
    return MessagePage(
        title=Text("This link can't be used"),
        paragraphs=(
            Text("A link sets a password once, for a limited time, and until a newer one is made."),
            Text("Ask the people who run this server for a new one."),
        ),
        links=(_SIGN_IN,),
    )


def link_not_open(*, is_plain_http: bool) -> MessagePage:
    """Say that this browser holds no link: it was not opened here, or its cookie did not stick."""
    return MessagePage(
        title=Text("Open your link once more"),
        paragraphs=(
            Text("A password is set by the link that you were given; open it in this browser."),
            *(_WITHOUT_TLS if is_plain_http else (_ALLOW_COOKIES,)),
        ),
    )


def signed_out() -> MessagePage:
    """Say that the person is signed out."""
    return MessagePage(
        title=Text("You are signed out"),
        paragraphs=(Text("This sign-in has ended, and with it every access it gave."),),
        tone="done",
        links=(_SIGN_IN,),
    )


def still_signed_in() -> MessagePage:
    """Say that nothing was ended, as the person chose."""
    return MessagePage(
        title=Text("You are still signed in"),
        paragraphs=(Text("Nothing was ended."),),
        tone="done",
        links=(_ACCOUNT,),
    )
