"""Giving a token back (RFC 7009)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.oauth.errors import InvalidGrant

if TYPE_CHECKING:
    from sealwax.records import Client


def is_access_token(token: str) -> bool:
    """Tell an access token from a refresh token: a JWT has dots, a refresh token none.

    `token_type_hint` is not needed for that and ignored (RFC 7009 §2.1 allows it).
    """
    return "." in token


def check_own_token(client_id: str, client: Client) -> None:
    """Accept only the caller's own token (RFC 7009 §2.1). Raises InvalidGrant."""
    if client_id != client.client_id:
        raise InvalidGrant("token_of_another_client", "the token was issued to another client")
