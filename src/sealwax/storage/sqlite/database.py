"""The database file of one process: many readers inline, one writer in groups.

A read runs where it is called: five to twenty microseconds on the loop's thread cost less than the
hop to another one. So the verbs that only read are `async def` without an `await`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sealwax.storage.contracts import Changes, StorageUnavailable
from sealwax.storage.sqlite.connections import connect_reader
from sealwax.storage.sqlite.group_commit import GroupCommitWriter
from sealwax.storage.sqlite.unavailable import unavailable

Row = tuple[Any, ...]
"""A row as SQLite gives it; it never leaves this package, records do."""

Parameters = Sequence[Any] | Mapping[str, Any]

Result = TypeVar("Result")


class _Reader:
    """A connection of one thread, and the change counters as that connection last saw them."""

    __slots__ = ("changes", "connection", "data_version")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.data_version = -1
        self.changes = Changes(catalogue=0, keys=0, status=0)


class Database:
    """What the modules of the records share: rows in, `write` out."""

    def __init__(self, path: Path, writer: GroupCommitWriter) -> None:
        self.path = path
        self._writer = writer
        self._of_thread = threading.local()
        self._door = threading.Lock()
        self._readers: list[_Reader] = []
        self._is_closed = False

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """Give the first row, as of the last commit; None for what no column can hold.

        Raises StorageUnavailable.
        """
        try:
            found: Row | None = self._reader().connection.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise unavailable(self.path, error) from error
        except (UnicodeEncodeError, OverflowError):
            return None  # half a surrogate pair, or a number of more than 64 bits
        return found

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Give all rows, as of the last commit. Raises StorageUnavailable."""
        try:
            return self._reader().connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise unavailable(self.path, error) from error

    async def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `work` in a transaction; what it returns comes back once that is on the disk."""
        return await self._writer.write(work)

    def changes(self) -> Changes:
        """Give the counters; the row is read only when some connection has committed since."""
        reader = self._reader()
        try:
            (data_version,) = reader.connection.execute("PRAGMA data_version").fetchone()
            if data_version != reader.data_version:
                row = reader.connection.execute(_CHANGES).fetchone()
                reader.changes = Changes(*row)
                reader.data_version = data_version
        except sqlite3.Error as error:
            raise unavailable(self.path, error) from error
        return reader.changes

    async def close(self) -> None:
        """Commit what waits, then let go of the file."""
        await self._writer.close()
        with self._door:
            self._is_closed = True
            for reader in self._readers:
                reader.connection.close()
            self._readers.clear()

    def _reader(self) -> _Reader:
        """Give this thread's reader, made on its first read."""
        try:
            reader: _Reader = self._of_thread.reader
        except AttributeError:
            with self._door:
                if self._is_closed:
                    raise StorageUnavailable(f"{self.path} is closed") from None
                reader = _Reader(connect_reader(self.path))
                self._readers.append(reader)
            self._of_thread.reader = reader
        return reader


_CHANGES = "SELECT catalogue, keys, status FROM change_counters"
