"""A test issuer in the place of an API's own keeps to everything that the API was told."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from sealwax import StatusPolicy, TokenRefused, TrustedIssuer, VerifiedToken, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, KeySet
from sealwax.resource_server import DpopPolicy, Introspection, Presentation
from sealwax.resource_server.errors import VerifierClosed
from sealwax.testing import (
    FAULTS,
    StandIn,
    TestIssuer,
    dpop_headers,
    stand_in,
    token_headers,
)

ISSUER = "https://id.example.com"
AUDIENCE = "https://api.example.com"


def api(*issuers: TrustedIssuer) -> SimpleNamespace:
    return SimpleNamespace(verifier=Verifier(issuers=issuers))


def verify(server: SimpleNamespace, headers: dict[str, str]) -> VerifiedToken:
    verifier: Verifier = server.verifier
    return verifier.verify_sync(headers["Authorization"].removeprefix("Bearer "))


def refusal(server: SimpleNamespace, headers: dict[str, str]) -> str:
    with pytest.raises(TokenRefused) as refused:
        verify(server, headers)
    return refused.value.reason


@pytest.fixture
def server() -> SimpleNamespace:
    return api(TrustedIssuer(issuer=ISSUER, audience=[AUDIENCE, "notes"]))


@pytest.fixture
def standing(server: SimpleNamespace) -> Iterator[StandIn]:
    with stand_in(server, clock=ManualClock(1_800_000_000)) as standing:
        yield standing


def test_its_tokens_are_for_the_api(server: SimpleNamespace, standing: StandIn) -> None:
    token = verify(server, standing.headers("a", "b", subject="alice"))
    assert (token.issuer, token.subject, token.audience) == (ISSUER, "alice", (AUDIENCE,))
    assert token.scopes == {"a", "b"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_one_is_refused(fault: str, server: SimpleNamespace, standing: StandIn) -> None:
    assert refusal(server, standing.faulty_headers(fault, "a")) == FAULTS[fault]


def test_the_end_puts_the_old_verifier_back(server: SimpleNamespace) -> None:
    before = server.verifier

    def fail_within() -> None:
        with stand_in(server) as standing:
            within.append(server.verifier)
            raise KeyError(standing.audience)

    within: list[Verifier] = []
    with pytest.raises(KeyError, match=AUDIENCE):
        fail_within()
    [between] = within
    assert server.verifier is before
    with pytest.raises(VerifierClosed):
        between.verify_sync("x")


def test_a_real_token_is_not_believed_meanwhile(server: SimpleNamespace, standing: StandIn) -> None:
    real = TestIssuer(ISSUER).token(standing.audience)
    assert refusal(server, {"Authorization": f"Bearer {real}"}) in {"key_unknown", "token_expired"}


def test_an_issuer_of_another_profile_keeps_its_names() -> None:
    server = api(
        TrustedIssuer(
            issuer=ISSUER,
            audience="api://notes",
            token_type="JWT",
            scope_claim="scp",
            client_id_claim="azp",
            algorithms=["RS256"],
            jwks_uri="https://keys.example.com/jwks",
        )
    )
    with stand_in(server) as standing:
        token = verify(server, standing.headers("a", client_id="app"))
    assert (token.header["typ"], token.header["alg"]) == ("JWT", "RS256")
    assert (token.client_id, token.claims["azp"]) == ("app", "app")
    assert token.scopes == {"a"}
    assert token.claims["scp"] == "a"


def test_what_the_api_demands_is_demanded_still() -> None:
    server = api(
        TrustedIssuer(
            issuer=ISSUER,
            audience=AUDIENCE,
            required_claims=["tenant"],
            max_age_seconds=60,
            status=StatusPolicy(required=True),
        )
    )
    clock = ManualClock(1_800_000_000)
    with stand_in(server, clock=clock) as standing:
        acme = {"tenant": "acme"}
        headers = standing.headers(claims=acme)
        assert verify(server, headers).claims["tenant"] == "acme"
        assert refusal(server, standing.headers()) == "claim_missing"
        listless = standing.headers(claims=acme, without=["status"])
        assert refusal(server, listless) == "status_missing"
        clock.advance(71)
        assert refusal(server, headers) == "token_too_old"


def test_keys_that_were_given_give_way() -> None:
    given = KeySet([Key.generate("ES256").public()])
    server = api(TrustedIssuer(issuer=ISSUER, audience=AUDIENCE, keys=given))
    with stand_in(server) as standing:
        assert verify(server, standing.headers()).issuer == ISSUER


def test_a_shared_secret_stays_and_signs() -> None:
    secret = Key.generate("HS256")
    trusted = TrustedIssuer(
        issuer=ISSUER, audience=AUDIENCE, keys=KeySet([secret]), algorithms=["HS256"]
    )
    server = api(trusted)
    with stand_in(server) as standing:
        headers = standing.headers()
        assert verify(server, headers).header["alg"] == "HS256"
    server.verifier = Verifier(issuers=[trusted])
    token = TestIssuer(ISSUER).token(AUDIENCE, key=secret, without=["status"])
    assert verify(server, {"Authorization": f"Bearer {token}"}).issuer == ISSUER


def test_the_issuer_that_is_asked_about_tokens_is_the_test_issuer() -> None:
    asking = Introspection("api", "secret", endpoint="https://id.example.com/asked-here")
    server = api(TrustedIssuer(issuer=ISSUER, audience=AUDIENCE, introspection=asking))
    with stand_in(server) as standing:
        opaque = standing.issuer.opaque_token(standing.audience, subject="alice")
        assert verify(server, token_headers(opaque)).subject == "alice"


def test_proofs_are_noted_in_memory_and_not_where_the_api_notes_them() -> None:
    noted: list[str] = []

    class Store:
        def add(self, name: str, *, expires_at: int, now: int) -> bool:  # noqa: ARG002 - the signature of a store
            noted.append(name)
            return True

    dpop = DpopPolicy(replay_store=Store())
    server = api(TrustedIssuer(issuer=ISSUER, audience=AUDIENCE, dpop=dpop, require_dpop=True))
    key = Key.generate("ES256")
    with stand_in(server) as standing:
        headers = dpop_headers(standing.token(bound_to=key), key, method="GET", url=AUDIENCE)
        token = headers["Authorization"].removeprefix("DPoP ")
        came = Presentation("GET", AUDIENCE, "DPoP", headers["DPoP"])
        verifier: Verifier = server.verifier
        assert verifier.verify_sync(token, presented=came).issuer == ISSUER
        with pytest.raises(TokenRefused) as refused:
            verifier.verify_sync(token, presented=came)
    assert refused.value.reason == "dpop_proof_replayed"
    assert noted == []


def test_several_issuers_each_have_one() -> None:
    other = "https://other.example/tenant"
    server = api(
        TrustedIssuer(issuer=ISSUER, audience=AUDIENCE),
        TrustedIssuer(issuer=other, audience="notes"),
    )
    with stand_in(server) as standing:
        assert standing.issuer is standing.issuers[ISSUER]
        token = standing.issuers[other].token("notes")
        assert verify(server, {"Authorization": f"Bearer {token}"}).issuer == other
        assert refusal(server, standing.faulty_headers("other_issuer")) == "issuer_mismatch"
