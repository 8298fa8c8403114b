"""SQLite's errors as one sentence for a person."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from sealwax.storage.contracts import StorageUnavailable

_SENTENCES: Final = (
    ("SQLITE_FULL", "can't be written: no space is left on its disk"),
    ("SQLITE_IOERR", "can't be read or written: its disk reports an error or is full"),
    ("SQLITE_READONLY", "can't be written: it or its folder is read-only for this user"),
    ("SQLITE_CANTOPEN", "can't be opened: it is missing, or this user may not read and write it"),
    ("SQLITE_PERM", "can't be opened: this user may not read and write it"),
    ("SQLITE_NOTADB", "is not a database; move it away, or restore a backup in its place"),
    ("SQLITE_CORRUPT", "is damaged; restore a backup in its place"),
    ("SQLITE_BUSY", "is locked by another process that does not let go of it"),
    ("SQLITE_LOCKED", "is locked by another process that does not let go of it"),
)
"""How SQLite's result codes begin (https://sqlite.org/rescode.html), and what they mean."""


def unavailable(path: Path, error: sqlite3.Error) -> StorageUnavailable:
    """Say what keeps the database from working. SQLite's own text names tables, never values."""
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    for beginning, sentence in _SENTENCES:
        if name.startswith(beginning):
            return StorageUnavailable(f"{path} {sentence} ({name})")
    return StorageUnavailable(f"{path} can't be used: {error} ({name})")
