"""The writer: groups, savepoints, failing commits, cancelled and closed waiters."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from sealwax.storage.contracts import NotFound, StorageUnavailable
from sealwax.storage.sqlite.connections import connect_reader, connect_writer
from sealwax.storage.sqlite.group_commit import MAXIMUM_GROUP, GroupCommitWriter

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


class _Bench:
    """A database of numbers, its writer, and a gate that holds it inside a transaction."""

    def __init__(self, path: Path) -> None:
        path.touch()
        connection = connect_writer(path, wait_seconds=1)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
        connection.execute(
            "CREATE TABLE numbers (n INTEGER, parent INTEGER REFERENCES parents (id))"
        )
        self.connection = connection
        self.commits = 0
        self.objection: StorageUnavailable | None = None
        self.writer = GroupCommitWriter(path, connection, self._check)
        self.reader = connect_reader(path)
        self._entered = threading.Event()
        self._gate = threading.Event()

    def _check(self, _: sqlite3.Connection) -> None:
        self.commits += 1
        if self.objection is not None:
            raise self.objection

    async def hold(self) -> asyncio.Task[None]:
        """Let a write begin and wait in its transaction; what is written now makes one group."""

        def wait(_: sqlite3.Connection) -> None:
            self._entered.set()
            self._gate.wait()

        task = asyncio.create_task(self.writer.write(wait))
        await asyncio.to_thread(self._entered.wait)
        return task

    def go_on(self) -> None:
        self._gate.set()

    def numbers(self) -> list[int]:
        return [n for (n,) in self.reader.execute("SELECT n FROM numbers ORDER BY n")]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[_Bench]:
    made = _Bench(tmp_path / "bench.sqlite3")
    yield made
    made.go_on()
    await made.writer.close()
    made.reader.close()


def insert(n: int) -> Callable[[sqlite3.Connection], int]:
    return lambda connection: (
        connection.execute("INSERT INTO numbers (n) VALUES (?)", (n,)).rowcount
    )


async def together(bench: _Bench, *works: Callable[[sqlite3.Connection], Any]) -> list[Any]:
    """Run these in one group and give what each returned or raised."""
    held = await bench.hold()
    tasks = [asyncio.create_task(bench.writer.write(work)) for work in works]
    await asyncio.sleep(0)
    bench.go_on()
    await held
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_write_is_there_for_others_when_it_returns(bench: _Bench) -> None:
    for n in range(20):
        assert await bench.writer.write(insert(n)) == 1
        assert bench.numbers() == list(range(n + 1))


async def test_what_waits_together_is_committed_together(bench: _Bench) -> None:
    outcomes = await together(bench, *(insert(n) for n in range(50)))
    assert outcomes == [1] * 50
    assert bench.commits == 2
    assert bench.numbers() == list(range(50))


async def test_a_group_has_an_upper_size(bench: _Bench) -> None:
    await together(bench, *(insert(n) for n in range(MAXIMUM_GROUP + 1)))
    assert bench.commits == 3


async def test_one_that_fails_does_not_undo_its_neighbours(bench: _Bench) -> None:
    def insert_and_refuse(connection: sqlite3.Connection) -> None:
        insert(100)(connection)
        raise NotFound("number")

    def insert_and_break(connection: sqlite3.Connection) -> None:
        insert(101)(connection)
        connection.execute("INSERT INTO nowhere VALUES (1)")

    def insert_and_stumble(connection: sqlite3.Connection) -> None:
        insert(102)(connection)
        raise ZeroDivisionError

    outcomes = await together(
        bench,
        insert(1),
        insert_and_refuse,
        insert(2),
        insert_and_break,
        insert_and_stumble,
        insert(3),
    )
    assert bench.commits == 2
    assert [type(outcome) for outcome in outcomes] == [
        int,
        NotFound,
        int,
        StorageUnavailable,
        ZeroDivisionError,
        int,
    ]
    assert bench.numbers() == [1, 2, 3]


def _break_commit(connection: sqlite3.Connection) -> None:
    """Make a COMMIT that fails: a reference to nothing, looked at only then."""
    connection.execute("PRAGMA defer_foreign_keys = ON")
    connection.execute("INSERT INTO numbers (n, parent) VALUES (100, 100)")


async def test_if_the_commit_fails_all_of_the_group_fails_and_nothing_was_done(
    bench: _Bench,
) -> None:
    outcomes = await together(bench, insert(1), _break_commit, insert(2))
    assert [type(outcome) for outcome in outcomes] == [StorageUnavailable] * 3
    assert len({id(outcome) for outcome in outcomes}) == 3
    assert bench.numbers() == []
    await bench.writer.write(insert(3))
    assert bench.numbers() == [3]


async def test_a_full_database_refuses_and_keeps_what_it_acknowledged(bench: _Bench) -> None:
    bench.connection.execute("PRAGMA max_page_count = 6")
    bench.go_on()

    def insert_often(n: int) -> Callable[[sqlite3.Connection], object]:
        return lambda connection: connection.executemany(
            "INSERT INTO numbers (n) VALUES (?)", [(n,)] * 300
        )

    outcomes = [
        (await asyncio.gather(bench.writer.write(insert_often(n)), return_exceptions=True))[0]
        for n in range(20)
    ]
    refused = [outcome for outcome in outcomes if isinstance(outcome, StorageUnavailable)]
    assert 0 < len(refused) < 20
    assert {"no space is left" in str(refusal) for refusal in refused} == {True}
    kept = [n for n in range(20) if outcomes[n] not in refused]
    assert bench.numbers() == sorted(kept * 300)
    bench.connection.execute("PRAGMA max_page_count = 1000")
    await bench.writer.write(insert(100))
    assert bench.numbers()[-1] == 100


async def test_an_objection_at_the_beginning_refuses_the_group(bench: _Bench) -> None:
    bench.objection = StorageUnavailable("not now")
    with pytest.raises(StorageUnavailable, match="not now"):
        await bench.writer.write(insert(1))
    bench.objection = None
    await bench.writer.write(insert(2))
    assert bench.numbers() == [2]


async def test_nobody_waits_for_ever_whatever_goes_wrong(bench: _Bench) -> None:
    bench.objection = ZeroDivisionError()  # type: ignore[assignment]  # what nobody thought of
    with pytest.raises(StorageUnavailable, match="ZeroDivisionError"):
        await bench.writer.write(insert(1))
    bench.objection = None
    await bench.writer.write(insert(2))
    assert bench.numbers() == [2]


async def test_another_process_that_keeps_the_file_locked_is_named(
    bench: _Bench, tmp_path: Path
) -> None:
    bench.connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / "bench.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable, match="is locked by another process"):
        await bench.writer.write(insert(1))
    other.execute("ROLLBACK")
    other.close()
    await bench.writer.write(insert(2))
    assert bench.numbers() == [2]


async def test_who_is_cancelled_before_its_turn_leaves_no_trace(bench: _Bench) -> None:
    held = await bench.hold()
    tasks = [asyncio.create_task(bench.writer.write(insert(n))) for n in range(10)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.sleep(0)
    bench.go_on()
    await held
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, int] * 5
    assert bench.numbers() == [1, 3, 5, 7, 9]


async def test_who_is_cancelled_within_its_turn_disturbs_nobody(bench: _Bench) -> None:
    held = await bench.hold()
    held.cancel()
    waiting = asyncio.create_task(bench.writer.write(insert(1)))
    await asyncio.sleep(0)
    bench.go_on()
    with pytest.raises(asyncio.CancelledError):
        await held
    assert await waiting == 1
    assert bench.numbers() == [1]


async def test_closing_commits_what_waits_and_refuses_what_comes(bench: _Bench) -> None:
    held = await bench.hold()
    tasks = [asyncio.create_task(bench.writer.write(insert(n))) for n in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(bench.writer.close())
    await asyncio.sleep(0)
    with pytest.raises(StorageUnavailable, match="is closed"):
        await bench.writer.write(insert(9))
    bench.go_on()
    await asyncio.gather(held, closing, *tasks)
    assert bench.numbers() == [0, 1, 2, 3, 4]


async def test_a_loop_that_is_gone_leaves_the_writer_to_others(bench: _Bench) -> None:
    held = await bench.hold()

    def begin_and_leave() -> None:
        loop = asyncio.new_event_loop()
        task = loop.create_task(bench.writer.write(insert(1)))
        loop.run_until_complete(asyncio.sleep(0))
        task.get_coro().close()  # the loop ends without it
        loop.close()

    await asyncio.to_thread(begin_and_leave)
    bench.go_on()
    await held
    assert await bench.writer.write(insert(2)) == 1
    assert bench.numbers() == [1, 2]


async def test_several_loops_write_at_once(bench: _Bench) -> None:
    async def write_some(first: int) -> None:
        await asyncio.gather(*(bench.writer.write(insert(first + n)) for n in range(25)))

    def in_a_loop_of_its_own(first: int) -> None:
        asyncio.run(write_some(first))

    await asyncio.gather(
        write_some(0), *(asyncio.to_thread(in_a_loop_of_its_own, first) for first in (25, 50))
    )
    assert bench.numbers() == list(range(75))
