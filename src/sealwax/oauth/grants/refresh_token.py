"""Refreshing (RFC 6749 §6, RFC 9700 §4.14)."""

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
from sealwax.oauth.resource_indicator import (
    Audience,
    check_one_resource,
    check_resource_indicators,
    choose_audience,
)
from sealwax.oauth.scope import check_scopes_granted, parse_scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.oauth.client_authentication import AuthenticatedClient
    from sealwax.oauth.parameters import Form
    from sealwax.records import Client, Grant, RefreshToken, Resource, User

GRANT_TYPE: Final = "refresh_token"


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """The parameters of this grant, well-formed."""

    refresh_token: str
    scopes: tuple[str, ...] | None
    resource: str | None

    @classmethod
    def parse(cls, form: Form, authenticated: AuthenticatedClient) -> RefreshRequest:
        """Read the form of a client that may use this grant.

        Raises UnauthorizedClient, InvalidRequest, InvalidScope, InvalidTarget.
        """
        check_grant_type(authenticated.client, GRANT_TYPE)
        return cls(
            refresh_token=form.require("refresh_token"),
            scopes=parse_scope(form.get("scope")),
            resource=check_one_resource(check_resource_indicators(form.all("resource"))),
        )


@dataclass(frozen=True, slots=True)
class Behind:
    """The records behind a refresh token, as they stand now."""

    grant: Grant | None
    user: User | None
    resources: Mapping[str, Resource | None]


def decide(
    request: RefreshRequest,
    authenticated: AuthenticatedClient,
    token: RefreshToken,
    behind: Behind,
    *,
    own: Audience,
) -> Entitlement:
    """Hold the request against the records behind a token; `check_token` has passed before.

    What the client is no longer registered for has left the scopes. Raises InvalidGrant,
    InvalidScope, InvalidTarget.
    """
    client = authenticated.client
    grant = check_grant(behind.grant)
    check_user(behind.user)
    scopes = narrow_scopes(request.scopes, token, client)
    audience = choose_audience(request.resource, token, client, resources=behind.resources, own=own)
    return Entitlement(
        client=client,
        grant=grant,
        user_id=token.user_id,
        session_id=token.session_id,
        audience=audience,
        scopes=scopes,
        auth_time=token.auth_time,
        amr=token.amr,
        nonce=None,
        refresh_expires_at=token.expires_at,
    )


def check_token(
    token: RefreshToken | None, client: Client, *, idle_seconds: int, now: int
) -> RefreshToken:
    """Accept a token that is this client's, and neither revoked nor expired.

    Whether a rotated one is used again is told by the storage when it is spent; one of a client
    that does not rotate can only have been stolen. Raises InvalidGrant, GrantReused.
    """
    if token is None:
        raise _invalid("refresh_token_unknown")
    if token.client_id != client.client_id:
        raise _invalid("refresh_token_of_another_client")
    if token.revoked_at is not None:
        raise _invalid("refresh_token_revoked")
    if now >= token.expires_at:
        raise _invalid("refresh_token_expired")
    if now >= token.last_used_at + idle_seconds:
        raise _invalid("refresh_token_idle")
    if token.rotated_at is not None and not rotates(client):
        raise refresh_token_reused(token.grant_id)
    return token


def rotates(client: Client) -> bool:
    """Tell whether each use gives a new token: where nothing else binds it to its client.

    RFC 9700 §2.2.2: a public client's is rotated; a confidential one proves who it is with each
    use.
    """
    return client.is_public


def refresh_token_reused(grant_id: str) -> GrantReused:
    """Give the error for a token that came after its successor was given."""
    return GrantReused("refresh_token_reused", _INVALID, grant_id=grant_id)


def narrow_scopes(
    requested: tuple[str, ...] | None, token: RefreshToken, client: Client
) -> tuple[str, ...]:
    """Give the scopes of this answer: those granted, or fewer if asked for fewer (RFC 6749 §6).

    Raises InvalidScope for more.
    """
    granted = tuple(scope for scope in token.scopes if scope in client.scopes)
    if requested is None:
        return granted
    check_scopes_granted(requested, granted)
    return requested


_INVALID: Final = (
    "the refresh token is unknown, expired, taken back, or was issued to another client"
)


def _invalid(reason: str) -> InvalidGrant:
    return InvalidGrant(reason, _INVALID)
