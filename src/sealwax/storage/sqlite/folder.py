"""The data folder: who may read it, and which one server uses it.

The folder is made for its owner alone (0700), and so is every file in it (0600); SQLite gives its
log files the permissions of the database. The lock is held by the running process and ends with it,
however it ends.
"""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from sealwax.storage.contracts import StorageUnavailable

DATABASE_NAME: Final = "sealwax.sqlite3"
LOCK_NAME: Final = "server.lock"

_FIELD: Final = "storage.data_folder"
_OWNER_ALONE: Final = 0o600
_FILES_OF_DATABASE: Final = ("", "-wal", "-shm", "-journal")


class ServerLock:
    """The right to be the one server of a folder, until `release` or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path) -> ServerLock | None:
        """Take the lock, or give None while another process has it. Raises StorageUnavailable."""
        path = folder / LOCK_NAME
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ALONE)
        except OSError as error:
            raise not_usable(folder, f"its file {LOCK_NAME} can't be opened", error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            raise not_usable(folder, f"its file {LOCK_NAME} can't be locked", error) from error
        return cls(descriptor)

    def release(self) -> None:
        """Let the next server in. Twice is once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def in_use(folder: Path) -> StorageUnavailable:
    """Name the folder and the process that has the lock."""
    holder = "another process"
    with suppress(OSError, ValueError):
        holder = f"process {int((folder / LOCK_NAME).read_text('ascii'))}"
    return StorageUnavailable(
        f"{_FIELD}: found {folder}, which {holder} uses;"
        " accepted: a folder that no other server uses"
    )


def prepare_folder(folder: Path) -> None:
    """Make the folder for its owner alone, or accept one that is there and can be written."""
    if folder.is_dir():
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise not_usable(folder, "which this user may not read and write")
        return
    if folder.exists() or folder.is_symlink():
        raise not_usable(folder, "which is a file")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise not_usable(folder, "which can't be made", error) from error


def make_database_file(path: Path) -> bool:
    """Make an empty file for its owner alone; False if it was there.

    One that was there, perhaps put back from a backup, is closed to others.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER_ALONE)
    except FileExistsError:
        _close_to_others(path)
        return False
    except OSError as error:
        raise not_usable(path.parent, f"in which {path.name} can't be made", error) from error
    os.close(descriptor)
    _sync_folder(path.parent)
    return True


def remove_database(path: Path) -> None:
    """Take away a database that could not be begun, so that nothing half-made stays behind."""
    for suffix in _FILES_OF_DATABASE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def not_usable(folder: Path, found: str, error: OSError | None = None) -> StorageUnavailable:
    """Say what is wrong with the folder, and what would be right."""
    reason = "" if error is None else f" ({error.strerror})"
    return StorageUnavailable(
        f"{_FIELD}: found {folder}, {found}{reason};"
        " accepted: a folder that this user may read and write, or the name of a new one"
    )


def _close_to_others(path: Path) -> None:
    for suffix in _FILES_OF_DATABASE:
        file = path.with_name(path.name + suffix)
        with suppress(FileNotFoundError, PermissionError):
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & ~_OWNER_ALONE:
                file.chmod(_OWNER_ALONE)


def _sync_folder(folder: Path) -> None:
    """Put the new file's name on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
