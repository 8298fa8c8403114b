"""Grants in SQLite."""

from __future__ import annotations

import sqlite3
from typing import Final

from sealwax.entropy import Entropy, random_id
from sealwax.records import Grant, StatusReference
from sealwax.storage.contracts import NotFound
from sealwax.storage.sqlite.counters import note_status
from sealwax.storage.sqlite.database import Database, Row
from sealwax.storage.sqlite.endings import end_grants
from sealwax.storage.sqlite.status_lists import IndexAllotter

_GRANT_ID_BYTES: Final = 16


class SqliteGrants:
    """`storage.contracts.Grants`."""

    def __init__(self, database: Database, entropy: Entropy, allotter: IndexAllotter) -> None:
        self._database = database
        self._entropy = entropy
        self._allotter = allotter

    async def ensure(
        self, client_id: str, *, user_id: str | None, session_id: str | None, now: int
    ) -> Grant:
        """Give the living grant; one that is there already costs a read alone."""
        living, values = _living(client_id, user_id, session_id, now)
        row = self._database.row(living, values)
        if row is not None:
            return _record(row)
        return await self._database.write(
            lambda connection: self._ensure(connection, client_id, user_id, session_id, now)
        )

    async def find(self, grant_id: str) -> Grant | None:
        """Give the grant with this id, ended or not."""
        row = self._database.row(_SELECT + "WHERE g.grant_id = ?", (grant_id,))
        return None if row is None else _record(row)

    async def find_by_status(self, status: StatusReference) -> Grant | None:
        """Give the grant that holds or held this index."""
        row = self._database.row(_HOLDER, (status.list_id, status.index))
        return None if row is None else _record(row)

    async def revoke_access_tokens(
        self, grant_id: str, *, status: StatusReference, now: int
    ) -> None:
        """Set the bit of `status`; a grant that still issues under it gets a fresh index."""
        await self._database.write(
            lambda connection: self._revoke_access_tokens(connection, grant_id, status, now)
        )

    async def end(self, grant_id: str, *, now: int) -> None:
        """End the grant with all that it bought."""
        await self._database.write(
            lambda connection: end_grants(connection, "grant", grant_id, now=now)
        )

    def _ensure(
        self,
        connection: sqlite3.Connection,
        client_id: str,
        user_id: str | None,
        session_id: str | None,
        now: int,
    ) -> Grant:
        """Look again, now that nobody else can write, and make the grant if there is none."""
        living, values = _living(client_id, user_id, session_id, now)
        row = connection.execute(living, values).fetchone()
        if row is not None:
            return _record(row)
        ends_at = _latest_end(connection, client_id, user_id, session_id, now)
        grant_id = random_id(self._entropy, _GRANT_ID_BYTES)
        connection.execute(_INSERT, (grant_id, client_id, user_id, session_id, now, ends_at))
        status = self._allotter.allot(connection, grant_id, now)
        connection.execute(_SET_STATUS, (status.list_id, status.index, grant_id))
        return Grant(grant_id, client_id, user_id, session_id, status, created_at=now)

    def _revoke_access_tokens(
        self, connection: sqlite3.Connection, grant_id: str, status: StatusReference, now: int
    ) -> None:
        held = (grant_id, status.list_id, status.index)
        if connection.execute(_SET_BIT, (now, *held)).rowcount == 0:
            raise NotFound("grant")
        if connection.execute(_ISSUES_UNDER, held).fetchone() is not None:
            fresh = self._allotter.allot(connection, grant_id, now)
            connection.execute(_SET_STATUS, (fresh.list_id, fresh.index, grant_id))
        note_status(connection)


_SELECT = """
    SELECT g.grant_id, g.client_id, g.user_id, g.session_id, g.status_list_id, g.status_index,
           g.created_at, g.ended_at
      FROM grants AS g """
_LIVING_IN_SESSION = (
    _SELECT
    + """
      JOIN sessions AS s ON s.session_id = g.session_id
      JOIN clients AS c ON c.client_id = g.client_id
     WHERE g.client_id = ? AND g.session_id = ? AND g.user_id = ? AND g.ended_at IS NULL
       AND s.ended_at IS NULL AND s.expires_at > ? AND c.disabled_at IS NULL"""
)
_LIVING_WITHOUT_SESSION = (
    _SELECT
    + """
      JOIN clients AS c ON c.client_id = g.client_id
     WHERE g.client_id = ? AND g.session_id IS NULL AND g.ended_at IS NULL
       AND c.disabled_at IS NULL"""
)
_HOLDER = (
    _SELECT
    + """
      JOIN status_entries AS e ON e.grant_id = g.grant_id
     WHERE e.list_id = ? AND e.idx = ?"""
)
# The index follows: an entry of a list names its grant, so the grant is there first.
_INSERT = """
    INSERT INTO grants (grant_id, client_id, user_id, session_id, status_list_id, status_index,
                        created_at, lives_until)
    VALUES (?, ?, ?, ?, '', 0, ?, ?)"""
_SET_STATUS = "UPDATE grants SET status_list_id = ?, status_index = ? WHERE grant_id = ?"
_SET_BIT = """
    UPDATE status_entries SET revoked_at = coalesce(revoked_at, ?)
     WHERE grant_id = ? AND list_id = ? AND idx = ?"""
_ISSUES_UNDER = """
    SELECT 1 FROM grants
     WHERE grant_id = ? AND status_list_id = ? AND status_index = ? AND ended_at IS NULL"""
_IS_CLIENT = "SELECT 1 FROM clients WHERE client_id = ? AND disabled_at IS NULL"
_SESSION_END = """
    SELECT expires_at FROM sessions
     WHERE session_id = ? AND user_id = ? AND ended_at IS NULL AND expires_at > ?"""


def _record(row: Row) -> Grant:
    return Grant(
        grant_id=row[0],
        client_id=row[1],
        user_id=row[2],
        session_id=row[3],
        status=StatusReference(row[4], row[5]),
        created_at=row[6],
        ended_at=row[7],
    )


def _living(
    client_id: str, user_id: str | None, session_id: str | None, now: int
) -> tuple[str, Row]:
    """Choose the question: within a session, or of a client by itself."""
    if session_id is None and user_id is None:
        return _LIVING_WITHOUT_SESSION, (client_id,)
    return _LIVING_IN_SESSION, (client_id, session_id, user_id, now)


def _latest_end(
    connection: sqlite3.Connection,
    client_id: str,
    user_id: str | None,
    session_id: str | None,
    now: int,
) -> int | None:
    """Give the session's end, None for a client by itself; nothing begins where that is over."""
    if connection.execute(_IS_CLIENT, (client_id,)).fetchone() is None:
        raise NotFound("client")
    if session_id is None and user_id is None:
        return None
    session = connection.execute(_SESSION_END, (session_id, user_id, now)).fetchone()
    if session is None:
        raise NotFound("session")
    expires_at: int = session[0]
    return expires_at
