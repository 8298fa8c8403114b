"""JWT: claims that are signed and believed, and the two calls that believe nothing."""

import json
import threading
from types import MappingProxyType
from typing import Any

import pytest

from sealwax.jose import (
    ClaimInvalid,
    JoseError,
    Key,
    KeyInvalid,
    KeySet,
    MalformedToken,
    SignatureInvalid,
    TokenExpired,
    errors,
    jwt,
)
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier
from tests.jose.support import (
    AUDIENCE,
    ISSUER,
    NOW,
    TYPE,
    accepted,
    claims,
    encoded,
    forge,
    good_header,
    key_of,
    policy,
    public_of,
    refused,
)

ES256 = key_of("ES256")
ED25519 = key_of("Ed25519")  # the same claims have the same signature


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_claims_that_are_signed_are_believed(algorithm: str) -> None:
    token = jwt.sign(claims(tenant="ä"), key_of(algorithm), typ=TYPE)
    verified = jwt.verify(
        token, public_of(algorithm), algorithms=[algorithm], policy=policy(), now=NOW
    )
    assert verified.claims == claims(tenant="ä")
    assert verified.key == key_of(algorithm)
    assert verified.header == {"alg": algorithm, "typ": TYPE, "kid": f"{algorithm}-0"}


def test_the_header_says_alg_first_and_has_no_white_space() -> None:
    head = jwt.sign(claims(), ES256, typ=TYPE).split(".")[0]
    assert head == encoded(b'{"alg":"ES256","typ":"at+jwt","kid":"ES256-0"}').decode()


def test_prepared_and_unprepared_are_the_same() -> None:
    signer = PreparedSigner(ED25519, typ=TYPE)
    tokens = {
        signer.sign(claims()),
        signer.sign(claims()),
        signer.sign(MappingProxyType(claims())),
        signer.sign_payload(json.dumps(claims(), separators=(",", ":")).encode()),
        jwt.sign(claims(), ED25519, typ=TYPE),
    }
    assert len(tokens) == 1
    (token,) = tokens
    verifier = PreparedVerifier(public_of("Ed25519"), algorithms=["Ed25519"], policy=policy())
    for _ in range(3):
        assert verifier.verify(token, now=NOW) == accepted(token, "Ed25519")
        assert verifier.verify(token.encode(), now=NOW) == accepted(token, "Ed25519")


def test_a_signer_writes_further_header_members() -> None:
    token = jwt.sign(claims(), ES256, typ=TYPE, header={"x": 1})
    assert jwt.read_unverified_header(token)["x"] == 1


@pytest.mark.parametrize("typ", ["", None])
def test_a_token_says_what_kind_it_is(typ: Any) -> None:  # noqa: ANN401  # that is the mistake
    with pytest.raises(ValueError, match="typ"):
        jwt.sign(claims(), ES256, typ=typ)
    with pytest.raises(ValueError, match="typ"):
        jwt.sign(claims(), ES256, typ=TYPE, header={"typ": "JWT"})


def test_the_older_name_of_an_edwards_curve_is_written_on_request() -> None:
    for name in ("Ed25519", "Ed448"):
        token = jwt.sign(claims(), key_of(name), typ=TYPE, algorithm_name="EdDSA")
        assert jwt.read_unverified_header(token)["alg"] == "EdDSA"
        assert accepted(token, name).header["alg"] == "EdDSA"
        token = jwt.sign(claims(), key_of(name), typ=TYPE)
        assert jwt.read_unverified_header(token)["alg"] == name


@pytest.mark.parametrize("name", ["EdDSA", "ES384", "none", "HS256", ""])
def test_a_key_signs_under_no_other_name_than_its_own(name: str) -> None:
    with pytest.raises(KeyInvalid) as caught:
        jwt.sign(claims(), ES256, typ=TYPE, algorithm_name=name)
    assert caught.value.reason == errors.KEY_ALGORITHM


