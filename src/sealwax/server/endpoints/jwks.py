"""`/jwks`: the public keys (RFC 7517 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sealwax.server.http import Reply, Request
    from sealwax.server.services import Services


async def show(request: Request, services: Services) -> Reply:
    """Answer GET /jwks."""
    return services.documents.jwks(request)
