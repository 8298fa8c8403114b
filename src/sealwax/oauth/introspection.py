"""Telling an API whether a token is good (RFC 7662).

Access tokens only: a refresh token is nobody's business but its client's, who learns its state by
using it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.oauth.access_token import AccessToken
    from sealwax.records import Client

INACTIVE: Final[Mapping[str, object]] = {"active": False}
"""The one answer for every token that is not good, or not for the caller (RFC 7662 §2.2)."""

_TOLD: Final = (
    "iss", "sub", "aud", "client_id", "scope", "iat", "exp", "jti", "auth_time", "amr", "status",
)  # fmt: skip # one list, in the order of RFC 7662 §2.2


def may_introspect(client: Client, token: AccessToken) -> bool:
    """Tell whether the caller is the API that the token is for (RFC 7662 §4)."""
    return token.audience in client.introspects


def introspection_response(token: AccessToken) -> dict[str, object]:
    """Give what is said of a good token (RFC 7662 §2.2): nothing that it does not say itself."""
    members: dict[str, object] = {"active": True, "token_type": "Bearer"}
    for name in _TOLD:
        if name in token.claims:
            members[name] = token.claims[name]
    return members
