"""Every other kind of JWT, presented as an access token (RFC 8725 §2.8, RFC 9068 §5)."""

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest

from sealwax import TokenRefused, TrustedIssuer, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, jwt
from sealwax.testing import TestIssuer, fetcher_for
from tests.resource_server.fakes import AUDIENCE, START, Check, new_issuer

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"

# Kinds of tokens that the same issuer (or a client) signs, by `typ` and claims.
OTHER_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "ID token, OIDC Core §2": ("JWT", {"nonce": "n", "at_hash": "h", "auth_time": START}),
    "logout token, OIDC Back-Channel Logout §2.4": ("logout+jwt", {"events": {LOGOUT: {}}}),
    "security event, RFC 8417 §2.2": ("secevent+jwt", {"events": {"urn:example": {}}}),
    "status list token": ("statuslist+jwt", {"status_list": {"bits": 1, "lst": "eNpjAAAAAQAB"}}),
    "DPoP proof, RFC 9449 §4.2": ("dpop+jwt", {"htm": "GET", "htu": AUDIENCE}),
    "client assertion, RFC 7523 §3": ("client-authentication+jwt", {"iss": "client-1"}),
    "client assertion without a type": ("JWT", {"iss": "client-1", "sub": "client-1"}),
    "introspection response, RFC 9701 §5": (
        "token-introspection+jwt",
        {"token_introspection": {"active": True}},
    ),
    "authorization response (JARM)": ("oauth-authz-resp+jwt", {"code": "c"}),
    "request object, RFC 9101 §4": ("oauth-authz-req+jwt", {"response_type": "code"}),
    "user info response, OIDC Core §5.3.2": ("JWT", {"email": "a@example.com"}),
    "identity assertion grant": ("oauth-id-jag+jwt", {}),
    "transaction token": ("txntoken+jwt", {"txn": "t"}),
    "key binding, RFC 9901 §4.3": ("kb+jwt", {"sd_hash": "h"}),
    "credential, SD-JWT VC": ("dc+sd-jwt", {"vct": "urn:example"}),
    "no kind at all": ("JWT", {}),
}


def refusal(check: Check, verifier: Verifier, token: str) -> str:
    with pytest.raises(TokenRefused) as refused:
        check(verifier, token)
    assert token not in str(refused.value)
    return refused.value.reason


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(header: Mapping[str, Any], claims: Mapping[str, Any], signature: bytes = b"") -> str:
    """Put a token together that `sealwax.jose` would not make."""
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}.{b64(signature)}"


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_another_kind_of_the_same_signer_is_no_access_token(
    kind: str, issuer: TestIssuer, check: Check
) -> None:
    typ, claims = OTHER_KINDS[kind]
    verifier = issuer.verifier(AUDIENCE)
    verifier.prefetch_sync()
    token = issuer.token(AUDIENCE, typ=typ, claims=claims)
    assert refusal(check, verifier, token) == "type_mismatch"


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind, (_, claims) in OTHER_KINDS.items()
        if not claims.keys().isdisjoint({"at_hash", "events", "iss"})
    ],
)
def test_nor_for_an_issuer_whose_access_tokens_say_jwt(
    kind: str, issuer: TestIssuer, check: Check
) -> None:
    verifier = issuer.verifier(AUDIENCE, token_type="JWT")
    token = issuer.token(AUDIENCE, typ="JWT", claims=OTHER_KINDS[kind][1])
    assert refusal(check, verifier, token) in {"token_kind", "issuer_mismatch"}


def test_a_token_without_a_type_is_refused(issuer: TestIssuer, check: Check) -> None:
    claims = jwt.read_unverified_claims(issuer.token(AUDIENCE))
    header = {"alg": "ES256", "kid": issuer.key.kid}
    signed_part = by_hand(header, claims).rpartition(".")[0].encode()
    signature = issuer.key.signer("ES256")(signed_part)
    token = by_hand(header, claims, signature)
    assert refusal(check, issuer.verifier(AUDIENCE), token) == "type_mismatch"


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", None, ["none"]])
@pytest.mark.parametrize("signature", [b"", b"junk"])
def test_an_unsigned_token_is_refused(
    algorithm: object, signature: bytes, issuer: TestIssuer, check: Check
) -> None:
    claims = jwt.read_unverified_claims(issuer.token(AUDIENCE))
    header = {"alg": algorithm, "typ": "at+jwt", "kid": issuer.key.kid}
    token = by_hand(header, claims, signature)
    for verifier in (
        issuer.verifier(AUDIENCE),
        issuer.verifier(AUDIENCE, keys={"keys": [issuer.key.to_jwk()]}),
    ):
        assert refusal(check, verifier, token) in {"algorithm_not_allowed", "header_member"}
        assert refusal(check, verifier, token.rstrip(".") if not signature else token)


