"""A verifier that knows tokens again still looks at everything but the signature, at every use."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sealwax import TokenRefused, TrustedIssuer, VerifiedToken, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, dpop
from sealwax.jose.token_cache import TokenCache
from sealwax.resource_server import InvalidConfiguration, Presentation
from sealwax.testing import TestIssuer, fetcher_for
from tests.resource_server.fakes import AUDIENCE, START, Check, eventually, new_issuer

CLIENT = Key.generate("ES256")
CACHE = TokenCache(max_tokens=100, max_seconds=3600)


@pytest.fixture
def verifier(issuer: TestIssuer) -> Verifier:
    return issuer.verifier(AUDIENCE, token_cache=CACHE)


def refusal(use: Callable[[], VerifiedToken]) -> str:
    with pytest.raises(TokenRefused) as refused:
        use()
    return refused.value.reason


def test_a_token_is_known_again_and_is_the_same(
    issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    token = issuer.token(AUDIENCE, scopes=["a"], claims={"nested": {"list": [1]}})
    first = check(verifier, token)
    first.claims["nested"]["list"].append(2)
    again = check(verifier, token)
    assert again.claims["nested"] == {"list": [1]}
    assert (again.subject, again.scopes) == (first.subject, first.scopes)


def test_it_ends_when_it_ends(
    issuer: TestIssuer, clock: ManualClock, verifier: Verifier, check: Check
) -> None:
    token = issuer.token(AUDIENCE, lifetime_seconds=60)
    check(verifier, token)
    clock.advance(70)
    assert refusal(lambda: check(verifier, token)) == "token_expired"


def test_it_is_taken_back(
    issuer: TestIssuer, clock: ManualClock, verifier: Verifier, check: Check
) -> None:
    token = issuer.token(AUDIENCE)
    check(verifier, token)
    issuer.revoke(token)
    clock.advance(16)
    assert refusal(lambda: check(verifier, token)) == "token_revoked"


def test_scopes_and_sign_in_are_those_of_each_use(issuer: TestIssuer, verifier: Verifier) -> None:
    token = issuer.token(AUDIENCE, scopes=["a"])
    verifier.verify_sync(token, scopes=["a"])
    assert refusal(lambda: verifier.verify_sync(token, scopes=["b"])) == "scope_insufficient"
    demand: dict[str, Any] = {"acr_values": ["gold"]}
    assert refusal(lambda: verifier.verify_sync(token, **demand)) == "authentication_context"


def test_its_sender_is_asked_for_the_key_at_every_use(
    issuer: TestIssuer, verifier: Verifier
) -> None:
    token = issuer.token(AUDIENCE, claims={"cnf": {"jkt": CLIENT.thumbprint()}})
    url = "https://api.example.com/notes"
    proof = dpop.prove(CLIENT, method="GET", url=url, now=START, jti="j", access_token=token)
    presented = Presentation("GET", url, "DPoP", proof)
    verifier.verify_sync(token, presented=presented)
    for stolen, reason in (
        (presented, "dpop_proof_replayed"),
        (Presentation("GET", url), "dpop_scheme_needed"),
        (Presentation("GET", url, "DPoP"), "dpop_proof_missing"),
        (Presentation("POST", url, "DPoP", proof), "dpop_proof_method_mismatch"),
        (None, "confirmation_unsupported"),
    ):
        assert refusal(lambda how=stolen: verifier.verify_sync(token, presented=how)) == reason  # type: ignore[misc]  # mypy can't infer a default of a lambda


def test_a_changed_token_is_another_token(
    issuer: TestIssuer, verifier: Verifier, check: Check
) -> None:
    token = issuer.token(AUDIENCE)
    check(verifier, token)
    for place in (5, len(token) // 2, len(token) - 5):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        refusal(lambda other=changed: check(verifier, other))  # type: ignore[misc]  # the same


def test_a_key_that_is_no_longer_trusted_takes_its_tokens_along(
    issuer: TestIssuer, clock: ManualClock, verifier: Verifier
) -> None:
    token = issuer.token(AUDIENCE, lifetime_seconds=3600)
    verifier.verify_sync(token)
    issuer.rotate_key(keep_old=False)
    clock.advance(issuer.max_age_seconds)
    verifier.verify_sync(issuer.token(AUDIENCE))  # its key is looked for, and the new set kept
    clock.advance(1)

    def is_refused() -> bool:
        try:
            verifier.verify_sync(token)
        except TokenRefused as refused:
            return refused.reason == "key_unknown"
        return False

    eventually(is_refused)


def test_what_one_issuer_vouched_for_is_nothing_to_another(clock: ManualClock) -> None:
    first = new_issuer("https://first.example", clock=clock)
    second = new_issuer("https://second.example", clock=clock)
    verifier = Verifier(
        issuers=[
            TrustedIssuer(issuer=first.issuer, audience=AUDIENCE, token_cache=CACHE),
            TrustedIssuer(issuer=second.issuer, audience="api://notes", token_cache=CACHE),
        ],
        fetcher=fetcher_for(first, second),
        clock=clock,
    )
    token = first.token(AUDIENCE)
    assert asyncio.run(verifier.verify(token)).issuer == first.issuer
    assert asyncio.run(verifier.verify(token)).issuer == first.issuer
    forged = second.token("api://notes", key=first.key)
    assert refusal(lambda: verifier.verify_sync(forged)) == "key_unknown"


@pytest.mark.parametrize("value", [True, 10_000, "yes", {}])
def test_the_setting_is_a_token_cache(value: Any) -> None:  # noqa: ANN401 - wrong types are the point
    with pytest.raises(InvalidConfiguration) as refused:
        Verifier("https://id.example.com", AUDIENCE, token_cache=value)
    assert refused.value.field == "token_cache"
