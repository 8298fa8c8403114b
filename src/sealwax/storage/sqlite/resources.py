"""Resources in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sealwax.records import Resource
from sealwax.storage.contracts import AlreadyExists, NotFound
from sealwax.storage.sqlite.counters import note_catalogue
from sealwax.storage.sqlite.database import Database, Row
from sealwax.storage.sqlite.words import from_text, to_text


class SqliteResources:
    """`storage.contracts.Resources`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, resource: Resource) -> None:
        """Keep a new resource."""
        await self._database.write(lambda connection: _add(connection, resource))

    async def find(self, identifier: str) -> Resource | None:
        """Give the resource with this identifier."""
        row = self._database.row(_SELECT + "WHERE identifier = ?", (identifier,))
        return None if row is None else _record(row)

    async def list(self, *, after: str = "", limit: int = 100) -> Sequence[Resource]:
        """Give resources ordered by identifier."""
        page = _SELECT + "WHERE identifier > ? ORDER BY identifier LIMIT ?"
        return [_record(row) for row in self._database.rows(page, (after, limit))]

    async def delete(self, identifier: str) -> None:
        """Remove the resource."""
        await self._database.write(lambda connection: _delete(connection, identifier))


_SELECT = """
    SELECT identifier, display_name, scopes, access_token_lifetime_seconds, created_at,
           access_token_signing_alg, disabled_at
      FROM resources """
_INSERT = """
    INSERT INTO resources (identifier, display_name, scopes, access_token_lifetime_seconds,
                           created_at, access_token_signing_alg, disabled_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""


def _record(row: Row) -> Resource:
    return Resource(
        identifier=row[0],
        display_name=row[1],
        scopes=from_text(row[2]),
        access_token_lifetime_seconds=row[3],
        created_at=row[4],
        access_token_signing_alg=row[5],
        disabled_at=row[6],
    )


def _add(connection: sqlite3.Connection, resource: Resource) -> None:
    values = (
        resource.identifier,
        resource.display_name,
        to_text(resource.scopes),
        resource.access_token_lifetime_seconds,
        resource.created_at,
        resource.access_token_signing_alg,
        resource.disabled_at,
    )
    if connection.execute(_INSERT, values).rowcount == 0:
        raise AlreadyExists("resource", "identifier")
    note_catalogue(connection)


def _delete(connection: sqlite3.Connection, identifier: str) -> None:
    cursor = connection.execute("DELETE FROM resources WHERE identifier = ?", (identifier,))
    if cursor.rowcount == 0:
        raise NotFound("resource")
    note_catalogue(connection)
