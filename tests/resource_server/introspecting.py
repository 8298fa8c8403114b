"""An issuer that is asked about tokens: in memory, on demand held, broken or slow."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from sealwax.clock import Clock
from sealwax.entropy import SeededEntropy
from sealwax.jose import Key, Policy, jwt
from sealwax.resource_server import FetchedDocument, Fetcher, FetchLimits, VerifiedToken
from sealwax.resource_server.access_token import AccessTokenRules
from sealwax.resource_server.events import NO_EVENTS, VerifierEvents
from sealwax.resource_server.introspection import IntrospectionSource
from sealwax.resource_server.introspection_answer import AnswerRules
from sealwax.resource_server.introspection_request import Introspection
from sealwax.resource_server.kept import Wait
from sealwax.resource_server.web_address import parse_web_address
from tests.resource_server.fakes import AUDIENCE, ISSUER, PATIENCE_SECONDS, START

ENDPOINT = f"{ISSUER}/introspect"
TOKEN = "2YotnFZFEjr1zCsicMWpAA"
SECRET = "s3cret/&=+"


class AskedIssuer:
    """Answers by token; everything it was sent is kept.

    Each token has the members of an answer, or raw bytes, or a status, or something to raise.
    """

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.metadata: dict[str, object] = {"issuer": ISSUER, "introspection_endpoint": ENDPOINT}
        self.headers: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.asked_with: list[tuple[str, FetchLimits, Mapping[str, str]]] = []
        self.fetched: list[str] = []
        self.documents: Fetcher = _nothing
        self.in_flight = 0
        self.most_in_flight = 0
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._begun = threading.Semaphore(0)

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def wait_until_asked(self) -> None:
        assert self._begun.acquire(timeout=PATIENCE_SECONDS)

    def __call__(self, url: str, limits: FetchLimits) -> FetchedDocument:
        self.fetched.append(url)
        if url == f"{ISSUER}/.well-known/oauth-authorization-server":
            return FetchedDocument(200, {}, json.dumps(self.metadata).encode())
        return self.documents(url, limits)

    def post(
        self, url: str, limits: FetchLimits, form: bytes, headers: Mapping[str, str]
    ) -> FetchedDocument:
        fields = {name: value for name, [value] in parse_qs(form.decode("ascii")).items()}
        with self._lock:
            self.asked.append(fields)
            self.asked_with.append((url, limits, headers))
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self._begun.release()
        try:
            assert self._open.wait(PATIENCE_SECONDS)
            return self._answer(self.answers.get(fields["token"], {"active": False}))
        finally:
            with self._lock:
                self.in_flight -= 1

    def sign(self, members: object, key: Key, **changes: object) -> bytes:
        """A signed answer (RFC 9701 §5), or what some claims and a `typ` make of it."""
        claims = {
            "iss": ISSUER,
            "aud": "api",
            "iat": START,
            "token_introspection": members,
            **changes,
        }
        typ = str(claims.pop("typ", "token-introspection+jwt"))
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.sign(kept, key, typ=typ).encode()

    def _answer(self, answer: object) -> FetchedDocument:
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, int):
            return FetchedDocument(answer, self.headers, b"")
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return FetchedDocument(200, self.headers, body)


def _nothing(_url: str, _limits: FetchLimits) -> FetchedDocument:
    return FetchedDocument(404, {}, b"")


def in_force(now: int, **changes: object) -> dict[str, Any]:
    """The answer about a token that is good; None takes a member away."""
    members: dict[str, object] = {
        "active": True,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "user-1",
        "client_id": "client-1",
        "scope": "notes:read notes:write",
        "token_type": "Bearer",
        "iat": now,
        "exp": now + 600,
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def source(
    peer: AskedIssuer | Callable[[str, FetchLimits], FetchedDocument],
    clock: Clock,
    settings: Introspection | None = None,
    *,
    events: VerifierEvents = NO_EVENTS,
    audience: str = AUDIENCE,
    allow_insecure_http: bool = False,
    issuer: str = ISSUER,
) -> IntrospectionSource:
    """The source of an API that knows the issuer and its own credentials."""
    settings = settings or Introspection("api", SECRET)
    rules = AccessTokenRules(is_rfc_9068=False, scope_claim="scope", client_id_claim="client_id")
    policy = Policy(issuer, audience, (None,), required_claims=("sub",))
    return IntrospectionSource(
        parse_web_address(issuer, allow_insecure_http=True),
        settings,
        AnswerRules(
            policy,
            lambda claims: rules.read(claims, {}),
            allow_missing_audience=settings.allow_missing_audience,
        ),
        allow_insecure_http=allow_insecure_http,
        fetcher=peer,
        clock=clock,
        entropy=SeededEntropy(7),
        events=events,
    )


def judge(source: IntrospectionSource, clock: Clock, token: str = TOKEN) -> VerifiedToken:
    """Judge as a verifier does that blocks."""
    outcome = source.judge(token, clock.now())
    while isinstance(outcome, Wait):
        outcome.flight.wait(PATIENCE_SECONDS)
        outcome = source.judge(token, clock.now(), outcome)
    return outcome


async def judge_async(
    source: IntrospectionSource, clock: Clock, token: str = TOKEN
) -> VerifiedToken:
    """Judge as a verifier does that suspends."""
    outcome = source.judge(token, clock.now())
    while isinstance(outcome, Wait):
        await outcome.flight.wait_async(PATIENCE_SECONDS)
        outcome = source.judge(token, clock.now(), outcome)
    return outcome
