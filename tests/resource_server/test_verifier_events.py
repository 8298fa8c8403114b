"""What an operator is told of: each outcome once, with an issuer and a reason and nothing else."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from sealwax import TokenRefused, TrustedIssuer, Unavailable, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, dpop
from sealwax.jose.replay import MemoryReplayStore
from sealwax.resource_server import DpopPolicy, Presentation, VerifierEvents
from sealwax.testing import TestIssuer, fetcher_for
from tests.resource_server.fakes import AUDIENCE, START, new_issuer

URL = "https://api.example.com/notes"
CLIENT = Key.generate("ES256")


class Noted(VerifierEvents):
    """Writes down what it is told of tokens."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, ...]] = []

    def token_verified(self, issuer: str) -> None:
        self.seen.append(("verified", issuer))

    def token_refused(self, issuer: str | None, reason: str) -> None:
        self.seen.append(("refused", str(issuer), reason))

    def token_undecided(self, issuer: str, reason: str) -> None:
        self.seen.append(("undecided", issuer, reason))


class Rude(VerifierEvents):
    def token_verified(self, issuer: str) -> None:
        raise RuntimeError(issuer)

    def token_refused(self, issuer: str | None, reason: str) -> None:
        raise RuntimeError(f"{issuer} {reason}")


def use_sync(verifier: Verifier, token: str, presented: Presentation | None = None) -> str:
    try:
        return verifier.verify_sync(token, presented=presented).subject
    except (TokenRefused, Unavailable) as error:
        return error.reason


def use_async(verifier: Verifier, token: str, presented: Presentation | None = None) -> str:
    try:
        return asyncio.run(verifier.verify(token, presented=presented)).subject
    except (TokenRefused, Unavailable) as error:
        return error.reason


@pytest.fixture(params=[use_sync, use_async], ids=["sync", "async"])
def use(request: pytest.FixtureRequest) -> Callable[..., str]:
    way: Callable[..., str] = request.param
    return way


def with_events(issuer: TestIssuer, events: VerifierEvents, dpop_policy: DpopPolicy) -> Verifier:
    return Verifier(
        issuer.issuer,
        AUDIENCE,
        fetcher=issuer.fetch,
        clock=issuer.clock,
        events=events,
        dpop=dpop_policy,
    )


def test_each_outcome_is_told_once(issuer: TestIssuer, use: Callable[..., str]) -> None:
    noted = Noted()
    policy = DpopPolicy(replay_store=MemoryReplayStore(max_entries=1))
    verifier = with_events(issuer, noted, policy)
    token = issuer.token(AUDIENCE, claims={"cnf": {"jkt": CLIENT.thumbprint()}})
    presented = []
    for jti in ("j-1", "j-2"):
        proof = dpop.prove(CLIENT, method="GET", url=URL, now=START, jti=jti, access_token=token)
        presented.append(Presentation("GET", URL, "DPoP", proof))
    assert use(verifier, issuer.token(AUDIENCE)) == "user-1"
    assert use(verifier, token, presented[0]) == "user-1"
    assert use(verifier, token, presented[0]) == "dpop_proof_replayed"
    assert use(verifier, token, presented[1]) == "replay_store_full"
    assert use(verifier, issuer.token("https://other.example")) == "audience_mismatch"
    name = issuer.issuer
    assert noted.seen == [
        ("verified", name),
        ("verified", name),
        ("refused", name, "dpop_proof_replayed"),
        ("undecided", name, "replay_store_full"),
        ("refused", name, "audience_mismatch"),
    ]


def test_an_issuer_that_is_down_is_told(issuer: TestIssuer, use: Callable[..., str]) -> None:
    noted = Noted()
    issuer.is_down = True
    verifier = with_events(issuer, noted, DpopPolicy())
    for _ in range(2):
        assert use(verifier, issuer.token(AUDIENCE)) == "unreachable"
    assert noted.seen == [("undecided", issuer.issuer, "unreachable")] * 2


def test_an_issuer_is_named_only_when_it_is_one_of_ours(
    clock: ManualClock, use: Callable[..., str]
) -> None:
    first, second = (new_issuer(f"https://{name}.example", clock=clock) for name in "ab")
    stranger = new_issuer("https://stranger.example", clock=clock)
    noted = Noted()
    verifier = Verifier(
        issuers=[
            TrustedIssuer(issuer=first.issuer, audience=AUDIENCE),
            TrustedIssuer(issuer=second.issuer, audience=AUDIENCE),
        ],
        fetcher=fetcher_for(first, second),
        clock=clock,
        events=noted,
    )
    second.is_down = True
    assert use(verifier, stranger.token(AUDIENCE)) == "issuer_mismatch"
    assert use(verifier, "x") == "token_parts"
    assert use(verifier, first.token(AUDIENCE)) == "user-1"
    assert use(verifier, second.token(AUDIENCE)) == "unreachable"
    assert noted.seen == [
        ("refused", "None", "issuer_mismatch"),
        ("refused", "None", "token_parts"),
        ("verified", first.issuer),
        ("undecided", second.issuer, "unreachable"),
    ]


def test_what_a_receiver_raises_changes_nothing(
    issuer: TestIssuer, use: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    verifier = with_events(issuer, Rude(), DpopPolicy())
    with caplog.at_level(logging.ERROR):
        assert use(verifier, issuer.token(AUDIENCE)) == "user-1"
        assert use(verifier, "x") == "token_parts"
    assert [record.getMessage() for record in caplog.records] == ["events_failed receiver=Rude"]
