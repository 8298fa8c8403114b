"""Every address of the issuer, in one table.

Only the last part of `/status/{list}` and `/static/{file}` varies; every other path is compared as
a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from sealwax.server.endpoints import health
from sealwax.server.http import Handler

Cors = Literal["none", "client", "public"]
"""`none`: no page of another origin may read the answer. `client`: pages of the registered web
origins may, and the endpoint holds the origin to the one client. `public`: any page may; for
what is no secret."""

Accepts = Literal["nothing", "form", "json"]
"""What kind of body: none at all, `application/x-www-form-urlencoded`, or `application/json`."""

FORM_LIMIT_BYTES: Final = 64 * 1024
"""For forms of the protocol: a client assertion or token of 32 KiB and its company."""
PAGE_FORM_LIMIT_BYTES: Final = 32 * 1024
"""For forms of our pages: a sealed interaction and a password."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address. A GET route answers HEAD too."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    cors: Cors = "none"
    body_limit: int = FORM_LIMIT_BYTES
    accepts: Accepts = "form"
    """Only looked at for POST."""


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/health/live", health.live),
    Route("GET", "/health/ready", health.ready),
)
