"""The issuer that users test their APIs with: it has to behave like a real one."""

import pytest

from sealwax import KeysUnavailable, TokenRefused, TrustedIssuer, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, jwt
from sealwax.jose.confirmation import certificate_thumbprint
from sealwax.resource_server import FetchLimits, Introspection
from sealwax.resource_server.errors import FetchFailed, Unavailable
from sealwax.testing import TestIssuer, faulty_token, fetcher_for

AUDIENCE = "https://api.example.com"
LIMITS = FetchLimits(1_000_000)


def refusal(verifier: Verifier, token: str) -> str:
    with pytest.raises(TokenRefused) as refused:
        verifier.verify_sync(token)
    return refused.value.reason


def test_its_tokens_are_believed() -> None:
    issuer = TestIssuer()
    token = issuer.token(AUDIENCE, subject="u", client_id="c", scopes=["a", "b"])
    verified = issuer.verifier(AUDIENCE).verify_sync(token)
    assert (verified.subject, verified.client_id) == ("u", "c")
    assert verified.scopes == {"a", "b"}


def test_no_two_tokens_are_the_same() -> None:
    issuer = TestIssuer(clock=ManualClock(1_800_000_000))
    claims = [jwt.read_unverified_claims(issuer.token(AUDIENCE)) for _ in range(3)]
    assert len({each["jti"] for each in claims}) == 3
    assert len({each["status"]["status_list"]["idx"] for each in claims}) == 3


@pytest.mark.parametrize(
    "algorithm", ["RS256", "PS256", "ES384", "ES512", "Ed25519", "ES256K", "Ed448", "HS256"]
)
def test_it_signs_with_any_algorithm(algorithm: str) -> None:
    issuer = TestIssuer(algorithm=algorithm)
    assert issuer.verifier(AUDIENCE).verify_sync(issuer.token(AUDIENCE)).subject == "user-1"


def test_claims_can_be_added_replaced_and_left_out() -> None:
    issuer = TestIssuer()
    token = issuer.token(AUDIENCE, claims={"tenant": "acme", "sub": "other"}, without=["jti"])
    claims = jwt.read_unverified_claims(token)
    assert (claims["tenant"], claims["sub"], "jti" in claims) == ("acme", "other", False)


def test_leaving_out_what_is_not_there_is_a_mistake_that_is_seen() -> None:
    with pytest.raises(KeyError, match="subject"):
        TestIssuer().token(AUDIENCE, without=["subject"])


def test_a_token_of_every_wrong_kind_can_be_made() -> None:
    issuer = TestIssuer()
    verifier = issuer.verifier(AUDIENCE)
    assert refusal(verifier, issuer.token(AUDIENCE, typ="JWT")) == "type_mismatch"
    assert refusal(verifier, issuer.token(AUDIENCE, lifetime_seconds=-60)) == "token_expired"
    assert refusal(verifier, issuer.token("other")) == "audience_mismatch"
    assert refusal(verifier, issuer.token(AUDIENCE, key=TestIssuer().key)) == "key_unknown"
    assert refusal(verifier, issuer.token(AUDIENCE, claims={"iss": "x"})) == "issuer_mismatch"


def test_a_token_can_be_taken_back_and_time_moved() -> None:
    clock = ManualClock(1_800_000_000)
    issuer = TestIssuer(clock=clock, ttl_seconds=5)
    verifier = issuer.verifier(AUDIENCE)
    token = issuer.token(AUDIENCE)
    verifier.verify_sync(token)
    issuer.revoke(token)
    clock.advance(5)
    assert refusal(verifier, token) == "token_revoked"


def test_keys_can_be_rotated_and_withdrawn() -> None:
    clock = ManualClock(1_800_000_000)
    issuer = TestIssuer(clock=clock)
    verifier = issuer.verifier(AUDIENCE)
    old = issuer.token(AUDIENCE)
    issuer.rotate_key()
    verifier.verify_sync(old)
    issuer.rotate_key(keep_old=False)
    verifier.verify_sync(issuer.token(AUDIENCE))
    assert refusal(verifier, old) == "key_unknown"


def test_it_can_be_down() -> None:
    issuer = TestIssuer()
    issuer.is_down = True
    with issuer.verifier(AUDIENCE) as verifier, pytest.raises(KeysUnavailable):
        verifier.verify_sync(issuer.token(AUDIENCE))
    assert len(issuer.requests) == 1


