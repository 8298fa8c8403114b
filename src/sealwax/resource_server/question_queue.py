"""Questions to an issuer, asked by few threads at once, each answered for all who wait for it."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from sealwax.resource_server.errors import FetchFailed
from sealwax.resource_server.introspection_answer import Answer
from sealwax.resource_server.kept import WAIT_SECONDS, Flight

MAX_WAITING: Final = 1000
"""How many questions wait for their turn; what comes on top is not taken."""


class Question:
    """One question about one token, known by its digest, and what came of it."""

    __slots__ = ("flight", "name", "outcome", "put_at", "token")

    def __init__(self, name: bytes, token: str, put_at: int) -> None:
        self.name = name
        self.token = token
        self.put_at = put_at
        self.flight = Flight()
        self.outcome: Answer | FetchFailed | None = None

    def is_late(self, now: int) -> bool:
        """True when it should have been answered by now, so nobody else waits for it."""
        return not 0 <= now - self.put_at < WAIT_SECONDS


class QuestionQueue:
    """Has `ask` called for each question, in at most `max_requests` threads.

    `ask` gives the answer or the failure, and does not raise. The threads start when there is
    something to do and end when there is nothing left.
    """

    def __init__(
        self, ask: Callable[[Question], Answer | FetchFailed], *, max_requests: int
    ) -> None:
        self._ask = ask
        self._max_requests = max_requests
        self.forget()

    def put(self, question: Question) -> bool:
        """Take a question; False when too many wait already, or no thread can be had."""
        with self._lock:
            if len(self._waiting) >= MAX_WAITING:
                return False
            self._waiting.append(question)
            if self._workers >= self._max_requests:
                return True
            self._workers += 1
        thread = threading.Thread(target=self._work, name="sealwax-introspection", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return self._do_without(question)
        return True

    def forget(self) -> None:
        """Begin anew, as after a fork: nothing waits, and no thread is at work."""
        self._lock = threading.Lock()
        self._waiting: deque[Question] = deque()
        self._workers = 0

    def _do_without(self, question: Question) -> bool:
        """Leave a question to the threads there are; without any it is not taken."""
        with self._lock:
            self._workers -= 1
            if self._workers or question not in self._waiting:
                return True
            self._waiting.remove(question)
            return False

    def _work(self) -> None:
        while (question := self._next()) is not None:
            question.outcome = self._ask(question)
            question.token = ""
            question.flight.land()

    def _next(self) -> Question | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._workers -= 1
            return None
