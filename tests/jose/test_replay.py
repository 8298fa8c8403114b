"""Replay stores: one winner for each name, a bound on what is remembered, and no guessing."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from sealwax.jose import JoseError, ReplayStoreFull, errors
from sealwax.jose.replay import KEPT_LONGER_SECONDS, MemoryReplayStore, ReplayStore
from tests.jose.support import NOW

THREADS = 8
NAMES = 200


def test_a_name_is_new_once() -> None:
    store: ReplayStore = MemoryReplayStore()
    assert store.add("a", expires_at=NOW + 60, now=NOW)
    assert not store.add("a", expires_at=NOW + 60, now=NOW)
    assert not store.add("a", expires_at=NOW + 600, now=NOW + 1)
    assert store.add("b", expires_at=NOW + 60, now=NOW)


@pytest.mark.parametrize("name", ["", "\ud800", "\0", "x" * 1_000_000, "a b"])
def test_any_text_is_a_name_and_takes_the_same_room(name: str) -> None:
    store = MemoryReplayStore(2)
    assert store.add("another", expires_at=NOW + 60, now=NOW)
    assert store.add(name, expires_at=NOW + 60, now=NOW)
    assert not store.add(name, expires_at=NOW + 60, now=NOW)


def test_of_many_threads_with_one_name_exactly_one_wins() -> None:
    store = MemoryReplayStore()
    start = Barrier(THREADS)

    def wins() -> list[bool]:
        start.wait()
        return [store.add(f"name-{n}", expires_at=NOW + 60, now=NOW) for n in range(NAMES)]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            done = [future.result() for future in [pool.submit(wins) for _ in range(THREADS)]]
    finally:
        sys.setswitchinterval(interval)
    assert [sum(column) for column in zip(*done, strict=True)] == [1] * NAMES
    assert len(store) == NAMES


def test_what_is_over_is_forgotten_and_not_before() -> None:
    store = MemoryReplayStore()
    for seconds in (30, 10, 20):
        store.add(f"for {seconds}", expires_at=NOW + seconds, now=NOW)
    last = NOW + 10 + KEPT_LONGER_SECONDS
    assert not store.add("for 10", expires_at=NOW + 10, now=last - 1)
    assert len(store) == 3
    assert store.add("new", expires_at=last + 60, now=last)
    assert len(store) == 3
    assert store.add("newer", expires_at=last + 90, now=last + 20)
    assert len(store) == 2


def test_a_thread_whose_clock_lags_finds_what_another_would_forget() -> None:
    store = MemoryReplayStore()
    assert store.add("a", expires_at=NOW, now=NOW - 60)
    assert store.add("b", expires_at=NOW + 60, now=NOW + 1)
    assert not store.add("a", expires_at=NOW, now=NOW - 1)


def test_a_full_store_refuses_what_is_new_and_still_knows_what_is_not() -> None:
    store = MemoryReplayStore(2)
    assert store.add("a", expires_at=NOW + 60, now=NOW)
    assert store.add("b", expires_at=NOW + 60, now=NOW)
    for _ in range(2):
        with pytest.raises(ReplayStoreFull) as caught:
            store.add("c", expires_at=NOW + 60, now=NOW)
        assert caught.value.reason == errors.REPLAY_STORE_FULL
        assert isinstance(caught.value, JoseError)
    assert not store.add("a", expires_at=NOW + 60, now=NOW)
    assert len(store) == 2
    assert store.add("c", expires_at=NOW + 600, now=NOW + 60 + KEPT_LONGER_SECONDS)


@pytest.mark.parametrize("max_entries", [0, -1, 1.5, True, None, "1"])
def test_a_store_without_room_can_not_be_built(max_entries: object) -> None:
    with pytest.raises(ValueError, match="max_entries is"):
        MemoryReplayStore(max_entries)  # type: ignore[arg-type]  # the test hands in what types forbid
