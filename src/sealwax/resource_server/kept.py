"""A document that is fetched, kept and refreshed: at most one fetch of it at a time.

What to do while a fetch is under way is for the caller to decide: go on with what is at hand, or
wait for the `Flight`. A thousand waiting threads and tasks wait for the same one.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sealwax.clock import Clock
from sealwax.entropy import Entropy
from sealwax.resource_server import refresher
from sealwax.resource_server.errors import FETCHER_FAILED, FetchFailed, VerifierError
from sealwax.resource_server.events import LOGGER_NAME
from sealwax.resource_server.freshness import MAX_BACK_OFF_SECONDS, back_off_seconds

Value = TypeVar("Value")

WAIT_SECONDS: Final = 6
"""How long anyone waits for one fetch: as long as it may take, and a second."""


@dataclass(frozen=True, slots=True)
class Loaded(Generic[Value]):
    """A value and its times, counted from when it was asked for: what it says was true then.

    From `refresh_at` on, a new copy is fetched in the background. Until `fresh_until` nothing is
    lost by using this one. From `usable_until` on it is not used, even if no newer can be had.
    """

    value: Value
    asked_at: int
    refresh_at: int
    fresh_until: int
    usable_until: int


class Flight:
    """One fetch under way. It always lands: with a new value kept, or with a failure noted."""

    __slots__ = ("_landed", "_lock", "_on_landing")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._landed = threading.Event()
        self._on_landing: list[Callable[[], None]] = []

    @classmethod
    def landed(cls) -> "Flight":
        """Make one that is over already: what it brought is there."""
        flight = cls()
        flight.land()
        return flight

    @property
    def has_landed(self) -> bool:
        """True when the fetch is over, one way or the other."""
        return self._landed.is_set()

    def wait(self, timeout_seconds: float) -> None:
        """Block this thread until the flight has landed or the time is over."""
        self._landed.wait(timeout_seconds)

    async def wait_async(self, timeout_seconds: float) -> None:
        """Wait in an asyncio task, without blocking its loop, until landed or the time is over."""
        import asyncio  # noqa: PLC0415 - costs 30 ms that a program without asyncio need not pay

        loop = asyncio.get_running_loop()
        landed = asyncio.Event()

        def tell_the_loop() -> None:
            # A loop that was closed meanwhile has nobody waiting.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(landed.set)

        with self._lock:
            if self._landed.is_set():
                return
            self._on_landing.append(tell_the_loop)
        # Late or not, the caller looks at what is there now.
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await landed.wait()

    def land(self) -> None:
        """Wake everyone who waits."""
        with self._lock:
            self._landed.set()
            waiting, self._on_landing = self._on_landing, []
        for tell in waiting:
            tell()


@dataclass(frozen=True, slots=True)
class Wait:
    """What to wait for before a token can be judged, and the error if that takes too long."""

    flight: Flight
    otherwise: VerifierError


class Kept(Generic[Value]):
    """Loads a value with `load`, keeps it, and has it loaded again ahead of its time.

    `load` raises FetchFailed. After a failure the old value stays, and the next attempt waits
    for the back-off; `on_failure` is told. A value that nobody used for `idle_after_seconds` is no
    longer refreshed.
    `lock` is for whoever decides over several steps whether to fetch; a fork makes it anew.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], Loaded[Value]],
        *,
        clock: Clock,
        entropy: Entropy,
        idle_after_seconds: int | None = None,
        longest_back_off_seconds: int = MAX_BACK_OFF_SECONDS,
        on_failure: Callable[[FetchFailed], None] | None = None,
    ) -> None:
        self.current: Loaded[Value] | None = None
        self.failure: FetchFailed | None = None
        self.loads = 0
        self.last_used_at = 0
        self._name = name
        self._load = load
        self._clock = clock
        self._entropy = entropy
        self._idle_after_seconds = idle_after_seconds
        self._longest_back_off_seconds = longest_back_off_seconds
        self._on_failure = on_failure
        self.lock = threading.RLock()
        self._flight: Flight | None = None
        self._is_closed = False
        self._started_at = 0
        self._failures = 0
        self._failed_at = 0
        self._retry_at = 0
        refresher.register(self)

    def join_fetch(self) -> Flight:
        """Give the fetch that is under way, or start one in a thread of its own."""
        with self.lock:
            if self._flight is not None:
                return self._flight
            flight = self._begin()
        thread = threading.Thread(target=self._fly, args=(flight,), name="sealwax-fetch")
        thread.daemon = True
        try:
            thread.start()
        except RuntimeError as error:
            self._settle(flight, FetchFailed(FETCHER_FAILED, f"no thread for it: {error}"))
        return flight

    @property
    def is_fetching(self) -> bool:
        """True while a fetch is under way."""
        return self._flight is not None

    def is_late(self, now: int) -> bool:
        """True when the fetch under way should have ended by now, so nobody else waits for it."""
        return self.is_fetching and not 0 <= now - self._started_at < WAIT_SECONDS

    def refresh_soon(self, now: int) -> None:
        """Have a new copy fetched in the background, unless that is under way or was just tried."""
        if not self.is_fetching and not self.is_backing_off(now):
            refresher.wake()

    def is_backing_off(self, now: int) -> bool:
        """True while the last attempt failed and the next is not due yet."""
        return self.failure is not None and self._failed_at <= now < self._retry_at

    def seconds_until_retry(self, now: int) -> int:
        """Give the rest of the back-off, at least 1."""
        return max(1, self._retry_at - now)

    def close(self) -> None:
        """Stop refreshing; the thread may be on its round, so it is told here too."""
        with self.lock:
            self._is_closed = True
        refresher.unregister(self)

    def seconds_until_due(self) -> int | None:
        """Give the seconds until the next fetch is due; None when none is wanted."""
        now = self._clock.now()
        loaded = self.current
        if self._flight is not None or self._is_closed or self._is_idle(now):
            return None
        if self.failure is not None:
            return max(0, self._retry_at - now) if self._failed_at <= now else 0
        if loaded is None:
            return None
        return max(0, loaded.refresh_at - now) if loaded.asked_at <= now else 0

    def fetch_now(self) -> None:
        """Fetch in this thread, unless a fetch is under way or nobody wants it any more."""
        with self.lock:
            if self._flight is not None or self._is_closed:
                return
            flight = self._begin()
        self._fly(flight)

    def forget_other_threads(self) -> None:
        """After a fork: no fetch is under way here, and nobody holds the lock."""
        self.lock = threading.RLock()
        self._flight = None

    def _begin(self) -> Flight:
        self._started_at = self._clock.now()
        self._flight = Flight()
        return self._flight

    def _is_idle(self, now: int) -> bool:
        if self._idle_after_seconds is None:
            return False
        return not 0 <= now - self.last_used_at <= self._idle_after_seconds

    def _fly(self, flight: Flight) -> None:
        try:
            outcome: Loaded[Value] | FetchFailed = self._load()
        except FetchFailed as failure:
            outcome = failure
        except BaseException as error:  # noqa: BLE001 - those who wait are answered, the thread goes on
            outcome = FetchFailed(FETCHER_FAILED, type(error).__name__)
            outcome.__cause__ = error
        self._settle(flight, outcome)

    def _settle(self, flight: Flight, outcome: Loaded[Value] | FetchFailed) -> None:
        now = self._clock.now()
        with self.lock:
            if isinstance(outcome, Loaded):
                self.current, self.failure, self._failures = outcome, None, 0
                self.loads += 1
            else:
                self._failures += 1
                pause = back_off_seconds(
                    self._failures, self._entropy, longest_seconds=self._longest_back_off_seconds
                )
                self._failed_at = now
                self._retry_at = now + max(pause, outcome.retry_after_seconds)
                self.failure = outcome
            self._flight = None
        if isinstance(outcome, FetchFailed):
            log_failure(self._name, outcome, self._failures)
            if self._on_failure is not None:
                self._on_failure(outcome)
        flight.land()
        refresher.wake()


def log_failure(name: str, failure: FetchFailed, failures: int) -> None:
    """Log a fetch that failed, the how-maniest in a row it is, and why."""
    import logging  # noqa: PLC0415 - only paid for when something went wrong

    logging.getLogger(LOGGER_NAME).warning(
        "fetch_failed what=%s reason=%s failures=%d detail=%s",
        name,
        failure.reason,
        failures,
        failure,
        exc_info=failure.__cause__ if failure.reason == FETCHER_FAILED else None,
    )
