"""One thread that writes: whatever waits when a commit is over goes into the next one.

A write is a function that gets the connection inside a transaction. Its future is resolved when the
transaction of its whole group is on the disk, so an acknowledged write is a durable one. Each write
has a savepoint: one that raises is undone alone. If the group can't be committed none of it has
happened, and every write of it fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from sealwax.storage.contracts import StorageUnavailable
from sealwax.storage.sqlite.unavailable import unavailable

Result = TypeVar("Result")

MAXIMUM_GROUP: Final = 512
"""Writes in one transaction; bounds how long another process waits for its turn."""


@dataclass(frozen=True, slots=True)
class _Write:
    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True, slots=True)
class _Outcome:
    result: Any = None
    error: Exception | None = None


class GroupCommitWriter:
    """The only writer of this process; `write` from any task, `close` once.

    `check` runs at the beginning of each transaction and may raise StorageUnavailable.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        check: Callable[[sqlite3.Connection], None],
    ) -> None:
        self._path = path
        self._connection = connection
        self._check = check
        self._waiting: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="sealwax-storage", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `work` in a transaction and give what it returned once that is on the disk.

        Raises what `work` raised, which undoes it alone, or StorageUnavailable: then nothing of it
        has happened. A caller that is cancelled before its turn leaves no trace; later, its write
        stands although nobody hears of it.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        with self._door:
            if self._is_closed:
                raise StorageUnavailable(f"{self._path} is closed")
            self._waiting.put(_Write(work, future, loop))
        return await future

    async def close(self) -> None:
        """Commit what waits, end the thread and close the connection. Twice is once."""
        with self._door:
            if not self._is_closed:
                self._is_closed = True
                self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._collect()
            if group:
                _deliver(group, self._commit(group))
        self._connection.close()

    def _collect(self) -> tuple[list[_Write], bool]:
        """Wait for one write and take all that wait with it; False when it was the last time."""
        group: list[_Write] = []
        while len(group) < MAXIMUM_GROUP:
            try:
                write = self._waiting.get(block=not group)
            except queue.Empty:
                break
            if write is None:
                return group, False
            if not write.future.cancelled():
                group.append(write)
        return group, True

    def _commit(self, group: list[_Write]) -> list[_Outcome]:
        """Run the group in one transaction; all or none of it is durable afterwards."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            self._check(connection)
            outcomes = [self._attempt(write.work) for write in group]
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 -- whatever it is, nobody may wait for ever
            self._roll_back()
            return [_Outcome(error=self._failure(error)) for _ in group]
        return outcomes

    def _attempt(self, work: Callable[[sqlite3.Connection], Any]) -> _Outcome:
        """Run one write behind a savepoint. Raises sqlite3.Error if all of the group is lost."""
        connection = self._connection
        connection.execute("SAVEPOINT one_write")
        try:
            result = work(connection)
        except Exception as error:
            if not connection.in_transaction:
                raise  # on a full or failing disk SQLite undoes the whole transaction by itself
            connection.execute("ROLLBACK TO one_write")
            connection.execute("RELEASE one_write")
            return _Outcome(
                error=self._failure(error) if isinstance(error, sqlite3.Error) else error
            )
        connection.execute("RELEASE one_write")
        return _Outcome(result)

    def _failure(self, error: Exception) -> StorageUnavailable:
        """Say why the group failed: an error of its own for each caller, since tracebacks grow."""
        if isinstance(error, sqlite3.Error):
            return unavailable(self._path, error)
        if isinstance(error, StorageUnavailable):
            return StorageUnavailable(*error.args)
        return StorageUnavailable(f"{self._path} can't be written: {type(error).__name__}")

    def _roll_back(self) -> None:
        """Undo what is left; where even that fails the next BEGIN fails too, and says so."""
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")


def _deliver(group: list[_Write], outcomes: list[_Outcome]) -> None:
    """Wake each loop once, with all that it waits for."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Write, _Outcome]]] = defaultdict(list)
    for write, outcome in zip(group, outcomes, strict=True):
        by_loop[write.loop].append((write, outcome))
    for loop, settled in by_loop.items():
        with contextlib.suppress(RuntimeError):  # a closed loop: nobody waits any more
            loop.call_soon_threadsafe(_settle, settled)


def _settle(settled: list[tuple[_Write, _Outcome]]) -> None:
    """Resolve the futures on their own loop; a cancelled one has nobody behind it."""
    for write, outcome in settled:
        if write.future.done():
            continue
        if outcome.error is None:
            write.future.set_result(outcome.result)
        else:
            write.future.set_exception(outcome.error)
