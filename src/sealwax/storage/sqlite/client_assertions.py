"""`jti` values of client assertions in SQLite."""

from __future__ import annotations

import sqlite3

from sealwax.storage.contracts import AlreadyUsed
from sealwax.storage.sqlite.database import Database


class SqliteClientAssertions:
    """`storage.contracts.ClientAssertions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def consume_jti(self, client_id: str, jti: str, *, expires_at: int, now: int) -> None:
        """Spend the value."""
        values: dict[str, str | int] = {
            "client_id": client_id,
            "jti": jti,
            "expires_at": expires_at,
            "now": now,
        }
        await self._database.write(lambda connection: _consume(connection, values))


# A value whose assertion can no longer be accepted is as good as forgotten.
_CONSUME = """
    INSERT INTO client_assertions (client_id, jti, expires_at)
    VALUES (:client_id, :jti, :expires_at)
    ON CONFLICT (client_id, jti) DO UPDATE SET expires_at = excluded.expires_at
     WHERE client_assertions.expires_at < :now"""


def _consume(connection: sqlite3.Connection, values: dict[str, str | int]) -> None:
    if connection.execute(_CONSUME, values).rowcount == 0:
        raise AlreadyUsed("client assertion")
