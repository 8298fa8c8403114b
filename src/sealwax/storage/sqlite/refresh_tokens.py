"""Refresh tokens and their families in SQLite."""

from __future__ import annotations

import sqlite3

from sealwax.records import RefreshToken
from sealwax.storage.contracts import AlreadyExists, AlreadyUsed, NotFound
from sealwax.storage.sqlite.database import Database
from sealwax.storage.sqlite.words import from_text, to_text


class SqliteRefreshTokens:
    """`storage.contracts.RefreshTokens`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, token_hash: str) -> RefreshToken | None:
        """Give the token, spent or not."""
        row = self._database.row(_FIND, (token_hash,))
        if row is None:
            return None
        return RefreshToken(
            token_hash=row[0],
            family_id=row[1],
            grant_id=row[2],
            client_id=row[3],
            user_id=row[4],
            session_id=row[5],
            scopes=from_text(row[6]),
            resources=from_text(row[7]),
            auth_time=row[8],
            amr=from_text(row[9]),
            issued_at=row[10],
            last_used_at=row[11],
            expires_at=row[12],
            nonce=row[13],
            rotated_at=row[14],
            revoked_at=row[15],
        )

    async def rotate(
        self,
        token_hash: str,
        *,
        successor: RefreshToken,
        now: int,
        retry_window_seconds: int = 0,
    ) -> None:
        """Spend the token and keep its successor."""
        await self._database.write(
            lambda connection: _rotate(connection, token_hash, successor, now, retry_window_seconds)
        )

    async def touch(self, token_hash: str, *, now: int) -> None:
        """Note a use of a token that is not rotated."""
        await self._database.write(lambda connection: _touch(connection, token_hash, now))

    async def revoke_family(self, family_id: str, *, now: int) -> None:
        """Revoke every token of the family."""
        await self._database.write(
            lambda connection: connection.execute(_REVOKE_FAMILY, (now, family_id)).rowcount
        )


_FIND = """
    SELECT token_hash, family_id, grant_id, client_id, user_id, session_id, scopes, resources,
           auth_time, amr, issued_at, last_used_at, expires_at, nonce, rotated_at, revoked_at
      FROM refresh_tokens WHERE token_hash = ?"""
_INSERT = """
    INSERT INTO refresh_tokens (token_hash, family_id, grant_id, client_id, user_id, session_id,
                                scopes, resources, auth_time, amr, issued_at, last_used_at,
                                expires_at, nonce, rotated_at, revoked_at, predecessor_hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_SPEND = """
    UPDATE refresh_tokens SET rotated_at = :now, last_used_at = :now
     WHERE token_hash = :token_hash AND rotated_at IS NULL AND revoked_at IS NULL
       AND expires_at > :now
    RETURNING family_id, grant_id, expires_at"""
# The first use stays where it was, so the window never moves.
_SPEND_AGAIN = """
    UPDATE refresh_tokens SET last_used_at = :now
     WHERE token_hash = :token_hash AND rotated_at >= :now - :window AND is_superseded = 0
       AND revoked_at IS NULL AND expires_at > :now
       AND NOT EXISTS (SELECT 1 FROM refresh_tokens AS successor
                        WHERE successor.family_id = refresh_tokens.family_id
                          AND successor.predecessor_hash = :token_hash
                          AND successor.rotated_at IS NOT NULL AND successor.is_superseded = 0)
    RETURNING family_id, grant_id, expires_at"""
_SUPERSEDE = """
    UPDATE refresh_tokens SET rotated_at = :now, is_superseded = 1
     WHERE family_id = :family_id AND predecessor_hash = :token_hash AND rotated_at IS NULL"""
_SPENT = """
    SELECT grant_id FROM refresh_tokens
     WHERE token_hash = :token_hash AND rotated_at IS NOT NULL AND revoked_at IS NULL
       AND expires_at > :now"""
_TOUCH = """
    UPDATE refresh_tokens
       SET last_used_at = CASE WHEN last_used_at < :now THEN :now ELSE last_used_at END
     WHERE token_hash = :token_hash AND rotated_at IS NULL AND revoked_at IS NULL
       AND expires_at > :now"""
_REVOKE_FAMILY = """
    UPDATE refresh_tokens SET revoked_at = ? WHERE family_id = ? AND revoked_at IS NULL"""


def insert_refresh_token(
    connection: sqlite3.Connection, token: RefreshToken, *, predecessor_hash: str | None
) -> None:
    """Keep a token inside the transaction of the verb that spends what it replaces."""
    values = (
        token.token_hash,
        token.family_id,
        token.grant_id,
        token.client_id,
        token.user_id,
        token.session_id,
        to_text(token.scopes),
        to_text(token.resources),
        token.auth_time,
        to_text(token.amr),
        token.issued_at,
        token.last_used_at,
        token.expires_at,
        token.nonce,
        token.rotated_at,
        token.revoked_at,
        predecessor_hash,
    )
    if connection.execute(_INSERT, values).rowcount == 0:
        raise AlreadyExists("refresh token", "token_hash")


def _rotate(
    connection: sqlite3.Connection,
    token_hash: str,
    successor: RefreshToken,
    now: int,
    window: int,
) -> None:
    values = {"token_hash": token_hash, "now": now, "window": window}
    spent = connection.execute(_SPEND, values).fetchone()
    if spent is None and window > 0:
        spent = connection.execute(_SPEND_AGAIN, values).fetchone()
    if spent is None:
        raise _refusal(connection, token_hash, now)
    family_id, grant_id, expires_at = spent
    if (successor.family_id, successor.grant_id) != (family_id, grant_id):
        raise ValueError("successor.family_id: found another family; accepted: that of the token")
    if successor.expires_at != expires_at:
        accepted = f"that of the family ({expires_at})"
        raise ValueError(
            f"successor.expires_at: found {successor.expires_at}; accepted: {accepted}"
        )
    supersede = {"family_id": family_id, "token_hash": token_hash, "now": now}
    connection.execute(_SUPERSEDE, supersede)
    insert_refresh_token(connection, successor, predecessor_hash=token_hash)


def _touch(connection: sqlite3.Connection, token_hash: str, now: int) -> None:
    if connection.execute(_TOUCH, {"token_hash": token_hash, "now": now}).rowcount == 0:
        raise _refusal(connection, token_hash, now)


def _refusal(connection: sqlite3.Connection, token_hash: str, now: int) -> AlreadyUsed | NotFound:
    """Tell a second use, which somebody must answer for, from a token that no longer counts."""
    spent = connection.execute(_SPENT, {"token_hash": token_hash, "now": now}).fetchone()
    if spent is None:
        return NotFound("refresh token")
    return AlreadyUsed("refresh token", grant_id=spent[0])
