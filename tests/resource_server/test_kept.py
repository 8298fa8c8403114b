"""One fetch at a time, for any number of threads, tasks and loops; the thread behind it."""

import asyncio
import gc
import threading
import time
import weakref

import pytest

from sealwax import KeysUnavailable, Verifier
from sealwax.clock import ManualClock, SystemClock
from sealwax.entropy import SeededEntropy
from sealwax.resource_server import FetchedDocument, FetchLimits, refresher
from sealwax.resource_server.errors import UNREACHABLE, FetchFailed
from sealwax.resource_server.kept import Flight, Kept, Loaded
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import AUDIENCE, START, HeldFetcher, eventually, new_issuer

CROWD = 1000


def test_a_thousand_threads_wait_for_one_fetch_of_each_document(issuer: TestIssuer) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(
        issuer.issuer, AUDIENCE, fetcher=fetcher, clock=issuer.clock, wait_seconds=60
    )  # on a busy machine it takes seconds to start the crowd
    token = issuer.token(AUDIENCE)
    subjects: list[str] = []
    fetcher.hold()
    crowd = [
        threading.Thread(target=lambda: subjects.append(verifier.verify_sync(token).subject))
        for _ in range(CROWD)
    ]
    for thread in crowd:
        thread.start()
    fetcher.wait_until_asked()
    fetcher.release()
    for thread in crowd:
        thread.join(60)
    assert subjects == ["user-1"] * CROWD
    assert len(issuer.requests) == len(set(issuer.requests)) == 3


@pytest.mark.anyio
async def test_a_thousand_tasks_wait_for_one_fetch_of_each_document(issuer: TestIssuer) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=issuer.clock)
    token = issuer.token(AUDIENCE)
    fetcher.hold()
    crowd = [asyncio.create_task(verifier.verify(token)) for _ in range(CROWD)]
    await asyncio.sleep(0)
    await asyncio.to_thread(fetcher.wait_until_asked)
    fetcher.release()
    verified = await asyncio.gather(*crowd)
    assert [each.subject for each in verified] == ["user-1"] * CROWD
    assert len(issuer.requests) == len(set(issuer.requests)) == 3


@pytest.mark.anyio
async def test_the_loop_goes_on_while_a_task_waits(issuer: TestIssuer) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=issuer.clock)
    fetcher.hold()
    task = asyncio.create_task(verifier.verify(issuer.token(AUDIENCE)))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not task.done()
    fetcher.release()
    assert (await task).subject == "user-1"


@pytest.mark.anyio
async def test_one_task_that_gives_up_does_not_take_the_fetch_from_the_others(
    issuer: TestIssuer,
) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=issuer.clock)
    token = issuer.token(AUDIENCE)
    fetcher.hold()
    impatient, patient = (asyncio.create_task(verifier.verify(token)) for _ in range(2))
    await asyncio.to_thread(fetcher.wait_until_asked)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    fetcher.release()
    assert (await patient).subject == "user-1"


def test_several_event_loops_share_a_verifier(issuer: TestIssuer) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=issuer.clock)
    token = issuer.token(AUDIENCE)
    subjects: list[str] = []
    fetcher.hold()

    def one_loop() -> None:
        subjects.append(asyncio.run(verifier.verify(token)).subject)

    loops = [threading.Thread(target=one_loop) for _ in range(10)]
    for thread in loops:
        thread.start()
    fetcher.wait_until_asked()
    fetcher.release()
    for thread in loops:
        thread.join(20)
    assert subjects == ["user-1"] * 10
    assert len(issuer.requests) == 3


def test_a_loop_that_ended_before_the_fetch_did_is_forgotten(issuer: TestIssuer) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=issuer.clock)
    token = issuer.token(AUDIENCE)
    fetcher.hold()

    async def give_up() -> None:
        async with asyncio.timeout(0.01):
            await verifier.verify(token)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    fetcher.release()
    assert verifier.verify_sync(token).subject == "user-1"


