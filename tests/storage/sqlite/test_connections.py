"""Connections: the settings that the promises rest on, and where they are refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sealwax.storage.contracts import StorageUnavailable
from sealwax.storage.sqlite.connections import (
    check_sqlite,
    connect_reader,
    connect_writer,
    use_write_ahead_log,
)


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "settings.sqlite3"
    path.touch()
    connection = connect_writer(path, wait_seconds=1)
    settings = ("synchronous", "fullfsync", "checkpoint_fullfsync", "foreign_keys")
    found = [connection.execute(f"PRAGMA {setting}").fetchone() for setting in settings]
    assert found == [(2,), (1,), (1,), (1,)]
    connection.close()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "reading.sqlite3"
    path.touch()
    connection = connect_reader(path)
    yield connection
    connection.close()


def test_a_reader_can_not_write(reader: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("CREATE TABLE t (x)")


def test_no_connection_makes_a_file(tmp_path: Path) -> None:
    for connect in (connect_reader, lambda path: connect_writer(path, wait_seconds=1)):
        with pytest.raises(sqlite3.OperationalError, match="unable to open"):
            connect(tmp_path / "missing.sqlite3")
    assert list(tmp_path.iterdir()) == []


def test_an_old_sqlite_is_refused() -> None:
    with pytest.raises(StorageUnavailable) as refused:
        check_sqlite((3, 36, 9))
    assert str(refused.value) == "SQLite: found version 3.36.9; accepted: 3.37.0 or newer"
    check_sqlite((3, 37, 0))


def test_a_file_system_without_shared_memory_is_refused() -> None:
    connection = sqlite3.connect(":memory:")  # which has no log either
    with pytest.raises(StorageUnavailable, match="accepted: a disk of this machine"):
        use_write_ahead_log(connection, Path("here"))
    connection.close()
