"""The grants of clients by themselves (RFC 6749 §4.4), kept so that a token costs no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.server.catalogue import ENTRIES_LIMIT

if TYPE_CHECKING:
    from sealwax.clock import Clock
    from sealwax.records import Grant
    from sealwax.server.changes import ChangeWatch
    from sealwax.storage.contracts import Storage


class ClientGrants:
    """Gives each client's living grant; forgets all of them when any status changes."""

    def __init__(self, storage: Storage, changes: ChangeWatch, clock: Clock) -> None:
        self._storage = storage
        self._changes = changes
        self._clock = clock
        self._generation = 0
        self._grants: dict[str, Grant] = {}

    async def of(self, client_id: str) -> Grant:
        """Give the living grant of a client, made now if there is none.

        Storage is asked each time whether a status has changed, so no token is made under an index
        that was revoked a moment ago.
        """
        await self._changes.look()
        grant = self._grants.get(client_id)
        if grant is None:
            generation = self._generation
            grant = await self._storage.grants.ensure(
                client_id, user_id=None, session_id=None, now=self._clock.now()
            )
            if generation == self._generation:
                if len(self._grants) >= ENTRIES_LIMIT:
                    self._grants.clear()
                self._grants[client_id] = grant
        return grant

    async def drop(self) -> None:
        """Forget every grant."""
        self._generation += 1
        self._grants = {}
