"""Tokens that only their issuer can read: it is asked, and its answer kept for a while (RFC 7662).

An answer is kept under the SHA-256 of the whole token, in the source of one issuer with one policy,
and what a request demands of the token besides, such as scopes, is checked at every use. So an
answer to one question is never taken for one to another. Without an answer nothing is accepted.
"""

import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from sealwax.clock import Clock
from sealwax.entropy import Entropy
from sealwax.jose import KeySet
from sealwax.jose.compact import MAX_TOKEN_SIZE_BYTES
from sealwax.jose.errors import TOKEN_CHARACTERS, TOKEN_TOO_LARGE, JoseError
from sealwax.resource_server import refresher
from sealwax.resource_server.access_token import VerifiedToken
from sealwax.resource_server.discovery import Discovery, Metadata
from sealwax.resource_server.errors import (
    DOCUMENT_INVALID,
    FETCHER_FAILED,
    HTTP_STATUS,
    NO_ANSWER_YET,
    TIMED_OUT,
    TOKEN_INACTIVE,
    TOO_BUSY,
    UNREACHABLE,
    FetchFailed,
    IntrospectionUnavailable,
    InvalidConfiguration,
    KeysUnavailable,
    TokenRefused,
)
from sealwax.resource_server.events import LOGGER_NAME, NO_EVENTS, VerifierEvents
from sealwax.resource_server.fetching import (
    MAX_METADATA_SIZE_BYTES,
    Fetcher,
    FetchLimits,
    FormPoster,
    fetch_document,
    post_form,
)
from sealwax.resource_server.freshness import back_off_seconds
from sealwax.resource_server.introspection_answer import (
    MAX_ANSWER_SIZE_BYTES,
    SIGNED_ANSWER_TYPE,
    Answer,
    AnswerRules,
    SignedAnswers,
    read_answer,
    usable_until,
)
from sealwax.resource_server.introspection_request import Introspection, write_request
from sealwax.resource_server.kept import Wait
from sealwax.resource_server.question_queue import Question, QuestionQueue
from sealwax.resource_server.trusted_keys import KeySource, use_keys
from sealwax.resource_server.web_address import WebAddress, parse_web_address

__all__ = ["Introspection", "IntrospectionSource"]

FAILURES_BEFORE_PAUSE: Final = 3
LONGEST_PAUSE_SECONDS: Final = 30

