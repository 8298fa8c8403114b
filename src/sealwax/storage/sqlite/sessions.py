"""Sign-in sessions in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sealwax.records import Session
from sealwax.storage.contracts import AlreadyExists, NotFound
from sealwax.storage.sqlite.database import Database, Row
from sealwax.storage.sqlite.endings import end_session, end_sessions_of_user
from sealwax.storage.sqlite.words import from_text, to_text


class SqliteSessions:
    """`storage.contracts.Sessions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        session: Session,
        *,
        password_hash: str | None = None,
        replaces: str | None = None,
    ) -> None:
        """Keep a new session of a person who may sign in, in the place of an earlier one."""

        def add(connection: sqlite3.Connection) -> None:
            _add(connection, session, password_hash)
            if replaces is not None:
                _replace(connection, replaces, session)

        await self._database.write(add)

    async def find(self, session_id: str) -> Session | None:
        """Give the session with this public id, ended or not."""
        return _found(self._database.row(_SELECT + "WHERE session_id = ?", (session_id,)))

    async def find_by_secret(self, secret_hash: str) -> Session | None:
        """Give the session whose cookie has this hash, ended or not."""
        return _found(self._database.row(_SELECT + "WHERE secret_hash = ?", (secret_hash,)))

    async def list(
        self, *, user_id: str | None = None, now: int, after: str = "", limit: int = 100
    ) -> Sequence[Session]:
        """Give living sessions ordered by id."""
        if user_id is None:
            rows = self._database.rows(_PAGE, (after, now, limit))
        else:
            rows = self._database.rows(_PAGE_OF_USER, (user_id, after, now, limit))
        return [_record(row) for row in rows]

    async def touch(self, session_id: str, *, now: int) -> None:
        """Note that the session was seen."""
        await self._database.write(
            lambda connection: connection.execute(_TOUCH, (now, session_id, now)).rowcount
        )

    async def end(self, session_id: str, *, now: int) -> bool:
        """End the session and its grants."""
        return await self._database.write(
            lambda connection: end_session(connection, session_id, now=now)
        )

    async def end_all(self, user_id: str, *, now: int, keep_session_id: str | None = None) -> int:
        """End every session of a person but the kept one, with their grants."""
        return await self._database.write(
            lambda connection: end_sessions_of_user(
                connection, user_id, now=now, kept=keep_session_id
            )
        )


_SELECT = """
    SELECT session_id, secret_hash, user_id, kind, authenticated_at, amr, created_at, last_seen_at,
           expires_at, client_id, ended_at
      FROM sessions """
_PAGE = (
    _SELECT
    + """
     WHERE session_id > ? AND ended_at IS NULL AND expires_at > ?
     ORDER BY session_id LIMIT ?"""
)
_PAGE_OF_USER = (
    _SELECT
    + """
     WHERE user_id = ? AND session_id > ? AND ended_at IS NULL AND expires_at > ?
     ORDER BY session_id LIMIT ?"""
)
_INSERT = """
    INSERT INTO sessions (session_id, secret_hash, user_id, kind, authenticated_at, amr, created_at,
                          last_seen_at, expires_at, client_id, ended_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_PERSON = "SELECT password_hash FROM users WHERE user_id = ? AND disabled_at IS NULL"
_TOUCH = """
    UPDATE sessions SET last_seen_at = ?
     WHERE session_id = ? AND ended_at IS NULL AND last_seen_at < ?"""
_IS_RENEWED = """
    SELECT 1 FROM sessions
     WHERE session_id = :former AND user_id = :user_id AND ended_at IS NULL AND expires_at > :now"""
# Codes and tokens are found by their grant, which is indexed; so the grants go over last.
_GO_OVER = (
    """
    UPDATE authorization_codes SET session_id = :session_id
     WHERE grant_id IN (SELECT grant_id FROM grants WHERE session_id = :former)""",
    """
    UPDATE refresh_tokens SET session_id = :session_id
     WHERE grant_id IN (SELECT grant_id FROM grants WHERE session_id = :former)""",
    """
    UPDATE grants
       SET session_id = :session_id,
           lives_until = CASE WHEN lives_until < :expires_at THEN :expires_at ELSE lives_until END
     WHERE session_id = :former AND ended_at IS NULL""",
)


def _record(row: Row) -> Session:
    return Session(
        session_id=row[0],
        secret_hash=row[1],
        user_id=row[2],
        kind=row[3],
        authenticated_at=row[4],
        amr=from_text(row[5]),
        created_at=row[6],
        last_seen_at=row[7],
        expires_at=row[8],
        client_id=row[9],
        ended_at=row[10],
    )


def _found(row: Row | None) -> Session | None:
    return None if row is None else _record(row)


def _add(connection: sqlite3.Connection, session: Session, password_hash: str | None) -> None:
    person = connection.execute(_PERSON, (session.user_id,)).fetchone()
    if person is None or password_hash not in (None, person[0]):
        raise NotFound("user")
    values = (
        session.session_id,
        session.secret_hash,
        session.user_id,
        session.kind,
        session.authenticated_at,
        to_text(session.amr),
        session.created_at,
        session.last_seen_at,
        session.expires_at,
        session.client_id,
        session.ended_at,
    )
    if connection.execute(_INSERT, values).rowcount == 0:
        has_id = "SELECT 1 FROM sessions WHERE session_id = ?"
        is_id_taken = connection.execute(has_id, (session.session_id,)).fetchone()
        raise AlreadyExists("session", "session_id" if is_id_taken else "secret_hash")


def _replace(connection: sqlite3.Connection, former: str, session: Session) -> None:
    """End the session that the browser had before; a renewed one hands on what it gave."""
    values = {
        "former": former,
        "session_id": session.session_id,
        "user_id": session.user_id,
        "now": session.created_at,
        "expires_at": session.expires_at,
    }
    if connection.execute(_IS_RENEWED, values).fetchone() is not None:
        for statement in _GO_OVER:
            connection.execute(statement, values)
    end_session(connection, former, now=session.created_at)
