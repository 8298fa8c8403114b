"""Tokens that were taken back: seen within the list's time to live, and an issuer that is down."""

import base64
import tracemalloc
import zlib
from collections.abc import Mapping
from typing import Any

import pytest

from sealwax import StatusPolicy, TokenRefused, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, jwt, status_list
from sealwax.jose.status_list import StatusList, VerifiedStatusList
from sealwax.resource_server import FetchedDocument, FetchLimits
from sealwax.resource_server.kept import Kept
from sealwax.resource_server.web_address import Network
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import (
    AUDIENCE,
    Check,
    HeldFetcher,
    check_sync,
    eventually,
)

BOMB = base64.urlsafe_b64encode(zlib.compress(bytes(15_000_000), 9)).rstrip(b"=").decode()


@pytest.fixture
def verifier(issuer: TestIssuer) -> Verifier:
    return issuer.verifier(AUDIENCE)


def reason(check: Check, verifier: Verifier, token: str) -> str:
    with pytest.raises(TokenRefused) as refused:
        check(verifier, token)
    assert refused.value.http_status == 401
    return refused.value.reason


def list_requests(issuer: TestIssuer) -> int:
    return issuer.requests.count(issuer.status_uri)


def with_reference(issuer: TestIssuer, index: object, uri: object) -> str:
    return issuer.token(AUDIENCE, claims={"status": {"status_list": {"idx": index, "uri": uri}}})


class ListServer:
    """The issuer, with a status list of the test's own making."""

    def __init__(self, issuer: TestIssuer, token: str | bytes) -> None:
        self.issuer = issuer
        self.token = token if isinstance(token, bytes) else token.encode()
        self.limits: list[FetchLimits] = []

    def __call__(self, url: str, limits: FetchLimits) -> FetchedDocument:
        if "/status/" not in url:
            return self.issuer.fetch(url, limits)
        self.limits.append(limits)
        return FetchedDocument(200, {}, self.token)

    def verifier(self, **settings: Any) -> Verifier:  # noqa: ANN401 - what a Verifier takes
        clock = self.issuer.clock
        return Verifier(self.issuer.issuer, AUDIENCE, fetcher=self, clock=clock, **settings)


def list_token(
    issuer: TestIssuer,
    claims: Mapping[str, Any] | None = None,
    *,
    key: Key | None = None,
    typ: str = "statuslist+jwt",
) -> str:
    now = issuer.clock.now()
    members: dict[str, Any] = {
        "sub": issuer.status_uri,
        "iat": now,
        "exp": now + 7200,
        "ttl": 15,
        "status_list": {"bits": 1, "lst": StatusList(1, 4096).encode()},
    }
    members |= claims or {}
    kept = {name: value for name, value in members.items() if value is not None}
    return jwt.sign(kept, key or issuer.key, typ=typ)


