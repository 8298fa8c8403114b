"""Both metadata documents (OpenID Connect Discovery §4, RFC 8414 §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sealwax.server.http import Reply, Request
    from sealwax.server.services import Services


async def openid_configuration(request: Request, services: Services) -> Reply:
    """Answer GET /.well-known/openid-configuration."""
    return services.documents.openid_configuration(request)


async def authorization_server(request: Request, services: Services) -> Reply:
    """Answer GET /.well-known/oauth-authorization-server."""
    return services.documents.authorization_server_metadata(request)
