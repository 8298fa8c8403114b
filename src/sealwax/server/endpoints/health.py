"""Whether the process runs, and whether it can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.server.http import Reply
from sealwax.storage.contracts import StorageUnavailable

if TYPE_CHECKING:
    from sealwax.server.http import Request
    from sealwax.server.services import Services


async def live(request: Request, services: Services) -> Reply:  # noqa: ARG001  # every handler has this shape
    """Answer as long as the process answers at all."""
    return Reply.json({"status": "live"})


async def ready(request: Request, services: Services) -> Reply:  # noqa: ARG001  # every handler has this shape
    """Answer 200 when storage can be written and read and there is a key to sign with, else 503."""
    try:
        await services.storage.check()
    except StorageUnavailable as error:
        services.log.event("not_ready", reason=str(error))
        return Reply.json({"status": "storage unavailable"}, status=503)
    if not services.key_ring.is_ready:
        return Reply.json({"status": "no signing key"}, status=503)
    return Reply.json({"status": "ready"})
