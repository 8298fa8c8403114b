"""Consents in SQLite."""

from __future__ import annotations

import sqlite3

from sealwax.records import Consent
from sealwax.storage.contracts import NotFound
from sealwax.storage.sqlite.database import Database
from sealwax.storage.sqlite.words import from_text, to_text


class SqliteConsents:
    """`storage.contracts.Consents`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, user_id: str, client_id: str) -> Consent | None:
        """Give what was allowed."""
        row = self._database.row(_FIND, (user_id, client_id))
        if row is None:
            return None
        return Consent(
            user_id=row[0],
            client_id=row[1],
            scopes=from_text(row[2]),
            resources=from_text(row[3]),
            granted_at=row[4],
        )

    async def remember(self, consent: Consent) -> None:
        """Keep this consent in the place of an earlier one."""
        await self._database.write(lambda connection: _remember(connection, consent))


_FIND = """
    SELECT user_id, client_id, scopes, resources, granted_at
      FROM consents WHERE user_id = ? AND client_id = ?"""
_REMEMBER = """
    INSERT INTO consents (user_id, client_id, scopes, resources, granted_at)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (user_id, client_id) DO UPDATE
       SET scopes = excluded.scopes, resources = excluded.resources,
           granted_at = excluded.granted_at"""


def _remember(connection: sqlite3.Connection, consent: Consent) -> None:
    is_user = "SELECT 1 FROM users WHERE user_id = ?"
    if connection.execute(is_user, (consent.user_id,)).fetchone() is None:
        raise NotFound("user")
    is_client = "SELECT 1 FROM clients WHERE client_id = ?"
    if connection.execute(is_client, (consent.client_id,)).fetchone() is None:
        raise NotFound("client")
    values = (
        consent.user_id,
        consent.client_id,
        to_text(consent.scopes),
        to_text(consent.resources),
        consent.granted_at,
    )
    connection.execute(_REMEMBER, values)
