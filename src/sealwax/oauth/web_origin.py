"""Which web pages may use a client: CORS, held to the one client that a request names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.oauth.errors import UnauthorizedClient

if TYPE_CHECKING:
    from sealwax.records import Client


def check_web_origin(origin: str | None, client: Client, *, issuer: str) -> None:
    """Accept a request of a script only from a page that this client registered.

    A browser names the page's origin (Fetch §3.2); whoever else sends a request names none. Raises
    UnauthorizedClient.
    """
    if origin is None or origin == issuer or origin in client.web_origins:
        return
    raise UnauthorizedClient(
        "web_origin_not_registered", "the origin of this page is not registered for this client"
    )
