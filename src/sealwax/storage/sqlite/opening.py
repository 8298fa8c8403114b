"""From a folder to a storage: checked, locked, brought to the newest version, opened."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from sealwax.entropy import Entropy
from sealwax.storage.contracts import Storage, StorageUnavailable
from sealwax.storage.sqlite.connections import connect_writer
from sealwax.storage.sqlite.database import Database
from sealwax.storage.sqlite.folder import (
    DATABASE_NAME,
    ServerLock,
    in_use,
    make_database_file,
    not_usable,
    prepare_folder,
    remove_database,
)
from sealwax.storage.sqlite.group_commit import GroupCommitWriter
from sealwax.storage.sqlite.schema import (
    Migration,
    is_current,
    known_migrations,
    migrate,
    read_version,
)
from sealwax.storage.sqlite.storage import SqliteStorage
from sealwax.storage.sqlite.unavailable import unavailable

OLDEST_SQLITE: Final = (3, 37, 0)
"""The first with STRICT tables; RETURNING came with 3.35."""

_SERVER_WAIT_SECONDS: Final = 5.0
_COMMAND_WAIT_SECONDS: Final = 30.0
"""A command takes its turn between the groups of a busy server, and SQLite's queue is not fair."""

_LOCK_WAIT_SECONDS: Final = 5.0
_LOCK_POLL_SECONDS: Final = 0.05


async def open_storage(folder: Path, *, entropy: Entropy, exclusive: bool) -> Storage:
    """Open the storage in `folder`, made now if it is not there.

    `exclusive` is for the server: it takes the lock of the folder, and a second one is refused. The
    command line opens without it, beside a running server or alone; then the database is brought to
    a newer version only while no server runs. Raises StorageUnavailable, with nothing half-made.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise StorageUnavailable(
            f"SQLite: found {sqlite3.sqlite_version}; accepted: {oldest} or newer"
        )
    prepare_folder(folder)
    if not exclusive:
        await _bring_up_to_date_beside_others(folder)
        return _open(folder, entropy, None)
    lock = ServerLock.take(folder)
    if lock is None:
        raise in_use(folder)
    try:
        _bring_up_to_date(folder, known_migrations())
        return _open(folder, entropy, lock)
    except BaseException:
        lock.release()
        raise


def _open(folder: Path, entropy: Entropy, lock: ServerLock | None) -> Storage:
    """Open a database of the newest version for good."""
    path = folder / DATABASE_NAME
    wait_seconds = _COMMAND_WAIT_SECONDS if lock is None else _SERVER_WAIT_SECONDS
    try:
        connection = connect_writer(path, wait_seconds=wait_seconds)
    except sqlite3.Error as error:
        raise unavailable(path, error) from error
    version = known_migrations()[-1].version

    def check(connection: sqlite3.Connection) -> None:
        """Without the lock a newer program may migrate at any moment; then this one is too old."""
        if lock is None and read_version(connection) != version:
            raise StorageUnavailable(
                f"{path}: found another version of the database than at the start;"
                " accepted: the same throughout, so start this command again"
            )

    writer = GroupCommitWriter(path, connection, check)
    return SqliteStorage(Database(path, writer), entropy, lock)


async def _bring_up_to_date_beside_others(folder: Path) -> None:
    """Go on as soon as nothing is due, or migrate in a moment in which no server runs."""
    path = folder / DATABASE_NAME
    for _ in range(int(_LOCK_WAIT_SECONDS / _LOCK_POLL_SECONDS)):
        if path.is_file() and not _is_due(path):
            return
        lock = ServerLock.take(folder)
        if lock is not None:
            try:
                _bring_up_to_date(folder, known_migrations())
            finally:
                lock.release()
            return
        await asyncio.sleep(_LOCK_POLL_SECONDS)
    raise StorageUnavailable(
        f"{path}: found an older version of the database in use by a running server;"
        " accepted: to bring it up to date while none runs, so stop the server first"
    )


def _is_due(path: Path) -> bool:
    """Tell whether the database needs a migration, without changing it."""
    _check_may_write(path)
    try:
        with closing(connect_writer(path, wait_seconds=_SERVER_WAIT_SECONDS)) as connection:
            return not is_current(connection, path, known_migrations())
    except sqlite3.Error as error:
        raise unavailable(path, error) from error


def _bring_up_to_date(folder: Path, migrations: Sequence[Migration]) -> None:
    """Make or migrate the database. The caller has the lock, so nobody else is at work here."""
    path = folder / DATABASE_NAME
    is_new = make_database_file(path)
    try:
        _check_may_write(path)
        with closing(connect_writer(path, wait_seconds=_SERVER_WAIT_SECONDS)) as connection:
            if not is_current(connection, path, migrations):
                _use_write_ahead_log(connection, path)
                migrate(connection, path, migrations)
    except BaseException as error:
        if is_new:
            remove_database(path)
        if isinstance(error, sqlite3.Error):
            raise unavailable(path, error) from error
        raise


def _check_may_write(path: Path) -> None:
    """Refuse a file that could only be read before anything relies on it."""
    if not os.access(path, os.R_OK | os.W_OK):
        raise not_usable(path.parent, f"whose {path.name} this user may not read and write")


def _use_write_ahead_log(connection: sqlite3.Connection, path: Path) -> None:
    """Switch the file to its log for good: readers and the writer never wait for each other."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StorageUnavailable(
            f"{path}: found a file system on which SQLite can't share memory;"
            " accepted: a disk of this machine"
        )
