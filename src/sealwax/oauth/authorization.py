"""What is next for a checked authorization request: sign-in, consent or a code.

OIDC Core §3.1.2.3 to §3.1.2.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sealwax.oauth.errors import ConsentRequired, InteractionUnusable, LoginRequired
from sealwax.oauth.prompt import is_fresh_enough
from sealwax.oauth.redirect_uri import is_weak_identity
from sealwax.records import AuthorizationCode, Consent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.oauth.authorization_request import AuthorizationRequest
    from sealwax.oauth.parameters import Form
    from sealwax.records import Grant, Session

INTERACTION_LIFETIME_SECONDS: Final = 3_600
"""How long a person may take to sign in and consent."""

_CARRIED: Final = frozenset({
    "client_id", "code_challenge", "code_challenge_method", "id_token_hint", "login_hint",
    "max_age", "nonce", "prompt", "redirect_uri", "resource", "response_mode", "response_type",
    "scope", "state", "ui_locales",
})  # fmt: skip # one word to a line would be a page of words
"""What counts in a request that was checked once; the rest was ignored and is not carried on."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request on its way through the sign-in pages; sealed, never stored."""

    parameters: tuple[tuple[str, str], ...]
    """As they came; they are checked again at each step, as if they were new."""
    requested_at: int
    is_assessed: bool
    """False until a request came that could bring the session cookie (a cross-site POST can't)."""
    prior_session_id: str | None
    """The session that was there before; it satisfies no demand for a new sign-in."""

    @classmethod
    def begin(cls, form: Form, *, now: int) -> Interaction:
        """Begin with a request that came just now."""
        pairs = tuple(pair for pair in form.items() if pair[0] in _CARRIED)
        return cls(pairs, requested_at=now, is_assessed=False, prior_session_id=None)

    def assessed(self, session: Session | None) -> Interaction:
        """Note which session was there when the request could first show one."""
        if self.is_assessed:
            return self
        return replace(
            self,
            is_assessed=True,
            prior_session_id=None if session is None else session.session_id,
        )

    def to_data(self) -> dict[str, object]:
        """Give what is to be sealed."""
        return {
            "parameters": [list(pair) for pair in self.parameters],
            "requested_at": self.requested_at,
            "is_assessed": self.is_assessed,
            "prior_session_id": self.prior_session_id,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Interaction:
        """Read what was sealed. Raises InteractionUnusable."""
        match data:
            case {
                "parameters": list(pairs),
                "requested_at": int(requested_at),
                "is_assessed": bool(is_assessed),
                "prior_session_id": None | str() as prior_session_id,
            }:
                parameters = tuple((str(name), str(value)) for name, value in pairs)
                return cls(parameters, requested_at, is_assessed, prior_session_id)
            case _:
                raise InteractionUnusable(
                    "interaction_malformed", "this sign-in can't be continued: start again"
                )


@dataclass(frozen=True, slots=True)
class SignInNeeded:
    """The person has to sign in."""


@dataclass(frozen=True, slots=True)
class ConsentNeeded:
    """The person, who is signed in with this session, has to be asked."""

    session: Session


@dataclass(frozen=True, slots=True)
class Granted:
    """A code may be issued for this session."""

    session: Session


def decide(
    request: AuthorizationRequest,
    *,
    session: Session | None,
    consent: Consent | None,
    hinted_subject: str | None,
    interaction: Interaction,
    now: int,
) -> SignInNeeded | ConsentNeeded | Granted:
    """Choose the next step: first who it is, then what they allow.

    `consent` is what the session's person has allowed this client; `hinted_subject` comes from a
    verified `id_token_hint`. Raises RedirectedError of LoginRequired or ConsentRequired where no
    page may be shown.
    """
    if session is None or not is_acceptable(session, request, interaction, now=now):
        return _ask_to_sign_in(request)
    if hinted_subject is not None and session.user_id != hinted_subject:
        return _ask_the_hinted_person(request, session, interaction)
    if needs_consent(request, consent, interaction):
        return _ask_for_consent(request, session)
    return Granted(session)


def is_acceptable(
    session: Session, request: AuthorizationRequest, interaction: Interaction, *, now: int
) -> bool:
    """Tell whether the sign-in is recent enough for the request (`prompt`, `max_age`)."""
    return is_fresh_enough(
        session,
        prompt=request.prompt,
        max_age=request.max_age,
        requested_at=interaction.requested_at,
        prior_session_id=interaction.prior_session_id,
        now=now,
    )


def needs_consent(
    request: AuthorizationRequest, consent: Consent | None, interaction: Interaction
) -> bool:
    """Tell whether the person has to be asked.

    Each time if the client wants it (`prompt=consent`) or could be impersonated on the person's
    machine (a public client whose redirect URI any local program can take, RFC 8252 §8.6); never
    for the operator's own clients; else when something is asked for that was not allowed before.
    """
    is_from_now = consent is not None and consent.granted_at >= interaction.requested_at
    if "consent" in request.prompt and not is_from_now:
        return True
    if request.client.is_first_party:
        return False
    if request.client.is_public and is_weak_identity(request.redirect_uri) and not is_from_now:
        return True
    return consent is None or not covers(consent, request)


def covers(consent: Consent, request: AuthorizationRequest) -> bool:
    """Tell whether all that is asked for was allowed before."""
    return set(consent.scopes).issuperset(request.scopes) and set(consent.resources).issuperset(
        audience.identifier for audience in request.audiences
    )


def consent_to(
    request: AuthorizationRequest, *, user_id: str, earlier: Consent | None, now: int
) -> Consent:
    """Give the consent to remember when the person says yes: what was allowed before, and this."""
    audiences = (audience.identifier for audience in request.audiences)
    before = earlier or Consent(user_id, request.client.client_id, (), (), now)
    return Consent(
        user_id=user_id,
        client_id=request.client.client_id,
        scopes=tuple(dict.fromkeys((*before.scopes, *request.scopes))),
        resources=tuple(dict.fromkeys((*before.resources, *audiences))),
        granted_at=now,
    )


def authorization_code(
    request: AuthorizationRequest,
    *,
    session: Session,
    grant: Grant,
    code_hash: str,
    lifetime_seconds: int,
    now: int,
) -> AuthorizationCode:
    """Give the record of a code: all that the token endpoint needs to know (RFC 6749 §4.1.2)."""
    return AuthorizationCode(
        code_hash=code_hash,
        grant_id=grant.grant_id,
        client_id=request.client.client_id,
        user_id=session.user_id,
        session_id=session.session_id,
        redirect_uri=request.redirect_uri.uri,
        scopes=request.scopes,
        resources=request.resources,
        code_challenge=request.code_challenge,
        nonce=request.nonce,
        auth_time=session.authenticated_at,
        amr=session.amr,
        issued_at=now,
        expires_at=now + lifetime_seconds,
    )


def _ask_to_sign_in(request: AuthorizationRequest) -> SignInNeeded:
    if "none" in request.prompt:
        raise request.refuse(LoginRequired("login_required", "the person would have to sign in"))
    return SignInNeeded()


def _ask_the_hinted_person(
    request: AuthorizationRequest, session: Session, interaction: Interaction
) -> SignInNeeded:
    """Let the hinted person sign in; refuse if another one just did (OIDC Core §3.1.2.1)."""
    if session.session_id != interaction.prior_session_id:
        raise request.refuse(
            LoginRequired(
                "hinted_person_absent", "the person who signed in is not the one of id_token_hint"
            )
        )
    return _ask_to_sign_in(request)


def _ask_for_consent(request: AuthorizationRequest, session: Session) -> ConsentNeeded:
    if "none" in request.prompt:
        raise request.refuse(
            ConsentRequired("consent_required", "the person would have to be asked")
        )
    return ConsentNeeded(session)
