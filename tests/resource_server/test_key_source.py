"""The keys of an issuer: fetched once, kept, rotated, taken away, and an issuer that is down."""

import itertools
import threading

import pytest

from sealwax import KeysUnavailable, TokenRefused, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, KeyNotFound
from sealwax.resource_server import FetchedDocument, FetchLimits
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import AUDIENCE, Check, HeldFetcher, eventually, new_issuer


class Answering:
    """The issuer's documents, or the status that was set, with headers of its own."""

    def __init__(self, issuer: TestIssuer) -> None:
        self.issuer = issuer
        self.status = 200
        self.headers: dict[str, str] = {}
        self.jwks_requests = 0

    def __call__(self, url: str, limits: FetchLimits) -> FetchedDocument:
        self.jwks_requests += url == self.issuer.jwks_uri
        if self.status != 200:
            return FetchedDocument(self.status, self.headers, b"")
        return self.issuer.fetch(url, limits)


@pytest.fixture
def site(issuer: TestIssuer) -> Answering:
    return Answering(issuer)


@pytest.fixture
def verifier(issuer: TestIssuer, site: Answering) -> Verifier:
    return Verifier(issuer.issuer, AUDIENCE, fetcher=site, clock=issuer.clock, status=False)


def reason(check: Check, verifier: Verifier, token: str) -> str:
    with pytest.raises(TokenRefused) as refused:
        check(verifier, token)
    return refused.value.reason


def unavailable(check: Check, verifier: Verifier, token: str) -> KeysUnavailable:
    with pytest.raises(KeysUnavailable) as raised:
        check(verifier, token)
    assert raised.value.http_status == 503
    return raised.value


def test_the_first_token_brings_the_keys_and_the_next_ones_find_them(
    issuer: TestIssuer, verifier: Verifier, site: Answering, check: Check
) -> None:
    for _ in range(5):
        assert check(verifier, issuer.token(AUDIENCE)).subject == "user-1"
    assert verifier.is_ready
    assert site.jwks_requests == 1


def test_a_verifier_is_ready_from_its_first_keys_until_they_are_too_old(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock
) -> None:
    states = [verifier.is_ready]
    verifier.prefetch_sync()
    states.append(verifier.is_ready)
    issuer.is_down = True
    clock.advance(86_400 + 300)
    assert [*states, verifier.is_ready] == [False, True, False]


def test_keys_are_renewed_in_the_background_while_the_old_ones_serve(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=clock, status=False)
    verifier.prefetch_sync()
    clock.advance(290)
    fetcher.hold()
    before = fetcher.count
    check(verifier, issuer.token(AUDIENCE))
    eventually(lambda: fetcher.count == before + 1)
    for _ in range(20):  # answered while the fetch is under way
        check(verifier, issuer.token(AUDIENCE))
    assert fetcher.count == before + 1
    fetcher.release()


def test_nobody_waits_for_a_fetch_while_keys_are_at_hand_however_old(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=clock, status=False)
    verifier.prefetch_sync()
    fetcher.hold()
    clock.advance(80_000)
    assert check(verifier, issuer.token(AUDIENCE)).subject == "user-1"
    fetcher.release()


def test_a_new_key_is_found_with_the_first_token_it_signed(
    issuer: TestIssuer, verifier: Verifier, site: Answering, check: Check
) -> None:
    old = issuer.token(AUDIENCE)
    check(verifier, old)
    issuer.rotate_key()
    assert check(verifier, issuer.token(AUDIENCE)).subject == "user-1"
    assert check(verifier, old).subject == "user-1"
    assert site.jwks_requests == 2


def test_a_key_that_was_removed_is_not_trusted_after_the_next_refresh(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock, check: Check
) -> None:
    old = issuer.token(AUDIENCE, lifetime_seconds=10_000)
    check(verifier, old)
    issuer.rotate_key(keep_old=False)
    check(verifier, issuer.token(AUDIENCE))
    assert reason(check, verifier, old) == "key_unknown"
    clock.advance(1000)
    assert reason(check, verifier, old) == "key_unknown"


def test_an_issuer_that_withdraws_all_keys_is_believed(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock, check: Check
) -> None:
    token = issuer.token(AUDIENCE, lifetime_seconds=10_000)
    check(verifier, token)
    issuer.keys = []
    clock.advance(290)
    check(verifier, token)
    eventually(lambda: issuer.requests.count(issuer.jwks_uri) == 2)
    eventually(lambda: _is_refused(check, verifier, token))


