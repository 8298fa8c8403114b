"""Whether the process runs, and whether it can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.server.http import Request
    from sealwax.server.services import Services


async def live(request: Request, services: Services) -> Reply:  # noqa: ARG001  # a handler's shape
    """Answer as long as the process answers at all."""
    return Reply.json({"status": "live"})


async def ready(request: Request, services: Services) -> Reply:  # noqa: ARG001  # a handler's shape
    """Answer 200 when storage can be written and read and there are keys to sign with, else 503."""
    problem = await services.readiness.problem()
    if problem is not None:
        return Reply.json({"status": problem}, status=503)
    return Reply.json({"status": "ready"})