def test_nobody_waits_longer_than_was_set(issuer: TestIssuer) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(
        issuer.issuer, AUDIENCE, fetcher=fetcher, clock=issuer.clock, wait_seconds=0.05
    )
    token = issuer.token(AUDIENCE)
    fetcher.hold()
    for attempt in (
        lambda: verifier.verify_sync(token),
        lambda: asyncio.run(verifier.verify(token)),
        verifier.prefetch_sync,
        lambda: asyncio.run(verifier.prefetch()),
    ):
        with pytest.raises(KeysUnavailable) as raised:
            attempt()
        assert raised.value.reason == "no_answer_yet"
    fetcher.release()
    eventually(lambda: verifier.is_ready)


def test_waiting_for_what_has_landed_ends_at_once() -> None:
    flight = Flight.landed()
    flight.wait(60)
    asyncio.run(flight.wait_async(60))
    assert flight.has_landed


def _kept(load: object, clock: ManualClock | SystemClock) -> Kept[str]:
    return Kept("a thing", load, clock=clock, entropy=SeededEntropy(1))  # type: ignore[arg-type] # tests hand in loads that fail


def test_a_load_that_breaks_is_a_failed_fetch_and_the_next_one_may_work(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Loaded[str]:
        raise SystemExit("foreign code did that")

    kept = _kept(broken, clock)
    kept.join_fetch().wait(20)
    assert kept.failure is not None
    assert kept.failure.reason == "fetcher_failed"
    assert kept.is_backing_off(clock.now())
    assert "reason=fetcher_failed failures=1" in caplog.text


def test_what_can_not_be_fetched_is_logged_with_its_reason(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    def down() -> Loaded[str]:
        raise FetchFailed(UNREACHABLE, "https://id.example.com")

    kept = _kept(down, clock)
    kept.fetch_now()
    clock.advance(10)
    kept.fetch_now()
    assert [record.getMessage() for record in caplog.records] == [
        f"fetch_failed what=a thing reason=unreachable failures={count} "
        "detail=nothing answered at the address: https://id.example.com"
        for count in (1, 2)
    ]


def test_without_a_thread_to_be_had_those_who_wait_are_answered(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    kept = _kept(lambda: Loaded("x", 0, 0, 0, 0), clock)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    flight = kept.join_fetch()
    assert flight.has_landed
    assert kept.failure is not None


def test_without_a_thread_the_refreshing_begins_with_the_next_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    loaded = threading.Event()

    def load() -> Loaded[str]:
        loaded.set()
        return Loaded("x", 5, 99, 99, 99)

    mine = refresher.Refresher()
    kept = _kept(load, ManualClock(5))
    refresher.unregister(kept)
    kept.current = Loaded("x", 0, 0, 0, 0)
    mine.register(kept)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        mine.wake()
    assert not loaded.is_set()
    mine.wake()
    assert loaded.wait(20)
    mine.unregister(kept)


def test_two_fetches_of_one_thing_do_not_run_at_once(clock: ManualClock) -> None:
    loads = []
    begun, release = threading.Event(), threading.Event()

    def load() -> Loaded[str]:
        loads.append(1)
        begun.set()
        release.wait(20)
        return Loaded("x", START, START + 60, START + 60, START + 60)

    kept = _kept(load, clock)
    flight = kept.join_fetch()
    assert begun.wait(20)
    assert kept.join_fetch() is flight
    kept.fetch_now()
    assert kept.seconds_until_due() is None
    release.set()
    flight.wait(20)
    assert loads == [1]


def test_the_background_thread_renews_without_any_request() -> None:
    loads = []

    def load() -> Loaded[str]:
        loads.append(1)
        now = clock.now()
        return Loaded("x", now, now + 1, now + 2, now + 60)

    clock = SystemClock()
    kept = _kept(load, clock)
    kept.join_fetch().wait(20)
    eventually(lambda: len(loads) >= 3)
    kept.close()


def test_building_a_verifier_starts_no_thread() -> None:
    before = set(threading.enumerate())
    verifier = Verifier("https://id.example.com", AUDIENCE)
    started = {thread.name for thread in set(threading.enumerate()) - before}
    assert started == set()
    verifier.close()


def test_a_process_has_one_refreshing_thread_and_it_is_a_daemon() -> None:
    issuers = [new_issuer(f"https://i{number}.example") for number in range(5)]
    verifiers = [issuer.verifier(AUDIENCE) for issuer in issuers]
    for verifier, issuer in zip(verifiers, issuers, strict=True):
        verifier.verify_sync(issuer.token(AUDIENCE))
    eventually(lambda: len(_refreshing_threads()) == 1)
    assert all(thread.daemon for thread in _refreshing_threads())
    for verifier in verifiers:
        verifier.close()


def _refreshing_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sealwax-refresher"]


def test_the_thread_ends_when_nothing_is_left_and_starts_again() -> None:
    mine = refresher.Refresher()
    loads = []

    def load() -> Loaded[str]:
        loads.append(1)
        return Loaded("x", 0, 0, 0, 0)

    kept = _kept(load, ManualClock(5))
    refresher.unregister(kept)
    for round_ in (1, 2):
        kept.current = Loaded("x", 0, 0, 0, 0)
        mine.register(kept)
        mine.wake()
        eventually(lambda: len(loads) >= round_)  # noqa: B023 - awaited within the round
        mine.unregister(kept)
        eventually(lambda: mine._thread is None)  # noqa: SLF001 - that it ended is what is tested


def test_a_verifier_nobody_holds_any_more_is_not_kept_alive(issuer: TestIssuer) -> None:
    verifier = issuer.verifier(AUDIENCE)
    verifier.verify_sync(issuer.token(AUDIENCE))
    gone = weakref.ref(verifier)
    eventually(lambda: len(_refreshing_threads()) == 1)
    del verifier
    eventually(lambda: gc.collect() >= 0 and gone() is None)


def test_an_issuer_that_hangs_does_not_make_others_wait(clock: ManualClock) -> None:
    slow, quick = new_issuer("https://slow.example", clock=clock), new_issuer(clock=clock)
    hanging = HeldFetcher(slow.fetch)
    first = Verifier(slow.issuer, AUDIENCE, fetcher=hanging, clock=clock, status=False)
    second = quick.verifier(AUDIENCE, status=False)
    first.prefetch_sync()
    second.prefetch_sync()
    clock.advance(290)
    hanging.hold()
    before = hanging.count
    first.verify_sync(slow.token(AUDIENCE))  # its renewal hangs in the background thread
    eventually(lambda: hanging.count == before + 1)
    quick.rotate_key()
    started = time.monotonic()
    assert second.verify_sync(quick.token(AUDIENCE)).subject == "user-1"
    assert time.monotonic() - started < 5
    hanging.release()


def test_what_is_closed_is_not_fetched_by_a_round_that_had_begun(clock: ManualClock) -> None:
    loads: list[int] = []

    def load() -> Loaded[str]:
        loads.append(1)
        return Loaded("x", 0, 0, 0, 0)

    kept = _kept(load, clock)
    kept.current = Loaded("x", 0, 0, 0, 0)
    assert kept.seconds_until_due() == 0
    kept.close()
    assert kept.seconds_until_due() is None
    kept.fetch_now()
    assert loads == []


def test_closing_ends_the_refreshing(issuer: TestIssuer, clock: ManualClock) -> None:
    verifier = issuer.verifier(AUDIENCE)
    verifier.verify_sync(issuer.token(AUDIENCE))
    verifier.close()
    verifier.close()
    before = len(issuer.requests)
    clock.advance(1000)
    refresher.wake()
    probe = threading.Event()

    def load() -> Loaded[str]:
        probe.set()
        return Loaded("x", clock.now(), clock.now() + 99, clock.now() + 99, clock.now() + 99)

    other = _kept(load, clock)
    other.current = Loaded("x", 0, 0, 0, 0)
    refresher.wake()
    assert probe.wait(20)  # the thread came round, and did not ask for what was closed
    assert len(issuer.requests) == before
    other.close()


def test_a_fetcher_of_any_parameter_names_will_do(issuer: TestIssuer) -> None:
    def get(address: str, allowed: FetchLimits) -> FetchedDocument:
        return issuer.fetch(address, allowed)

    Verifier(issuer.issuer, AUDIENCE, fetcher=get, clock=issuer.clock).prefetch_sync()