def _is_refused(check: Check, verifier: Verifier, token: str) -> bool:
    try:
        check(verifier, token)
    except TokenRefused as refused:
        return refused.reason == "key_unknown"
    return False


def test_a_storm_of_invented_kids_costs_one_fetch_in_thirty_seconds(
    issuer: TestIssuer, verifier: Verifier, site: Answering, clock: ManualClock, check: Check
) -> None:
    good = issuer.token(AUDIENCE, lifetime_seconds=1000)
    check(verifier, good)
    forger = Key.generate("ES256")
    for number in range(1000):
        forged = issuer.token(AUDIENCE, key=_named(forger, f"kid-{number}"))
        assert reason(check, verifier, forged) == "key_unknown"
    assert site.jwks_requests == 2
    clock.advance(29)
    assert reason(check, verifier, issuer.token(AUDIENCE, key=forger)) == "key_unknown"
    assert site.jwks_requests == 2
    clock.advance(1)
    assert reason(check, verifier, issuer.token(AUDIENCE, key=forger)) == "key_unknown"
    assert site.jwks_requests == 3
    assert check(verifier, good).subject == "user-1"


def _named(key: Key, kid: str) -> Key:
    return Key.from_jwk(key.to_jwk(private=True) | {"kid": kid})


def test_a_kid_that_a_fetch_did_not_bring_is_left_alone_for_five_minutes(
    issuer: TestIssuer, verifier: Verifier, site: Answering, clock: ManualClock, check: Check
) -> None:
    issuer.max_age_seconds = 86_400
    check(verifier, issuer.token(AUDIENCE))
    forger = Key.generate("ES256")
    for _ in range(9):
        forged = issuer.token(AUDIENCE, key=forger)
        assert reason(check, verifier, forged) == "key_unknown"
        clock.advance(31)
    assert site.jwks_requests == 2
    clock.advance(31)
    assert reason(check, verifier, issuer.token(AUDIENCE, key=forger)) == "key_unknown"
    assert site.jwks_requests == 3


def test_a_kid_first_seen_during_the_pause_is_looked_for_after_it(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock, check: Check
) -> None:
    check(verifier, issuer.token(AUDIENCE))
    assert (
        reason(check, verifier, issuer.token(AUDIENCE, key=Key.generate("ES256"))) == "key_unknown"
    )
    issuer.rotate_key()
    assert reason(check, verifier, issuer.token(AUDIENCE)) == "key_unknown"
    clock.advance(30)
    assert check(verifier, issuer.token(AUDIENCE)).subject == "user-1"


def test_a_fetch_that_began_before_the_key_was_there_does_not_count_against_it(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    fetcher = HeldFetcher(issuer.fetch, answers_first=True)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=clock, status=False)
    verifier.prefetch_sync()
    clock.advance(290)
    fetcher.hold()
    before = fetcher.count
    verifier.verify_sync(issuer.token(AUDIENCE))  # has the renewal begin
    eventually(lambda: fetcher.count == before + 1)
    eventually(lambda: issuer.requests.count(issuer.jwks_uri) == 2)
    issuer.rotate_key()
    token = issuer.token(AUDIENCE)
    threading.Timer(0.05, fetcher.release).start()
    assert check(verifier, token).subject == "user-1"


def test_what_is_remembered_of_invented_kids_is_bounded(
    issuer: TestIssuer, clock: ManualClock
) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=clock, status=False)
    verifier.prefetch_sync()
    source = verifier._issuers[issuer.issuer].keys  # noqa: SLF001 - its size is what is tested
    keys = source.find(clock.now())
    forger = Key.generate("ES256")
    for number in range(1100):
        clock.advance(30)
        with pytest.raises(TokenRefused):
            verifier.verify_sync(issuer.token(AUDIENCE, key=_named(forger, f"kid-{number}")))
    assert keys is not None
    assert len(source._sought) == 1024  # type: ignore[attr-defined] # noqa: SLF001 - the same


