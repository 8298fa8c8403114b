"""What time it is, as a thing that is handed in.

Pure code takes `now: int` and never asks. Whoever has to ask holds a `Clock`, so that tests
decide the time instead of waiting for it.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> int:
        """Give the whole seconds since 1970-01-01 00:00:00 UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    __slots__ = ()

    def now(self) -> int:
        """Give the machine's time in whole seconds, rounded down."""
        return int(time.time())  # noqa: TID251  # this is where it is taken from


class ManualClock:
    """A clock that stands still until it is moved, for tests."""

    __slots__ = ("_now",)

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        """Give the time it was set to."""
        return self._now

    def advance(self, seconds: int) -> None:
        """Move the clock by so many seconds; a negative number moves it back."""
        self._now += seconds
