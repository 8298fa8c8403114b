"""Asking an issuer about opaque tokens (RFC 7662), and what a hostile answer gets."""

import asyncio
import base64
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from sealwax import TrustedIssuer, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, KeySet, Policy, dpop, jwt
from sealwax.jose.errors import JoseError
from sealwax.resource_server import FetchedDocument, FetchLimits, TokenRefused, VerifiedToken
from sealwax.resource_server.errors import (
    FETCH_REASONS,
    UNREACHABLE,
    FetchFailed,
    IntrospectionUnavailable,
    InvalidConfiguration,
)
from sealwax.resource_server.events import VerifierEvents
from sealwax.resource_server.introspection_request import Introspection
from sealwax.resource_server.kept import Wait
from sealwax.resource_server.presentation import Presentation
from sealwax.resource_server.web_address import Network
from sealwax.secret import Secret
from sealwax.testing import TestIssuer, fetcher_for
from tests.resource_server.fakes import AUDIENCE, ISSUER, START, Check, eventually, new_issuer
from tests.resource_server.introspecting import (
    ENDPOINT,
    SECRET,
    TOKEN,
    AskedIssuer,
    in_force,
    judge,
    judge_async,
    source,
)
from tests.resource_server.web_server import response, serving

Ask = Callable[..., VerifiedToken]


@pytest.fixture
def peer() -> AskedIssuer:
    peer = AskedIssuer()
    peer.answers[TOKEN] = in_force(START)
    return peer


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    if request.param:
        return lambda *arguments: asyncio.run(judge_async(*arguments))
    return judge


def refusal(ask: Ask, *arguments: object) -> tuple[str, str | None]:
    """Why a token was refused; whatever refuses it never shows it."""
    with pytest.raises((TokenRefused, JoseError)) as refused:
        ask(*arguments)
    assert TOKEN not in str(refused.value)
    error = refused.value
    assert isinstance(error, TokenRefused | JoseError)
    return error.reason, getattr(error, "claim", None)


def unavailable(ask: Ask, *arguments: object) -> IntrospectionUnavailable:
    with pytest.raises(IntrospectionUnavailable) as raised:
        ask(*arguments)
    assert raised.value.http_status == 503
    assert TOKEN not in str(raised.value)
    assert SECRET not in str(raised.value)
    return raised.value