def test_its_documents_can_be_broken_and_mended() -> None:
    clock = ManualClock(1_800_000_000)
    issuer = TestIssuer(clock=clock)
    issuer.break_document(issuer.jwks_uri)
    with issuer.verifier(AUDIENCE) as verifier:
        token = issuer.token(AUDIENCE)
        with pytest.raises(KeysUnavailable):
            verifier.verify_sync(token)
        issuer.break_document(issuer.jwks_uri, status=500)
        clock.advance(30)
        with pytest.raises(KeysUnavailable):
            verifier.verify_sync(token)
        issuer.mend()
        clock.advance(60)
        assert verifier.verify_sync(token).subject == "user-1"


def test_it_stands_for_an_issuer_with_names_of_its_own() -> None:
    issuer = TestIssuer(token_type="JWT", scope_claim="scp", client_id_claim="azp")
    token = issuer.verifier(AUDIENCE).verify_sync(
        issuer.token(AUDIENCE, scopes=["a"], client_id="app")
    )
    assert (token.header["typ"], token.client_id) == ("JWT", "app")
    assert token.scopes == {"a"}


def test_a_token_can_be_bound_to_a_key_or_a_certificate() -> None:
    issuer, key = TestIssuer(), Key.generate("ES256")
    bound = jwt.read_unverified_claims(issuer.token(AUDIENCE, bound_to=key))
    assert bound["cnf"] == {"jkt": key.thumbprint()}
    certificate = key.to_der()  # nothing of a certificate is read but its bytes
    bound = jwt.read_unverified_claims(issuer.token(AUDIENCE, bound_to=certificate))
    assert bound["cnf"] == {"x5t#S256": certificate_thumbprint(certificate)}


def test_it_is_asked_about_opaque_tokens() -> None:
    clock = ManualClock(1_800_000_000)
    issuer = TestIssuer(clock=clock)
    asking = Introspection("api", "secret of the api", cache_seconds=0)
    with issuer.verifier(AUDIENCE, introspection=asking) as verifier:
        token = issuer.opaque_token(AUDIENCE, subject="alice", scopes=["a"])
        assert "." not in token
        verified = verifier.verify_sync(token)
        assert (verified.subject, verified.expires_at) == ("alice", clock.now() + 600)
        assert verified.scopes == {"a"}
        assert refusal(verifier, "never-minted") == "token_inactive"
        other = issuer.opaque_token(AUDIENCE)
        issuer.revoke(other)
        assert refusal(verifier, other) == "token_inactive"
        assert refusal(verifier, faulty_token(issuer, "expired", AUDIENCE)) == "token_expired"
        clock.advance(600)
        assert refusal(verifier, token) == "token_inactive"


@pytest.mark.parametrize("fault", ["expired", "taken_back", "changed"])
def test_it_answers_about_signed_tokens_too(fault: str) -> None:
    issuer = TestIssuer()
    asking = Introspection("api", "secret of the api", always=True)
    with issuer.verifier(AUDIENCE, introspection=asking) as verifier:
        assert verifier.verify_sync(issuer.token(AUDIENCE)).subject == "user-1"
        assert refusal(verifier, faulty_token(issuer, fault, AUDIENCE)) == "token_inactive"
        assert issuer.requests.count(issuer.introspection_uri) == 2
        issuer.is_down = True
        with pytest.raises(Unavailable):
            verifier.verify_sync(issuer.token(AUDIENCE))


def test_what_answers_about_tokens_can_be_broken_too() -> None:
    issuer = TestIssuer()
    issuer.break_document(issuer.introspection_uri, status=500)
    asking = Introspection("api", "secret of the api")
    with issuer.verifier(AUDIENCE, introspection=asking) as verifier, pytest.raises(Unavailable):
        verifier.verify_sync(issuer.opaque_token(AUDIENCE))
    assert issuer.introspect(issuer.jwks_uri, b"token=x").status == 404


def test_it_answers_for_its_own_documents_only() -> None:
    issuer = TestIssuer("https://issuer.test/tenant")
    for url in (issuer.jwks_uri, issuer.status_uri):
        assert issuer.answers(url)
        assert issuer.fetch(url, LIMITS).status == 200
    assert not issuer.answers("https://issuer.test/jwks")
    assert issuer.fetch("https://issuer.test/jwks", LIMITS).status == 404


def test_several_can_be_trusted_at_once() -> None:
    one, two = TestIssuer("https://one.test"), TestIssuer("https://two.test/tenant")
    trusted = [TrustedIssuer(issuer=each.issuer, audience=AUDIENCE) for each in (one, two)]
    verifier = Verifier(issuers=trusted, fetcher=fetcher_for(one, two))
    assert verifier.verify_sync(one.token(AUDIENCE)).issuer == one.issuer
    assert verifier.verify_sync(two.token(AUDIENCE)).issuer == two.issuer
    with pytest.raises(FetchFailed):
        fetcher_for(one, two)("https://three.test/jwks", LIMITS)
