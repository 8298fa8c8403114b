"""Ways to open a data folder, and to look behind the contracts."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sealwax.entropy import SystemEntropy
from sealwax.storage.contracts import Storage
from sealwax.storage.sqlite import open_storage
from sealwax.storage.sqlite.folder import DATABASE_NAME


async def open_server(folder: Path) -> Storage:
    """Open a folder as the server does."""
    return await open_storage(folder, entropy=SystemEntropy(), exclusive=True)


async def open_command(folder: Path) -> Storage:
    """Open a folder as the command line does beside a server."""
    return await open_storage(folder, entropy=SystemEntropy(), exclusive=False)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder and those above it."""
    path.mkdir(parents=True)
    path.chmod(mode)


def allow(path: Path, mode: int) -> None:
    """Give a file or folder exactly these permissions."""
    path.chmod(mode)


def put(path: Path, content: bytes) -> None:
    """Write a file whole."""
    path.write_bytes(content)


def content(folder: Path) -> dict[str, bytes]:
    """Give what is in each file of a folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def names(folder: Path) -> list[str]:
    """Give the names in a folder."""
    return sorted(file.name for file in folder.iterdir())


def modes(folder: Path) -> dict[str, int]:
    """Give the permissions of each file of a folder, and under "." of itself."""
    found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    return found | {".": stat.S_IMODE(folder.stat().st_mode)}


@contextmanager
def inside(folder: Path) -> Iterator[sqlite3.Connection]:
    """Look into the database, past the contracts, with autocommit."""
    connection = sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()
