"""The data folder: for its owner alone, and one sentence for each that can't be used."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from sealwax.storage.contracts import Storage, StorageUnavailable
from sealwax.storage.sqlite.folder import DATABASE_NAME, LOCK_NAME
from tests.storage import given
from tests.storage.sqlite import children
from tests.storage.sqlite.folders import (
    allow,
    content,
    inside,
    make_folder,
    modes,
    names,
    open_server,
    put,
)

pytestmark = pytest.mark.anyio

ACCEPTED = "; accepted: a folder that this user may read and write, or the name of a new one"


@pytest.fixture
def generous_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("generous_umask")
async def test_folder_and_files_are_made_for_their_owner_alone(folder: Path) -> None:
    storage = await open_server(folder)
    await storage.users.add(given.user())
    files = (LOCK_NAME, DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm")
    assert modes(folder) == dict.fromkeys(files, 0o600) | {".": 0o700}
    await storage.close()


async def test_a_database_that_others_could_read_is_closed_to_them(folder: Path) -> None:
    await (await open_server(folder)).close()
    allow(folder / DATABASE_NAME, 0o666)
    await (await open_server(folder)).close()
    assert modes(folder)[DATABASE_NAME] == 0o600


async def test_a_folder_that_is_there_keeps_its_permissions(folder: Path) -> None:
    make_folder(folder, 0o750)
    await (await open_server(folder)).close()
    assert modes(folder)["."] == 0o750


async def test_a_folder_is_made_with_those_above_it(folder: Path) -> None:
    await (await open_server(folder / "deep" / "deeper")).close()
    assert DATABASE_NAME in names(folder / "deep" / "deeper")


async def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "file", b"precious")
    with pytest.raises(StorageUnavailable) as refused:
        await open_server(tmp_path / "file")
    assert str(refused.value) == (
        f"storage.data_folder: found {tmp_path / 'file'}, which is a file" + ACCEPTED
    )
    with pytest.raises(StorageUnavailable, match=r"which can't be made \(Not a directory\)"):
        await open_server(tmp_path / "file" / "below")
    assert content(tmp_path) == {"file": b"precious"}


async def test_a_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(StorageUnavailable, match="which is a file"):
        await open_server(tmp_path / "link")
    assert names(tmp_path) == ["link"]


@pytest.mark.parametrize("name", [DATABASE_NAME, LOCK_NAME])
async def test_a_folder_in_the_place_of_a_file_is_refused(folder: Path, name: str) -> None:
    make_folder(folder / name)
    with pytest.raises(StorageUnavailable, match=name):
        await open_server(folder)


async def test_a_file_that_is_no_database_is_refused_and_left_alone(folder: Path) -> None:
    make_folder(folder)
    garbage = b"this is no database, but it is somebody's\n" * 200
    put(folder / DATABASE_NAME, garbage)
    with pytest.raises(StorageUnavailable, match="is not a database"):
        await open_server(folder)
    assert content(folder)[DATABASE_NAME] == garbage


@pytest.mark.parametrize(
    ("table", "verbs"),
    [
        ("users", (lambda s: s.users.list(), lambda s: s.users.delete("usr_alice", now=1))),
        ("change_counters", (lambda s: s.changes(), lambda s: s.check())),
    ],
)
async def test_a_damaged_database_is_named_as_such(
    folder: Path, table: str, verbs: tuple[Callable[[Storage], Awaitable[object]], ...]
) -> None:
    storage = await open_server(folder)
    await storage.users.add(given.user())
    await storage.close()
    with inside(folder) as connection:
        root = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        (page,) = connection.execute(root, (table,)).fetchone()
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    start = (page - 1) * page_size
    whole = content(folder)[DATABASE_NAME]
    damaged = whole[:start] + b"\xff" * page_size + whole[start + page_size :]
    put(folder / DATABASE_NAME, damaged)
    storage = await open_server(folder)
    for verb in verbs:
        with pytest.raises(StorageUnavailable, match="is damaged; restore a backup"):
            await verb(storage)
    await storage.close()


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that another user can reach; the usual temporary ones are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        allow(Path(name), 0o755)
        yield Path(name)


@pytest.mark.parametrize("how", ["exclusive", "beside"])
async def test_a_read_only_folder_is_refused_and_left_alone(reachable: Path, how: str) -> None:
    folder = reachable / "data"
    await (await open_server(folder)).close()
    before = content(folder)
    allow(folder, 0o555)
    assert _opened_without_rights(folder, how) == (
        f"storage.data_folder: found {folder}, which this user may not read and write" + ACCEPTED
    )
    said = _opened_without_rights(folder / "new", how)
    assert said == (
        f"storage.data_folder: found {folder / 'new'}, which can't be made (Permission denied)"
        + ACCEPTED
    )
    allow(folder, 0o700)
    assert content(folder) == before


@pytest.mark.parametrize("how", ["exclusive", "beside"])
async def test_somebody_elses_database_is_refused(reachable: Path, how: str) -> None:
    folder = reachable / "data"
    await (await open_server(folder)).close()
    allow(folder, 0o777)
    allow(folder / LOCK_NAME, 0o666)
    allow(folder / DATABASE_NAME, 0o400)
    assert _opened_without_rights(folder, how) == (
        f"storage.data_folder: found {folder}, whose {DATABASE_NAME} this user may not read and"
        " write" + ACCEPTED
    )


@pytest.mark.parametrize("how", ["exclusive", "beside"])
async def test_somebody_elses_lock_is_refused(reachable: Path, how: str) -> None:
    folder = reachable / "data"
    make_folder(folder)
    allow(folder, 0o777)
    put(folder / LOCK_NAME, b"1\n")
    allow(folder / LOCK_NAME, 0o400)
    said = _opened_without_rights(folder, how)
    assert f"its file {LOCK_NAME} can't be opened (Permission denied)" in said
    assert names(folder) == [LOCK_NAME]


def _opened_without_rights(folder: Path, how: str) -> str:
    with children.start("try_to_open_as_nobody", folder, how) as child:
        return child.communicate()[0].rstrip("\n")