class TestAnswers:
    def test_rfc_7662_2_2_a_token_in_force_is_a_verified_token(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        token = ask(source(peer, clock), clock)
        assert (token.issuer, token.subject, token.client_id) == (ISSUER, "user-1", "client-1")
        assert token.scopes == {"notes:read", "notes:write"}
        assert token.audience == (AUDIENCE,)
        assert token.expires_at == START + 600
        assert token.header == {}
        assert "active" not in token.claims

    def test_an_issuer_that_does_not_name_itself_is_the_one_that_was_asked(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        peer.answers[TOKEN] = in_force(START, iss=None, token_type=None, scope=None)
        token = ask(source(peer, clock), clock)
        assert (token.issuer, token.scopes) == (ISSUER, frozenset())

    def test_rfc_7662_2_2_a_token_not_in_force_is_refused(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        assert refusal(ask, source(peer, clock), clock, "unknown") == ("token_inactive", None)

    @pytest.mark.parametrize("active", ["true", 1, 1.0, None, [], {}, [True], "yes"], ids=repr)
    def test_active_is_true_and_nothing_like_it(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask, active: object
    ) -> None:
        peer.answers[TOKEN] = {**in_force(START), "active": active}
        assert unavailable(ask, source(peer, clock), clock).reason == "document_invalid"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"true",
            b'[{"active":true}]',
            b'{"active":false,"active":true}',
            b'{"active":true',
            b'{"active":NaN}',
            b"<html>",
            b'{"active":true,"x":' + b"[" * 100 + b"]" * 100 + b"}",
            b"\xff\xfe",
            b'{"error":"invalid_client"}',
        ],
    )
    def test_what_is_no_strict_answer_is_none(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask, body: bytes
    ) -> None:
        peer.answers[TOKEN] = body
        assert unavailable(ask, source(peer, clock), clock).reason == "document_invalid"

    @pytest.mark.parametrize(
        ("changes", "reason", "claim"),
        [
            ({"iss": "https://other.example"}, "issuer_mismatch", "iss"),
            ({"iss": ["https://id.example.com"]}, "issuer_mismatch", "iss"),
            ({"aud": None}, "claim_missing", "aud"),
            ({"aud": "https://other.example"}, "audience_mismatch", "aud"),
            ({"aud": []}, "claim_type", "aud"),
            ({"aud": {"https://api.example.com": 1}}, "claim_type", "aud"),
            ({"aud": ["https://api.example.com", 7]}, "claim_type", "aud"),
            ({"exp": None}, "claim_missing", "exp"),
            ({"exp": START - 11}, "token_expired", "exp"),
            ({"exp": "1900000000"}, "claim_type", "exp"),
            ({"exp": True}, "claim_type", "exp"),
            ({"nbf": START + 100}, "token_not_yet_valid", "nbf"),
            ({"iat": START + 100}, "token_from_the_future", "iat"),
            ({"sub": None}, "claim_missing", "sub"),
            ({"sub": ""}, "claim_missing", "sub"),
            ({"sub": 7}, "claim_type", "sub"),
            ({"client_id": 7}, "claim_type", "client_id"),
            ({"scope": ["notes:read"]}, "claim_type", "scope"),
            ({"token_type": "refresh_token"}, "token_kind", "token_type"),
            ({"token_type": "N_A"}, "token_kind", "token_type"),
            ({"token_type": 7}, "token_kind", "token_type"),
            ({"token_use": "refresh_token"}, "token_kind", "token_use"),
            ({"token_use": ["access_token"]}, "token_kind", "token_use"),
            ({"typ": "Refresh"}, "token_kind", "typ"),
            ({"at_hash": "x"}, "token_kind", "typ"),
        ],
    )
    def test_the_policy_of_a_jwt_is_that_of_an_answer(
        self,
        peer: AskedIssuer,
        clock: ManualClock,
        ask: Ask,
        changes: dict[str, object],
        reason: str,
        claim: str,
    ) -> None:
        peer.answers[TOKEN] = in_force(START, **changes)
        assert refusal(ask, source(peer, clock), clock) == (reason, claim)

    def test_an_audience_may_be_missing_only_where_that_was_allowed(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        lax = Introspection("api", SECRET, allow_missing_audience=True)
        peer.answers[TOKEN] = in_force(START, aud=None)
        assert ask(source(peer, clock, lax), clock).audience == ()
        peer.answers[TOKEN] = in_force(START, aud="https://other.example")
        assert refusal(ask, source(peer, clock, lax), clock)[0] == "audience_mismatch"
        peer.answers[TOKEN] = in_force(START) | {"aud": None}
        assert refusal(ask, source(peer, clock, lax), clock)[0] == "claim_missing"

    @pytest.mark.parametrize(
        "token", ["", "a b", "a\nb", "tök", "=a", "a=b", "a&token=b", "\ud800"]
    )
    def test_what_can_be_no_token_is_not_asked_about(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask, token: str
    ) -> None:
        assert refusal(ask, source(peer, clock), clock, token)[0] == "token_characters"
        assert peer.asked == []

    def test_a_token_that_is_too_large_is_not_asked_about(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        asking = source(peer, clock)
        assert refusal(ask, asking, clock, "a" * (32 * 1024 + 1))[0] == "token_too_large"
        assert refusal(ask, asking, clock, "a" * 32 * 1024)[0] == "token_inactive"
        assert len(peer.asked) == 1


class TestRequests:
    def test_rfc_7662_2_1_the_token_is_in_the_body_alone(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        judge(source(peer, clock), clock)
        url, limits, headers = peer.asked_with[0]
        assert (url, peer.asked[0]) == (
            ENDPOINT,
            {"token": TOKEN, "token_type_hint": "access_token"},
        )
        assert limits.size_bytes == 64 * 1024
        scheme, _, pair = headers["Authorization"].partition(" ")
        assert (scheme, base64.b64decode(pair)) == ("Basic", b"api:s3cret%2F%26%3D%2B")
        assert TOKEN not in repr(headers)

    def test_a_secret_goes_into_the_form_where_the_issuer_knows_only_that(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        peer.metadata["introspection_endpoint_auth_methods_supported"] = ["client_secret_post"]
        judge(source(peer, clock), clock)
        assert peer.asked[0]["client_id"] == "api"
        assert peer.asked[0]["client_secret"] == SECRET
        assert "Authorization" not in peer.asked_with[0][2]

    def test_the_method_can_be_named(self, peer: AskedIssuer, clock: ManualClock) -> None:
        named = Introspection("api", SECRET, authentication_method="client_secret_post")
        judge(source(peer, clock, named), clock)
        assert peer.asked[0]["client_secret"] == SECRET

    def test_rfc_7523_2_2_a_key_signs_an_assertion_for_each_question(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        key = Key.generate("ES256", kid="api-key")
        asking = source(peer, clock, Introspection("api", client_key=key, cache_seconds=0))
        judge(asking, clock)
        judge(asking, clock)
        policy = Policy("api", ISSUER, "client-authentication+jwt", required_claims=("sub", "jti"))
        claims = [
            jwt.verify(
                fields["client_assertion"],
                KeySet([key.public()]),
                algorithms=["ES256"],
                policy=policy,
                now=START,
            ).claims
            for fields in peer.asked
        ]
        assert [each["sub"] for each in claims] == ["api", "api"]
        assert claims[0]["jti"] != claims[1]["jti"]
        assert peer.asked[0]["client_id"] == "api"

    def test_the_endpoint_is_discovered_once(self, peer: AskedIssuer, clock: ManualClock) -> None:
        asking = source(peer, clock, Introspection("api", SECRET, cache_seconds=0))
        for _ in range(3):
            judge(asking, clock)
        assert peer.fetched == [f"{ISSUER}/.well-known/oauth-authorization-server"]

    def test_an_endpoint_that_was_configured_is_not_discovered_and_may_be_inside(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        inside = "https://10.0.0.7/introspect"
        judge(source(peer, clock, Introspection("api", SECRET, endpoint=inside)), clock)
        url, limits, _ = peer.asked_with[0]
        assert (url, limits.network, peer.fetched) == (inside, Network.ANY, [])

    def test_an_endpoint_from_the_metadata_on_another_host_is_asked_in_public_only(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        peer.metadata["introspection_endpoint"] = "https://inside.example/introspect"
        judge(source(peer, clock), clock)
        assert peer.asked_with[0][1].network is Network.PUBLIC

    @pytest.mark.parametrize(
        "endpoint",
        [None, "http://id.example.com/introspect", "file:///etc/passwd", 7, "//x.example"],
    )
    def test_credentials_go_to_no_address_that_is_not_https(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask, endpoint: object
    ) -> None:
        peer.metadata["introspection_endpoint"] = endpoint
        assert unavailable(ask, source(peer, clock), clock).reason == "document_invalid"
        assert peer.asked == []

    def test_the_metadata_of_another_issuer_gets_no_credentials(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        peer.metadata["issuer"] = "https://other.example"
        assert unavailable(ask, source(peer, clock), clock).reason == "metadata_mismatch"
        assert peer.asked == []


class TestKeeping:
    def test_an_answer_counts_for_its_time_and_not_longer(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        asking = source(peer, clock)
        ask(asking, clock)
        peer.answers[TOKEN] = {"active": False}
        clock.advance(14)
        assert ask(asking, clock).subject == "user-1"
        assert len(peer.asked) == 1
        clock.advance(1)
        assert refusal(ask, asking, clock)[0] == "token_inactive"

    def test_an_answer_never_counts_from_the_end_of_the_token_on(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        peer.answers[TOKEN] = in_force(START, exp=START + 5)
        asking = source(peer, clock, Introspection("api", SECRET, cache_seconds=3600))
        ask(asking, clock)
        clock.advance(5)
        ask(asking, clock)  # within the leeway, and asked anew
        assert len(peer.asked) == 2
        clock.advance(10)
        assert refusal(ask, asking, clock) == ("token_expired", "exp")

    def test_without_keeping_every_use_is_asked_for(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        asking = source(peer, clock, Introspection("api", SECRET, cache_seconds=0))
        ask(asking, clock)
        peer.answers[TOKEN] = {"active": False}
        assert refusal(ask, asking, clock)[0] == "token_inactive"

    def test_not_in_force_counts_briefly(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        asking = source(peer, clock)
        for _ in range(3):
            refusal(ask, asking, clock, "later")
        assert len(peer.asked) == 1
        peer.answers["later"] = in_force(START)
        clock.advance(5)
        assert ask(asking, clock, "later").subject == "user-1"

    def test_no_token_is_taken_for_another(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        peer.answers[TOKEN + "x"] = in_force(START, sub="user-2", scope="notes:read")
        asking = source(peer, clock)
        subjects = [ask(asking, clock, token).subject for token in (TOKEN, TOKEN + "x", TOKEN)]
        assert subjects == ["user-1", "user-2", "user-1"]
        assert refusal(ask, asking, clock, TOKEN[:-1])[0] == "token_inactive"
        assert refusal(ask, asking, clock, TOKEN.swapcase())[0] == "token_inactive"

    def test_another_policy_has_answers_of_its_own(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        ask(source(peer, clock), clock)
        other = source(peer, clock, audience="https://other.example")
        assert refusal(ask, other, clock)[0] == "audience_mismatch"
        assert len(peer.asked) == 2

    def test_what_is_kept_is_bounded_for_each_kind(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        asking = source(peer, clock, Introspection("api", SECRET, max_tokens=3))
        judge(asking, clock)
        for number in range(20):  # a storm of invented tokens pushes no good one out
            with pytest.raises(TokenRefused):
                judge(asking, clock, f"invented{number}")
        judge(asking, clock)
        assert [fields["token"] for fields in peer.asked].count(TOKEN) == 1
        for number in range(4):
            peer.answers[f"good{number}"] = in_force(START)
            judge(asking, clock, f"good{number}")
        judge(asking, clock)
        assert [fields["token"] for fields in peer.asked].count(TOKEN) == 2

    def test_a_clock_that_jumps_back_has_the_issuer_asked_anew(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        asking = source(peer, clock)
        judge(asking, clock)
        clock.advance(-5)
        judge(asking, clock)
        assert len(peer.asked) == 2

    def test_closing_forgets_every_answer(self, peer: AskedIssuer, clock: ManualClock) -> None:
        asking = source(peer, clock)
        judge(asking, clock)
        asking.close()
        judge(asking, clock)
        assert len(peer.asked) == 2


class TestFailures:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (FetchFailed(UNREACHABLE, ENDPOINT), "unreachable"),
            (TimeoutError("token=" + TOKEN), "fetcher_failed"),
            (KeyboardInterrupt(), "fetcher_failed"),
            (401, "http_status"),
            (403, "http_status"),
            (400, "http_status"),
            (500, "http_status"),
            (204, "http_status"),
            (307, "redirected"),
            (b"x" * (64 * 1024 + 1), "document_too_large"),
        ],
    )
    def test_without_an_answer_it_is_503_and_never_401(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask, answer: object, reason: str
    ) -> None:
        peer.answers[TOKEN] = answer
        raised = unavailable(ask, source(peer, clock), clock)
        assert raised.reason == reason
        assert raised.reason in FETCH_REASONS
        assert raised.retry_after_seconds >= 1
        assert raised.issuer == ISSUER
        assert len(peer.asked) == 1, "a redirect is not followed, a failure is not repeated"

    def test_no_answer_is_stretched_while_the_issuer_is_away(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        asking = source(peer, clock)
        ask(asking, clock)
        peer.answers[TOKEN] = 503
        clock.advance(15)
        unavailable(ask, asking, clock)

    def test_after_a_failure_the_next_request_may_work(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        asking = source(peer, clock)
        peer.answers[TOKEN] = FetchFailed(UNREACHABLE, ENDPOINT)
        unavailable(ask, asking, clock)
        peer.answers[TOKEN] = in_force(START)
        assert ask(asking, clock).subject == "user-1"

    def test_an_issuer_that_fails_again_and_again_is_left_alone_for_a_while(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        asking = source(peer, clock)
        ask(asking, clock)
        for number in range(100):
            peer.answers[f"t{number}"] = FetchFailed(UNREACHABLE, ENDPOINT)
            unavailable(ask, asking, clock, f"t{number}")
        assert len(peer.asked) == 1 + 3
        assert ask(asking, clock).subject == "user-1", "an answer at hand is no question"
        clock.advance(30)
        peer.answers["t0"] = in_force(START)
        assert ask(asking, clock, "t0").subject == "user-1"
        assert ask(asking, clock, TOKEN).subject == "user-1"

    def test_retry_after_is_kept_to_at_once(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask
    ) -> None:
        asking = source(peer, clock)
        peer.answers[TOKEN], peer.headers = 429, {"retry-after": "20"}
        assert unavailable(ask, asking, clock).retry_after_seconds == 20
        assert unavailable(ask, asking, clock, "other").reason == "http_status"
        assert len(peer.asked) == 1

    @pytest.mark.parametrize("stumbling", [400, 500, 307, b"nonsense"])
    def test_a_token_that_makes_the_issuer_stumble_stops_nobody_else(
        self, peer: AskedIssuer, clock: ManualClock, ask: Ask, stumbling: object
    ) -> None:
        asking = source(peer, clock)
        for number in range(10):
            peer.answers[f"bad{number}"] = stumbling
            unavailable(ask, asking, clock, f"bad{number}")
        assert ask(asking, clock).subject == "user-1"

    def test_failures_are_logged_without_the_token(
        self, peer: AskedIssuer, clock: ManualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        peer.answers[TOKEN] = RuntimeError(f"could not post token={TOKEN} secret={SECRET}")
        unavailable(judge, source(peer, clock), clock)
        eventually(lambda: "introspection_failed" in caplog.text)
        assert "reason=fetcher_failed" in caplog.text
        assert TOKEN not in caplog.text
        assert SECRET not in caplog.text

    def test_events_tell_of_answers_and_failures_alike(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        seen: list[tuple[str, ...]] = []

        class Seen(VerifierEvents):
            def fetched(self, *what: str) -> None:
                seen.append(what)

            def fetch_failed(self, *what: str) -> None:
                seen.append(what)

        asking = source(peer, clock, events=Seen())
        judge(asking, clock)
        peer.answers["bad"] = 500
        unavailable(judge, asking, clock, "bad")
        eventually(lambda: len(seen) == 2)
        assert seen == [
            (ISSUER, "introspection"),
            (ISSUER, "introspection", "http_status"),
        ]


class TestCrowds:
    def test_a_thousand_threads_with_one_token_put_one_question(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        asking = source(peer, clock)
        subjects: list[str] = []
        peer.hold()
        crowd = [
            threading.Thread(target=lambda: subjects.append(judge(asking, clock).subject))
            for _ in range(1000)
        ]
        for thread in crowd:
            thread.start()
        peer.wait_until_asked()
        peer.release()
        for thread in crowd:
            thread.join(60)
        assert subjects == ["user-1"] * 1000
        assert len(peer.asked) == 1

    @pytest.mark.anyio
    async def test_a_thousand_tasks_with_one_token_put_one_question(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        asking = source(peer, clock, Introspection("api", SECRET, cache_seconds=0))
        peer.hold()
        crowd = [asyncio.create_task(judge_async(asking, clock)) for _ in range(1000)]
        await asyncio.sleep(0)
        await asyncio.to_thread(peer.wait_until_asked)
        peer.release()
        verified = await asyncio.gather(*crowd)
        assert Counter(token.subject for token in verified) == {"user-1": 1000}
        assert len(peer.asked) == 1

    def test_few_questions_are_under_way_at_once_and_all_are_answered(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        asking = source(peer, clock, Introspection("api", SECRET, max_requests=3))
        names = [f"token{number}" for number in range(50)]
        peer.answers.update({name: in_force(START, sub=name) for name in names})
        peer.hold()
        waits = [asking.judge(name, START) for name in names]
        for _ in range(3):
            peer.wait_until_asked()
        assert peer.in_flight == 3
        peer.release()
        for name, wait in zip(names, waits, strict=True):
            assert isinstance(wait, Wait)
            wait.flight.wait(20)
            token = asking.judge(name, START, wait)
            assert isinstance(token, VerifiedToken)
            assert token.subject == name
        assert peer.most_in_flight == 3

    def test_what_is_too_much_is_not_queued(self, peer: AskedIssuer, clock: ManualClock) -> None:
        asking = source(peer, clock, Introspection("api", SECRET, max_requests=1))
        peer.hold()
        for number in range(1001):
            asking.judge(f"flood{number}", START)
            if number == 0:
                peer.wait_until_asked()
        raised = unavailable(judge, asking, clock, "one-more")
        assert raised.reason == "too_busy"
        peer.release()

    def test_a_question_nobody_waits_for_any_more_is_not_asked(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        asking = source(peer, clock, Introspection("api", SECRET, max_requests=1))
        peer.hold()
        first = asking.judge("first", START)
        peer.wait_until_asked()
        second = asking.judge("second", START)
        clock.advance(6)
        assert unavailable(judge, asking, clock, "first").reason == "no_answer_yet"
        peer.release()
        for wait in (first, second):
            assert isinstance(wait, Wait)
            wait.flight.wait(20)
        assert [fields["token"] for fields in peer.asked] == ["first"]
        peer.answers["second"] = in_force(START)
        assert judge(asking, clock, "second").subject == "user-1"

    def test_whoever_gives_up_waiting_is_told_to_come_again(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        asking = source(peer, clock)
        peer.hold()
        waited = asking.judge(TOKEN, START)
        assert isinstance(waited, Wait)
        waited.flight.wait(0)
        again = asking.judge(TOKEN, START, waited)
        assert isinstance(again, Wait)
        assert again.flight is waited.flight
        assert isinstance(again.otherwise, IntrospectionUnavailable)
        peer.release()
        again.flight.wait(20)
        assert len(peer.asked) == 1

    def test_an_answer_for_whoever_waited_is_not_one_for_another_token(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        asking = source(peer, clock, Introspection("api", SECRET, cache_seconds=0))
        waited = asking.judge(TOKEN, START)
        assert isinstance(waited, Wait)
        waited.flight.wait(20)
        other = asking.judge("stolen-wait", START, waited)
        assert isinstance(other, Wait)
        assert other.flight is not waited.flight

    def test_without_a_thread_to_be_had_it_is_503(
        self, peer: AskedIssuer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        asking = source(peer, clock)
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", refuse)
            assert unavailable(judge, asking, clock).reason == "too_busy"
        assert judge(asking, clock).subject == "user-1"

    @pytest.mark.skipif(sys.platform == "win32", reason="nothing forks on Windows")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_child_asks_anew_what_its_parent_was_asking(
        self, peer: AskedIssuer, clock: ManualClock
    ) -> None:
        asking = source(peer, clock)
        judge(asking, clock)
        peer.hold()
        pending = asking.judge("pending", START)
        peer.wait_until_asked()
        peer.wait_until_asked()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                peer.release()
                peer.answers["pending"] = in_force(START)
                kept = judge(asking, clock).subject == "user-1"
                code = 0 if kept and judge(asking, clock, "pending").subject == "user-1" else 2
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        peer.release()
        assert os.waitstatus_to_exitcode(status) == 0
        assert isinstance(pending, Wait)
        pending.flight.wait(20)


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "field"),
        [
            ({"client_id": ""}, "client_id"),
            ({"client_secret": None}, "client_secret"),
            ({"client_secret": ""}, "client_secret"),
            ({"client_secret": b"x"}, "client_secret"),
            ({"client_key": Key.generate("ES256")}, "client_secret"),
            ({"client_secret": None, "client_key": Key.generate("ES256").public()}, "client_key"),
            ({"client_secret": None, "client_key": "key"}, "client_key"),
            ({"authentication_method": "none"}, "authentication_method"),
            ({"authentication_method": "private_key_jwt"}, "authentication_method"),
            ({"cache_seconds": -1}, "cache_seconds"),
            ({"cache_seconds": True}, "cache_seconds"),
            ({"cache_seconds": 3601}, "cache_seconds"),
            ({"inactive_cache_seconds": 1.5}, "inactive_cache_seconds"),
            ({"max_tokens": 0}, "max_tokens"),
            ({"max_requests": 0}, "max_requests"),
            ({"always": 1}, "always"),
            ({"allow_missing_audience": "no"}, "allow_missing_audience"),
            ({"signed_answers": 1}, "signed_answers"),
        ],
    )
    def test_a_setting_that_can_not_be_is_named(
        self, settings: dict[str, object], field: str
    ) -> None:
        with pytest.raises(InvalidConfiguration) as invalid:
            Introspection(**{"client_id": "api", "client_secret": SECRET, **settings})  # type: ignore[arg-type] # what may not be
        assert invalid.value.field == f"introspection.{field}"
        assert SECRET not in str(invalid.value)

    @pytest.mark.parametrize("endpoint", ["http://id.example.com/x", "x", "https://a b"])
    def test_an_endpoint_is_an_address(
        self, peer: AskedIssuer, clock: ManualClock, endpoint: str
    ) -> None:
        with pytest.raises(InvalidConfiguration) as invalid:
            source(peer, clock, Introspection("api", SECRET, endpoint=endpoint))
        assert invalid.value.field == "introspection.endpoint"

    def test_a_fetcher_that_can_not_post_is_named(self, clock: ManualClock) -> None:
        def get(_url: str, _limits: FetchLimits) -> FetchedDocument:
            raise AssertionError

        with pytest.raises(InvalidConfiguration, match="post"):
            source(get, clock)

    def test_nothing_shows_the_secret(self) -> None:
        for settings in (Introspection("api", SECRET), Introspection("api", Secret(SECRET))):
            assert SECRET not in repr(settings)
            assert SECRET not in json.dumps(repr(vars(settings)))


class TestVerifier:
    """Opaque tokens and JWTs at one verifier."""

    def both(self, peer: AskedIssuer, issuer: TestIssuer) -> AskedIssuer:
        """An issuer that gives out both kinds of tokens."""
        peer.metadata["jwks_uri"] = issuer.jwks_uri
        peer.documents = issuer.fetch
        return peer

    def verifier(
        self, peer: AskedIssuer, issuer: TestIssuer, settings: Introspection | None
    ) -> Verifier:
        return Verifier(
            ISSUER,
            AUDIENCE,
            fetcher=self.both(peer, issuer),
            clock=issuer.clock,
            introspection=settings,
        )

    def test_a_jwt_is_verified_here_and_another_token_is_asked_about(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check
    ) -> None:
        with self.verifier(peer, issuer, Introspection("api", SECRET)) as verifier:
            assert check(verifier, issuer.token(AUDIENCE)).header["typ"] == "at+jwt"
            assert peer.asked == []
            assert check(verifier, TOKEN, ["notes:read"]).subject == "user-1"
            assert [fields["token"] for fields in peer.asked] == [TOKEN]

    def test_a_forged_jwt_is_no_opaque_token(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check
    ) -> None:
        forged = issuer.token(AUDIENCE, key=Key.generate("ES256"))
        peer.answers[forged] = in_force(START)
        verifier = self.verifier(peer, issuer, Introspection("api", SECRET))
        with verifier, pytest.raises(TokenRefused, match="key"):
            check(verifier, forged)
        assert peer.asked == []

    def test_without_introspection_an_opaque_token_is_refused_as_ever(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check
    ) -> None:
        with self.verifier(peer, issuer, None) as verifier, pytest.raises(TokenRefused) as refused:
            check(verifier, TOKEN)
        assert refused.value.reason == "token_parts"
        assert peer.asked == []

    def test_always_asks_about_jwts_too_and_needs_no_keys(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check
    ) -> None:
        token = issuer.token(AUDIENCE)
        peer.answers[token] = in_force(START, sub="told")
        always = Introspection("api", SECRET, always=True)
        with self.verifier(peer, issuer, always) as verifier:
            assert verifier.is_ready
            verifier.prefetch_sync()
            assert check(verifier, token).subject == "told"
        assert issuer.requests == []

    def test_an_answer_lasts_for_the_one_who_waited_however_late(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check
    ) -> None:
        none_kept = Introspection("api", SECRET, cache_seconds=0)
        with self.verifier(peer, issuer, none_kept) as verifier:
            for count in (1, 2, 3):
                assert check(verifier, TOKEN).subject == "user-1"
                assert len(peer.asked) == count

    def test_a_token_bound_to_a_key_is_good_with_a_proof_alone(
        self, peer: AskedIssuer, issuer: TestIssuer
    ) -> None:
        key, url = Key.generate("ES256"), f"{AUDIENCE}/notes"
        peer.answers[TOKEN] = in_force(
            START, token_type="DPoP", cnf={"jkt": key.public().thumbprint()}
        )
        proof = dpop.prove(
            key, method="GET", url=url, now=START, jti="a-proof-that-is-new", access_token=TOKEN
        )
        proven = Presentation("GET", url, "DPoP", dpop_proof=proof)
        with self.verifier(peer, issuer, Introspection("api", SECRET)) as verifier:
            assert verifier.verify_sync(TOKEN, presented=proven).subject == "user-1"
            reasons = []
            for presented in (None, Presentation("GET", url), proven):
                with pytest.raises(TokenRefused) as refused:
                    verifier.verify_sync(TOKEN, presented=presented)
                reasons.append(refused.value.reason)
            assert len(peer.asked) == 1, "the answer was at hand; the sender is looked at each time"
        assert reasons == ["confirmation_unsupported", "dpop_scheme_needed", "dpop_proof_replayed"]

    def test_a_cnf_that_is_not_understood_is_refused(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check
    ) -> None:
        peer.answers[TOKEN] = in_force(START, cnf={"x5t#S512": "A"})
        verifier = self.verifier(peer, issuer, Introspection("api", SECRET))
        with verifier, pytest.raises(TokenRefused):
            check(verifier, TOKEN)

    def test_of_several_issuers_one_may_be_asked_and_opaque_tokens_go_there(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check, clock: ManualClock
    ) -> None:
        other = new_issuer("https://other.example", clock=clock)
        self.both(peer, issuer)
        peer.documents = fetcher_for(issuer, other)
        asked = TrustedIssuer(
            issuer=ISSUER, audience=AUDIENCE, introspection=Introspection("api", SECRET)
        )
        offline = TrustedIssuer(issuer=other.issuer, audience=AUDIENCE)
        with Verifier(issuers=[offline, asked], fetcher=peer, clock=clock) as verifier:
            assert check(verifier, TOKEN).issuer == ISSUER
            assert check(verifier, other.token(AUDIENCE)).issuer == other.issuer
            assert check(verifier, issuer.token(AUDIENCE)).issuer == ISSUER
            stranger = new_issuer("https://stranger.example", clock=clock)
            with pytest.raises(TokenRefused, match="issuer"):
                check(verifier, stranger.token(AUDIENCE))
        assert len(peer.asked) == 1

    def test_two_that_may_be_asked_are_one_too_many(self, peer: AskedIssuer) -> None:
        trusted = [
            TrustedIssuer(issuer=url, audience=AUDIENCE, introspection=Introspection("api", "s"))
            for url in (ISSUER, "https://other.example")
        ]
        with pytest.raises(InvalidConfiguration) as invalid:
            Verifier(issuers=trusted, fetcher=peer)
        assert invalid.value.field == "issuers"

    def test_what_is_no_introspection_is_named(self) -> None:
        with pytest.raises(InvalidConfiguration) as invalid:
            TrustedIssuer(issuer=ISSUER, audience=AUDIENCE, introspection=True)  # type: ignore[arg-type] # a likely mistake
        assert invalid.value.field == "introspection"

    def test_the_built_in_fetcher_asks_over_the_wire(self, check: Check) -> None:
        now = int(time.time())
        answer = response(b"")

        def answers(_: threading.Event) -> list[bytes]:
            return [answer]

        with serving(answers) as server:
            issuer = server.url.partition("/document")[0]
            answer = response(json.dumps(in_force(now, iss=issuer)).encode())
            settings = Introspection("api", SECRET, endpoint=f"{issuer}/introspect")
            with Verifier(issuer, AUDIENCE, introspection=settings) as verifier:
                assert check(verifier, TOKEN).subject == "user-1"
                answer = response(b"", status="503 Busy")
                with pytest.raises(IntrospectionUnavailable):
                    check(verifier, "another")
        assert all(each.startswith(b"POST /introspect HTTP/1.1\r\n") for each in server.requests)
        assert b"token=" + TOKEN.encode() in server.requests[0]


class TestSignedAnswers:
    """RFC 9701: what the issuer says, signed with its keys."""

    SIGNED = Introspection("api", SECRET, signed_answers=True, cache_seconds=0)

    def verifier(self, peer: AskedIssuer, issuer: TestIssuer) -> Verifier:
        peer.metadata["jwks_uri"] = issuer.jwks_uri
        peer.documents = issuer.fetch
        return Verifier(
            ISSUER, AUDIENCE, fetcher=peer, clock=issuer.clock, introspection=self.SIGNED
        )

    def test_rfc_9701_5_a_signed_answer_counts_like_one_that_is_not(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check
    ) -> None:
        peer.answers[TOKEN] = peer.sign(in_force(START), issuer.key)
        peer.answers["gone"] = peer.sign({"active": False}, issuer.key, aud=["x", AUDIENCE])
        with self.verifier(peer, issuer) as verifier:
            assert check(verifier, TOKEN).subject == "user-1"
            with pytest.raises(TokenRefused) as refused:
                check(verifier, "gone")
        assert refused.value.reason == "token_inactive"
        assert peer.asked_with[0][1].accept == "application/token-introspection+jwt"

    def test_an_answer_by_a_new_key_brings_the_key(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check
    ) -> None:
        with self.verifier(peer, issuer) as verifier:
            verifier.prefetch_sync()
            peer.answers[TOKEN] = peer.sign(in_force(START), issuer.rotate_key())
            assert check(verifier, TOKEN).subject == "user-1"

    @pytest.mark.parametrize(
        "changes",
        [
            {"typ": "JWT"},
            {"typ": "at+jwt"},
            {"iss": "https://other.example"},
            {"iss": None},
            {"aud": "another-api"},
            {"aud": None},
            {"aud": [7]},
            {"aud": {"api": 1}},
            {"iat": None},
            {"iat": START - 11},
            {"iat": START + 11},
            {"iat": "now"},
            {"exp": START - 11},
            {"token_introspection": None},
            {"token_introspection": [True]},
            {"token_introspection": {"active": "true"}},
        ],
    )
    def test_what_is_no_fresh_answer_to_this_api_is_none(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check, changes: dict[str, object]
    ) -> None:
        peer.answers[TOKEN] = peer.sign(in_force(START), issuer.key, **changes)
        with self.verifier(peer, issuer) as verifier:
            assert unavailable(check, verifier, TOKEN).reason == "document_invalid"

    @pytest.mark.parametrize("forger", [Key.generate("ES256"), Key.generate("HS256")])
    def test_what_the_issuer_did_not_sign_is_no_answer(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check, forger: Key
    ) -> None:
        peer.answers[TOKEN] = peer.sign(in_force(START), forger)
        peer.answers["plain"] = in_force(START)
        with self.verifier(peer, issuer) as verifier:
            for token in (TOKEN, "plain"):
                assert unavailable(check, verifier, token).reason == "document_invalid"

    def test_without_the_issuer_s_keys_nobody_knows(
        self, peer: AskedIssuer, issuer: TestIssuer, check: Check
    ) -> None:
        peer.answers[TOKEN] = peer.sign(in_force(START), issuer.key)
        issuer.is_down = True
        with self.verifier(peer, issuer) as verifier:
            assert unavailable(check, verifier, TOKEN).reason == "document_invalid"
