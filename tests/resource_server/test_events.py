"""Events: what is told, and that whoever is told decides nothing."""

import pytest

from sealwax import TokenRefused, Verifier
from sealwax.clock import ManualClock
from sealwax.resource_server.errors import FETCH_REASONS, REASONS
from sealwax.resource_server.events import NO_EVENTS, VerifierEvents, guarded
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import AUDIENCE, Check


class Broken(VerifierEvents):
    """Raises whatever it is told."""

    def __init__(self) -> None:
        self.calls = 0

    def token_verified(self, *what: object) -> None:
        self._break(what)

    def token_refused(self, *what: object) -> None:
        self._break(what)

    def token_undecided(self, *what: object) -> None:
        self._break(what)

    def fetched(self, *what: object) -> None:
        self._break(what)

    def fetch_failed(self, *what: object) -> None:
        self._break(what)

    def _break(self, what: object) -> None:
        self.calls += 1
        raise RuntimeError(what)


class Everything(VerifierEvents):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def token_verified(self, issuer: str) -> None:
        self.told.append(("verified", issuer))

    def token_refused(self, issuer: str | None, reason: str) -> None:
        assert reason in REASONS
        self.told.append(("refused", issuer, reason))

    def token_undecided(self, issuer: str, reason: str) -> None:
        assert reason in FETCH_REASONS
        self.told.append(("undecided", issuer, reason))

    def fetched(self, issuer: str, document: str) -> None:
        self.told.append(("fetched", issuer, document))

    def fetch_failed(self, issuer: str, document: str, reason: str) -> None:
        assert reason in FETCH_REASONS
        self.told.append(("failed", issuer, document, reason))


def verifier(issuer: TestIssuer, events: VerifierEvents) -> Verifier:
    return Verifier(
        issuer.issuer, AUDIENCE, fetcher=issuer.fetch, clock=issuer.clock, events=events
    )


def test_a_receiver_that_breaks_decides_nothing_and_is_logged_once(
    issuer: TestIssuer, check: Check, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken()
    with verifier(issuer, broken) as verifying:
        for _ in range(3):
            assert check(verifying, issuer.token(AUDIENCE)).subject == "user-1"
        with pytest.raises(TokenRefused, match="another audience"):
            check(verifying, issuer.token("https://other.example"))
    assert broken.calls == 2 + 3 + 1
    complaints = [each for each in caplog.records if "events_failed" in each.getMessage()]
    assert len(complaints) == 1


def test_each_kind_of_event_is_held_away(caplog: pytest.LogCaptureFixture) -> None:
    broken = Broken()
    events = guarded(broken)
    events.token_verified("i")
    events.token_refused(None, "r")
    events.token_undecided("i", "r")
    events.fetched("i", "keys")
    events.fetch_failed("i", "keys", "r")
    assert broken.calls == 5
    assert len(caplog.records) == 1


def test_without_a_receiver_nobody_is_told() -> None:
    events = guarded(None)
    assert events is NO_EVENTS
    events.token_verified("i")
    events.token_refused(None, "r")
    events.token_undecided("i", "r")
    events.fetched("i", "keys")
    events.fetch_failed("i", "keys", "r")


def test_a_day_in_the_life(issuer: TestIssuer, clock: ManualClock, check: Check) -> None:
    seen = Everything()
    with verifier(issuer, seen) as verifying:
        token = issuer.token(AUDIENCE, lifetime_seconds=1000)
        check(verifying, token)
        issuer.is_down = True
        clock.advance(20)
        check(verifying, token)
    name = issuer.issuer
    assert seen.told[:3] == [
        ("fetched", name, "keys"),
        ("fetched", name, "status_list"),
        ("verified", name),
    ]
    assert ("failed", name, "status_list", "unreachable") in seen.told[3:]
    assert seen.told[-1] == ("verified", name)
    assert token not in repr(seen.told)
