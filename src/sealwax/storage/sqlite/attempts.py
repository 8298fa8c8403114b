"""Counters of attempts in SQLite."""

from __future__ import annotations

import sqlite3

from sealwax.storage.sqlite.database import Database


class SqliteAttempts:
    """`storage.contracts.Attempts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, bucket: str, *, limit: int, window_seconds: int, now: int) -> int:
        """Count one attempt, or give the seconds to wait; a refused one writes nothing."""
        if limit < 1 or window_seconds < 1:
            raise ValueError("limit and window_seconds: found less than 1; accepted: 1 or more")
        values: dict[str, str | int] = {
            "bucket": bucket,
            "limit": limit,
            "now": now,
            "ends_at": now + window_seconds,
        }
        full = self._database.row(_FULL, values)
        if full is not None:
            wait: int = full[0]
            return wait
        return await self._database.write(lambda connection: _take(connection, values))

    async def clear(self, bucket: str) -> None:
        """Forget the attempts of a bucket."""
        await self._database.write(
            lambda connection: connection.execute(_CLEAR, (bucket,)).rowcount
        )

    async def is_counting(self, bucket: str, *, now: int) -> bool:
        """Tell whether a bucket holds an attempt in a window that has not ended."""
        return self._database.row(_COUNTING, (bucket, now)) is not None


_FULL = """
    SELECT ends_at - :now FROM attempts
     WHERE bucket = :bucket AND taken >= :limit AND ends_at > :now"""
_TAKE = """
    INSERT INTO attempts (bucket, taken, ends_at) VALUES (:bucket, 1, :ends_at)
    ON CONFLICT (bucket) DO UPDATE
       SET taken = CASE WHEN attempts.ends_at > :now THEN attempts.taken + 1 ELSE 1 END,
           ends_at = CASE WHEN attempts.ends_at > :now THEN attempts.ends_at ELSE :ends_at END
     WHERE attempts.ends_at <= :now OR attempts.taken < :limit"""
_COUNTING = "SELECT 1 FROM attempts WHERE bucket = ? AND ends_at > ?"
_CLEAR = "DELETE FROM attempts WHERE bucket = ?"


def _take(connection: sqlite3.Connection, values: dict[str, str | int]) -> int:
    if connection.execute(_TAKE, values).rowcount == 1:
        return 0
    wait: int = connection.execute(_FULL, values).fetchone()[0]
    return wait
