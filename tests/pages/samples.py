"""Every page with everything it can show, and the same again with hostile words in every place."""

from __future__ import annotations

from sealwax.oauth.errors import (
    ClientUnknown,
    InteractionUnusable,
    PostLogoutRedirectUriMismatch,
    RedirectUriMismatch,
    RequestUnreadable,
)
from sealwax.pages import contexts, messages, wording
from sealwax.pages.contexts import Page
from sealwax.pages.text import Text

HOSTILE = (
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</title></textarea><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}%(count)s%s%",
    "javascript:alert(1)",
    "\u202egnirts desrever",
    "&lt;script&gt;&#x22;",
)

SHOWN = (
    RequestUnreadable("request", "d"),
    ClientUnknown("client", "d"),
    RedirectUriMismatch("redirect_uri", "d"),
    PostLogoutRedirectUriMismatch("post_logout_redirect_uri", "d"),
    InteractionUnusable("interaction", "d"),
)


def pages(word: str = "Field Notes") -> dict[str, Page]:
    """Give all pages; `word` stands wherever a page shows what is not ours."""
    application = contexts.Application(word, word)
    problems = (
        contexts.Problem("username", wording.USERNAME_MISSING),
        contexts.Problem("password", wording.PASSWORD_MISSING),
    )
    return {
        "login": contexts.LoginPage(form_token="t", action="/login"),
        "login for an application": contexts.LoginPage(
            form_token="t",
            action="/login?i=sealed",
            application=application,
            username=word,
            signed_in_as=word,
            notice=wording.PASSWORD_SET,
            continue_url="/authorize/continue?i=sealed",
        ),
        "login with problems": contexts.LoginPage(
            form_token="t", action="/login", username=word, problems=problems
        ),
        "login refused": contexts.LoginPage(
            form_token="t",
            action="/login",
            username=word,
            problems=(contexts.Problem("", wording.wait_text(61)),),
        ),
        "consent": _consent(word, application),
        "message": messages.interaction_unusable(
            application_url="https://app.example.com/", application_name=word
        ),
        "message with a reason": contexts.MessagePage(
            title=Text("Start again at %(application)s", {"application": word}),
            paragraphs=(Text("Nothing was ended."),),
            reason=word,
        ),
        "foreign form": messages.foreign_form(own_url="https://id.example.com/login"),
        "cookies": messages.cookies_missing(is_plain_http=True, retry_url="/login"),
        "cookies over TLS": messages.cookies_missing(is_plain_http=False, retry_url="/login"),
        "link not open": messages.link_not_open(is_plain_http=True),
        "wrong address": messages.wrong_address(own_url="https://id.example.com"),
        "not found": messages.not_found(),
        "wrong method": messages.method_not_allowed(),
        "server error": messages.server_error(),
        "unavailable": messages.unavailable(),
        "unreadable": messages.form_unreadable(),
        "link unusable": messages.link_unusable(),
        "still signed in": messages.still_signed_in(),
        "signed out": messages.signed_out(),
        **{f"shown: {error.reason}": messages.shown_error(error) for error in SHOWN},
        "sign out": contexts.SignOutPage(
            form_token="t", username=word, application_name=word, hidden_fields={"state": word}
        ),
        "password": contexts.PasswordPage(
            form_token="t",
            title=Text("Your account"),
            action="/account/password",
            username=word,
            asks_current_password=True,
            minimum_length=15,
            problems=(
                contexts.Problem("current_password", wording.CURRENT_PASSWORD_WRONG),
                contexts.Problem("new_password", wording.NEW_PASSWORD_MISSING),
                contexts.Problem("new_password_again", wording.NEW_PASSWORDS_DIFFER),
            ),
        ),
        "password by link": contexts.PasswordPage(
            form_token="t",
            title=Text("Your account"),
            action="/password",
            username=word,
            asks_current_password=False,
            minimum_length=15,
        ),
        "account": _account(word),
        "home": contexts.HomePage(),
        "home signed in": contexts.HomePage(signed_in_as=word),
        "form post": contexts.FormPostPage(
            redirect_uri="https://app.example.com/callback", parameters={"state": word, "code": "c"}
        ),
    }


def _consent(word: str, application: contexts.Application) -> Page:
    return contexts.ConsentPage(
        form_token="t",
        interaction=word,
        application=application,
        display_name=word,
        username=word,
        about_you=tuple(
            scope
            for name in ("openid", "profile", "email")
            if (scope := wording.identity_scope(name))
        ),
        apis=(
            contexts.Api(
                word, word, tuple(wording.api_scope(name) for name in (word, f"{word}:read"))
            ),
            contexts.Api("Other", "https://other.example.com", ()),
        ),
        lasting=(wording.access_lasts(43_200),),
    )


def _account(word: str) -> Page:
    def sign_in(session_id: str, name: Text, *, is_current: bool) -> contexts.SignIn:
        return contexts.SignIn(
            session_id=session_id,
            is_current=is_current,
            name=name,
            authenticated=wording.ago(0, 7_300),
            authenticated_at="2026-11-21T18:00:00Z",
            last_seen=wording.ago(0, 3),
            last_seen_at="2026-11-21T20:00:00Z",
        )

    return contexts.AccountPage(
        form_token="t",
        display_name=word,
        username=word,
        email=word,
        user_id="usr_0000000000000000000000",
        is_administrator=True,
        password_changed=wording.ago(0, 90_000),
        sign_ins=(
            sign_in("s1", Text("Sign in"), is_current=True),
            sign_in(
                "s2",
                Text("Start again at %(application)s", {"application": word}),
                is_current=False,
            ),
            sign_in("s3", Text("Sign in"), is_current=False),
        ),
        has_more_sign_ins=True,
        status_ttl_seconds=15,
        notice=wording.PASSWORD_CHANGED,
    )
