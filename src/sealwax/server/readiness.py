"""Whether the server can serve; asked so seldom that nobody wears storage out by asking."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sealwax.storage.contracts import StorageUnavailable

if TYPE_CHECKING:
    from sealwax.clock import Clock
    from sealwax.server.key_ring import KeyRing
    from sealwax.server.logging import EventLog
    from sealwax.storage.contracts import Storage

KEPT_SECONDS: Final = 2


class Readiness:
    """Asks storage to write and read something, at most every other second."""

    def __init__(self, storage: Storage, key_ring: KeyRing, log: EventLog, clock: Clock) -> None:
        self._storage = storage
        self._key_ring = key_ring
        self._log = log
        self._clock = clock
        self._lock = asyncio.Lock()
        self._asked_at = -KEPT_SECONDS
        self._problem: str | None = None

    async def problem(self) -> str | None:
        """Say what keeps the server from serving; None if nothing does."""
        async with self._lock:
            if self._clock.now() - self._asked_at >= KEPT_SECONDS:
                self._problem = await self._ask()
                self._asked_at = self._clock.now()
        return self._problem

    async def _ask(self) -> str | None:
        try:
            await self._storage.check()
        except StorageUnavailable as error:
            self._log.event("not_ready", reason=str(error), level="error")
            return "storage unavailable"
        return None if self._key_ring.is_ready else "no signing key"
