"""Connections to the database file, with the settings that the promises rest on."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from sealwax.storage.contracts import StorageUnavailable

OLDEST_SQLITE: Final = (3, 37, 0)
"""The first with STRICT tables; RETURNING came with 3.35."""

READ_WAIT_SECONDS: Final = 1.0
"""How long a read waits while another process holds the whole file (a migration, a recovery)."""

_SETTINGS: Final = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",
)
_WRITER_SETTINGS: Final = (
    "PRAGMA synchronous = FULL",  # a commit returns when the write-ahead log is on the disk
    "PRAGMA fullfsync = ON",  # macOS: and not only in the disk's own cache
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA journal_size_limit = 67108864",  # the log shrinks again after a busy hour
)


def check_sqlite(found: tuple[int, ...]) -> None:
    """Accept a version of SQLite that knows all that is used. Raises StorageUnavailable."""
    if found < OLDEST_SQLITE:
        raise StorageUnavailable(
            f"SQLite: found version {'.'.join(map(str, found))};"
            f" accepted: {'.'.join(map(str, OLDEST_SQLITE))} or newer"
        )


def use_write_ahead_log(connection: sqlite3.Connection, path: Path) -> None:
    """Switch the file to its log for good: readers and the writer never wait for each other.

    Raises StorageUnavailable where the file system can't do it.
    """
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StorageUnavailable(
            f"{path}: found a file system on which SQLite can't share memory;"
            " accepted: a disk of this machine"
        )


def connect_writer(path: Path, *, wait_seconds: float) -> sqlite3.Connection:
    """Open the one connection that writes; it may be handed to another thread."""
    return _connect(path, wait_seconds, (*_SETTINGS, *_WRITER_SETTINGS))


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that can't write."""
    return _connect(path, READ_WAIT_SECONDS, (*_SETTINGS, "PRAGMA query_only = ON"))


def _connect(path: Path, wait_seconds: float, settings: tuple[str, ...]) -> sqlite3.Connection:
    """Open an existing file, never make one; transactions are begun by name."""
    connection = sqlite3.connect(
        path.absolute().as_uri() + "?mode=rw",
        uri=True,
        timeout=wait_seconds,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        for setting in settings:
            connection.execute(setting)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
