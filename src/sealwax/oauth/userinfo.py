"""Who the person is, as far as the token's scopes tell (OIDC Core §5.3, §5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.oauth.errors import InvalidToken

if TYPE_CHECKING:
    from collections.abc import Collection

    from sealwax.records import Client, User

CLAIMS: Final = ("sub", "name", "preferred_username", "updated_at", "email", "email_verified")


def check_person(user: User | None) -> User:
    """Accept a person whose account is there and enabled. Raises InvalidToken."""
    if user is None or user.disabled_at is not None:
        raise InvalidToken("user_disabled", "the access token was taken back")
    return user


def check_bearer(client: Client | None) -> Client:
    """Accept the token of a client that is there and enabled. Raises InvalidToken."""
    if client is None or client.disabled_at is not None:
        raise InvalidToken("client_disabled", "the access token was taken back")
    return client


def userinfo_response(user: User, scopes: Collection[str]) -> dict[str, object]:
    """Give the claims that the scopes open (OIDC Core §5.4); what is not known is left out."""
    claims: dict[str, object] = {"sub": user.user_id}
    if "profile" in scopes:
        claims["name"] = user.display_name
        claims["preferred_username"] = user.username
        claims["updated_at"] = user.updated_at
    if "email" in scopes and user.email is not None:
        claims["email"] = user.email
        claims["email_verified"] = user.email_verified
    return claims
