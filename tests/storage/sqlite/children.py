"""Programs that tests run in a process of their own, to kill, starve or race them.

Each is a function that gets its arguments as text, and is started by `start`. It tells what was
acknowledged line by line, each line in one write of its own.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import resource
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sealwax.entropy import SystemEntropy
from sealwax.records import Grant
from sealwax.secret import sha256_hex
from sealwax.storage.contracts import AlreadyUsed, Storage, StorageUnavailable
from sealwax.storage.sqlite import open_storage
from sealwax.storage.sqlite.connections import connect_writer
from sealwax.storage.sqlite.schema import Migration, known_migrations, migrate
from tests.storage import given
from tests.storage.given import NOW

NOBODY = 65534


def start(name: str, *arguments: object) -> subprocess.Popen[str]:
    """Start one of the programs below; it reads from and writes to pipes."""
    return subprocess.Popen(
        [sys.executable, "-m", __name__, name, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def hold(folder: str) -> None:
    """Be the server of a folder until killed."""
    await open_storage(Path(folder), entropy=SystemEntropy(), exclusive=True)
    say("holding")
    sys.stdin.read()


async def try_to_open(folder: str, how: str) -> None:
    """Open a folder once and tell how that went."""
    try:
        storage = await open_storage(
            Path(folder), entropy=SystemEntropy(), exclusive=how == "exclusive"
        )
    except StorageUnavailable as refusal:
        say(str(refusal))
        return
    await storage.check()
    await storage.close()
    say("opened")


async def try_to_open_as_nobody(folder: str, how: str) -> None:
    """Open a folder as a user without rights; whoever is not root has few enough."""
    known_migrations()  # read while our own files may be
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    await try_to_open(folder, how)


async def try_to_begin(folder: str, limit_bytes: str) -> None:
    """Open a folder with room for so many bytes in each file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit_bytes), resource.RLIM_INFINITY))
    await try_to_open(folder, "exclusive")


async def write_without_end(folder: str) -> None:
    """Let 200 tasks add, redeem and rotate until killed; each tells what was acknowledged."""
    storage = await open_storage(Path(folder), entropy=SystemEntropy(), exclusive=True)
    grant = await given.signed_in(storage)
    await asyncio.gather(*(_write_without_end(storage, grant, task) for task in range(200)))


async def fill(folder: str) -> None:
    """Write until the room is used up, tell it, then go on with more room."""
    storage = await open_storage(Path(folder), entropy=SystemEntropy(), exclusive=True)
    grant = await given.signed_in(storage)
    await storage.check()
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
    await asyncio.gather(*(_add_until_refused(storage, grant, task) for task in range(50)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    try:
        await storage.check()
    except StorageUnavailable as refusal:
        say(f"check {refusal}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await storage.check()
    await storage.authorization_codes.add(given.code(grant, "swc_after"))
    say("added swc_after")
    await storage.close()


async def redeem_all(folder: str, count: str) -> None:
    """Redeem every code at once, beside others who do the same, and tell which were won."""
    storage = await open_storage(Path(folder), entropy=SystemEntropy(), exclusive=False)
    grant = await given.signed_in(storage)
    say("ready")
    sys.stdin.readline()

    async def redeem(number: int) -> None:
        value = f"swr_{os.getpid()}_{number}"
        token = given.refresh_token(grant, value, family_id=value)
        try:
            await storage.authorization_codes.redeem(
                sha256_hex(f"swc_{number}"), refresh_token=token, now=NOW
            )
        except AlreadyUsed:
            return
        say(f"won {number} {value}")

    await asyncio.gather(*map(redeem, range(int(count))))
    await storage.close()


async def migrate_and_wait(folder: str) -> None:
    """Stop in the middle of a migration: one table made, the other not."""
    path = Path(folder) / "sealwax.sqlite3"
    halves = Migration(
        2, "0002_halves.sql", "CREATE TABLE a (x);\nSELECT wait();\nCREATE TABLE b (x);"
    )

    def wait() -> None:
        say("in the middle")
        sys.stdin.read()

    with closing(connect_writer(path, wait_seconds=1)) as connection:
        connection.create_function("wait", 0, wait)
        migrate(connection, path, (*known_migrations(), halves))


async def _write_without_end(storage: Storage, grant: Grant, task: int) -> None:
    for turn in range(1_000_000):
        name = f"{task}-{turn}"
        code = given.code(grant, f"swc_{name}")
        token = given.refresh_token(grant, f"swr_{name}", name)
        successor = dataclasses.replace(token, token_hash=sha256_hex(f"swr_next_{name}"))
        await storage.authorization_codes.add(code)
        say(f"added {name}")
        await storage.authorization_codes.redeem(code.code_hash, refresh_token=token, now=NOW)
        say(f"redeemed {name}")
        await storage.refresh_tokens.rotate(token.token_hash, successor=successor, now=NOW)
        say(f"rotated {name}")


async def _add_until_refused(storage: Storage, grant: Grant, task: int) -> None:
    for turn in range(1_000_000):
        value = f"swc_{task}-{turn}"
        try:
            await storage.authorization_codes.add(given.code(grant, value))
        except StorageUnavailable as refusal:
            say(f"refused {value} {refusal}")
            return
        say(f"added {value}")


PROGRAMS = {
    program.__name__: program
    for program in (
        hold,
        try_to_open,
        try_to_open_as_nobody,
        try_to_begin,
        write_without_end,
        fill,
        redeem_all,
        migrate_and_wait,
    )
}

if __name__ == "__main__":
    asyncio.run(PROGRAMS[sys.argv[1]](*sys.argv[2:]))