@pytest.mark.parametrize("kid", ["../../dev/null", "' OR 1=1--", "\0", "кід", "a" * 256])
def test_a_hostile_kid_is_only_ever_compared(
    issuer: TestIssuer, verifier: Verifier, kid: str, check: Check
) -> None:
    check(verifier, issuer.token(AUDIENCE))
    forged = issuer.token(AUDIENCE, key=_named(Key.generate("ES256"), kid))
    with pytest.raises(TokenRefused) as refused:
        check(verifier, forged)
    assert refused.value.reason == "key_unknown"
    assert kid not in refused.value.description


def test_a_token_for_another_issuer_brings_no_fetch_at_all(
    verifier: Verifier, site: Answering, check: Check
) -> None:
    stranger = new_issuer("https://stranger.example")
    for _ in range(3):
        assert reason(check, verifier, stranger.token(AUDIENCE)) == "issuer_mismatch"
    assert reason(check, verifier, "not.a.token") == "header_encoding"
    assert site.jwks_requests == 0


def test_no_key_at_hand_and_no_answer_is_503_and_never_401(
    issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    issuer.is_down = True
    raised = unavailable(check, verifier, issuer.token(AUDIENCE))
    assert raised.reason == "unreachable"
    assert raised.error == "temporarily_unavailable"
    assert 1 <= raised.retry_after_seconds <= 5
    assert issuer.issuer in str(raised)
    assert issuer.issuer not in raised.description


def test_a_first_fetch_that_hangs_holds_up_nobody_who_comes_later(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(
        issuer.issuer, AUDIENCE, fetcher=fetcher, clock=clock, wait_seconds=0.05, status=False
    )
    token = issuer.token(AUDIENCE)
    fetcher.hold()
    assert unavailable(check, verifier, token).reason == "no_answer_yet"
    patient = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=clock, wait_seconds=60)
    patient._only = verifier._only  # noqa: SLF001 - the same issuer, asked by somebody who would wait
    clock.advance(6)
    assert unavailable(check, patient, token).reason == "no_answer_yet"
    fetcher.release()
    eventually(lambda: verifier.is_ready)
    assert check(verifier, token).subject == "user-1"


def test_an_issuer_that_does_not_answer_is_left_alone_for_a_while(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock, check: Check
) -> None:
    issuer.is_down = True
    token = issuer.token(AUDIENCE, lifetime_seconds=10_000)
    for _ in range(50):
        unavailable(check, verifier, token)
    assert len(issuer.requests) == 1
    pauses = []
    for _ in range(8):
        pause = unavailable(check, verifier, token).retry_after_seconds
        pauses.append(pause)
        clock.advance(pause)
    assert all(later > earlier for earlier, later in itertools.pairwise(pauses[:6]))
    assert max(pauses) <= 300
    issuer.is_down = False
    clock.advance(300)
    assert check(verifier, token).subject == "user-1"


def test_the_server_s_own_retry_after_is_respected(
    issuer: TestIssuer, verifier: Verifier, site: Answering, check: Check
) -> None:
    site.status, site.headers = 503, {"retry-after": "120"}
    assert unavailable(check, verifier, issuer.token(AUDIENCE)).retry_after_seconds == 120


@pytest.mark.parametrize("status", [503, 500, 404, 302, 204])
def test_one_bad_answer_takes_no_key_away(
    status: int,
    issuer: TestIssuer,
    verifier: Verifier,
    site: Answering,
    clock: ManualClock,
    check: Check,
) -> None:
    token = issuer.token(AUDIENCE, lifetime_seconds=10_000)
    check(verifier, token)
    site.status = status
    clock.advance(290)
    check(verifier, token)
    eventually(lambda: site.jwks_requests == 2)
    assert check(verifier, token).subject == "user-1"
    clock.advance(3000)
    assert check(verifier, token).subject == "user-1"


def test_keys_serve_for_a_day_without_the_issuer_and_not_longer(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock, check: Check
) -> None:
    token = issuer.token(AUDIENCE, lifetime_seconds=200_000)
    check(verifier, token)
    issuer.is_down = True
    for _ in range(24):
        clock.advance(3600)
        assert check(verifier, token).subject == "user-1"
    clock.advance(300)
    unavailable(check, verifier, token)


def test_how_long_keys_serve_without_the_issuer_is_a_setting(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    verifier = issuer.verifier(AUDIENCE, keys_stale_seconds=60, status=False)
    token = issuer.token(AUDIENCE, lifetime_seconds=10_000)
    check(verifier, token)
    issuer.is_down = True
    clock.advance(359)
    check(verifier, token)
    clock.advance(1)
    unavailable(check, verifier, token)


def test_an_unknown_key_while_the_issuer_is_down_is_not_the_callers_fault(
    issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    check(verifier, issuer.token(AUDIENCE))
    issuer.rotate_key()
    issuer.is_down = True
    unavailable(check, verifier, issuer.token(AUDIENCE))
    assert check(verifier, issuer.token(AUDIENCE, key=issuer.keys[0])).subject == "user-1"


def test_a_clock_that_jumps_back_renews_the_keys_and_breaks_nothing(
    issuer: TestIssuer, verifier: Verifier, site: Answering, clock: ManualClock, check: Check
) -> None:
    check(verifier, issuer.token(AUDIENCE))
    clock.advance(-5000)
    check(verifier, issuer.token(AUDIENCE))
    eventually(lambda: site.jwks_requests == 2)


def test_a_lookup_that_loses_the_race_against_a_renewal_finds_the_new_key(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock
) -> None:
    verifier.prefetch_sync()
    source = verifier._issuers[issuer.issuer].keys  # noqa: SLF001 - the race can't be made from outside
    before = source.find(clock.now())
    assert before is not None
    issuer.rotate_key()
    verifier.verify_sync(issuer.token(AUDIENCE))  # somebody else's lookup brought new keys
    wait = source.look_again(KeyNotFound("key_unknown", issuer.key.kid), before, clock.now())
    assert wait is not None
    assert wait.flight.has_landed


@pytest.mark.parametrize("reason_given", ["key_ambiguous", "key_mismatch"])
def test_a_key_that_is_there_and_does_not_fit_is_not_looked_for(
    reason_given: str, issuer: TestIssuer, verifier: Verifier, clock: ManualClock
) -> None:
    verifier.prefetch_sync()
    source = verifier._issuers[issuer.issuer].keys  # noqa: SLF001 - asked as the verifier asks
    keys = source.find(clock.now())
    assert keys is not None
    assert source.look_again(KeyNotFound(reason_given, "kid"), keys, clock.now()) is None
    assert source.look_again(KeyNotFound("key_unknown", None), keys, clock.now()) is None


def test_keys_that_are_always_too_old_when_they_come_keep_nobody_for_ever(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    def from_long_ago(url: str, limits: FetchLimits) -> FetchedDocument:
        document = issuer.fetch(url, limits)
        clock.advance(1000)
        return document

    verifier = Verifier(
        issuer.issuer, AUDIENCE, fetcher=from_long_ago, clock=clock, keys_stale_seconds=0
    )
    raised = unavailable(check, verifier, issuer.token(AUDIENCE, lifetime_seconds=100_000))
    assert raised.reason == "no_answer_yet"


def test_given_keys_fetch_nothing(issuer: TestIssuer, clock: ManualClock, check: Check) -> None:
    def no_network(_url: str, _limits: FetchLimits) -> FetchedDocument:
        raise AssertionError("nothing may be fetched")

    verifier = Verifier(
        issuer.issuer,
        AUDIENCE,
        keys={"keys": [issuer.key.to_jwk()]},
        fetcher=no_network,
        clock=clock,
        status=False,
    )
    assert verifier.is_ready
    verifier.prefetch_sync()
    assert check(verifier, issuer.token(AUDIENCE)).subject == "user-1"
    assert (
        reason(check, verifier, issuer.token(AUDIENCE, key=Key.generate("ES256"))) == "key_unknown"
    )


def test_a_key_without_use_for_signing_or_of_no_known_type_does_not_spoil_the_set(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    odd = [
        {"kty": "AKP", "alg": "ML-DSA-44", "kid": "x", "pub": "AA"},
        {"kty": "oct", "k": "c2V"},
        7,
    ]
    jwks = {"keys": [*odd, Key.generate("ES256").to_jwk() | {"use": "enc"}, issuer.key.to_jwk()]}
    verifier = Verifier(issuer.issuer, AUDIENCE, keys=jwks, clock=clock, status=False)
    assert check(verifier, issuer.token(AUDIENCE)).subject == "user-1"
