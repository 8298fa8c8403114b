"""What the tests of the verifier share: a fetcher that can be held, and waiting for a condition."""

import asyncio
import threading
import time
from collections.abc import Callable, Collection

from sealwax.clock import ManualClock
from sealwax.resource_server import FetchedDocument, Fetcher, FetchLimits, VerifiedToken, Verifier
from sealwax.testing import TestIssuer

AUDIENCE = "https://api.example.com"
ISSUER = "https://id.example.com"
START = 1_800_000_000
PATIENCE_SECONDS = 20

Check = Callable[..., VerifiedToken]


def check_sync(verifier: Verifier, token: str, scopes: Collection[str] = ()) -> VerifiedToken:
    return verifier.verify_sync(token, scopes=scopes)


def check_async(verifier: Verifier, token: str, scopes: Collection[str] = ()) -> VerifiedToken:
    return asyncio.run(verifier.verify(token, scopes=scopes))


def new_issuer(issuer: str = ISSUER, *, clock: ManualClock | None = None) -> TestIssuer:
    """A test issuer whose time only a test moves."""
    return TestIssuer(issuer, clock=clock or ManualClock(START))


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what a background thread is about to bring."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.002)


class HeldFetcher:
    """Passes fetches on, one by one counted, and while it is held lets none of them end.

    With `answers_first` what is held back is an answer that was given before.
    """

    def __init__(self, fetcher: Fetcher, *, answers_first: bool = False) -> None:
        self._fetcher = fetcher
        self._answers_first = answers_first
        self._open = threading.Event()
        self._open.set()
        self._begun = threading.Semaphore(0)
        self.count = 0

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def wait_until_asked(self) -> None:
        assert self._begun.acquire(timeout=PATIENCE_SECONDS)

    def __call__(self, url: str, limits: FetchLimits) -> FetchedDocument:
        self.count += 1
        answer = self._fetcher(url, limits) if self._answers_first else None
        self._begun.release()
        assert self._open.wait(PATIENCE_SECONDS)
        return answer or self._fetcher(url, limits)
