"""Status lists in SQLite: which index belongs to which grant, and which bits are set.

An index is drawn at random among those of the open list that were never given out, so that it tells
nothing about when or how often grants are made (draft-ietf-oauth-status-list §12). At half its size
a list is closed: a draw meets a taken index at most every second time, and lists stay well mixed.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sealwax.entropy import Entropy, random_id
from sealwax.records import StatusReference
from sealwax.storage.contracts import StatusBits, StorageUnavailable
from sealwax.storage.sqlite.database import Database

STATUS_LIST_SIZE: Final = 2**17
"""Entries of one bit: 16 KiB before compression."""

_LIST_ID_BYTES: Final = 16
_MAXIMUM_DRAWS: Final = 128
"""A list is at most half full: honest randomness needs as many once in 2^128 times."""


class SqliteStatusLists:
    """`storage.contracts.StatusLists`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, list_id: str) -> StatusBits | None:
        """Give the set bits of a list, in order."""
        row = self._database.row(_SET_BITS, (list_id,))
        if row is None:
            return None
        size, indexes = row
        revoked = tuple(sorted(map(int, indexes.split(",")))) if indexes else ()
        return StatusBits(list_id, size, revoked)

    async def is_revoked(self, status: StatusReference) -> bool:
        """Say whether the bit is set; what is not known to be unset counts as set."""
        return self._database.row(_IS_UNSET, (status.list_id, status.index)) is None


class IndexAllotter:
    """Gives out indexes inside the transaction of whoever needs one."""

    def __init__(self, entropy: Entropy, size: int = STATUS_LIST_SIZE) -> None:
        """Take the size of new lists: a power of two, so that every index is equally likely."""
        self._entropy = entropy
        self._size = size

    def allot(self, connection: sqlite3.Connection, grant_id: str, now: int) -> StatusReference:
        """Give the grant an index that no grant ever had. Its record must be there already."""
        list_id, size = self._open_list(connection, now)
        for _ in range(_MAXIMUM_DRAWS):
            index = int.from_bytes(self._entropy.token_bytes(8)) % size
            if connection.execute(_TAKE, (list_id, index, grant_id)).rowcount == 1:
                connection.execute(_COUNT, (list_id,))
                return StatusReference(list_id, index)
        raise StorageUnavailable("no status index could be drawn: the random source repeats itself")

    def _open_list(self, connection: sqlite3.Connection, now: int) -> tuple[str, int]:
        found: tuple[str, int] | None = connection.execute(_OPEN_LIST).fetchone()
        if found is not None:
            return found
        list_id = random_id(self._entropy, _LIST_ID_BYTES)
        connection.execute(
            "INSERT INTO status_lists (list_id, size, allotted, opened_at) VALUES (?, ?, 0, ?)",
            (list_id, self._size, now),
        )
        return list_id, self._size


# One text of all indexes is five times as fast as a row for each.
_SET_BITS = """
    SELECT size, (SELECT group_concat(idx) FROM status_entries
                   WHERE list_id = status_lists.list_id AND revoked_at IS NOT NULL)
      FROM status_lists WHERE list_id = ?"""
_IS_UNSET = """
    SELECT 1 FROM status_entries
     WHERE list_id = ? AND idx = ? AND grant_id IS NOT NULL AND revoked_at IS NULL"""
_OPEN_LIST = """
    SELECT list_id, size FROM status_lists WHERE allotted * 2 < size
     ORDER BY opened_at, list_id LIMIT 1"""
_TAKE = """
    INSERT INTO status_entries (list_id, idx, grant_id) VALUES (?, ?, ?)
    ON CONFLICT DO NOTHING"""
_COUNT = "UPDATE status_lists SET allotted = allotted + 1 WHERE list_id = ?"