def test_the_public_key_is_no_secret_to_sign_with(issuer: TestIssuer, check: Check) -> None:
    claims = jwt.read_unverified_claims(issuer.token(AUDIENCE))
    public = issuer.key.public()
    verifier = issuer.verifier(AUDIENCE)
    texts = [public.to_pem(), public.to_pem().strip(), json.dumps(public.to_jwk()).encode(), b""]
    for algorithm, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
        for secret in texts:
            header = {"alg": algorithm, "typ": "at+jwt", "kid": issuer.key.kid}
            signed_part = by_hand(header, claims).rpartition(".")[0].encode()
            token = by_hand(header, claims, hmac.digest(secret, signed_part, digest))
            assert refusal(check, verifier, token) == "algorithm_not_allowed"


def test_a_key_that_comes_with_the_token_is_not_looked_at(issuer: TestIssuer, check: Check) -> None:
    forger = Key.generate("ES256", kid=issuer.key.kid)
    for member, value in (
        ("jwk", forger.to_jwk()),
        ("jku", "https://evil.example/jwks"),
        ("x5u", "https://evil.example/cert"),
        ("x5c", ["AAAA"]),
    ):
        token = issuer.token(AUDIENCE, key=forger, header={member: value})
        assert refusal(check, issuer.verifier(AUDIENCE), token) == "signature_invalid"
    assert not any("evil" in url for url in issuer.requests)


def test_an_algorithm_that_was_not_allowed_is_refused(clock: ManualClock, check: Check) -> None:
    issuer = TestIssuer(algorithm="RS256", clock=clock)
    verifier = issuer.verifier(AUDIENCE, algorithms=["ES256"])
    assert refusal(check, verifier, issuer.token(AUDIENCE)) == "algorithm_not_allowed"


def test_a_forged_and_expired_token_is_called_forged(issuer: TestIssuer, check: Check) -> None:
    forger = Key.generate("ES256", kid=issuer.key.kid)
    token = issuer.token(AUDIENCE, key=forger, claims={"exp": 1, "iss": "https://evil.example"})
    verifier = issuer.verifier(AUDIENCE)
    verifier.prefetch_sync()
    assert refusal(check, verifier, token) == "signature_invalid"


@pytest.mark.parametrize("position", range(0, 400, 7))
def test_no_bit_of_a_token_can_be_changed(position: int, issuer: TestIssuer) -> None:
    verifier = issuer.verifier(AUDIENCE)
    token = issuer.token(AUDIENCE)
    verifier.verify_sync(token)
    place = position % len(token)
    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    with pytest.raises(TokenRefused):
        verifier.verify_sync(changed)


