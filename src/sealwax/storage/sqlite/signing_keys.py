"""Signing keys in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sealwax.records import SigningKey
from sealwax.storage.contracts import AlreadyExists, AlreadyUsed, NotFound
from sealwax.storage.sqlite.counters import note_keys
from sealwax.storage.sqlite.database import Database, Row


class SqliteSigningKeys:
    """`storage.contracts.SigningKeys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> Sequence[SigningKey]:
        """Give all keys, the oldest first."""
        return [SigningKey(*row) for row in self._database.rows(_LIST)]

    async def add(
        self, key: SigningKey, *, expected: str | None, predecessor: SigningKey | None = None
    ) -> None:
        """Add a key and replace the record of its predecessor."""
        await self._database.write(lambda connection: _add(connection, key, expected, predecessor))

    async def revoke(self, kid: str, *, now: int) -> None:
        """Take the key out of use at once."""
        await self._database.write(lambda connection: _revoke(connection, kid, now))


_LIST = """
    SELECT kid, algorithm, public_jwk, encrypted_private_key, published_at, signs_from, signs_until,
           removed_at, revoked_at
      FROM signing_keys ORDER BY position"""
# The winner is who still sees the newest key that the caller saw.
_INSERT = """
    INSERT INTO signing_keys (kid, algorithm, public_jwk, encrypted_private_key, published_at,
                              signs_from, signs_until, removed_at, revoked_at)
    SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?
     WHERE coalesce((SELECT kid FROM signing_keys
                      WHERE algorithm = ? AND revoked_at IS NULL
                      ORDER BY position DESC LIMIT 1), '') = ?
    ON CONFLICT DO NOTHING"""
_UPDATE = """
    UPDATE signing_keys
       SET kid = ?, algorithm = ?, public_jwk = ?, encrypted_private_key = ?, published_at = ?,
           signs_from = ?, signs_until = ?, removed_at = ?, revoked_at = ?
     WHERE kid = ?"""
_REVOKE = "UPDATE signing_keys SET revoked_at = coalesce(revoked_at, ?) WHERE kid = ?"


def _values(key: SigningKey) -> Row:
    return (
        key.kid,
        key.algorithm,
        key.public_jwk,
        key.encrypted_private_key,
        key.published_at,
        key.signs_from,
        key.signs_until,
        key.removed_at,
        key.revoked_at,
    )


def _add(
    connection: sqlite3.Connection,
    key: SigningKey,
    expected: str | None,
    predecessor: SigningKey | None,
) -> None:
    if connection.execute("SELECT 1 FROM signing_keys WHERE kid = ?", (key.kid,)).fetchone():
        raise AlreadyExists("signing key", "kid")
    values = (*_values(key), key.algorithm, expected or "")
    if connection.execute(_INSERT, values).rowcount == 0:
        raise AlreadyUsed("signing key rotation")
    if predecessor is not None:
        replaced = connection.execute(_UPDATE, (*_values(predecessor), predecessor.kid))
        if replaced.rowcount == 0:
            raise NotFound("signing key")
    note_keys(connection)


def _revoke(connection: sqlite3.Connection, kid: str, now: int) -> None:
    if connection.execute(_REVOKE, (now, kid)).rowcount == 0:
        raise NotFound("signing key")
    note_keys(connection)
