"""Noticing that something cached was changed, by another task or another process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sealwax.storage.contracts import Changes, Storage

Kind = Literal["catalogue", "keys", "status"]
Drop = Callable[[], Awaitable[None]]


class ChangeWatch:
    """Compares storage's counters with those seen last, and tells who subscribed."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._seen: Changes | None = None
        self._subscribers: list[tuple[Kind, Drop]] = []

    def subscribe(self, kind: Kind, drop: Drop) -> None:
        """Have `drop` called whenever the counter of this kind has moved."""
        self._subscribers.append((kind, drop))

    async def look(self) -> None:
        """Ask storage once. Raises StorageUnavailable, and then tells what has moved next time."""
        seen, found = self._seen, await self._storage.changes()
        if seen is not None and seen != found:
            for kind, drop in self._subscribers:
                if getattr(seen, kind) != getattr(found, kind):
                    await drop()
        self._seen = found
