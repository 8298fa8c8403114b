"""What an issuer does unasked: it watches for changes, keeps its keys ready, and forgets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from sealwax.storage.contracts import StorageError

if TYPE_CHECKING:
    from sealwax.server.services import Services

WATCH_INTERVAL_SECONDS: Final = 0.5
KEYS_INTERVAL_SECONDS: Final = 60
PURGE_INTERVAL_SECONDS: Final = 3600
_FIRST_PURGE_SECONDS: Final = 60


class Background:
    """Tasks that outlive their failures; a failure is told once until it is over."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: list[asyncio.Task[None]] = []
        self._failing: set[str] = set()
        self._published: tuple[str, ...] = ()

    def start(self) -> None:
        """Start the tasks in the running loop."""
        self._tasks = [
            asyncio.create_task(self._watch(), name="watch"),
            asyncio.create_task(self._purge(), name="purge"),
        ]

    async def stop(self) -> None:
        """End the tasks and wait until they are gone."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []

    async def look(self) -> None:
        """Notice once what another process changed, and make ready the keys that are wanted."""
        await self._attempt("watch_failed", self._services.changes.look)
        if not self._services.key_ring.is_ready:
            await self.keep_keys()
        self._tell_keys()

    async def keep_keys(self) -> None:
        """Make, open and rotate keys as far as it is time to."""
        await self._attempt("keys_failed", self._services.key_ring.prepare)
        self._tell_keys()

    async def purge(self) -> None:
        """Forget once what can no longer matter."""
        await self._attempt("purge_failed", self._purge_once)

    def _tell_keys(self) -> None:
        """Say which keys are published whenever that has changed, by whomever."""
        published = self._services.key_ring.published_kids
        if published != self._published:
            self._published = published
            self._services.log.event("keys_published", kid=published)

    async def _watch(self) -> None:
        since_keys = KEYS_INTERVAL_SECONDS * 1.0
        while True:
            await self.look()
            if since_keys >= KEYS_INTERVAL_SECONDS:
                await self.keep_keys()
                since_keys = 0.0
            await asyncio.sleep(WATCH_INTERVAL_SECONDS)
            since_keys += WATCH_INTERVAL_SECONDS

    async def _purge(self) -> None:
        await asyncio.sleep(_FIRST_PURGE_SECONDS)
        while True:
            await self.purge()
            await asyncio.sleep(PURGE_INTERVAL_SECONDS)

    async def _purge_once(self) -> None:
        count = await self._services.storage.purge(now=self._services.clock.now())
        self._services.log.event("purged", count=count)

    async def _attempt(self, failure: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do something that may fail, and go on; say it when it begins to fail."""
        try:
            await work()
        except StorageError as error:
            if failure not in self._failing:
                self._services.log.failure(failure, error)
            self._failing.add(failure)
        except Exception as error:  # noqa: BLE001  # a task that ends would leave a server that notices nothing
            self._services.log.failure(failure, error)
        else:
            self._failing.discard(failure)
