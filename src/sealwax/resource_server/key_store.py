"""Documents of issuers kept on disk, so that an API can start while an issuer is down.

A file is written whole or not at all, for the eyes of its owner alone. What is read from it is
checked like what is fetched, and only believed of files that nobody else can have written; whoever
can write as the same user can put in keys of their own, as they could change the program.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from sealwax.jose.encoding import EncodingError, parse_json_object
from sealwax.resource_server.errors import (
    KEYS_NOT_STORED,
    STORED_KEYS_REFUSED,
    FetchFailed,
    InvalidConfiguration,
)
from sealwax.resource_server.freshness import MAX_LIFETIME_SECONDS

StoredKind = Literal["keys", "status_list"]

MAX_FILE_SIZE_BYTES: Final = 4 * 1024 * 1024
MAX_FILES: Final = 1024
ABANDONED_SECONDS: Final = 3600
"""A file that was begun and not finished for so long belongs to a process that was killed."""

_FORMAT: Final = 1
_SUFFIX: Final = ".sealwax.json"
_UNFINISHED: Final = ".sealwax.part"
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
# Not there on Windows, where neither symbolic links nor pipes lie in wait.
_READ_ONLY: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as it was fetched: of whom, from where, when, and how long it was good for."""

    kind: StoredKind
    issuer: str
    url: str
    fetched_at: int
    lifetime_seconds: int
    body: str = field(repr=False)


class KeyStore:
    """A folder in which a verifier keeps what it fetched: the keys of issuers, and status lists.

    It is made when it is not there. Any number of processes may share it. Raises
    InvalidConfiguration when it is no folder, can't be written, or may be written by anybody.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = self._folder.stat().st_mode
        except OSError as error:
            text = f"{str(folder)!r} is no folder and can't be made one ({type(error).__name__})"
            raise InvalidConfiguration("key_store", text) from None
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            text = f"{str(folder)!r} may be written by anybody; a folder of your own is accepted"
            raise InvalidConfiguration("key_store", text)
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            raise InvalidConfiguration("key_store", f"{str(folder)!r} can't be written")

    def save(self, document: StoredDocument) -> None:
        """Keep a document in place of the earlier one. Raises FetchFailed (`keys_not_stored`)."""
        members = {
            "format": _FORMAT,
            "kind": document.kind,
            "issuer": document.issuer,
            "url": document.url,
            "fetched_at": document.fetched_at,
            "lifetime_seconds": document.lifetime_seconds,
            "body": document.body,
        }
        data = json.dumps(members).encode()
        if len(data) > MAX_FILE_SIZE_BYTES:
            raise FetchFailed(KEYS_NOT_STORED, f"{document.url}: too large")
        try:
            self._replace(self._path(document.kind, document.issuer, document.url), data)
        except OSError as error:
            detail = f"{document.url} in {self._folder} ({type(error).__name__})"
            raise FetchFailed(KEYS_NOT_STORED, detail) from error

    def load(self, kind: StoredKind, issuer: str, url: str, *, now: int) -> StoredDocument | None:
        """Give the document that was kept, None when there is none.

        Raises FetchFailed (`stored_keys_refused`) for a file that others may have written, that
        is not whole, of another issuer or address, or from the future.
        """
        path = self._path(kind, issuer, url)
        try:
            data = _read(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(path, type(error).__name__) from None
        return _parse(path, data, (kind, issuer, url), now)

    def _path(self, kind: StoredKind, issuer: str, url: str) -> Path:
        digest = hashlib.sha256(json.dumps([kind, issuer, url]).encode()).hexdigest()
        return self._folder / f"{kind}-{digest[:40]}{_SUFFIX}"

    def _replace(self, path: Path, data: bytes) -> None:
        import tempfile  # noqa: PLC0415 - loads much, and only a verifier with a store writes

        prefix = path.name.removesuffix(_SUFFIX)
        descriptor, name = tempfile.mkstemp(_UNFINISHED, f"{prefix}.", self._folder)
        unfinished = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                written_at = os.fstat(file.fileno()).st_mtime
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
        self._make_durable()
        self._tidy(written_at)

    def _make_durable(self) -> None:
        """Have the new name survive a crash too, where a folder can be opened for that."""
        with suppress(OSError):
            descriptor = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _tidy(self, now: float) -> None:
        """Remove what killed processes left, and the oldest files when there are too many."""
        finished: list[tuple[float, Path]] = []
        for path in self._folder.iterdir():
            with suppress(OSError):
                if path.name.endswith(_UNFINISHED):
                    if now - path.lstat().st_mtime > ABANDONED_SECONDS:
                        path.unlink()
                elif path.name.endswith(_SUFFIX):
                    finished.append((path.lstat().st_mtime, path))
        for _, path in sorted(finished)[: max(0, len(finished) - MAX_FILES)]:
            with suppress(OSError):
                path.unlink()


def _read(path: Path) -> bytes:
    """Read a file that nobody but its owner can have written. Raises OSError or FetchFailed."""
    with _opened(path) as descriptor:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _refused(path, "no regular file")
        if hasattr(os, "geteuid"):  # not on Windows, whose access lists are the folder's affair
            if found.st_uid not in (os.geteuid(), 0):
                raise _refused(path, "it belongs to another user")
            if found.st_mode & _OTHERS_MAY_WRITE:
                raise _refused(path, "others may write it")
        if found.st_size > MAX_FILE_SIZE_BYTES:
            raise _refused(path, "it is too large")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read(MAX_FILE_SIZE_BYTES + 1)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, _READ_ONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _parse(
    path: Path, data: bytes, expected: tuple[StoredKind, str, str], now: int
) -> StoredDocument:
    try:
        members = parse_json_object(data)
    except EncodingError as error:
        raise _refused(path, str(error)) from None
    if members.get("format") != _FORMAT:
        raise _refused(path, "it is of another format")
    if (members.get("kind"), members.get("issuer"), members.get("url")) != expected:
        raise _refused(path, "it is of another issuer or from another address")
    fetched_at = _whole_number(path, members, "fetched_at", now)
    lifetime = _whole_number(path, members, "lifetime_seconds", MAX_LIFETIME_SECONDS)
    body = members.get("body")
    if not isinstance(body, str):
        raise _refused(path, "'body' is not a text")
    return StoredDocument(*expected, fetched_at, lifetime, body)


def _whole_number(path: Path, members: dict[str, Any], name: str, maximum: int) -> int:
    value = members.get(name)
    if type(value) is not int or not 0 <= value <= maximum:
        raise _refused(path, f"'{name}' is no whole number of 0 to {maximum}")
    return value


def _refused(path: Path, why: str) -> FetchFailed:
    return FetchFailed(STORED_KEYS_REFUSED, f"{path.name}: {why}")
