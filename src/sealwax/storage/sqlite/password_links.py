"""One-time links in SQLite."""

from __future__ import annotations

import sqlite3

from sealwax.records import PasswordLink
from sealwax.storage.contracts import AlreadyExists, AlreadyUsed, NotFound
from sealwax.storage.sqlite.database import Database
from sealwax.storage.sqlite.users import set_password


class SqlitePasswordLinks:
    """`storage.contracts.PasswordLinks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, link: PasswordLink) -> None:
        """Keep a new link in the place of earlier unused ones."""
        await self._database.write(lambda connection: _add(connection, link))

    async def find(self, token_hash: str) -> PasswordLink | None:
        """Give the link with this hash, spent or not."""
        row = self._database.row(_FIND, (token_hash,))
        return None if row is None else PasswordLink(*row)

    async def redeem(self, token_hash: str, password_hash: str, *, now: int) -> None:
        """Spend the link and set the password."""
        await self._database.write(
            lambda connection: _redeem(connection, token_hash, password_hash, now)
        )


_FIND = """
    SELECT token_hash, user_id, created_at, expires_at, redeemed_at
      FROM password_links
     WHERE token_hash = ?"""
_INSERT = """
    INSERT INTO password_links (token_hash, user_id, created_at, expires_at, redeemed_at)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_SPEND = """
    UPDATE password_links SET redeemed_at = :now
     WHERE token_hash = :token_hash AND redeemed_at IS NULL AND expires_at > :now
    RETURNING user_id"""


def _add(connection: sqlite3.Connection, link: PasswordLink) -> None:
    is_known = "SELECT 1 FROM users WHERE user_id = ?"
    if not connection.execute(is_known, (link.user_id,)).fetchone():
        raise NotFound("user")
    connection.execute(
        "DELETE FROM password_links WHERE user_id = ? AND redeemed_at IS NULL", (link.user_id,)
    )
    values = (link.token_hash, link.user_id, link.created_at, link.expires_at, link.redeemed_at)
    if connection.execute(_INSERT, values).rowcount == 0:
        raise AlreadyExists("password link", "token_hash")


def _redeem(connection: sqlite3.Connection, token_hash: str, password_hash: str, now: int) -> None:
    won = connection.execute(_SPEND, {"token_hash": token_hash, "now": now}).fetchone()
    if won is None:
        spent = connection.execute(_FIND + " AND redeemed_at IS NOT NULL", (token_hash,)).fetchone()
        raise NotFound("password link") if spent is None else AlreadyUsed("password link")
    (user_id,) = won
    set_password(connection, user_id, password_hash, now=now)
