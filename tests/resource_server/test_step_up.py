"""What is asked of the sign-in behind a token (RFC 9470), and what a token says of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sealwax import TokenRefused, VerifiedToken, Verifier
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import AUDIENCE, START

GOLD, SILVER = "urn:example:gold", "urn:example:silver"

Demand = Callable[..., VerifiedToken]


def demand_sync(verifier: Verifier, token: str, **demands: Any) -> VerifiedToken:  # noqa: ANN401 - keyword arguments of verify
    return verifier.verify_sync(token, **demands)


def demand_async(verifier: Verifier, token: str, **demands: Any) -> VerifiedToken:  # noqa: ANN401 - the same
    return asyncio.run(verifier.verify(token, **demands))


@pytest.fixture(params=[demand_sync, demand_async], ids=["sync", "async"])
def demand(request: pytest.FixtureRequest) -> Demand:
    way: Demand = request.param
    return way


def test_a_token_says_how_somebody_signed_in(issuer: TestIssuer, demand: Demand) -> None:
    claims = {"acr": GOLD, "amr": ["pwd", "otp"], "auth_time": START - 60}
    token = demand(issuer.verifier(AUDIENCE), issuer.token(AUDIENCE, claims=claims))
    assert (token.acr, token.amr, token.auth_time) == (GOLD, ("pwd", "otp"), START - 60)


def test_a_token_need_not_say(issuer: TestIssuer, demand: Demand) -> None:
    token = demand(issuer.verifier(AUDIENCE), issuer.token(AUDIENCE))
    assert (token.acr, token.amr, token.auth_time, token.confirmation) == (None, (), None, None)


MALFORMED = [
    ("acr", 1),
    ("acr", None),
    ("acr", [GOLD]),
    ("acr", True),
    ("amr", "pwd"),
    ("amr", [7]),
    ("amr", None),
    ("amr", {"pwd": 1}),
    ("auth_time", "1800000000"),
    ("auth_time", None),
    ("auth_time", True),
    ("auth_time", -1),
    ("auth_time", [START]),
    ("auth_time", 1_800_000_000_000),
]


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_what_is_malformed_is_not_what_is_absent(
    name: str, value: object, issuer: TestIssuer, demand: Demand
) -> None:
    token = issuer.token(AUDIENCE, claims={name: value})
    with pytest.raises(TokenRefused) as refused:
        demand(issuer.verifier(AUDIENCE), token)
    assert (refused.value.reason, refused.value.claim) == ("claim_type", name)


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_an_issuer_of_another_profile_may_have_claims_of_its_own_that_meet_nothing(
    name: str, value: object, issuer: TestIssuer, demand: Demand
) -> None:
    verifier = issuer.verifier(AUDIENCE, token_type="JWT")
    token = issuer.token(AUDIENCE, typ="JWT", claims={name: value})
    verified = demand(verifier, token)
    assert (verified.acr, verified.amr, verified.auth_time) == (None, (), None)
    demands: dict[str, dict[str, Any]] = {
        "acr": {"acr_values": [GOLD, "1"]},
        "amr": {"amr_values": ["pwd"]},
        "auth_time": {"max_authentication_age_seconds": 10**9},
    }
    with pytest.raises(TokenRefused) as refused:
        demand(verifier, token, **demands[name])
    assert refused.value.error == "insufficient_user_authentication"


@pytest.mark.parametrize(
    ("claims", "demands", "reason", "claim"),
    [
        ({}, {"acr_values": [GOLD]}, "authentication_context", "acr"),
        ({"acr": SILVER}, {"acr_values": [GOLD]}, "authentication_context", "acr"),
        ({"acr": f"{GOLD} {SILVER}"}, {"acr_values": [GOLD]}, "authentication_context", "acr"),
        ({"acr": GOLD.upper()}, {"acr_values": [GOLD]}, "authentication_context", "acr"),
        ({"acr": SILVER}, {"acr_values": [GOLD, SILVER]}, None, None),
        ({}, {"amr_values": ["mfa"]}, "authentication_methods", "amr"),
        ({"amr": ["pwd"]}, {"amr_values": ["pwd", "otp"]}, "authentication_methods", "amr"),
        ({"amr": ["otp", "pwd"]}, {"amr_values": ["pwd", "otp"]}, None, None),
        ({}, {"max_authentication_age_seconds": 60}, "authentication_time_unknown", "auth_time"),
        ({"auth_time": START - 70}, {"max_authentication_age_seconds": 60}, None, None),
        (
            {"auth_time": START - 71},
            {"max_authentication_age_seconds": 60},
            "authentication_too_old",
            "auth_time",
        ),
        ({"auth_time": START}, {"max_authentication_age_seconds": 0}, None, None),
        ({"auth_time": START - 9.5}, {"max_authentication_age_seconds": 0}, None, None),
        (
            {"auth_time": START - 11},
            {"max_authentication_age_seconds": 0},
            "authentication_too_old",
            "auth_time",
        ),
        ({"auth_time": START + 10}, {"max_authentication_age_seconds": 60}, None, None),
        (
            {"auth_time": START + 11},
            {"max_authentication_age_seconds": 60},
            "authentication_time_unknown",
            "auth_time",
        ),
        ({"acr": ""}, {"acr_values": [GOLD]}, "authentication_context", "acr"),
    ],
)
def test_what_meets_a_demand_and_what_does_not(
    claims: dict[str, Any],
    demands: dict[str, Any],
    reason: str | None,
    claim: str | None,
    issuer: TestIssuer,
    demand: Demand,
) -> None:
    verifier, token = issuer.verifier(AUDIENCE), issuer.token(AUDIENCE, claims=claims)
    if reason is None:
        assert demand(verifier, token, **demands).subject == "user-1"
        return
    with pytest.raises(TokenRefused) as refused:
        demand(verifier, token, **demands)
    assert (refused.value.reason, refused.value.claim) == (reason, claim)
    assert refused.value.error == "insufficient_user_authentication"
    assert refused.value.http_status == 401


def test_a_refusal_says_what_to_ask_the_issuer_for(issuer: TestIssuer, demand: Demand) -> None:
    with pytest.raises(TokenRefused) as refused:
        demand(
            issuer.verifier(AUDIENCE),
            issuer.token(AUDIENCE),
            acr_values=[GOLD, SILVER],
            max_authentication_age_seconds=60,
        )
    assert refused.value.acr_values == (GOLD, SILVER)
    assert refused.value.max_authentication_age_seconds == 60


def test_the_sign_in_is_looked_at_before_the_scopes(issuer: TestIssuer, demand: Demand) -> None:
    with pytest.raises(TokenRefused) as refused:
        demand(
            issuer.verifier(AUDIENCE), issuer.token(AUDIENCE), scopes=["admin"], acr_values=[GOLD]
        )
    assert refused.value.reason == "authentication_context"


@pytest.mark.parametrize(
    "demands",
    [
        {"acr_values": GOLD},
        {"acr_values": [7]},
        {"acr_values": [""]},
        {"amr_values": "mfa"},
        {"amr_values": [None]},
        {"max_authentication_age_seconds": -1},
        {"max_authentication_age_seconds": 1.5},
        {"max_authentication_age_seconds": True},
        {"max_authentication_age_seconds": "60"},
    ],
)
def test_a_demand_that_is_a_mistake_lets_nobody_in(
    demands: dict[str, Any], issuer: TestIssuer, demand: Demand
) -> None:
    claims = {"acr": GOLD, "amr": ["mfa"], "auth_time": START}
    with pytest.raises((TypeError, ValueError)):
        demand(issuer.verifier(AUDIENCE), issuer.token(AUDIENCE, claims=claims), **demands)
