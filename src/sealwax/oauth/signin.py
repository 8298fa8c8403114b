"""First-party sign-in with credentials as JSON: for the operator's own front end alone.

This is not the password grant, which is gone (RFC 9700 §2.4): only a client that the operator
marked first-party may use it, it gives no refresh token, and every attempt is slowed down per
account and network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sealwax.jose.encoding import EncodingError, parse_json_object
from sealwax.oauth.access_token import AccessTokenClaims
from sealwax.oauth.errors import InvalidGrant, InvalidRequest, TooManyAttempts, UnauthorizedClient
from sealwax.oauth.resource_indicator import check_resource_identifier
from sealwax.oauth.scope import (
    OIDC_SCOPES,
    check_scopes_reachable,
    check_scopes_registered,
    parse_scope,
)
from sealwax.records import Session
from sealwax.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.oauth.resource_indicator import Audience
    from sealwax.records import Client, Grant

MAX_USERNAME_CHARACTERS: Final = 320
MAX_PASSWORD_CHARACTERS: Final = 4_096


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """The members of the request, each a text."""

    client_id: str
    username: str
    password: Secret
    scope: str | None
    resource: str | None

    @classmethod
    def parse(cls, body: bytes) -> SignInRequest:
        """Read the JSON body; a member twice, a wrong type, an empty credential are refused.

        Raises InvalidRequest, InvalidTarget.
        """
        try:
            members = parse_json_object(body)
        except EncodingError as error:
            raise InvalidRequest("json_malformed", "the body must be one JSON object") from error
        resource = _optional(members, "resource")
        if resource is not None:
            check_resource_identifier(resource)
        return cls(
            client_id=_required(members, "client_id", MAX_USERNAME_CHARACTERS),
            username=_required(members, "username", MAX_USERNAME_CHARACTERS),
            password=Secret(_required(members, "password", MAX_PASSWORD_CHARACTERS)),
            scope=_optional(members, "scope"),
            resource=resource,
        )


def check_first_party(client: Client | None) -> Client:
    """Accept an enabled first-party client that has no secret: it could not prove it here.

    Raises UnauthorizedClient, with one text for whatever is amiss.
    """
    if client is None or client.disabled_at is not None:
        raise _unauthorized("client_unknown" if client is None else "client_disabled")
    if not client.is_first_party:
        raise _unauthorized("client_not_first_party")
    if not client.is_public:
        raise _unauthorized("client_not_public")
    return client


def check_scope(request: SignInRequest, client: Client, audience: Audience) -> tuple[str, ...]:
    """Give the scopes of the token: those asked for, else all of the audience that the client has.

    Raises InvalidScope for one that is not the client's or not the audience's.
    """
    scopes = parse_scope(request.scope)
    if scopes is None:
        return tuple(
            scope
            for scope in client.scopes
            if scope in audience.scopes and scope not in OIDC_SCOPES
        )
    check_scopes_registered(scopes, client.scopes)
    check_scopes_reachable(scopes, audience.scopes)
    return scopes


def too_many_attempts(wait_seconds: int) -> TooManyAttempts:
    """Give the error for an attempt that came too soon (RFC 6585 §4)."""
    return TooManyAttempts(
        "too_many_attempts", "too many attempts: try again later", retry_after_seconds=wait_seconds
    )


def credentials_refused(reason: str) -> InvalidGrant:
    """Give the one error for an unknown person, a disabled one and a wrong password."""
    return InvalidGrant(reason, "the username or the password is wrong")


def direct_session(
    *,
    session_id: str,
    user_id: str,
    client: Client,
    amr: tuple[str, ...],
    lifetime_seconds: int,
    now: int,
) -> Session:
    """Give the record of this sign-in; it lasts as long as its one token."""
    return Session(
        session_id=session_id,
        secret_hash=None,
        user_id=user_id,
        kind="direct",
        authenticated_at=now,
        amr=amr,
        created_at=now,
        last_seen_at=now,
        expires_at=now + lifetime_seconds,
        client_id=client.client_id,
    )


def direct_access_token(
    session: Session, grant: Grant, *, audience: Audience, scopes: tuple[str, ...]
) -> AccessTokenClaims:
    """Give what the one access token of this sign-in says."""
    return AccessTokenClaims(
        subject=session.user_id,
        client_id=grant.client_id,
        audience=audience.identifier,
        scopes=scopes,
        status=grant.status,
        issued_at=session.created_at,
        expires_at=session.expires_at,
        auth_time=session.authenticated_at,
        amr=session.amr,
    )


def _required(members: Mapping[str, Any], name: str, limit: int) -> str:
    value = _optional(members, name)
    if value is None:
        raise InvalidRequest("member_missing", f"{name} is missing")
    if len(value) > limit:
        raise InvalidRequest("member_too_long", f"{name} must not exceed {limit} characters")
    return value


def _optional(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidRequest("member_not_text", f"{name} must be a text")
    return value or None


def _unauthorized(reason: str) -> UnauthorizedClient:
    return UnauthorizedClient(
        reason, "client_id is not a first-party client that may sign people in here"
    )
