"""Believing an access token of ours: the signature, and the bit that takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.oauth.access_token import AccessToken, check_not_revoked, verify_access_token

if TYPE_CHECKING:
    from sealwax.server.services import Services


def verify(token: str, services: Services, *, audience: str | None = None) -> AccessToken:
    """Check all that a token says by itself; None stands for any audience. Raises InvalidToken."""
    return verify_access_token(
        token,
        services.key_ring.verification_keys(),
        issuer=services.settings.issuer.url,
        audience=audience,
        now=services.clock.now(),
    )


async def verify_unrevoked(
    token: str, services: Services, *, audience: str | None = None
) -> AccessToken:
    """Check a token and that it was not taken back. Raises InvalidToken."""
    access_token = verify(token, services, audience=audience)
    is_revoked = await services.storage.status_lists.is_revoked(access_token.status)
    check_not_revoked(is_revoked=is_revoked)
    return access_token
