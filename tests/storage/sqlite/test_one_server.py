"""One server on one folder, and the command line beside it."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path

import pytest

from sealwax.entropy import SystemEntropy
from sealwax.secret import sha256_hex
from sealwax.storage.contracts import StorageUnavailable
from sealwax.storage.sqlite.opening import Opening
from sealwax.storage.sqlite.schema import Migration, known_migrations
from tests.storage import given
from tests.storage.given import NOW
from tests.storage.sqlite import children
from tests.storage.sqlite.folders import inside, open_command, open_server

pytestmark = pytest.mark.anyio

NEWER = (*known_migrations(), Migration(2, "0002_newer.sql", "CREATE TABLE newer (x);"))


async def test_a_second_server_is_refused_and_told_who_has_the_folder(folder: Path) -> None:
    storage = await open_server(folder)
    with pytest.raises(StorageUnavailable) as refused:
        await open_server(folder)
    assert str(refused.value) == (
        f"storage.data_folder: found {folder}, which process {os.getpid()} uses;"
        " accepted: a folder that no other server uses"
    )
    await storage.close()
    await (await open_server(folder)).close()


async def test_the_lock_dies_with_its_process(folder: Path) -> None:
    with children.start("hold", folder) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "holding\n"
        with pytest.raises(StorageUnavailable, match=f"which process {child.pid} uses"):
            await open_server(folder)
        child.kill()
    await (await open_server(folder)).close()


async def test_a_server_that_can_not_start_leaves_the_lock_to_others(folder: Path) -> None:
    await (await open_server(folder)).close()
    with inside(folder) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageUnavailable, match="version 99"):
        await open_server(folder)
    with inside(folder) as connection:
        connection.execute("PRAGMA user_version = 1")
    await (await open_server(folder)).close()


async def test_a_command_works_alone_and_beside_a_server_which_notices(folder: Path) -> None:
    command = await open_command(folder)
    await command.users.add(given.user())
    await command.close()
    server = await open_server(folder)
    before = await server.changes()
    command = await open_command(folder)
    await asyncio.gather(command.clients.add(given.client()), server.users.add(given.user("bob")))
    assert await command.users.find("usr_bob") == given.user("bob")
    assert await server.clients.find("web") == given.client()
    assert (await server.changes()).catalogue == before.catalogue + 2
    assert await command.changes() == await server.changes()
    await command.close()
    await server.close()


async def test_a_command_does_not_migrate_while_a_server_runs(folder: Path) -> None:
    server = await open_server(folder)
    newer = Opening(folder, SystemEntropy(), NEWER, lock_wait_seconds=0)
    with pytest.raises(StorageUnavailable, match="stop the server first"):
        await newer.open(exclusive=False)
    await server.close()
    command = await newer.open(exclusive=False)
    await command.check()
    await command.close()
    with pytest.raises(StorageUnavailable, match="found version 2"):
        await open_server(folder)


async def test_a_command_waits_for_a_server_that_is_just_migrating(folder: Path) -> None:
    server = await open_server(folder)
    newer = Opening(folder, SystemEntropy(), NEWER, lock_wait_seconds=30)
    opening = asyncio.create_task(newer.open(exclusive=False))
    await asyncio.sleep(0)
    await server.close()
    command = await opening
    await command.close()


async def test_a_command_of_an_older_version_writes_nothing_more(folder: Path) -> None:
    older = await open_command(folder)
    await older.users.add(given.user())
    newer = await Opening(folder, SystemEntropy(), NEWER).open(exclusive=True)
    with pytest.raises(StorageUnavailable, match="found another version"):
        await older.users.add(given.user("bob"))
    assert await newer.users.find("usr_bob") is None
    await older.close()
    await newer.close()


async def test_commands_that_make_one_folder_at_once_all_get_it(folder: Path) -> None:
    running = [children.start("try_to_open", folder, "beside") for _ in range(4)]
    said = [child.communicate()[0] for child in running]
    assert said == ["opened\n"] * 4


async def test_of_servers_that_start_at_once_one_gets_the_folder(folder: Path) -> None:
    running = [children.start("hold", folder) for _ in range(3)]
    try:
        holding = [child for child in running if child.stdout and child.stdout.readline()]
        assert len(holding) == 1
    finally:
        for child in running:
            child.kill()
            child.communicate()


async def test_two_processes_spend_each_code_once(folder: Path) -> None:
    server = await open_server(folder)
    grant = await given.signed_in(server)
    for number in range(200):
        await server.authorization_codes.add(given.code(grant, f"swc_{number}"))
    running = [children.start("redeem_all", folder, 200) for _ in range(2)]
    for child in running:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in running:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    wins = [line.split()[1:] for child in running for line in child.communicate()[0].splitlines()]
    assert Counter(number for number, _ in wins) == {str(number): 1 for number in range(200)}
    for _, value in wins:
        token = await server.refresh_tokens.find(sha256_hex(value))
        assert token is not None
        assert token.issued_at == NOW
    await server.close()
    with inside(folder) as connection:
        assert connection.execute("SELECT count(*) FROM refresh_tokens").fetchone() == (200,)
