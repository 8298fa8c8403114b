"""What a grant of a person's entitles its client to: the values that the mint makes tokens of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealwax.oauth.access_token import AccessTokenClaims
from sealwax.oauth.errors import InvalidGrant, UnauthorizedClient
from sealwax.records import RefreshToken

if TYPE_CHECKING:
    from sealwax.oauth.resource_indicator import Audience
    from sealwax.records import Client, Grant, User


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Everything that the answer of the token endpoint is made of, each rule having passed."""

    client: Client
    grant: Grant
    user_id: str
    session_id: str
    audience: Audience
    scopes: tuple[str, ...]
    """Of this answer, OpenID Connect's included."""
    auth_time: int
    amr: tuple[str, ...]
    nonce: str | None
    """For the ID token of a code; the later ones carry none (OIDC Core §12.2)."""
    refresh_expires_at: int
    """The absolute end of the refresh tokens."""

    @property
    def has_refresh_token(self) -> bool:
        """Whether the client gets one: whenever it is registered for refreshing."""
        return "refresh_token" in self.client.grant_types

    @property
    def is_openid(self) -> bool:
        """Whether an ID token is due."""
        return "openid" in self.scopes

    @property
    def token_scopes(self) -> tuple[str, ...]:
        """The scopes of the access token: those that belong to its audience."""
        return self.audience.scopes_among(self.scopes)

    def access_token(self, *, now: int) -> AccessTokenClaims:
        """Give what the access token says."""
        return AccessTokenClaims(
            subject=self.user_id,
            client_id=self.client.client_id,
            audience=self.audience.identifier,
            scopes=self.token_scopes,
            status=self.grant.status,
            issued_at=now,
            expires_at=now + self.audience.lifetime_seconds,
            auth_time=self.auth_time,
            amr=self.amr,
        )


def successor(token: RefreshToken, *, token_hash: str, now: int) -> RefreshToken:
    """Give the next token of a family; its absolute end stays where it is (RFC 9700 §4.14.2)."""
    return RefreshToken(
        token_hash=token_hash,
        family_id=token.family_id,
        grant_id=token.grant_id,
        client_id=token.client_id,
        user_id=token.user_id,
        session_id=token.session_id,
        scopes=token.scopes,
        resources=token.resources,
        auth_time=token.auth_time,
        amr=token.amr,
        issued_at=now,
        last_used_at=now,
        expires_at=token.expires_at,
    )


def check_grant_type(client: Client, grant_type: str) -> None:
    """Accept only a grant that the client is registered for. Raises UnauthorizedClient."""
    if grant_type not in client.grant_types:
        raise UnauthorizedClient(
            "grant_type_not_registered", f"this client is not registered for {grant_type}"
        )


def check_grant(grant: Grant | None) -> Grant:
    """Accept a grant that nobody has ended: no sign-out, no revocation. Raises InvalidGrant."""
    if grant is None or grant.ended_at is not None:
        raise InvalidGrant("grant_ended", "the sign-in or the consent behind it has ended")
    return grant


def check_user(user: User | None) -> None:
    """Accept a person whose account is there and enabled. Raises InvalidGrant."""
    if user is None or user.disabled_at is not None:
        raise InvalidGrant("user_disabled", "the sign-in or the consent behind it has ended")
