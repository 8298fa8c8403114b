"""The version of a database, and the way from an older one to ours. There is no way back.

Migrations are the numbered `.sql` files beside this module. All that are due run in one exclusive
transaction together with the note of their checksums: a process that is killed leaves the old
version, whole.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from sealwax.storage.contracts import StorageUnavailable

APPLICATION_ID: Final = 1397050700
"""Marks a SQLite file as ours ("SEAL"); set by the first migration."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step forward."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@lru_cache(maxsize=1)
def known_migrations() -> tuple[Migration, ...]:
    """Give the packaged migrations, in order."""
    files = sorted((Path(__file__).parent / "migrations").glob("*.sql"))
    return tuple(
        Migration(int(file.name.split("_")[0]), file.name, file.read_text("utf-8"))
        for file in files
    )


def is_current(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> bool:
    """Tell whether nothing is due. Raises StorageUnavailable for what can't be migrated.

    That is another program's database, one of a newer version, and one made by a migration whose
    text has changed since.
    """
    version = read_version(connection)
    if version == 0:
        _check_empty(connection, path)
        return not migrations
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        raise _foreign(path)
    newest = migrations[-1].version if migrations else 0
    if version > newest:
        raise StorageUnavailable(
            f"{path}: found version {version} of the database, made by a newer Sealwax;"
            f" accepted: up to version {newest}, so use the newer program, or restore a backup"
            " from before it"
        )
    _check_checksums(connection, path, migrations)
    return version == newest


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Bring the database to the newest version, all of it or nothing."""
    connection.execute("BEGIN EXCLUSIVE")
    try:
        if not is_current(connection, path, migrations):
            version = read_version(connection)
            connection.execute(_CHECKSUMS)
            for migration in migrations:
                if migration.version > version:
                    _run(connection, migration)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def read_version(connection: sqlite3.Connection) -> int:
    """Give the version of the database; 0 for one that was never migrated."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


_CHECKSUMS = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version  INTEGER NOT NULL PRIMARY KEY,
        name     TEXT    NOT NULL,
        checksum TEXT    NOT NULL
    ) STRICT"""


def _run(connection: sqlite3.Connection, migration: Migration) -> None:
    for statement in _statements(migration.sql):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES (?, ?, ?)",
        (migration.version, migration.name, migration.checksum),
    )
    connection.execute(f"PRAGMA user_version = {migration.version:d}")


def _statements(sql: str) -> Iterator[str]:
    """Split a script where SQLite itself sees the end of a statement."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def _check_empty(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None:
        raise _foreign(path)


def _check_checksums(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]
) -> None:
    ran = connection.execute("SELECT version, name, checksum FROM schema_migrations").fetchall()
    expected = {migration.version: migration.checksum for migration in migrations}
    for version, name, checksum in ran:
        if expected.get(version) != checksum:
            raise StorageUnavailable(
                f"{path}: found migration {name} with another text than this program's;"
                " accepted: a database made by this program or an older release of it"
            )


def _foreign(path: Path) -> StorageUnavailable:
    return StorageUnavailable(
        f"{path}: found a database of another program; accepted: one made by Sealwax, or no file"
    )
