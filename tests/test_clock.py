"""Clocks: one that reads the machine, one that tests move."""

import time

from sealwax.clock import Clock, ManualClock, SystemClock


def test_the_system_clock_gives_whole_seconds_of_the_machine() -> None:
    before = int(time.time())
    now = SystemClock().now()
    after = int(time.time())
    assert type(now) is int
    assert before <= now <= after


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    clock: Clock = ManualClock(1_000)
    assert [clock.now(), clock.now()] == [1_000, 1_000]


def test_a_manual_clock_moves_both_ways() -> None:
    clock = ManualClock(1_000)
    clock.advance(60)
    assert clock.now() == 1_060
    clock.advance(-70)
    assert clock.now() == 990