def test_a_key_without_an_algorithm_signs_with_the_one_that_is_named() -> None:
    bare = Key.from_pem(key_of("RS256").to_pem(private=True))
    for name in ("RS256", "PS384"):
        token = jwt.sign(claims(), bare, typ=TYPE, algorithm_name=name)
        verified = jwt.verify(token, bare.public(), algorithms=[name], policy=policy(), now=NOW)
        assert verified.header["alg"] == name
    with pytest.raises(KeyInvalid):
        jwt.sign(claims(), bare, typ=TYPE)


@pytest.mark.parametrize(
    "value", [float("nan"), b"bytes", {1: 2}, "\ud800", {1, 2}, "x" * 40_000], ids=type
)
def test_claims_that_can_not_be_read_again_are_not_signed(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|at most"):
        jwt.sign(claims(x=value), ES256, typ=TYPE)


@pytest.mark.parametrize("bad", [None, {}, "policy", object()])
def test_a_verifier_without_a_policy_is_not_built(bad: Any) -> None:  # noqa: ANN401  # that is the mistake
    with pytest.raises(TypeError, match="a Policy is accepted"):
        PreparedVerifier(public_of("ES256"), algorithms=["ES256"], policy=bad)


def test_a_verifier_needs_keys_algorithms_and_a_policy_by_name() -> None:
    with pytest.raises(TypeError):
        PreparedVerifier(public_of("ES256"))  # type: ignore[call-arg]  # that is the mistake
    with pytest.raises(TypeError):
        jwt.verify("a.b.c", public_of("ES256"))  # type: ignore[call-arg]  # the same
    with pytest.raises(ValueError, match="algorithms"):
        PreparedVerifier(public_of("ES256"), algorithms=[], policy=policy())


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b'"text"', b"null", b"{} {}", b'{"sub":"a","sub":"b"}', b"\xff\xfe{}"]
)
def test_a_genuine_payload_that_is_no_object_of_claims_is_refused(payload: bytes) -> None:
    token = forge(good_header(ES256), payload, ES256)
    assert refused(token).reason == errors.PAYLOAD_JSON


def test_the_signature_is_checked_before_every_claim() -> None:
    broken = claims(exp=0, iss="https://evil.example", aud=[], sub=5)
    for payload in (broken, b"no JSON", b""):
        token = forge(good_header(ES256, typ="JWT"), payload, lambda _: bytes(64))
        assert isinstance(refused(token), SignatureInvalid)


def test_an_expired_token_says_when_it_expired() -> None:
    error = refused(jwt.sign(claims(exp=NOW - 100), ES256, typ=TYPE))
    assert isinstance(error, TokenExpired)
    assert (error.claim, error.found) == ("exp", NOW - 100)
    assert str(NOW - 100) in str(error)


def test_a_claim_that_is_refused_is_named_with_what_was_found_and_expected() -> None:
    error = refused(jwt.sign(claims(aud="https://other.example"), ES256, typ=TYPE))
    assert isinstance(error, ClaimInvalid)
    assert (error.claim, error.found, error.expected) == (
        "aud",
        "https://other.example",
        f"'{AUDIENCE}'",
    )


def test_every_call_gives_claims_of_its_own() -> None:
    verifier = PreparedVerifier(public_of("ES256"), algorithms=["ES256"], policy=policy())
    token = jwt.sign(claims(roles=["user"]), ES256, typ=TYPE)
    first = verifier.verify(token, now=NOW)
    first.claims["roles"].append("admin")
    first.claims["sub"] = "someone-else"
    with pytest.raises(TypeError):
        first.header["alg"] = "none"  # type: ignore[index]  # that is what is refused
    assert verifier.verify(token, now=NOW).claims == claims(roles=["user"])


def test_the_time_is_asked_for_at_every_call() -> None:
    verifier = PreparedVerifier(public_of("ES256"), algorithms=["ES256"], policy=policy())
    token = jwt.sign(claims(), ES256, typ=TYPE)
    verifier.verify(token, now=NOW)
    with pytest.raises(TokenExpired):
        verifier.verify(token, now=NOW + 610)
    verifier.verify(token, now=NOW + 609)


