"""Clients and resources, read on every request and kept in memory until they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from sealwax.records import Client, Resource
    from sealwax.storage.contracts import Storage

ENTRIES_LIMIT: Final = 10_000
"""Of each kind; beyond it the cache starts anew."""
_PAGE_SIZE: Final = 500

_Entry = TypeVar("_Entry")


class Catalogue:
    """Gives clients and resources, disabled ones too: refusing those is the caller's rule.

    What is not there is never remembered, so made-up ids fill nothing.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._generation = 0
        self._clients: dict[str, Client] = {}
        self._resources: dict[str, Resource] = {}
        self._web_origins: frozenset[str] | None = None

    async def client(self, client_id: str) -> Client | None:
        """Give the client with this id."""
        found = self._clients.get(client_id)
        if found is None:
            generation = self._generation
            found = await self._storage.clients.find(client_id)
            if found is not None and generation == self._generation:
                _keep(self._clients, client_id, found)
        return found

    async def resource(self, identifier: str) -> Resource | None:
        """Give the resource with this identifier, compared character for character."""
        found = self._resources.get(identifier)
        if found is None:
            generation = self._generation
            found = await self._storage.resources.find(identifier)
            if found is not None and generation == self._generation:
                _keep(self._resources, identifier, found)
        return found

    async def is_web_origin(self, origin: str) -> bool:
        """Tell whether any client that is not disabled registered this origin for its scripts."""
        origins = self._web_origins
        if origins is None:
            generation = self._generation
            origins = await self._read_web_origins()
            if generation == self._generation:
                self._web_origins = origins
        return origin in origins

    async def drop(self) -> None:
        """Forget everything; what is being read at this moment is not kept either."""
        self._generation += 1
        self._clients = {}
        self._resources = {}
        self._web_origins = None

    async def _read_web_origins(self) -> frozenset[str]:
        origins: set[str] = set()
        after = ""
        while page := await self._storage.clients.list(after=after, limit=_PAGE_SIZE):
            for client in page:
                if client.disabled_at is None:
                    origins.update(client.web_origins)
            after = page[-1].client_id
        return frozenset(origins)


def _keep(entries: dict[str, _Entry], key: str, value: _Entry) -> None:
    if len(entries) >= ENTRIES_LIMIT:
        entries.clear()
    entries[key] = value