def test_a_token_that_was_taken_back_is_refused(
    issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    token, other = issuer.token(AUDIENCE), issuer.token(AUDIENCE)
    issuer.revoke(token)
    assert reason(check, verifier, token) == "token_revoked"
    assert check(verifier, other).subject == "user-1"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(1, "token_revoked"), (2, "token_suspended"), (3, "status_value_unknown")],
)
def test_every_status_but_valid_is_refused(
    status: int, expected: str, issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    token = issuer.token(AUDIENCE)
    issuer.revoke(token, status=status)
    assert reason(check, verifier, token) == expected


def test_a_revocation_is_seen_within_the_time_to_live(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock, check: Check
) -> None:
    token = issuer.token(AUDIENCE)
    check(verifier, token)
    issuer.revoke(token)
    assert check(verifier, token).subject == "user-1"  # the list at hand is still fresh
    clock.advance(15)
    assert reason(check, verifier, token) == "token_revoked"


def test_a_list_is_renewed_ahead_of_its_time_and_nobody_waits(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=clock)
    token = issuer.token(AUDIENCE)
    check(verifier, token)
    before = fetcher.count
    fetcher.hold()
    clock.advance(11)
    for _ in range(20):
        assert check(verifier, token).subject == "user-1"
    eventually(lambda: fetcher.count == before + 1)
    assert check(verifier, token).subject == "user-1"
    issuer.revoke(token)
    fetcher.release()
    eventually(lambda: list_requests(issuer) == 2)
    eventually(lambda: _refused(verifier, token))


def _refused(verifier: Verifier, token: str) -> bool:
    try:
        verifier.verify_sync(token)
    except TokenRefused:
        return True
    return False


def test_constant_traffic_sees_a_revocation_within_the_time_to_live(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock
) -> None:
    token = issuer.token(AUDIENCE, lifetime_seconds=10_000)
    revoked_at = None
    for second in range(120):
        if second == 60:
            issuer.revoke(token)
        if _refused(verifier, token):
            revoked_at = second
            break
        clock.advance(1)
    assert revoked_at is not None
    assert 60 <= revoked_at <= 75


def test_an_idle_process_that_slept_fetches_before_it_answers(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock, check: Check
) -> None:
    token = issuer.token(AUDIENCE, lifetime_seconds=10_000)
    check(verifier, token)
    issuer.revoke(token)
    clock.advance(3000)
    assert reason(check, verifier, token) == "token_revoked"


def test_tokens_of_one_list_share_one_fetch(
    issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    for _ in range(50):
        check(verifier, issuer.token(AUDIENCE))
    assert list_requests(issuer) == 1


def test_an_hour_without_the_issuer_stops_nobody_and_then_nobody_knows(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock, check: Check
) -> None:
    token = issuer.token(AUDIENCE, lifetime_seconds=20_000)
    check(verifier, token)
    issuer.is_down = True
    for _ in range(60):
        clock.advance(60)
        assert check(verifier, token).subject == "user-1"
    clock.advance(15)
    assert reason(check, verifier, token) == "status_unknown"
    issuer.is_down = False
    clock.advance(300)
    assert check(verifier, token).subject == "user-1"


def test_what_was_revoked_in_an_outage_is_seen_half_a_minute_after_it(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock
) -> None:
    token = issuer.token(AUDIENCE, lifetime_seconds=20_000)
    assert not _refused(verifier, token)
    issuer.is_down = True
    for _ in range(30):
        clock.advance(60)
        assert not _refused(verifier, token)
    issuer.revoke(token)
    issuer.is_down = False
    clock.advance(30)
    eventually(lambda: _refused(verifier, token))


def test_how_long_a_stale_list_serves_is_a_setting(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    verifier = issuer.verifier(AUDIENCE, status=StatusPolicy(stale_seconds=0))
    token = issuer.token(AUDIENCE)
    check(verifier, token)
    issuer.is_down = True
    clock.advance(14)
    assert check(verifier, token).subject == "user-1"
    clock.advance(1)
    assert reason(check, verifier, token) == "status_unknown"


def test_a_list_is_never_used_past_its_own_expiry(
    issuer: TestIssuer, verifier: Verifier, clock: ManualClock, check: Check
) -> None:
    issuer.list_lifetime_seconds = 100
    token = issuer.token(AUDIENCE, lifetime_seconds=1000)
    check(verifier, token)
    issuer.is_down = True
    clock.advance(99)
    assert check(verifier, token).subject == "user-1"
    clock.advance(1)
    assert reason(check, verifier, token) == "status_unknown"


def test_a_first_list_that_can_not_be_had_refuses_and_is_not_asked_for_at_once_again(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    fetcher = ListServer(issuer, b"")
    verifier = fetcher.verifier()
    token = issuer.token(AUDIENCE)
    for _ in range(20):
        assert reason(check, verifier, token) == "status_unknown"
    assert len(fetcher.limits) == 1
    fetcher.token = list_token(issuer).encode()
    clock.advance(6)
    assert check(verifier, token).subject == "user-1"


def test_while_a_stale_list_serves_nobody_waits_for_the_attempts(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=clock)
    token = issuer.token(AUDIENCE, lifetime_seconds=10_000)
    check(verifier, token)
    issuer.is_down = True
    clock.advance(20)
    check(verifier, token)  # waited for the one attempt, which failed
    fetcher.hold()
    for _ in range(10):
        clock.advance(60)
        assert check(verifier, token).subject == "user-1"
    fetcher.release()


def test_a_fetch_that_hangs_is_waited_for_no_longer_than_it_may_take(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=fetcher, clock=clock)
    token = issuer.token(AUDIENCE)
    check(verifier, token)
    fetcher.hold()
    before = fetcher.count
    clock.advance(11)
    check(verifier, token)  # has the renewal begin, and it hangs
    eventually(lambda: fetcher.count == before + 1)
    clock.advance(6)
    assert check(verifier, token).subject == "user-1"
    fetcher.release()


def test_a_first_list_that_does_not_come_in_time_refuses_and_is_counted(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    fetcher = HeldFetcher(issuer.fetch)
    counted: list[tuple[str, str | None]] = []
    verifier = Verifier(
        issuer.issuer,
        AUDIENCE,
        fetcher=fetcher,
        clock=clock,
        wait_seconds=0.05,
        on_refused=lambda *refusal: counted.append(refusal),
    )
    verifier.prefetch_sync()
    fetcher.hold()
    token = issuer.token(AUDIENCE)
    assert reason(check, verifier, token) == "status_unknown"
    clock.advance(6)
    assert reason(check, verifier, token) == "status_unknown"
    assert counted == [("status_unknown", issuer.issuer)] * 2
    fetcher.release()
    eventually(lambda: list_requests(issuer) == 1)


def test_a_token_without_status_passes_unless_it_is_required(
    issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    token = issuer.token(AUDIENCE, without=["status"])
    assert check(verifier, token).subject == "user-1"
    strict = issuer.verifier(AUDIENCE, status=StatusPolicy(required=True))
    assert reason(check, strict, token) == "status_missing"


def test_status_can_be_left_unlooked_at_by_name(issuer: TestIssuer, check: Check) -> None:
    verifier = issuer.verifier(AUDIENCE, status=False)
    token = issuer.token(AUDIENCE)
    issuer.revoke(token)
    assert check(verifier, token).subject == "user-1"
    assert list_requests(issuer) == 0


@pytest.mark.parametrize(
    "status",
    [
        None,
        True,
        0,
        "",
        "revoked",
        [],
        {},
        {"status_list": None},
        {"status_list": []},
        {"status_list": {}},
        {"status_list": {"idx": 1}},
        {"status_list": {"uri": "https://id.example.com/status/1"}},
        {"status_list": {"idx": "1", "uri": "https://id.example.com/status/1"}},
        {"status_list": {"idx": True, "uri": "https://id.example.com/status/1"}},
        {"status_list": {"idx": 1.0, "uri": "https://id.example.com/status/1"}},
        {"status_list": {"idx": -1, "uri": "https://id.example.com/status/1"}},
        {"status_list": {"idx": None, "uri": "https://id.example.com/status/1"}},
        {"status_list": {"idx": 1, "uri": None}},
        {"status_list": {"idx": 1, "uri": ["https://id.example.com/status/1"]}},
        {"identifier_list": {"id": "1", "uri": "https://id.example.com/status/1"}},
    ],
)
def test_a_status_that_can_not_be_looked_up_is_not_a_good_one(
    status: object, issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    token = issuer.token(AUDIENCE, claims={"status": status})
    assert reason(check, verifier, token) == "status_malformed"


@pytest.mark.parametrize("index", [4096, 1 << 40, 10**50])
def test_an_index_outside_of_the_list_is_refused(
    index: int, issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    token = with_reference(issuer, index, issuer.status_uri)
    assert reason(check, verifier, token) == "status_index_out_of_range"


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/status/1",
        "https://evil.example/status/1",
        "https://id.example.com.evil.example/status/1",
        "https://id.example.com@evil.example/status/1",
        "https://id.example.com:8443/status/1",
        "http://id.example.com/status/1",
        "http://localhost/status/1",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://id.example.com/status/1#x",
        "https://id.example.com/status/" + "1" * 3000,
    ],
)
def test_a_list_somewhere_else_is_not_fetched(
    uri: str, issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    verifier.prefetch_sync()
    before = list(issuer.requests)
    assert reason(check, verifier, with_reference(issuer, 1, uri)) == "status_uri_not_allowed"
    assert issuer.requests == before


def test_another_origin_may_be_configured(issuer: TestIssuer, check: Check) -> None:
    uri = "https://status.example.net/status/7"
    fetcher = ListServer(issuer, list_token(issuer, {"sub": uri}))
    policy = StatusPolicy(allowed_origins="https://status.example.net")
    verifier = fetcher.verifier(status=policy)
    assert check(verifier, with_reference(issuer, 1, uri)).subject == "user-1"
    assert fetcher.limits[0].network is Network.ANY
    assert fetcher.limits[0].accept == "application/statuslist+jwt"
    assert fetcher.limits[0].size_bytes == 2 * 1024 * 1024


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "https://id.example.com/status/2"},
        {"sub": None},
        {"sub": ["https://id.example.com/status/1"]},
        {"iss": "https://other.example"},
        {"iss": ["https://id.example.com"]},
        {"iat": None},
        {"iat": "now"},
        {"exp": 1},
        {"exp": "never"},
        {"nbf": 4_000_000_000},
        {"ttl": 0},
        {"ttl": -5},
        {"ttl": "15"},
        {"ttl": True},
        {"status_list": None},
        {"status_list": []},
        {"status_list": {"bits": 3, "lst": "eNpjAAAAAQAB"}},
        {"status_list": {"bits": 1, "lst": "!"}},
        {"status_list": {"bits": 1, "lst": "AAAA"}},
    ],
)
def test_a_list_that_breaks_a_rule_tells_nothing(
    claims: dict[str, Any], issuer: TestIssuer, check: Check
) -> None:
    verifier = ListServer(issuer, list_token(issuer, claims)).verifier()
    assert reason(check, verifier, issuer.token(AUDIENCE)) == "status_unknown"


def test_a_list_may_say_whose_it_is(issuer: TestIssuer, check: Check) -> None:
    verifier = ListServer(issuer, list_token(issuer, {"iss": issuer.issuer})).verifier()
    assert check(verifier, issuer.token(AUDIENCE)).subject == "user-1"


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "statuslist", "logout+jwt"])
def test_a_token_of_another_kind_is_no_list(typ: str, issuer: TestIssuer, check: Check) -> None:
    verifier = ListServer(issuer, list_token(issuer, typ=typ)).verifier()
    assert reason(check, verifier, issuer.token(AUDIENCE)) == "status_unknown"


def test_a_list_of_another_signer_tells_nothing(issuer: TestIssuer, check: Check) -> None:
    forged = list_token(issuer, key=Key.generate("ES256"))
    same_kid = Key.from_jwk(Key.generate("ES256").to_jwk(private=True) | {"kid": issuer.key.kid})
    for token in (forged, list_token(issuer, key=same_kid), forged[:-4] + "AAAA", "", "x" * 100):
        verifier = ListServer(issuer, token).verifier()
        assert reason(check, verifier, issuer.token(AUDIENCE)) == "status_unknown"


def test_a_bomb_is_not_inflated(issuer: TestIssuer, check: Check) -> None:
    token = list_token(issuer, {"status_list": {"bits": 1, "lst": BOMB}})
    assert len(token) < 31_000
    verifier = ListServer(issuer, token).verifier()
    tracemalloc.start()
    try:
        assert reason(check, verifier, issuer.token(AUDIENCE)) == "status_unknown"
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_without_a_ttl_a_list_lives_fifteen_seconds(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    fetcher = ListServer(issuer, list_token(issuer, {"ttl": None, "exp": None}))
    verifier = fetcher.verifier()
    token = issuer.token(AUDIENCE)
    check(verifier, token)
    clock.advance(8)
    check(verifier, token)
    assert len(fetcher.limits) == 1
    clock.advance(7)
    check(verifier, token)
    assert len(fetcher.limits) == 2


class SlowServer(ListServer):
    """Each answer takes some seconds."""

    seconds = 4

    def __call__(self, url: str, limits: FetchLimits) -> FetchedDocument:
        document = self.issuer.fetch(url, limits)
        clock = self.issuer.clock
        assert isinstance(clock, ManualClock)
        if "/status/" in url:
            clock.advance(self.seconds)
        return document


def test_the_time_to_live_begins_when_the_list_was_asked_for(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    verifier = SlowServer(issuer, "").verifier()
    token = issuer.token(AUDIENCE)
    check(verifier, token)  # four seconds went by; the list is as it was before
    issuer.revoke(token)
    clock.advance(11)
    assert reason(check, verifier, token) == "token_revoked"


def test_a_list_that_lives_shorter_than_its_fetch_takes_is_still_read(
    issuer: TestIssuer, check: Check
) -> None:
    issuer.ttl_seconds = 1
    verifier = SlowServer(issuer, "").verifier()
    assert check(verifier, issuer.token(AUDIENCE)).subject == "user-1"
    revoked = issuer.token(AUDIENCE)
    issuer.revoke(revoked)
    other = SlowServer(issuer, "").verifier()
    assert reason(check, other, revoked) == "token_revoked"


def test_a_list_that_is_over_when_it_comes_counts_as_a_failure(
    issuer: TestIssuer, check: Check
) -> None:
    issuer.list_lifetime_seconds = 3
    verifier = SlowServer(issuer, "").verifier()
    token = issuer.token(AUDIENCE)
    for _ in range(5):
        assert reason(check, verifier, token) == "status_unknown"
    assert list_requests(issuer) == 1


def test_a_line_feed_behind_the_token_is_forgiven(issuer: TestIssuer, check: Check) -> None:
    verifier = ListServer(issuer, list_token(issuer) + "\r\n").verifier()
    assert check(verifier, issuer.token(AUDIENCE)).subject == "user-1"


def test_an_older_list_does_not_give_back_what_was_taken_back(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    before = list_token(issuer)
    clock.advance(60)
    revoked = StatusList(1, 4096)
    revoked.set(9, 1)
    after = list_token(issuer, {"status_list": {"bits": 1, "lst": revoked.encode()}})
    fetcher = ListServer(issuer, after)
    verifier = fetcher.verifier()
    token = with_reference(issuer, 9, issuer.status_uri)
    assert reason(check, verifier, token) == "token_revoked"
    fetcher.token = before.encode()
    for _ in range(5):
        clock.advance(60)
        assert reason(check, verifier, token) == "token_revoked"


def test_a_list_signed_with_a_new_key_brings_that_key(
    issuer: TestIssuer, clock: ManualClock, check: Check
) -> None:
    verifier = issuer.verifier(AUDIENCE)
    token = issuer.token(AUDIENCE)
    check(verifier, token)
    issuer.rotate_key()
    issuer.revoke(token)
    clock.advance(15)
    assert reason(check, verifier, token) == "token_revoked"


def test_a_list_that_is_renewed_brings_the_keys_it_needs(
    issuer: TestIssuer, clock: ManualClock
) -> None:
    verifier = issuer.verifier(AUDIENCE, keys_stale_seconds=0)
    token = issuer.token(AUDIENCE)
    verifier.verify_sync(token)
    clock.advance(400)  # the keys at hand are not used any more
    before = issuer.requests.count(issuer.jwks_uri)
    _list_of(verifier, issuer).fetch_now()
    assert issuer.requests.count(issuer.jwks_uri) == before + 1
    assert _list_of(verifier, issuer).failure is None


def test_a_list_whose_keys_can_not_be_had_is_no_list(
    issuer: TestIssuer, clock: ManualClock
) -> None:
    fetcher = ListServer(issuer, list_token(issuer))
    verifier = fetcher.verifier(keys_stale_seconds=0)
    verifier.verify_sync(issuer.token(AUDIENCE))
    issuer.is_down = True
    clock.advance(400)
    _list_of(verifier, issuer).fetch_now()
    failure = _list_of(verifier, issuer).failure
    assert failure is not None
    assert failure.reason == "status_list_refused"


def _list_of(verifier: Verifier, issuer: TestIssuer) -> Kept[VerifiedStatusList]:
    source = verifier._issuers[issuer.issuer]._status  # noqa: SLF001 - to renew it as the background thread does
    assert source is not None
    return source._lists[issuer.status_uri]  # noqa: SLF001 - the same


def test_given_keys_verify_the_lists_too(issuer: TestIssuer, check: Check) -> None:
    verifier = issuer.verifier(AUDIENCE, keys={"keys": [issuer.key.to_jwk()]})
    token = issuer.token(AUDIENCE)
    check(verifier, token)
    assert issuer.requests == [issuer.status_uri]
    issuer.rotate_key()
    fresh = issuer.verifier(AUDIENCE, keys={"keys": [issuer.keys[0].to_jwk()]})
    assert reason(check, fresh, token) == "status_unknown"


def test_the_number_of_lists_kept_is_bounded(issuer: TestIssuer, clock: ManualClock) -> None:
    def any_list(url: str, limits: FetchLimits) -> FetchedDocument:
        if "/status/" not in url:
            return issuer.fetch(url, limits)
        return FetchedDocument(200, {}, list_token(issuer, {"sub": url}).encode())

    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=any_list, clock=clock)
    for number in range(300):
        uri = f"{issuer.issuer}/status/{number}"
        assert check_sync(verifier, with_reference(issuer, 1, uri)).subject == "user-1"
        clock.advance(1)
    lists = verifier._issuers[issuer.issuer]._status._lists  # type: ignore[union-attr] # noqa: SLF001 - its size is what is tested
    assert len(lists) == 256
    clock.advance(301)
    check_sync(verifier, issuer.token(AUDIENCE, claims={"exp": clock.now() + 60}))
    assert len(lists) == 1


def test_the_published_status_list_token_has_the_form_we_read() -> None:
    """The example of draft-ietf-oauth-status-list §4.1, in one bit each."""
    listed = StatusList.decode(1, "eNrbuRgAAhcBXQ")
    values = [listed.get(index) for index in range(16)]
    assert values == [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    assert status_list.TYPE == "statuslist+jwt"