class TestSeveralIssuers:
    @pytest.fixture
    def first(self, clock: ManualClock) -> TestIssuer:
        return new_issuer("https://first.example", clock=clock)

    @pytest.fixture
    def second(self, clock: ManualClock) -> TestIssuer:
        return new_issuer("https://second.example/tenant", clock=clock)

    @pytest.fixture
    def verifier(self, first: TestIssuer, second: TestIssuer) -> Verifier:
        return Verifier(
            issuers=[
                TrustedIssuer(issuer=first.issuer, audience=AUDIENCE),
                TrustedIssuer(
                    issuer=second.issuer, audience="api://notes", token_type="JWT", status=False
                ),
            ],
            fetcher=fetcher_for(first, second),
            clock=first.clock,
        )

    def test_each_is_believed_by_its_own_rules(
        self, first: TestIssuer, second: TestIssuer, verifier: Verifier, check: Check
    ) -> None:
        assert check(verifier, first.token(AUDIENCE)).issuer == first.issuer
        assert check(verifier, second.token("api://notes", typ="JWT")).issuer == second.issuer
        swapped = first.token("api://notes", typ="JWT")
        assert refusal(check, verifier, swapped) == "type_mismatch"
        assert refusal(check, verifier, second.token(AUDIENCE, typ="JWT")) == "audience_mismatch"

    def test_a_key_of_one_does_not_speak_for_the_other(
        self, first: TestIssuer, second: TestIssuer, verifier: Verifier, check: Check
    ) -> None:
        check(verifier, first.token(AUDIENCE))
        check(verifier, second.token("api://notes", typ="JWT"))
        token = second.token(AUDIENCE, key=first.key, typ="JWT", claims={"aud": "api://notes"})
        assert refusal(check, verifier, token) == "key_unknown"
        same_kid = Key.from_jwk(first.key.to_jwk(private=True) | {"kid": second.key.kid})
        token = second.token("api://notes", key=same_kid, typ="JWT")
        assert refusal(check, verifier, token) == "signature_invalid"

    def test_a_status_list_of_one_says_nothing_about_the_other(
        self, first: TestIssuer, second: TestIssuer, verifier: Verifier, check: Check
    ) -> None:
        reference = {"status_list": {"idx": 1, "uri": second.status_uri}}
        token = first.token(AUDIENCE, claims={"status": reference})
        assert refusal(check, verifier, token) == "status_uri_not_allowed"
        assert second.requests == []

    @pytest.mark.parametrize(
        "claimed",
        [
            "https://third.example",
            "https://first.example/",
            "https://first.exampl",
            "https://FIRST.example",
            "h",
            "",
            ["https://first.example"],
            {"https://first.example": 1},
            7,
            True,
        ],
    )
    def test_an_unknown_issuer_is_refused_without_a_fetch(
        self,
        claimed: object,
        first: TestIssuer,
        second: TestIssuer,
        verifier: Verifier,
        check: Check,
    ) -> None:
        token = first.token(AUDIENCE, claims={"iss": claimed})
        assert refusal(check, verifier, token) == "issuer_mismatch"
        assert (first.requests, second.requests) == ([], [])

    def test_a_token_without_an_issuer_is_refused(
        self, first: TestIssuer, verifier: Verifier, check: Check
    ) -> None:
        token = first.token(AUDIENCE, without=["iss"])
        assert refusal(check, verifier, token) == "claim_missing"

    def test_one_that_is_down_does_not_trouble_the_other(
        self, first: TestIssuer, second: TestIssuer, verifier: Verifier, check: Check
    ) -> None:
        second.is_down = True
        assert check(verifier, first.token(AUDIENCE)).subject == "user-1"

    def test_the_same_subject_at_two_issuers_is_two_people(
        self, first: TestIssuer, second: TestIssuer, verifier: Verifier, check: Check
    ) -> None:
        tokens = [first.token(AUDIENCE), second.token("api://notes", typ="JWT")]
        people = {(token.issuer, token.subject) for token in (check(verifier, t) for t in tokens)}
        assert len(people) == 2


def test_the_reading_of_a_token_takes_no_time_to_speak_of_whatever_its_size(
    issuer: TestIssuer, check: Check
) -> None:
    verifier = issuer.verifier(AUDIENCE)
    for token in ("." * 1_000_000, "a" * 1_000_000, "a" * 32_769, "Ā" * 50_000):
        assert refusal(check, verifier, token) in {"token_too_large", "token_characters"}
    assert issuer.requests == []


@pytest.mark.parametrize("token", [None, 7, b"a.b.c", ["a"], {}])
def test_what_is_no_text_is_no_token(token: Any, issuer: TestIssuer, check: Check) -> None:  # noqa: ANN401 - wrong types are the point
    with pytest.raises(TokenRefused) as refused:
        check(issuer.verifier(AUDIENCE), token)
    assert refused.value.reason == "token_characters"


def test_deep_nesting_is_refused_and_not_recursed_into(issuer: TestIssuer, check: Check) -> None:
    deep = b64(b'{"a":' + b"[" * 4000 + b"]" * 4000 + b"}")
    head = b64(json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": issuer.key.kid}).encode())
    for token in (f"{head}.{deep}.AAAA", f"{deep}.{deep}.AAAA"):
        assert refusal(check, issuer.verifier(AUDIENCE), token) in {
            "payload_json",
            "header_json",
            "signature_encoding",
        }


def test_two_members_of_one_name_are_refused(issuer: TestIssuer, check: Check) -> None:
    signer = jwt.PreparedSigner(issuer.key, typ="at+jwt")
    claims = json.dumps(jwt.read_unverified_claims(issuer.token(AUDIENCE)))
    doubled = signer.sign_payload(claims.replace("{", '{"sub":"root",', 1).encode())
    assert refusal(check, issuer.verifier(AUDIENCE), doubled) == "payload_json"
