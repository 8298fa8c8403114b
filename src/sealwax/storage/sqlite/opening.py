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
from sealwax.storage.sqlite.connections import (
    check_sqlite,
    connect_writer,
    use_write_ahead_log,
)
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
from sealwax.storage.sqlite.status_lists import STATUS_LIST_SIZE
from sealwax.storage.sqlite.storage import SqliteStorage
from sealwax.storage.sqlite.unavailable import unavailable

_SERVER_WAIT_SECONDS: Final = 5.0
_COMMAND_WAIT_SECONDS: Final = 30.0
"""A command takes its turn between the groups of a busy server, and SQLite's queue is not fair."""

_LOCK_POLL_SECONDS: Final = 0.05


async def open_storage(folder: Path, *, entropy: Entropy, exclusive: bool) -> Storage:
    """Open the storage in `folder`, made now if it is not there.

    `exclusive` is for the server: it takes the lock of the folder, and a second one is refused. The
    command line opens without it, beside a running server or alone; then the database is brought to
    a newer version only while no server runs. Raises StorageUnavailable, with nothing half-made.
    """
    check_sqlite(sqlite3.sqlite_version_info)
    return await Opening(folder, entropy, known_migrations()).open(exclusive=exclusive)


class Opening:
    """What opening a folder takes; `open_storage` fills it in for everyone but tests."""

    def __init__(
        self,
        folder: Path,
        entropy: Entropy,
        migrations: Sequence[Migration],
        *,
        status_list_size: int = STATUS_LIST_SIZE,
        lock_wait_seconds: float = 5.0,
    ) -> None:
        self._folder = folder
        self._path = folder / DATABASE_NAME
        self._entropy = entropy
        self._migrations = migrations
        self._status_list_size = status_list_size
        self._lock_wait_seconds = lock_wait_seconds

    async def open(self, *, exclusive: bool) -> Storage:
        """Open for the server, which has the folder to itself, or beside it."""
        prepare_folder(self._folder)
        if not exclusive:
            await self._bring_up_to_date_beside_others()
            return self._open_current(None)
        lock = ServerLock.take(self._folder)
        if lock is None:
            raise in_use(self._folder)
        try:
            _bring_up_to_date(self._path, self._migrations)
            return self._open_current(lock)
        except BaseException:
            lock.release()
            raise

    def _open_current(self, lock: ServerLock | None) -> Storage:
        """Open a database of the newest version for good."""
        wait_seconds = _COMMAND_WAIT_SECONDS if lock is None else _SERVER_WAIT_SECONDS
        try:
            connection = connect_writer(self._path, wait_seconds=wait_seconds)
        except sqlite3.Error as error:
            raise unavailable(self._path, error) from error
        check = _nothing if lock is not None else self._check_version
        database = Database(self._path, GroupCommitWriter(self._path, connection, check))
        return SqliteStorage(database, self._entropy, lock, status_list_size=self._status_list_size)

    def _check_version(self, connection: sqlite3.Connection) -> None:
        """Without the lock a newer program may migrate at any moment; then this one is too old."""
        if read_version(connection) != self._migrations[-1].version:
            raise StorageUnavailable(
                f"{self._path}: found another version of the database than at the start;"
                " accepted: the same throughout, so start this command again"
            )

    async def _bring_up_to_date_beside_others(self) -> None:
        """Go on as soon as nothing is due, or migrate in a moment in which no server runs."""
        waited_seconds = 0.0
        while not (self._path.is_file() and _is_current(self._path, self._migrations)):
            lock = ServerLock.take(self._folder)
            if lock is not None:
                try:
                    return _bring_up_to_date(self._path, self._migrations)
                finally:
                    lock.release()
            if waited_seconds >= self._lock_wait_seconds:
                raise StorageUnavailable(
                    f"{self._path}: found an older version of the database, which a running server"
                    " uses; accepted: one that may be brought up to date, so stop the server first"
                )
            await asyncio.sleep(_LOCK_POLL_SECONDS)
            waited_seconds += _LOCK_POLL_SECONDS
        return None


def _nothing(_: sqlite3.Connection) -> None:
    """Whoever has the lock need not look."""


def _is_current(path: Path, migrations: Sequence[Migration]) -> bool:
    """Tell whether nothing is due, without changing anything."""
    _check_may_write(path)
    try:
        with closing(connect_writer(path, wait_seconds=_SERVER_WAIT_SECONDS)) as connection:
            return is_current(connection, path, migrations)
    except sqlite3.Error as error:
        raise unavailable(path, error) from error


def _bring_up_to_date(path: Path, migrations: Sequence[Migration]) -> None:
    """Make or migrate the database. The caller has the lock, so nobody else is at work here."""
    is_new = make_database_file(path)
    try:
        _check_may_write(path)
        with closing(connect_writer(path, wait_seconds=_SERVER_WAIT_SECONDS)) as connection:
            if not is_current(connection, path, migrations):
                migrate(connection, path, migrations)
            use_write_ahead_log(connection, path)
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
