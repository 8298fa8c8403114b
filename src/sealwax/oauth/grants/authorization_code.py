"""Redeeming a code (RFC 6749 §4.1.3, RFC 7636 §4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealwax.oauth.errors import GrantReused, InvalidGrant
from sealwax.oauth.grants.entitlement import (
    Entitlement,
    check_grant,
    check_grant_type,
    check_user,
)
from sealwax.oauth.pkce import check_code_verifier, check_code_verifier_syntax
from sealwax.oauth.resource_indicator import (
    Audience,
    check_one_resource,
    check_resource_indicators,
    choose_audience,
)
from sealwax.records import RefreshToken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.oauth.client_authentication import AuthenticatedClient
    from sealwax.oauth.parameters import Form
    from sealwax.records import AuthorizationCode, Client, Grant, Resource, Session, User

GRANT_TYPE: Final = "authorization_code"


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """The parameters of this grant, well-formed."""

    code: str
    code_verifier: str
    redirect_uri: str | None
    resource: str | None

    @classmethod
    def parse(cls, form: Form, authenticated: AuthenticatedClient) -> CodeRequest:
        """Read the form of a client that may use this grant.

        Raises UnauthorizedClient, InvalidRequest, InvalidTarget.
        """
        check_grant_type(authenticated.client, GRANT_TYPE)
        return cls(
            code=form.require("code"),
            code_verifier=check_code_verifier_syntax(form.get("code_verifier")),
            redirect_uri=form.get("redirect_uri"),
            resource=check_one_resource(check_resource_indicators(form.all("resource"))),
        )


@dataclass(frozen=True, slots=True)
class Behind:
    """The records behind a code, as they stand now."""

    grant: Grant | None
    session: Session | None
    user: User | None
    resources: Mapping[str, Resource | None]


@dataclass(frozen=True, slots=True)
class RefreshLifetimes:
    """How long a family of refresh tokens lasts, whatever happens."""

    public_seconds: int
    confidential_seconds: int

    def end_of_family(self, client: Client, session: Session, *, now: int) -> int:
        """Give the absolute end of a new family (RFC 10017, RFC 9700 §2.2.2).

        A public client's ends with the sign-in session at the latest. A confidential client's may
        outlive the session's own end; signing out ends it too.
        """
        if client.is_public:
            return min(now + self.public_seconds, session.expires_at)
        return now + self.confidential_seconds


def decide(
    request: CodeRequest,
    authenticated: AuthenticatedClient,
    code: AuthorizationCode,
    behind: Behind,
    *,
    own: Audience,
    lifetimes: RefreshLifetimes,
    now: int,
) -> Entitlement:
    """Hold the request against the code's other half of the rules; `check_code` has passed before.

    Raises InvalidGrant, InvalidTarget. Nothing is spent yet: that is the commit's.
    """
    client = authenticated.client
    check_not_expired(code, now)
    check_redirect_uri(request, code)
    check_code_verifier(request.code_verifier, code.code_challenge)
    grant = check_grant(behind.grant)
    session = check_session(behind.session)
    check_user(behind.user)
    audience = choose_audience(request.resource, code, client, resources=behind.resources, own=own)
    return Entitlement(
        client=client,
        grant=grant,
        user_id=code.user_id,
        session_id=code.session_id,
        audience=audience,
        scopes=code.scopes,
        auth_time=code.auth_time,
        amr=code.amr,
        nonce=code.nonce,
        refresh_expires_at=lifetimes.end_of_family(client, session, now=now),
    )


def check_code(code: AuthorizationCode | None, client: Client) -> AuthorizationCode:
    """Accept a code that exists, belongs to this client, and was never redeemed.

    A code in another client's hands is not spent by it. Raises InvalidGrant, and GrantReused for a
    second use, which ends the grant (RFC 6749 §4.1.2).
    """
    if code is None:
        raise _invalid("code_unknown")
    if code.client_id != client.client_id:
        raise _invalid("code_of_another_client")
    if code.redeemed_at is not None:
        raise code_reused(code.grant_id)
    return code


def code_reused(grant_id: str) -> GrantReused:
    """Give the error for a code that came a second time."""
    return GrantReused("code_reused", _INVALID, grant_id=grant_id)


def check_not_expired(code: AuthorizationCode, now: int) -> None:
    """Refuse a code from the second on in which it ends. Raises InvalidGrant."""
    if now >= code.expires_at:
        raise _invalid("code_expired")


def check_redirect_uri(request: CodeRequest, code: AuthorizationCode) -> None:
    """Hold `redirect_uri` to that of the authorization request, if it was sent.

    OAuth 2.1 §4.1.3 no longer asks for it, since PKCE binds the code; one that differs is still
    refused. Raises InvalidGrant.
    """
    if request.redirect_uri is not None and request.redirect_uri != code.redirect_uri:
        raise InvalidGrant(
            "redirect_uri_mismatch", "redirect_uri is not that of the authorization request"
        )


def check_session(session: Session | None) -> Session:
    """Accept a code only while the sign-in that it came from stands. Raises InvalidGrant."""
    if session is None or session.ended_at is not None:
        raise InvalidGrant("session_ended", "the sign-in or the consent behind it has ended")
    return session


def first_refresh_token(
    entitlement: Entitlement,
    code: AuthorizationCode,
    *,
    token_hash: str,
    family_id: str,
    now: int,
) -> RefreshToken:
    """Give the record of the first refresh token of a family."""
    return RefreshToken(
        token_hash=token_hash,
        family_id=family_id,
        grant_id=code.grant_id,
        client_id=code.client_id,
        user_id=code.user_id,
        session_id=code.session_id,
        scopes=entitlement.scopes,
        resources=code.resources,
        auth_time=code.auth_time,
        amr=code.amr,
        issued_at=now,
        last_used_at=now,
        expires_at=entitlement.refresh_expires_at,
    )


_INVALID: Final = "the code is unknown, expired, used before, or was issued to another client"


def _invalid(reason: str) -> InvalidGrant:
    return InvalidGrant(reason, _INVALID)
