"""The answer of the token endpoint (RFC 6749 §5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def token_response(
    access_token: str,
    *,
    expires_in: int,
    scopes: Sequence[str],
    refresh_token: str | None = None,
    id_token: str | None = None,
) -> dict[str, object]:
    """Give the members of the answer; `scope` is that of the access token, left out when empty."""
    members: dict[str, object] = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": expires_in,
    }
    if scopes:
        members["scope"] = " ".join(scopes)
    if refresh_token is not None:
        members["refresh_token"] = refresh_token
    if id_token is not None:
        members["id_token"] = id_token
    return members
