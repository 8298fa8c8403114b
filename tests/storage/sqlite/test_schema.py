"""Migrations: forward only, all or nothing, and never on what is not ours."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from sealwax.entropy import SystemEntropy
from sealwax.storage.contracts import StorageUnavailable
from sealwax.storage.sqlite.folder import DATABASE_NAME
from sealwax.storage.sqlite.opening import Opening
from sealwax.storage.sqlite.schema import Migration, known_migrations
from tests.storage import given
from tests.storage.sqlite import children
from tests.storage.sqlite.folders import content, inside, make_folder, open_command, open_server

pytestmark = pytest.mark.anyio

SECOND = Migration(2, "0002_second.sql", "CREATE TABLE second (x TEXT);\n-- only a comment\n")
THIRD = Migration(3, "0003_third.sql", "INSERT INTO second VALUES ('a;b');\nDROP TABLE consents;")
BROKEN = Migration(3, "0003_broken.sql", "CREATE TABLE third (x);\nINSERT INTO nowhere VALUES (1);")


def test_the_packaged_migrations_are_numbered_without_a_gap() -> None:
    migrations = known_migrations()
    assert [one.version for one in migrations] == list(range(1, len(migrations) + 1))
    for one in migrations:
        assert re.fullmatch(rf"{one.version:04d}_[a-z_]+\.sql", one.name)


async def test_a_database_goes_forward_step_by_step_and_keeps_its_records(folder: Path) -> None:
    storage = await open_server(folder)
    await storage.users.add(given.user())
    await storage.close()
    storage = await _opening(folder, SECOND, THIRD).open(exclusive=True)
    assert await storage.users.find("usr_alice") == given.user()
    await storage.close()
    with inside(folder) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
        assert connection.execute("SELECT x FROM second").fetchall() == [("a;b",)]
        ran = connection.execute(
            "SELECT version, name FROM schema_migrations ORDER BY 1"
        ).fetchall()
    assert [name for _, name in ran] == [known_migrations()[0].name, SECOND.name, THIRD.name]


async def test_a_migration_that_fails_leaves_the_version_before_all_of_them(folder: Path) -> None:
    await (await open_server(folder)).close()
    before = content(folder)[DATABASE_NAME]
    with pytest.raises(StorageUnavailable):
        await _opening(folder, SECOND, BROKEN).open(exclusive=True)
    assert content(folder)[DATABASE_NAME] == before
    await (await open_server(folder)).close()


async def test_a_killed_migration_leaves_the_version_before_it(folder: Path) -> None:
    storage = await open_server(folder)
    await storage.users.add(given.user())
    await storage.close()
    with children.start("migrate_and_wait", folder) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "in the middle\n"
        child.kill()
    with inside(folder) as connection:
        made = connection.execute("SELECT 1 FROM sqlite_schema WHERE name IN ('a', 'b')").fetchall()
    assert made == []
    storage = await open_server(folder)
    assert await storage.users.find("usr_alice") == given.user()
    await storage.close()


@pytest.mark.parametrize("exclusive", [True, False])
async def test_a_newer_database_is_refused_and_left_alone(folder: Path, *, exclusive: bool) -> None:
    await (await _opening(folder, SECOND).open(exclusive=True)).close()
    before = content(folder)[DATABASE_NAME]
    opener = open_server if exclusive else open_command
    with pytest.raises(StorageUnavailable) as refused:
        await opener(folder)
    assert str(refused.value) == (
        f"{folder / DATABASE_NAME}: found version 2 of the database, made by a newer Sealwax;"
        " accepted: up to version 1, so use the newer program, or restore a backup from before it"
    )
    assert content(folder)[DATABASE_NAME] == before


async def test_a_migration_whose_text_has_changed_is_refused(folder: Path) -> None:
    await (await open_server(folder)).close()
    changed = dataclasses.replace(known_migrations()[0], sql="CREATE TABLE other (x);")
    before = content(folder)[DATABASE_NAME]
    with pytest.raises(StorageUnavailable, match="migration 0001_records\\.sql with another text"):
        await Opening(folder, SystemEntropy(), (changed, SECOND)).open(exclusive=True)
    assert content(folder)[DATABASE_NAME] == before


@pytest.mark.parametrize("statement", ["PRAGMA user_version = 1", "CREATE TABLE theirs (x)"])
async def test_another_programs_database_is_refused_and_left_alone(
    folder: Path, statement: str
) -> None:
    make_folder(folder)
    with inside(folder) as connection:
        connection.execute(statement)
    before = content(folder)[DATABASE_NAME]
    with pytest.raises(StorageUnavailable, match="a database of another program"):
        await open_server(folder)
    assert content(folder)[DATABASE_NAME] == before


async def test_an_empty_file_becomes_a_database(folder: Path) -> None:
    make_folder(folder)
    with inside(folder):
        pass
    assert content(folder)[DATABASE_NAME] == b""
    storage = await open_server(folder)
    await storage.check()
    await storage.close()


def _opening(folder: Path, *more: Migration) -> Opening:
    return Opening(folder, SystemEntropy(), (*known_migrations(), *more))
