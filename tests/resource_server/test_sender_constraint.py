"""Tokens that are bound to a key or a certificate, in the hands of others (RFC 9449, RFC 8705)."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from sealwax import TokenRefused, TrustedIssuer, VerifiedToken, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, dpop
from sealwax.jose.confirmation import Confirmation, certificate_thumbprint
from sealwax.jose.replay import MemoryReplayStore
from sealwax.resource_server import (
    DpopPolicy,
    Introspection,
    InvalidConfiguration,
    Presentation,
    ReplaysUnknown,
)
from sealwax.secret import Secret
from sealwax.testing import TestIssuer, fetcher_for
from tests.resource_server.certificates import self_signed_der
from tests.resource_server.fakes import AUDIENCE, ISSUER, START, new_issuer
from tests.resource_server.introspecting import SECRET, TOKEN, AskedIssuer, in_force

URL = "https://api.example.com/notes"
CLIENT = Key.generate("ES256")
THIEF = Key.generate("ES256")
NONCE_SECRET = Secret("a secret of these tests, and of nothing else")

Present = Callable[..., VerifiedToken]


def verify_sync(verifier: Verifier, token: str, presented: Presentation | None) -> VerifiedToken:
    return verifier.verify_sync(token, presented=presented)


def verify_async(verifier: Verifier, token: str, presented: Presentation | None) -> VerifiedToken:
    return asyncio.run(verifier.verify(token, presented=presented))


@pytest.fixture(params=[verify_sync, verify_async], ids=["sync", "async"])
def present(request: pytest.FixtureRequest) -> Present:
    way: Present = request.param
    return way


def bound(issuer: TestIssuer, key: Key = CLIENT, certificate: bytes | None = None) -> str:
    cnf = {"jkt": key.thumbprint()}
    if certificate is not None:
        cnf["x5t#S256"] = certificate_thumbprint(certificate)
    return issuer.token(AUDIENCE, claims={"cnf": cnf})


def shown(token: str, key: Key = CLIENT, **changes: Any) -> Presentation:  # noqa: ANN401 - arguments of a proof
    """The request of somebody who holds `key`, with a proof that is right unless changed."""
    arguments = {"method": "GET", "url": URL, "now": START, "jti": "j-1", "access_token": token}
    proof = dpop.prove(key, **{**arguments, **changes})
    return Presentation("GET", URL, "DPoP", proof)


def refusal(
    present: Present, verifier: Verifier, token: str, presented: Presentation | None
) -> TokenRefused:
    with pytest.raises(TokenRefused) as refused:
        present(verifier, token, presented)
    assert token not in str(refused.value)
    if presented is not None and presented.dpop_proof:
        assert presented.dpop_proof not in str(refused.value)
    return refused.value


OURS = self_signed_der("ours")
THEIRS = self_signed_der("theirs")


def with_certificate(issuer: TestIssuer, der: bytes = OURS) -> str:
    return issuer.token(AUDIENCE, claims={"cnf": {"x5t#S256": certificate_thumbprint(der)}})


class TestDpop:
    def test_whoever_holds_the_key_may_use_the_token(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        token = bound(issuer)
        verified = present(issuer.verifier(AUDIENCE), token, shown(token))
        assert verified.subject == "user-1"
        assert verified.confirmation == Confirmation(jkt=CLIENT.thumbprint())

    def test_a_stolen_token_is_no_bearer_token(self, issuer: TestIssuer, present: Present) -> None:
        token = bound(issuer)
        verifier = issuer.verifier(AUDIENCE)
        for presented, reason in (
            (Presentation("GET", URL), "dpop_scheme_needed"),
            (replace(shown(token), scheme="Bearer"), "dpop_scheme_needed"),
            (None, "confirmation_unsupported"),
        ):
            refused = refusal(present, verifier, token, presented)
            assert (refused.reason, refused.claim) == (reason, "cnf")
            assert (refused.error, refused.http_status) == ("invalid_token", 401)

    def test_a_stolen_token_with_the_proof_of_another_key(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        token = bound(issuer)
        refused = refusal(present, issuer.verifier(AUDIENCE), token, shown(token, THIEF))
        assert (refused.reason, refused.error) == ("dpop_key_mismatch", "invalid_token")

    def test_a_proof_is_needed(self, issuer: TestIssuer, present: Present) -> None:
        token = bound(issuer)
        presented = Presentation("GET", URL, "DPoP")
        refused = refusal(present, issuer.verifier(AUDIENCE), token, presented)
        assert (refused.reason, refused.error) == ("dpop_proof_missing", "invalid_dpop_proof")

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"method": "POST"}, "dpop_proof_method_mismatch"),
            ({"url": "https://api.example.com/admin"}, "dpop_proof_target_uri_mismatch"),
            ({"url": "https://other.example/notes"}, "dpop_proof_target_uri_mismatch"),
            ({"url": "http://api.example.com/notes"}, "dpop_proof_target_uri_mismatch"),
            ({"access_token": "another"}, "dpop_proof_access_token_mismatch"),
            ({"access_token": None}, "dpop_proof_claim_missing"),
            ({"now": START + 6}, "dpop_proof_token_from_the_future"),
            ({"now": START - 67}, "dpop_proof_token_too_old"),
        ],
    )
    def test_a_proof_of_another_request(
        self, changes: dict[str, Any], reason: str, issuer: TestIssuer, present: Present
    ) -> None:
        token = bound(issuer)
        refused = refusal(present, issuer.verifier(AUDIENCE), token, shown(token, **changes))
        assert (refused.reason, refused.error) == (reason, "invalid_dpop_proof")
        assert refused.http_status == 401

    @pytest.mark.parametrize("proof", ["", "x", "a.b.c", "é", "a,b", "{}", "." * 100_000])
    def test_what_is_no_proof(self, proof: str, issuer: TestIssuer, present: Present) -> None:
        token = bound(issuer)
        presented = Presentation("GET", URL, "DPoP", proof)
        refused = refusal(present, issuer.verifier(AUDIENCE), token, presented)
        assert refused.error == "invalid_dpop_proof"

    def test_the_token_itself_is_no_proof(self, issuer: TestIssuer, present: Present) -> None:
        token = bound(issuer)
        presented = Presentation("GET", URL, "DPoP", token)
        refused = refusal(present, issuer.verifier(AUDIENCE), token, presented)
        assert refused.reason == "dpop_proof_type_mismatch"

    def test_two_proofs_joined_by_a_comma_are_none(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        token = bound(issuer)
        proof = shown(token).dpop_proof
        presented = Presentation("GET", URL, "DPoP", f"{proof},{proof}")
        refused = refusal(present, issuer.verifier(AUDIENCE), token, presented)
        assert refused.reason == "dpop_proof_token_characters"

    @pytest.mark.parametrize(
        "presented", [Presentation("GET", URL, "DPoP"), Presentation("GET", URL, "Bearer", "x.y.z")]
    )
    def test_a_token_that_is_not_bound_does_not_come_as_one_that_is(
        self, presented: Presentation, issuer: TestIssuer, present: Present
    ) -> None:
        token = issuer.token(AUDIENCE)
        refused = refusal(present, issuer.verifier(AUDIENCE), token, presented)
        assert (refused.reason, refused.error) == ("dpop_unexpected", "invalid_token")

    def test_a_bearer_token_comes_as_ever(self, issuer: TestIssuer, present: Present) -> None:
        presented = Presentation("GET", URL)
        assert present(issuer.verifier(AUDIENCE), issuer.token(AUDIENCE), presented).issuer

    def test_an_algorithm_that_is_not_accepted(self, issuer: TestIssuer, present: Present) -> None:
        token = bound(issuer)
        verifier = issuer.verifier(AUDIENCE, dpop=DpopPolicy(algorithms=["Ed25519"]))
        refused = refusal(present, verifier, token, shown(token))
        assert refused.reason == "dpop_proof_algorithm_not_allowed"
        ed = Key.generate("Ed25519")
        token = bound(issuer, ed)
        assert present(verifier, token, shown(token, ed)).subject == "user-1"

    def test_an_api_that_takes_no_bound_tokens(self, issuer: TestIssuer, present: Present) -> None:
        token = bound(issuer)
        verifier = issuer.verifier(AUDIENCE, dpop=False)
        refused = refusal(present, verifier, token, shown(token))
        assert refused.reason == "confirmation_unsupported"

    def test_an_api_that_takes_only_bound_tokens(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        verifier = issuer.verifier(AUDIENCE, require_dpop=True)
        plain, token = issuer.token(AUDIENCE), bound(issuer)
        for presented in (None, Presentation("GET", URL), shown(plain)):
            refused = refusal(present, verifier, plain, presented)
            assert (refused.reason, refused.error) == ("dpop_binding_missing", "invalid_token")
        assert present(verifier, token, shown(token)).subject == "user-1"

    def test_a_binding_that_can_not_be_read_is_not_no_binding(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        verifier = issuer.verifier(AUDIENCE)
        wrong: list[Any] = [None, {}, [], "x", {"jkt": 7}, {"jkt": "short"}, {"kid": "a"}]
        for cnf in (*wrong, {"jwk": {}}):
            token = issuer.token(AUDIENCE, claims={"cnf": cnf})
            for presented in (None, Presentation("GET", URL), shown(token)):
                refused = refusal(present, verifier, token, presented)
                assert (refused.reason, refused.claim) == ("confirmation_invalid", "cnf")


class TestReplay:
    def test_a_proof_is_good_once(
        self, issuer: TestIssuer, clock: ManualClock, present: Present
    ) -> None:
        verifier, token = issuer.verifier(AUDIENCE), bound(issuer)
        presented = shown(token)
        present(verifier, token, presented)
        for _ in range(3):
            refused = refusal(present, verifier, token, presented)
            assert (refused.reason, refused.error) == ("dpop_proof_replayed", "invalid_dpop_proof")
            clock.advance(20)
        clock.advance(10)
        assert refusal(present, verifier, token, presented).reason == "dpop_proof_token_too_old"

    def test_another_proof_is_another_use(self, issuer: TestIssuer, present: Present) -> None:
        verifier, token = issuer.verifier(AUDIENCE), bound(issuer)
        for number in range(3):
            present(verifier, token, shown(token, jti=f"j-{number}"))

    def test_what_was_refused_spends_no_proof(self, issuer: TestIssuer) -> None:
        verifier, token = issuer.verifier(AUDIENCE), bound(issuer)
        presented = shown(token)
        with pytest.raises(TokenRefused, match="scope"):
            verifier.verify_sync(token, scopes=["admin"], presented=presented)
        verifier.verify_sync(token, presented=presented)

    def test_of_many_threads_with_one_proof_one_wins(self, issuer: TestIssuer) -> None:
        crowd = 16
        for attempt in range(10):
            verifier, token = issuer.verifier(AUDIENCE), bound(issuer)
            verifier.prefetch_sync()
            presented = shown(token, jti=f"j-{attempt}")
            start = threading.Barrier(crowd)

            def use(
                verifier: Verifier = verifier,
                token: str = token,
                presented: Presentation = presented,
                start: threading.Barrier = start,
            ) -> str:
                start.wait()
                try:
                    verifier.verify_sync(token, presented=presented)
                except TokenRefused as refused:
                    return refused.reason
                return "won"

            with ThreadPoolExecutor(crowd) as pool:
                outcomes = [future.result() for future in [pool.submit(use) for _ in range(crowd)]]
            assert sorted(outcomes) == ["dpop_proof_replayed"] * (crowd - 1) + ["won"]

    @pytest.mark.anyio
    async def test_of_many_tasks_with_one_proof_one_wins(self) -> None:
        issuer = new_issuer()
        store = SlowStore()
        verifier = issuer.verifier(AUDIENCE, dpop=DpopPolicy(replay_store=store))
        token = bound(issuer)
        presented = shown(token)
        outcomes = await asyncio.gather(
            *(verifier.verify(token, presented=presented) for _ in range(20)),
            return_exceptions=True,
        )
        won = [outcome for outcome in outcomes if isinstance(outcome, VerifiedToken)]
        lost = [outcome for outcome in outcomes if isinstance(outcome, TokenRefused)]
        assert (len(won), len(lost)) == (1, 19)
        assert {refused.reason for refused in lost} == {"dpop_proof_replayed"}

    def test_a_store_may_be_shared_by_several_processes(self, issuer: TestIssuer) -> None:
        policy = DpopPolicy(replay_store=MemoryReplayStore())
        one, other = (issuer.verifier(AUDIENCE, dpop=policy) for _ in range(2))
        token = bound(issuer)
        presented = shown(token)
        one.verify_sync(token, presented=presented)
        assert refusal(verify_sync, other, token, presented).reason == "dpop_proof_replayed"

    def test_an_asynchronous_store_is_for_asynchronous_code(self, issuer: TestIssuer) -> None:
        verifier = issuer.verifier(AUDIENCE, dpop=DpopPolicy(replay_store=SlowStore()))
        token = bound(issuer)
        with pytest.raises(InvalidConfiguration, match="verify_sync"):
            verifier.verify_sync(token, presented=shown(token))

    @pytest.mark.parametrize("answer", [False, None, 0, 1, "yes"])
    def test_only_true_is_true(self, answer: object, issuer: TestIssuer, present: Present) -> None:
        verifier = issuer.verifier(AUDIENCE, dpop=DpopPolicy(replay_store=Fixed(answer)))
        token = bound(issuer)
        refused = refusal(present, verifier, token, shown(token))
        assert refused.reason == "dpop_proof_replayed"

    @pytest.mark.parametrize("store_kind", ["sync", "async"])
    def test_a_store_that_fails_lets_nobody_in(self, store_kind: str, issuer: TestIssuer) -> None:
        store: Any = Broken() if store_kind == "sync" else BrokenLater()
        verifier = issuer.verifier(AUDIENCE, dpop=DpopPolicy(replay_store=store))
        token = bound(issuer)
        with pytest.raises(ReplaysUnknown) as unknown:
            verify_async(verifier, token, shown(token))
        assert (unknown.value.reason, unknown.value.http_status) == ("replay_store_failed", 503)
        assert "swordfish" not in str(unknown.value)

    def test_a_store_that_is_full_lets_nobody_in(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        policy = DpopPolicy(replay_store=MemoryReplayStore(max_entries=1))
        verifier, token = issuer.verifier(AUDIENCE, dpop=policy), bound(issuer)
        present(verifier, token, shown(token))
        with pytest.raises(ReplaysUnknown) as unknown:
            present(verifier, token, shown(token, jti="j-2"))
        assert unknown.value.reason == "replay_store_full"

    def test_each_issuer_has_a_store_of_its_own(self, clock: ManualClock) -> None:
        first = new_issuer("https://first.example", clock=clock)
        second = new_issuer("https://second.example", clock=clock)
        small = DpopPolicy(replay_store=MemoryReplayStore(max_entries=1))
        verifier = Verifier(
            issuers=[
                TrustedIssuer(issuer=first.issuer, audience=AUDIENCE, dpop=small),
                TrustedIssuer(issuer=second.issuer, audience=AUDIENCE),
            ],
            fetcher=fetcher_for(first, second),
            clock=clock,
        )
        mine, other = bound(first), bound(second)
        verifier.verify_sync(mine, presented=shown(mine))
        with pytest.raises(ReplaysUnknown):
            verifier.verify_sync(mine, presented=shown(mine, jti="j-2"))
        for number in range(3):
            verifier.verify_sync(other, presented=shown(other, jti=f"j-{number}"))


class SlowStore:
    """A store on the network: it answers later, and in the meantime others come."""

    def __init__(self) -> None:
        self._store = MemoryReplayStore()

    async def add(self, name: str, *, expires_at: int, now: int) -> bool:
        await asyncio.sleep(0)
        is_first = self._store.add(name, expires_at=expires_at, now=now)
        await asyncio.sleep(0)
        return is_first


class Fixed:
    def __init__(self, answer: object) -> None:
        self._answer: Any = answer

    def add(self, name: str, *, expires_at: int, now: int) -> bool:
        assert name
        assert expires_at > now
        return self._answer  # type: ignore[no-any-return]  # an answer of the wrong type is the point


class Broken:
    def add(self, name: str, *, expires_at: int, now: int) -> bool:
        raise ConnectionError(f"redis://:swordfish@store {name} {expires_at} {now}")


class BrokenLater:
    async def add(self, name: str, *, expires_at: int, now: int) -> bool:
        await asyncio.sleep(0)
        raise ConnectionError(f"redis://:swordfish@store {name} {expires_at} {now}")


class TestNonces:
    def policy(self) -> DpopPolicy:
        return DpopPolicy(nonce_secret=NONCE_SECRET, nonce_seconds=300)

    def test_a_proof_without_a_nonce_is_told_which_to_use(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        verifier, token = issuer.verifier(AUDIENCE, dpop=self.policy()), bound(issuer)
        refused = refusal(present, verifier, token, shown(token))
        assert (refused.reason, refused.error) == ("dpop_nonce_missing", "use_dpop_nonce")
        assert refused.dpop_nonce == verifier.dpop_nonce(issuer.issuer)
        present(verifier, token, shown(token, nonce=refused.dpop_nonce))

    @pytest.mark.parametrize("nonce", ["x", "0" * 24, "ü"])
    def test_a_nonce_that_is_not_ours(
        self, nonce: str, issuer: TestIssuer, present: Present
    ) -> None:
        verifier, token = issuer.verifier(AUDIENCE, dpop=self.policy()), bound(issuer)
        refused = refusal(present, verifier, token, shown(token, nonce=nonce))
        assert (refused.reason, refused.error) == ("dpop_nonce_unknown", "use_dpop_nonce")

    def test_a_nonce_of_another_secret(self, issuer: TestIssuer) -> None:
        other = DpopPolicy(nonce_secret=Secret("another secret of these tests, also long"))
        nonce = issuer.verifier(AUDIENCE, dpop=other).dpop_nonce(issuer.issuer)
        verifier, token = issuer.verifier(AUDIENCE, dpop=self.policy()), bound(issuer)
        refused = refusal(verify_sync, verifier, token, shown(token, nonce=nonce))
        assert refused.reason == "dpop_nonce_unknown"

    def test_a_nonce_ends(self, issuer: TestIssuer, clock: ManualClock) -> None:
        verifier, token = issuer.verifier(AUDIENCE, dpop=self.policy()), bound(issuer)
        nonce = verifier.dpop_nonce(issuer.issuer)
        clock.advance(300)
        presented = shown(token, nonce=nonce, now=clock.now())
        verifier.verify_sync(token, presented=presented)
        clock.advance(300)
        presented = shown(token, nonce=nonce, now=clock.now(), jti="j-2")
        refused = refusal(verify_sync, verifier, token, presented)
        assert refused.reason == "dpop_nonce_unknown"

    def test_a_wrong_key_learns_no_nonce(self, issuer: TestIssuer) -> None:
        verifier, token = issuer.verifier(AUDIENCE, dpop=self.policy()), bound(issuer)
        refused = refusal(verify_sync, verifier, token, shown(token, THIEF))
        assert (refused.reason, refused.dpop_nonce) == ("dpop_key_mismatch", None)

    def test_without_a_secret_there_are_none(self, issuer: TestIssuer) -> None:
        assert issuer.verifier(AUDIENCE).dpop_nonce(issuer.issuer) is None
        assert issuer.verifier(AUDIENCE, dpop=False).dpop_nonce(issuer.issuer) is None


class TestCertificates:
    def test_whoever_has_the_certificate_may_use_the_token(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        token, verifier = with_certificate(issuer), issuer.verifier(AUDIENCE)
        pem = x509.load_der_x509_certificate(OURS).public_bytes(serialization.Encoding.PEM)
        for shown_certificate in (OURS, pem):
            presented = Presentation("GET", URL, client_certificate=shown_certificate)
            verified = present(verifier, token, presented)
            assert verified.confirmation == Confirmation(x5t_s256=certificate_thumbprint(OURS))

    @pytest.mark.parametrize(
        ("shown_certificate", "reason"),
        [
            (None, "certificate_missing"),
            (THEIRS, "certificate_mismatch"),
            (OURS[:-1], "certificate_format"),
            (OURS + b"\0", "certificate_format"),
            (b"", "certificate_format"),
        ],
    )
    def test_nobody_else_may(
        self,
        shown_certificate: bytes | None,
        reason: str,
        issuer: TestIssuer,
        present: Present,
    ) -> None:
        token, verifier = with_certificate(issuer), issuer.verifier(AUDIENCE)
        presented = Presentation("GET", URL, client_certificate=shown_certificate)
        refused = refusal(present, verifier, token, presented)
        assert (refused.reason, refused.error) == (reason, "invalid_token")

    def test_a_certificate_is_no_harm_to_a_token_without_one(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        presented = Presentation("GET", URL, client_certificate=THEIRS)
        assert present(issuer.verifier(AUDIENCE), issuer.token(AUDIENCE), presented).subject

    def test_an_api_that_takes_only_tokens_with_a_certificate(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        verifier = issuer.verifier(AUDIENCE, require_certificate=True)
        presented = Presentation("GET", URL, client_certificate=OURS)
        for token in (issuer.token(AUDIENCE), bound(issuer)):
            refused = refusal(present, verifier, token, presented)
            assert refused.reason == "certificate_binding_missing"
        assert present(verifier, with_certificate(issuer), presented).subject == "user-1"

    def test_a_token_that_is_bound_to_both_needs_both(
        self, issuer: TestIssuer, present: Present
    ) -> None:
        token = bound(issuer, certificate=OURS)
        verifier = issuer.verifier(AUDIENCE, require_dpop=True, require_certificate=True)
        key_only = shown(token)
        assert refusal(present, verifier, token, key_only).reason == "certificate_missing"
        certificate_only = Presentation("GET", URL, client_certificate=OURS)
        assert refusal(present, verifier, token, certificate_only).reason == "dpop_scheme_needed"
        both = replace(key_only, client_certificate=OURS)
        assert present(verifier, token, both).subject == "user-1"


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "name"),
        [
            ({"algorithms": ["none"]}, "dpop.algorithms"),
            ({"algorithms": []}, "dpop.algorithms"),
            ({"algorithms": "ES256"}, "dpop.algorithms"),
            ({"algorithms": ["HS256"]}, "dpop.algorithms"),
            ({"max_age_seconds": 0}, "dpop.max_age_seconds"),
            ({"max_age_seconds": 601}, "dpop.max_age_seconds"),
            ({"leeway_seconds": -1}, "dpop.leeway_seconds"),
            ({"nonce_seconds": 9}, "dpop.nonce_seconds"),
            ({"replay_store": "redis://localhost"}, "dpop.replay_store"),
            ({"nonce_secret": "not a Secret, and long enough to be one"}, "dpop.nonce_secret"),
            ({"nonce_secret": Secret("too short")}, "dpop.nonce_secret"),
        ],
    )
    def test_each_is_checked_and_named(self, settings: dict[str, Any], name: str) -> None:
        with pytest.raises(InvalidConfiguration) as refused:
            DpopPolicy(**settings)
        assert refused.value.field == name
        assert "too short" not in str(refused.value)

    @pytest.mark.parametrize(
        ("settings", "name"),
        [
            ({"dpop": "yes"}, "dpop"),
            ({"dpop": None}, "dpop"),
            ({"require_dpop": 1}, "require_dpop"),
            ({"require_dpop": True, "dpop": False}, "require_dpop"),
            ({"require_certificate": "yes"}, "require_certificate"),
        ],
    )
    def test_those_of_an_issuer_too(self, settings: dict[str, Any], name: str) -> None:
        with pytest.raises(InvalidConfiguration) as refused:
            Verifier("https://id.example.com", AUDIENCE, **settings)
        assert refused.value.field == name

    def test_a_secret_is_not_shown(self) -> None:
        assert NONCE_SECRET.reveal() not in repr(DpopPolicy(nonce_secret=NONCE_SECRET))
        assert "proof" not in repr(Presentation("GET", URL, "DPoP", "proof"))


def test_a_refused_sender_is_counted(issuer: TestIssuer) -> None:
    seen: list[tuple[str, str | None]] = []
    verifier = issuer.verifier(
        AUDIENCE, on_refused=lambda reason, claimed: seen.append((reason, claimed))
    )
    token = bound(issuer)
    presented = shown(token)
    verifier.verify_sync(token, presented=presented)
    refusal(verify_sync, verifier, token, presented)
    refusal(verify_sync, verifier, token, Presentation("GET", URL))
    assert seen == [
        ("dpop_proof_replayed", issuer.issuer),
        ("dpop_scheme_needed", issuer.issuer),
    ]


def test_a_token_that_only_its_issuer_can_read_is_bound_just_the_same(
    clock: ManualClock, present: Present
) -> None:
    asked = AskedIssuer()
    asked.answers[TOKEN] = in_force(clock.now(), cnf={"jkt": CLIENT.thumbprint()})
    verifier = Verifier(
        ISSUER,
        AUDIENCE,
        fetcher=asked,
        clock=clock,
        introspection=Introspection("api", SECRET),
    )
    presented = shown(TOKEN)
    assert present(verifier, TOKEN, presented).confirmation == Confirmation(CLIENT.thumbprint())
    for stolen, reason in (
        (presented, "dpop_proof_replayed"),
        (Presentation("GET", URL), "dpop_scheme_needed"),
        (shown(TOKEN, THIEF), "dpop_key_mismatch"),
        (shown("another", jti="j-2"), "dpop_proof_access_token_mismatch"),
        (None, "confirmation_unsupported"),
    ):
        with pytest.raises(TokenRefused) as refused:
            present(verifier, TOKEN, stolen)
        assert refused.value.reason == reason
    assert len(asked.asked) == 1
    asked.answers["malformed"] = in_force(clock.now(), cnf={"jkt": "x"})
    with pytest.raises(TokenRefused, match="cnf"):
        present(verifier, "malformed", None)
