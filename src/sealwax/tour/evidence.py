"""What an API of the tour can tell of itself: each request it answered, each call it made.

The tour claims that verifying a token needs no call to the issuer. An API proves it by counting:
its verifier reaches the network through `counting`, and every request notes how many calls had
been made when it came and when it was answered.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Any, Final

from sealwax.clock import Clock
from sealwax.resource_server.fetching import FetchedDocument, Fetcher, FetchLimits

KEPT: Final = 100
REQUEST_NUMBER_HEADER: Final = "X-Request-Number"


@dataclass(slots=True)
class AnsweredRequest:
    """One request, and what became of it."""

    number: int
    at: int
    method: str
    path: str
    origin: str | None
    """The page from which a browser sent it, in the browser's own words."""
    calls_before: int
    calls_after: int = 0
    status: int = 0
    milliseconds: float = 0.0
    reason: str | None = None
    """Why the token was refused, in the verifier's words for logs."""
    subject: str | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class MadeCall:
    """One document that was fetched from the issuer."""

    at: int
    url: str
    outcome: str


class Evidence:
    """The log of one API. Safe to use from several threads; keeps the last KEPT of each kind."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._requests: deque[AnsweredRequest] = deque(maxlen=KEPT)
        self._calls: deque[MadeCall] = deque(maxlen=KEPT)
        self._request_count = 0
        self._call_count = 0

    @contextmanager
    def request(
        self, method: str, path: str, origin: str | None = None
    ) -> Iterator[AnsweredRequest]:
        """Note a request while it is being answered."""
        with self._lock:
            self._request_count += 1
            record = AnsweredRequest(
                self._request_count, self._clock.now(), method, path, origin, self._call_count
            )
            self._requests.append(record)
        started = time.perf_counter()
        earlier = _current.set(record)
        try:
            yield record
        finally:
            _current.reset(earlier)
            record.milliseconds = round((time.perf_counter() - started) * 1000, 3)
            record.calls_after = self._call_count

    def on_refused(self, reason: str, _issuer: str | None) -> None:
        """Note why the token of the request that is being answered was refused."""
        record = _current.get()
        if record is not None:
            record.reason = reason

    def caller(self, subject: str, client_id: str | None) -> None:
        """Note whom the request that is being answered was made for."""
        record = _current.get()
        if record is not None:
            record.subject, record.client_id = subject, client_id

    def counting(self, fetcher: Fetcher) -> Fetcher:
        """Give a fetcher that does what `fetcher` does, and is counted."""

        def fetch(url: str, limits: FetchLimits) -> FetchedDocument:
            outcome = "failed"
            try:
                document = fetcher(url, limits)
                outcome = str(document.status)
                return document
            finally:
                with self._lock:
                    self._call_count += 1
                    self._calls.append(MadeCall(self._clock.now(), url, outcome))

        return fetch

    def to_json(self) -> dict[str, Any]:
        """Give all of it, the latest last."""
        with self._lock:
            return {
                "requests_answered": self._request_count,
                "calls_made": self._call_count,
                "requests": [asdict(one) for one in self._requests],
                "calls": [asdict(one) for one in self._calls],
            }


_current: ContextVar[AnsweredRequest | None] = ContextVar("answered_request", default=None)
