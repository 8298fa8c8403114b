"""Signing out on a client's request (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealwax.oauth.errors import InvalidRequest, PostLogoutRedirectUriMismatch, RequestUnreadable
from sealwax.oauth.redirect_uri import TrustedRedirectUri, find_registered

if TYPE_CHECKING:
    from sealwax.oauth.id_token import IdTokenHint
    from sealwax.oauth.parameters import Form
    from sealwax.records import Client, Session

MAX_STATE_CHARACTERS: Final = 2_048


@dataclass(frozen=True, slots=True)
class EndSessionRequest:
    """The parameters that count; whatever else comes is ignored."""

    id_token_hint: str | None
    client_id: str | None
    post_logout_redirect_uri: str | None
    state: str | None

    @classmethod
    def parse(cls, form: Form) -> EndSessionRequest:
        """Read the request. Raises RequestUnreadable, shown."""
        state = form.get("state")
        if state is not None and len(state) > MAX_STATE_CHARACTERS:
            raise RequestUnreadable(
                "state_too_long", f"state must not exceed {MAX_STATE_CHARACTERS} characters"
            )
        return cls(
            id_token_hint=form.get("id_token_hint"),
            client_id=form.get("client_id"),
            post_logout_redirect_uri=form.get("post_logout_redirect_uri"),
            state=state,
        )


@dataclass(frozen=True, slots=True)
class SignOut:
    """The session is to be ended, now."""

    session: Session


@dataclass(frozen=True, slots=True)
class AskFirst:
    """The person has to confirm: nothing proves that the request means them."""

    session: Session


@dataclass(frozen=True, slots=True)
class NothingToEnd:
    """Nobody is signed in here."""


def decide(session: Session | None, hint: IdTokenHint | None) -> SignOut | AskFirst | NothingToEnd:
    """Choose what happens to the session of this browser.

    An ID token of the person who is signed in proves that the request means them (RP-Initiated
    Logout §2); without one, or with another person's, they are asked.
    """
    if session is None:
        return NothingToEnd()
    if hint is not None and hint.subject == session.user_id:
        return SignOut(session)
    return AskFirst(session)


def whose_request(request: EndSessionRequest, hint: IdTokenHint | None) -> str | None:
    """Give the id of the client that asks: the hint's audience, else `client_id`.

    A hint that is there and did not verify (None) leaves nobody: then nothing in the request is
    believed.
    """
    if hint is not None:
        return hint.client_id
    return None if request.id_token_hint is not None else request.client_id


def check_return(request: EndSessionRequest, client: Client | None) -> str | None:
    """Give where the browser goes afterwards: to an address that the client registered, or None.

    Character for character (RP-Initiated Logout §3); `state` goes with it. Without a known client
    the address is ignored, for nobody vouches for it. Raises PostLogoutRedirectUriMismatch, shown.
    """
    uri = request.post_logout_redirect_uri
    if uri is None or client is None or client.disabled_at is not None:
        return None
    trusted: TrustedRedirectUri | None = find_registered(uri, client.post_logout_redirect_uris)
    if trusted is None:
        raise PostLogoutRedirectUriMismatch(
            "post_logout_redirect_uri_mismatch",
            "post_logout_redirect_uri is not one that this client has registered",
        )
    return trusted.with_parameters({} if request.state is None else {"state": request.state})


def shown(cause: InvalidRequest) -> RequestUnreadable:
    """Turn an error of reading the parameters into a page: there is nobody to redirect to."""
    return RequestUnreadable(cause.reason, cause.description)
