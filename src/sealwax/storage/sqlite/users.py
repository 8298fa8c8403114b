"""People in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sealwax.records import User
from sealwax.storage.contracts import AlreadyExists, NotFound
from sealwax.storage.sqlite.counters import note_catalogue
from sealwax.storage.sqlite.database import Database, Row
from sealwax.storage.sqlite.endings import end_sessions_of_user


class SqliteUsers:
    """`storage.contracts.Users`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, user: User) -> None:
        """Keep a new person."""
        await self._database.write(lambda connection: _add(connection, user))

    async def find(self, user_id: str) -> User | None:
        """Give the person with this id."""
        return _found(self._database.row(_SELECT + "WHERE user_id = ?", (user_id,)))

    async def find_by_username(self, username: str) -> User | None:
        """Give the person with this normalized username."""
        return _found(self._database.row(_SELECT + "WHERE username = ?", (username,)))

    async def list(self, *, after: str = "", limit: int = 100) -> Sequence[User]:
        """Give people ordered by username."""
        page = _SELECT + "WHERE username > ? ORDER BY username LIMIT ?"
        return [_record(row) for row in self._database.rows(page, (after, limit))]

    async def count(self) -> int:
        """Count all people."""
        return sum(count for (count,) in self._database.rows("SELECT count(*) FROM users"))

    async def set_password(
        self, user_id: str, password_hash: str, *, now: int, keep_session_id: str | None = None
    ) -> None:
        """Set a new password and end what stood on the old one."""
        await self._database.write(
            lambda connection: set_password(
                connection, user_id, password_hash, now=now, kept=keep_session_id
            )
        )

    async def replace_password_hash(self, user_id: str, *, old: str, new: str) -> bool:
        """Swap the hash for one of the same password."""
        return await self._database.write(
            lambda connection: _replace_password_hash(connection, user_id, old, new)
        )

    async def set_disabled(self, user_id: str, *, disabled: bool, now: int) -> None:
        """Disable, ending every session and grant, or enable again."""
        await self._database.write(
            lambda connection: _set_disabled(connection, user_id, disabled=disabled, now=now)
        )

    async def delete(self, user_id: str, *, now: int) -> None:
        """Remove the person, ending every session and grant."""
        await self._database.write(lambda connection: _delete(connection, user_id, now))


def set_password(
    connection: sqlite3.Connection,
    user_id: str,
    password_hash: str,
    *,
    now: int,
    kept: str | None = None,
) -> None:
    """Set the password inside a verb's transaction; sessions, grants and unspent links end."""
    cursor = connection.execute(
        "UPDATE users SET password_hash = ?, password_changed_at = ?, updated_at = ?"
        " WHERE user_id = ?",
        (password_hash, now, now, user_id),
    )
    _require(cursor)
    _drop_unspent_links(connection, user_id)
    end_sessions_of_user(connection, user_id, now=now, kept=kept)
    note_catalogue(connection)


_SELECT = """
    SELECT user_id, username, display_name, email, email_verified, password_hash, is_administrator,
           created_at, updated_at, password_changed_at, disabled_at
      FROM users """
_INSERT = """
    INSERT INTO users (user_id, username, display_name, email, email_verified, password_hash,
                       is_administrator, created_at, updated_at, password_changed_at, disabled_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""


def _record(row: Row) -> User:
    return User(
        user_id=row[0],
        username=row[1],
        display_name=row[2],
        email=row[3],
        email_verified=bool(row[4]),
        password_hash=row[5],
        is_administrator=bool(row[6]),
        created_at=row[7],
        updated_at=row[8],
        password_changed_at=row[9],
        disabled_at=row[10],
    )


def _found(row: Row | None) -> User | None:
    return None if row is None else _record(row)


def _add(connection: sqlite3.Connection, user: User) -> None:
    was_given_out = "SELECT 1 FROM retired_user_ids WHERE user_id = ?"
    if connection.execute(was_given_out, (user.user_id,)).fetchone():
        raise AlreadyExists("user", "user_id")
    values = (
        user.user_id,
        user.username,
        user.display_name,
        user.email,
        user.email_verified,
        user.password_hash,
        user.is_administrator,
        user.created_at,
        user.updated_at,
        user.password_changed_at,
        user.disabled_at,
    )
    if connection.execute(_INSERT, values).rowcount == 0:
        has_id = "SELECT 1 FROM users WHERE user_id = ?"
        is_id_taken = connection.execute(has_id, (user.user_id,)).fetchone()
        raise AlreadyExists("user", "user_id" if is_id_taken else "username")
    note_catalogue(connection)


def _replace_password_hash(
    connection: sqlite3.Connection, user_id: str, old: str, new: str
) -> bool:
    cursor = connection.execute(
        "UPDATE users SET password_hash = ? WHERE user_id = ? AND password_hash = ?",
        (new, user_id, old),
    )
    note_catalogue(connection)
    return cursor.rowcount == 1


def _set_disabled(
    connection: sqlite3.Connection, user_id: str, *, disabled: bool, now: int
) -> None:
    if not disabled:
        enable = "UPDATE users SET disabled_at = NULL, updated_at = ? WHERE user_id = ?"
        _require(connection.execute(enable, (now, user_id)))
        note_catalogue(connection)
        return
    cursor = connection.execute(
        "UPDATE users SET disabled_at = coalesce(disabled_at, ?), updated_at = ? WHERE user_id = ?",
        (now, now, user_id),
    )
    _require(cursor)
    _drop_unspent_links(connection, user_id)
    end_sessions_of_user(connection, user_id, now=now)
    note_catalogue(connection)


def _delete(connection: sqlite3.Connection, user_id: str, now: int) -> None:
    _require(connection.execute("DELETE FROM users WHERE user_id = ?", (user_id,)))
    connection.execute("INSERT INTO retired_user_ids (user_id) VALUES (?)", (user_id,))
    end_sessions_of_user(connection, user_id, now=now)
    note_catalogue(connection)


def _drop_unspent_links(connection: sqlite3.Connection, user_id: str) -> None:
    connection.execute(
        "DELETE FROM password_links WHERE user_id = ? AND redeemed_at IS NULL", (user_id,)
    )


def _require(cursor: sqlite3.Cursor) -> None:
    if cursor.rowcount == 0:
        raise NotFound("user")
