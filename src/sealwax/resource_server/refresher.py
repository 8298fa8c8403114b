"""The one background thread of a process that keeps fetched documents fresh.

It starts when there is first something to keep, sleeps until the next thing is due, ends when
nothing is left, and is a daemon: it never holds up the end of the program. After a fork the child
has no such thread; it gets one of its own with the first refresh that it needs.
"""

import os
import threading
import weakref
from collections.abc import Iterable
from typing import Final, Protocol

MAX_PAUSE_SECONDS: Final = 60


class Refreshable(Protocol):
    """Something that says when it wants to be fetched again."""

    def seconds_until_due(self) -> int | None:
        """Give the seconds until the next fetch is due: 0 for now, None when none is wanted."""
        ...

    def fetch_now(self) -> None:
        """Fetch in the calling thread. It never raises."""
        ...

    def forget_other_threads(self) -> None:
        """Let go of what threads were doing that this process does not have."""
        ...


def register(item: Refreshable) -> None:
    """Have `item` fetched whenever it is due, for as long as somebody else holds it.

    Starts nothing yet: that is left to the first `wake`.
    """
    _process.register(item)


def unregister(item: Refreshable) -> None:
    """Leave `item` alone from now on."""
    _process.unregister(item)


def wake() -> None:
    """Look at what is due now, starting the thread if there is none."""
    _process.wake()


class Refresher:
    """The thread and what it keeps fresh. A process has one, `_process` below."""

    def __init__(self, items: Iterable[Refreshable] = ()) -> None:
        self.items = weakref.WeakSet(items)
        self._condition = threading.Condition()
        self._is_woken = False
        self._thread: threading.Thread | None = None

    def register(self, item: Refreshable) -> None:
        """Add `item`."""
        with self._condition:
            self.items.add(item)

    def unregister(self, item: Refreshable) -> None:
        """Remove `item`; the thread ends when it was the last."""
        with self._condition:
            self.items.discard(item)
            self._wake_thread()

    def wake(self) -> None:
        """End the pause of the thread, or start it where there is something to keep fresh."""
        with self._condition:
            self._wake_thread()
            is_running = self._thread is not None and self._thread.is_alive()
            if not is_running and self.items:
                thread = threading.Thread(target=self._run, name="sealwax-refresher", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return  # no thread can be had now: the next call tries again
                self._thread = thread

    def _wake_thread(self) -> None:
        self._is_woken = True
        self._condition.notify()

    def _run(self) -> None:
        while self._pause():
            self._fetch_due()

    def _pause(self) -> bool:
        """Sleep until something is due; False when nothing is left to keep fresh."""
        with self._condition:
            if not self._is_woken:
                self._condition.wait(self._seconds_until_next())
            self._is_woken = False
            if self.items:
                return True
            self._thread = None
            return False

    def _seconds_until_next(self) -> int:
        waits = [item.seconds_until_due() for item in list(self.items)]
        return min([MAX_PAUSE_SECONDS, *(wait for wait in waits if wait is not None)])

    def _fetch_due(self) -> None:
        with self._condition:
            items = list(self.items)
        for item in items:
            if item.seconds_until_due() == 0:
                item.fetch_now()


_process = Refresher()


def _start_anew_after_fork() -> None:
    """Replace thread and locks: another thread may have held them at the moment of the fork."""
    global _process  # noqa: PLW0603 - one a process is what this is, and the process is a new one
    items = list(_process.items)
    _process = Refresher(items)
    for item in items:
        item.forget_other_threads()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_start_anew_after_fork)
