"""Every fault a test can ask for is one for which a verifier refuses, by the reason it names."""

import pytest

from sealwax import TokenRefused
from sealwax.clock import ManualClock
from sealwax.jose import jwt
from sealwax.testing import FAULTS, TestIssuer, faulty_token

AUDIENCE = "https://api.example.com"


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
@pytest.mark.parametrize("fault", FAULTS)
def test_each_is_refused_for_its_reason(fault: str, algorithm: str) -> None:
    issuer = TestIssuer(algorithm=algorithm, clock=ManualClock(1_800_000_000))
    with issuer.verifier(AUDIENCE) as verifier:
        verifier.verify_sync(issuer.token(AUDIENCE))
        with pytest.raises(TokenRefused) as refused:
            verifier.verify_sync(faulty_token(issuer, fault, AUDIENCE, scopes=["a"]))
    assert refused.value.reason == FAULTS[fault]


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"malformed"}))
def test_all_else_about_it_is_as_asked_for(fault: str) -> None:
    issuer = TestIssuer()
    token = faulty_token(
        issuer,
        fault,
        AUDIENCE,
        scopes=["a", "b"],
        client_id="c",
        claims={"tenant": "acme"},
        without=["jti"],
    )
    claims = jwt.read_unverified_claims(token)
    assert (claims["scope"], claims["client_id"], claims["tenant"]) == ("a b", "c", "acme")
    assert "jti" not in claims


def test_a_token_without_fault_passes_where_those_fail() -> None:
    issuer = TestIssuer()
    with issuer.verifier(AUDIENCE) as verifier:
        assert verifier.verify_sync(issuer.token(AUDIENCE, scopes=["a"])).scopes == {"a"}


def test_an_issuer_with_a_secret_has_no_public_key_to_take_for_it() -> None:
    issuer = TestIssuer(algorithm="HS256")
    with issuer.verifier(AUDIENCE) as verifier, pytest.raises(TokenRefused) as refused:
        verifier.verify_sync(faulty_token(issuer, "signed_with_the_public_key", AUDIENCE))
    assert refused.value.reason == "signature_invalid"


def test_a_fault_that_is_none_is_a_mistake_that_is_named() -> None:
    with pytest.raises(ValueError, match="fault is 'outdated'; accepted are expired,"):
        faulty_token(TestIssuer(), "outdated", AUDIENCE)
