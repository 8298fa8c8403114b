"""A disk without room: one sentence, nothing half-written, and on when there is room again."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealwax.secret import sha256_hex
from tests.storage.sqlite import children
from tests.storage.sqlite.folders import inside, names, open_server

pytestmark = pytest.mark.anyio


async def test_a_full_disk_refuses_whole_groups_and_keeps_every_acknowledged_write(
    folder: Path,
) -> None:
    with children.start("fill", folder) as child:
        said = child.communicate()[0].splitlines()
    assert child.returncode == 0
    added = [line.split()[1] for line in said if line.startswith("added ")]
    refused = [line.split()[1] for line in said if line.startswith("refused ")]
    sentences = {line.split(maxsplit=2)[2] for line in said if line.startswith("refused ")}
    assert len(refused) == 50
    assert len(added) > 50
    assert added[-1] == "swc_after"
    for sentence in sentences:
        assert sentence.startswith(f"{folder}/sealwax.sqlite3 can't be")
        assert "disk" in sentence
    assert any(line.startswith("check ") for line in said)
    storage = await open_server(folder)
    for value in added:
        assert await storage.authorization_codes.find(sha256_hex(value)) is not None
    for value in refused:
        assert await storage.authorization_codes.find(sha256_hex(value)) is None
    await storage.close()
    with inside(folder) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("room_bytes", [1024, 8192, 100_000])
async def test_a_folder_without_room_to_begin_stays_without_a_database(
    folder: Path, room_bytes: int
) -> None:
    with children.start("try_to_begin", folder, room_bytes) as child:
        (said,) = child.communicate()[0].splitlines()
    assert said.startswith(f"{folder}/sealwax.sqlite3 can't be")
    assert names(folder) == ["server.lock"]
    storage = await open_server(folder)
    await storage.check()
    await storage.close()
