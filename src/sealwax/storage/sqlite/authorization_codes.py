"""Authorization codes in SQLite."""

from __future__ import annotations

import sqlite3

from sealwax.records import AuthorizationCode, RefreshToken
from sealwax.storage.contracts import AlreadyExists, AlreadyUsed, NotFound
from sealwax.storage.sqlite.database import Database
from sealwax.storage.sqlite.refresh_tokens import insert_refresh_token
from sealwax.storage.sqlite.words import from_text, to_text


class SqliteAuthorizationCodes:
    """`storage.contracts.AuthorizationCodes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, code: AuthorizationCode) -> None:
        """Keep a new code of a living grant."""
        await self._database.write(lambda connection: _add(connection, code))

    async def find(self, code_hash: str) -> AuthorizationCode | None:
        """Give the code, spent or not."""
        row = self._database.row(_FIND, (code_hash,))
        if row is None:
            return None
        return AuthorizationCode(
            code_hash=row[0],
            grant_id=row[1],
            client_id=row[2],
            user_id=row[3],
            session_id=row[4],
            redirect_uri=row[5],
            scopes=from_text(row[6]),
            resources=from_text(row[7]),
            code_challenge=row[8],
            nonce=row[9],
            auth_time=row[10],
            amr=from_text(row[11]),
            issued_at=row[12],
            expires_at=row[13],
            redeemed_at=row[14],
        )

    async def redeem(self, code_hash: str, *, refresh_token: RefreshToken | None, now: int) -> None:
        """Spend the code and keep the refresh token that it bought."""
        await self._database.write(
            lambda connection: _redeem(connection, code_hash, refresh_token, now)
        )


_FIND = """
    SELECT code_hash, grant_id, client_id, user_id, session_id, redirect_uri, scopes, resources,
           code_challenge, nonce, auth_time, amr, issued_at, expires_at, redeemed_at
      FROM authorization_codes WHERE code_hash = ?"""
_INSERT = """
    INSERT INTO authorization_codes (code_hash, grant_id, client_id, user_id, session_id,
                                     redirect_uri, scopes, resources, code_challenge, nonce,
                                     auth_time, amr, issued_at, expires_at, redeemed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_IS_LIVING = """
    SELECT 1 FROM grants
     WHERE grant_id = ? AND client_id = ? AND user_id = ? AND session_id = ? AND ended_at IS NULL"""
_SPEND = """
    UPDATE authorization_codes SET redeemed_at = :now
     WHERE code_hash = :code_hash AND redeemed_at IS NULL AND expires_at > :now
       AND EXISTS (SELECT 1 FROM grants
                    WHERE grants.grant_id = authorization_codes.grant_id AND ended_at IS NULL)
    RETURNING grant_id"""
_OUTLIVE = """
    UPDATE grants SET lives_until = :expires_at
     WHERE grant_id = :grant_id AND lives_until < :expires_at"""
_SPENT = """
    SELECT grant_id FROM authorization_codes WHERE code_hash = ? AND redeemed_at IS NOT NULL"""


def _add(connection: sqlite3.Connection, code: AuthorizationCode) -> None:
    owner = (code.grant_id, code.client_id, code.user_id, code.session_id)
    if connection.execute(_IS_LIVING, owner).fetchone() is None:
        raise NotFound("grant")
    values = (
        code.code_hash,
        *owner,
        code.redirect_uri,
        to_text(code.scopes),
        to_text(code.resources),
        code.code_challenge,
        code.nonce,
        code.auth_time,
        to_text(code.amr),
        code.issued_at,
        code.expires_at,
        code.redeemed_at,
    )
    if connection.execute(_INSERT, values).rowcount == 0:
        raise AlreadyExists("authorization code", "code_hash")


def _redeem(
    connection: sqlite3.Connection,
    code_hash: str,
    refresh_token: RefreshToken | None,
    now: int,
) -> None:
    won = connection.execute(_SPEND, {"code_hash": code_hash, "now": now}).fetchone()
    if won is None:
        spent = connection.execute(_SPENT, (code_hash,)).fetchone()
        if spent is None:
            raise NotFound("authorization code")
        raise AlreadyUsed("authorization code", grant_id=spent[0])
    if refresh_token is None:
        return
    if won != (refresh_token.grant_id,):
        raise ValueError("refresh_token.grant_id: found another grant; accepted: that of the code")
    insert_refresh_token(connection, refresh_token, predecessor_hash=None)
    end = {"grant_id": refresh_token.grant_id, "expires_at": refresh_token.expires_at}
    connection.execute(_OUTLIVE, end)