# RFC 6750 §2.1: what a bearer token may be made of.
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
# What tells of the issuer and not of the one token that was asked about: whoever sends a token that
# makes it stumble does not have all the others wait.
_PAUSING: Final = frozenset({UNREACHABLE, TIMED_OUT})
_SIGNED: Final = f"application/{SIGNED_ANSWER_TYPE}"
_PAUSING_STATUSES: Final = frozenset({401, 403, 429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class AnswerWait(Wait):
    """A wait for the answer to one question, which whoever waited for it gets, however late."""

    question: Question = field(repr=False)


class IntrospectionSource:
    """Judges the tokens of one issuer by asking it."""

    def __init__(
        self,
        issuer: WebAddress,
        settings: Introspection,
        rules: AnswerRules,
        *,
        allow_insecure_http: bool,
        fetcher: Fetcher,
        clock: Clock,
        entropy: Entropy,
        signed_answers: SignedAnswers | None = None,
        keys: KeySource | None = None,
        events: VerifierEvents = NO_EVENTS,
    ) -> None:
        if not isinstance(fetcher, FormPoster):
            text = "needs a fetcher with a method post(url, limits, form, headers)"
            raise InvalidConfiguration("introspection", text)
        self._issuer = issuer
        self._settings = settings
        self._rules = rules
        self._signed_answers = signed_answers
        self._keys = keys
        self._endpoint = settings.endpoint_address(allow_insecure_http=allow_insecure_http)
        self._poster: FormPoster = fetcher
        self._fetcher = fetcher
        self._clock = clock
        self._entropy = entropy
        self._events = events
        self._discovery = Discovery(
            issuer,
            self._get_metadata,
            clock=clock,
            allow_insecure_http=allow_insecure_http,
            member="introspection_endpoint",
        )
        self._queue = QuestionQueue(self._ask, max_requests=settings.max_requests)
        self._active: OrderedDict[bytes, Answer] = OrderedDict()
        self._inactive: OrderedDict[bytes, Answer] = OrderedDict()
        self._failures = 0
        self._failure: FetchFailed | None = None
        self._paused_at = 0
        self._ask_again_at = 0
        self.forget_other_threads()
        refresher.register(self)

    def judge(self, token: str, now: int, waited: Wait | None = None) -> VerifiedToken | Wait:
        """Give the token when the issuer says that it is in force, or what to wait for first.

        `waited` is what this gave before for the same token, when that has landed. Everyone who
        waits for the same token waits for one question. Raises JoseError or TokenRefused for a
        token that is refused, IntrospectionUnavailable when the issuer can't be asked.
        """
        name = _name(token)
        if isinstance(waited, AnswerWait) and waited.question.name == name:
            outcome = waited.question.outcome
            if outcome is not None:
                return self._conclude(outcome, now)
        with self._lock:
            answer = self._recall(name, now)
            if answer is None:
                return self._join(name, token, now)
        return self._conclude(answer, now)

    def close(self) -> None:
        """Forget every answer."""
        refresher.unregister(self)
        with self._lock:
            self._active.clear()
            self._inactive.clear()

    def seconds_until_due(self) -> None:
        """Give None: no answer is renewed before somebody asks."""

    def fetch_now(self) -> None:
        """Do nothing, as nothing is ever due."""

    def forget_other_threads(self) -> None:
        """After a fork: nothing is being asked here, and nobody holds a lock."""
        self._lock = threading.Lock()
        self._discovering = threading.Lock()
        self._open: dict[bytes, Question] = {}
        self._queue.forget()

    def _recall(self, name: bytes, now: int) -> Answer | None:
        for answers in (self._active, self._inactive):
            answer = answers.get(name)
            if answer is not None:
                if answer.is_usable(now):
                    answers.move_to_end(name)
                    return answer
                del answers[name]
        return None

    def _join(self, name: bytes, token: str, now: int) -> Wait:
        """Wait for the question about this token that is open, or put one. Holds the lock."""
        question = self._open.get(name)
        if question is None:
            self._raise_if_paused(now)
            question = Question(name, token, now)
            if not self._queue.put(question):
                raise self._unavailable(FetchFailed(TOO_BUSY), 1)
            self._open[name] = question
        late = self._unavailable(FetchFailed(NO_ANSWER_YET), 1)
        if question.is_late(now):
            raise late
        return AnswerWait(question.flight, late, question)

    def _conclude(self, outcome: Answer | FetchFailed, now: int) -> VerifiedToken:
        if isinstance(outcome, FetchFailed):
            raise self._unavailable(outcome, max(1, self._ask_again_at - now))
        if outcome.claims is None:
            raise TokenRefused(TOKEN_INACTIVE)
        return self._rules.accept(outcome.claims, now)

    def _raise_if_paused(self, now: int) -> None:
        failure = self._failure
        if failure is not None and self._paused_at <= now < self._ask_again_at:
            raise self._unavailable(failure, self._ask_again_at - now)

    def _unavailable(self, failure: FetchFailed, pause: int) -> IntrospectionUnavailable:
        return IntrospectionUnavailable(self._issuer.url, failure, pause)

    def _ask(self, question: Question) -> Answer | FetchFailed:
        """Ask in the thread of a queue; what came of it is kept before anybody is woken."""
        outcome = self._try(question)
        with self._lock:
            self._open.pop(question.name, None)
            if isinstance(outcome, Answer):
                self._failures, self._failure, self._ask_again_at = 0, None, 0
                self._keep(question.name, outcome)
            else:
                self._note(outcome)
        if isinstance(outcome, FetchFailed):
            self._events.fetch_failed(self._issuer.url, "introspection", outcome.reason)
            _log_failure(self._issuer.url, outcome)
        else:
            self._events.fetched(self._issuer.url, "introspection")
        return outcome

    def _try(self, question: Question) -> Answer | FetchFailed:
        if question.is_late(self._clock.now()):
            return FetchFailed(NO_ANSWER_YET)  # nobody waits any more
        try:
            return self._request(question.token)
        except FetchFailed as failure:
            return failure
        except BaseException as error:  # noqa: BLE001 - foreign code; those who wait are answered
            return FetchFailed(FETCHER_FAILED, type(error).__name__)

    def _request(self, token: str) -> Answer:
        endpoint, methods = self._find_endpoint()
        asked_at = self._clock.now()
        request = write_request(
            self._settings,
            token,
            issuer=self._issuer.url,
            method=self._settings.method(methods),
            now=asked_at,
            entropy=self._entropy,
        )
        limits = FetchLimits(
            MAX_ANSWER_SIZE_BYTES,
            accept="application/json" if self._signed_answers is None else _SIGNED,
            network=endpoint.network_for(self._endpoint or self._issuer),
        )
        document = post_form(self._poster, endpoint.url, limits, request.form, request.headers)
        claims = self._read(document.body, endpoint.url, asked_at)
        if claims is None:
            return Answer(None, asked_at, asked_at + self._settings.inactive_cache_seconds)
        until = usable_until(claims, asked_at, self._settings.cache_seconds)
        return Answer(claims, asked_at, until)

    def _read(self, body: bytes, endpoint: str, asked_at: int) -> dict[str, Any] | None:
        signed_answers, keys = self._signed_answers, self._keys
        if signed_answers is None or keys is None:
            return read_answer(body, endpoint)

        def read(key_set: KeySet) -> dict[str, Any] | None:
            now = self._clock.now()
            return signed_answers.read(body, key_set, endpoint, asked_at=asked_at, now=now)

        try:
            return use_keys(keys, read, self._clock)
        except (JoseError, KeysUnavailable) as error:
            raise FetchFailed(DOCUMENT_INVALID, f"answer of {endpoint}: {error}") from None

    def _find_endpoint(self) -> tuple[WebAddress, tuple[str, ...] | None]:
        if self._endpoint is not None:
            return self._endpoint, None
        with self._discovering:
            found: Metadata = self._discovery.metadata()
        return found.address, found.introspection_authentication_methods

    def _get_metadata(self, url: str) -> bytes:
        address = parse_web_address(url, allow_insecure_http=True)
        limits = FetchLimits(MAX_METADATA_SIZE_BYTES, network=address.network_for(self._issuer))
        return fetch_document(self._fetcher, url, limits).body

    def _keep(self, name: bytes, answer: Answer) -> None:
        """Keep an answer, and let go of the one that was of use longest ago. Holds the lock."""
        answers = self._inactive if answer.claims is None else self._active
        answers[name] = answer
        if len(answers) > self._settings.max_tokens:
            answers.popitem(last=False)

    def _note(self, failure: FetchFailed) -> None:
        """Leave an issuer alone for a while that fails again and again. Holds the lock."""
        is_pausing = failure.reason in _PAUSING or (
            failure.reason == HTTP_STATUS and failure.status in _PAUSING_STATUSES
        )
        if not is_pausing:
            return
        self._failures += 1
        pause = min(failure.retry_after_seconds, LONGEST_PAUSE_SECONDS)
        failures = self._failures - FAILURES_BEFORE_PAUSE + 1
        if failures > 0:
            longest = LONGEST_PAUSE_SECONDS
            pause = max(pause, back_off_seconds(failures, self._entropy, longest_seconds=longest))
        self._failure = failure
        self._paused_at = self._clock.now()
        self._ask_again_at = self._paused_at + pause


def _name(token: str) -> bytes:
    """Give the digest of a token that has the form of one (RFC 6750 §2.1). Raises TokenRefused."""
    if len(token) > MAX_TOKEN_SIZE_BYTES:
        raise TokenRefused(TOKEN_TOO_LARGE)
    if not _TOKEN.fullmatch(token):
        raise TokenRefused(TOKEN_CHARACTERS)
    return hashlib.sha256(token.encode("ascii")).digest()


def _log_failure(issuer: str, failure: FetchFailed) -> None:
    """Log a failure, and not what the fetcher raised: that may have held the form."""
    import logging  # noqa: PLC0415 - only paid for when something went wrong

    logging.getLogger(LOGGER_NAME).warning(
        "introspection_failed issuer=%s reason=%s detail=%s", issuer, failure.reason, failure
    )