def test_verified_claims_are_not_shown() -> None:
    verified = accepted(jwt.sign(claims(email="canary@example.com"), ES256, typ=TYPE))
    assert "canary" not in repr(verified)
    assert ISSUER not in repr(verified)


def test_one_verifier_serves_many_threads() -> None:
    keys = KeySet([public_of("ES256", 0), public_of("ES256", 1), public_of("Ed25519")])
    verifier = PreparedVerifier(keys, algorithms=["ES256", "Ed25519"], policy=policy())
    signers = [PreparedSigner(key_of(*name), typ=TYPE) for name in (("ES256", 0), ("ES256", 1))]
    signers.append(PreparedSigner(key_of("Ed25519"), typ=TYPE))
    start, wrong = threading.Barrier(6), []

    def work(number: int) -> None:
        start.wait()
        for turn in range(40):
            signer = signers[(number + turn) % 3]
            token = signer.sign(claims(sub=f"{number}-{turn}"))
            if verifier.verify(token, now=NOW).claims["sub"] != f"{number}-{turn}":
                wrong.append(token)
            try:
                verifier.verify(token[:-8] + "AAAAAAAA", now=NOW)
                wrong.append(token)
            except SignatureInvalid:
                pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_token_can_be_read_without_being_believed() -> None:
    token = forge({"alg": "none", "kid": "k"}, {"iss": "anyone"})
    assert jwt.read_unverified_header(token) == {"alg": "none", "kid": "k"}
    assert jwt.read_unverified_claims(token) == {"iss": "anyone"}


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("a" * 40_000, errors.TOKEN_TOO_LARGE),
        ("a.b.c ", errors.TOKEN_CHARACTERS),
        ("ä.b.c", errors.TOKEN_CHARACTERS),
        ("a.b", errors.TOKEN_PARTS),
        ("a.b.c.d.e", errors.TOKEN_IS_ENCRYPTED),
    ],
)
def test_reading_without_believing_has_the_same_limits(token: str, reason: str) -> None:
    for read in (jwt.read_unverified_header, jwt.read_unverified_claims):
        for form in (token, token.encode()):
            with pytest.raises(MalformedToken) as caught:
                read(form)
            assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("header", "payload", "header_reason", "claims_reason"),
    [
        (b"{", b"{}", errors.HEADER_JSON, None),
        (b'{"alg":"x","alg":"y"}', b"{}", errors.HEADER_JSON, None),
        (b"{}", b"{}", errors.HEADER_MEMBER, None),
        (b'{"alg":"x","crit":[]}', b"{}", errors.CRITICAL_EXTENSION, None),
        (b'{"alg":"x"}', b"[]", None, errors.PAYLOAD_JSON),
        (b'{"alg":"x"}', b'{"a":1,"a":2}', None, errors.PAYLOAD_JSON),
        (b'{"alg":"x"}', b"", None, errors.PAYLOAD_JSON),
    ],
)
def test_reading_without_believing_is_as_strict(
    header: bytes, payload: bytes, header_reason: str | None, claims_reason: str | None
) -> None:
    token = forge(header, payload)
    for read, reason in (
        (jwt.read_unverified_header, header_reason),
        (jwt.read_unverified_claims, claims_reason),
    ):
        if reason is None:
            read(token)
            continue
        with pytest.raises(JoseError) as caught:
            read(token)
        assert caught.value.reason == reason


def test_reading_without_believing_wants_canonical_base64url() -> None:
    head = encoded(b'{"alg":"x"}').decode()
    for token, read in (
        (f"{head[:-1]}B.e30.", jwt.read_unverified_header),
        (f"{head}.e31.", jwt.read_unverified_claims),
    ):
        with pytest.raises(MalformedToken) as caught:
            read(token)
        assert caught.value.reason in (errors.HEADER_ENCODING, errors.PAYLOAD_ENCODING)
