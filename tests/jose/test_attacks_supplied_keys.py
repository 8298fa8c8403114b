"""Attacks 19 to 27: keys, names of keys and extensions that the token itself brings along."""

import inspect
import time
import tracemalloc
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, KeySet, MalformedToken, SignatureInvalid, errors, jws, jwt
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.jwt import PreparedVerifier
from tests.jose.support import (
    NOW,
    TYPE,
    accepted,
    as_json,
    claims,
    encoded,
    forge,
    good_header,
    key_of,
    policy,
    public_of,
    refused,
    verifier_of,
)

ES256 = key_of("ES256")
ATTACKER = Key.generate("ES256", kid="ES256-0")
JWK = ATTACKER.to_jwk()
SUPPLIED: list[dict[str, Any]] = [
    {"jwk": JWK},
    {"jwk": ATTACKER.to_jwk(private=True)},
    {"jwk": [JWK]},
    {"jwk": None},
    {"x5c": ["MIIB"]},
    {"jku": "https://evil.example/jwks"},
    {"jku": "file:///etc/passwd"},
    {"x5u": "http://169.254.169.254/"},
    {"x5t": "AAAA", "x5t#S256": "AAAA"},
    {"jwk": JWK, "jku": "https://evil.example/jwks", "x5c": [], "x5u": "https://evil.example"},
]


@pytest.mark.parametrize("members", SUPPLIED, ids="+".join)
def test_a_key_that_the_token_brings_along_is_not_looked_at(members: dict[str, Any]) -> None:
    for kid in ("ES256-0", ...):
        header = good_header(ES256, kid=kid, **members)
        assert isinstance(refused(forge(header, claims(), ATTACKER)), SignatureInvalid)
        accepted(forge(header, claims(), ES256))  # nor is a good token refused for it


def test_a_key_set_without_keys_is_not_filled_by_the_token() -> None:
    token = forge({"alg": "ES256", "typ": TYPE, "jwk": JWK}, claims(), ATTACKER)
    with pytest.raises(JoseError) as caught:
        jwt.verify(token, KeySet([]), algorithms=["ES256"], policy=policy(), now=NOW)
    assert caught.value.reason == errors.KEY_UNKNOWN


def test_a_key_is_chosen_by_the_header_and_never_by_a_claim() -> None:
    assert list(inspect.signature(KeySet.select).parameters) == ["self", "header"]
    keys = KeySet([public_of("ES256", 0), public_of("ES256", 1)])
    token = forge(good_header(ES256), claims(kid="ES256-1", iss="x"), key_of("ES256", 1))
    with pytest.raises(SignatureInvalid):
        jwt.verify(token, keys, algorithms=["ES256"], policy=policy(), now=NOW)


KIDS: list[object] = [
    "../../dev/null", "/dev/null", "..\\..\\x", "' OR 1=1--", "x' UNION SELECT 'k", "|whoami",
    "ES256-0\x00", "\x00", "ES256-0\n", "ES256\u20100", "\uff25S256-0",
    "ES256-0\u200b", "es256-0", "k" * 10_000, "", "*", "%00", "${jndi:ldap://x}", "http://evil.example/jwks",
    0, 1.5, True, None, {}, {"$ne": 1}, [], ["ES256-0"], "__proto__", "constructor", "\U0001f600",
]  # fmt: skip


@pytest.mark.parametrize("kid", KIDS, ids=lambda kid: repr(kid)[:20])
def test_a_name_of_a_key_is_compared_and_nothing_else(kid: object) -> None:
    token = forge(good_header(ES256, kid=kid), claims(), ES256)
    assert refused(token).reason in (errors.KEY_UNKNOWN, errors.HEADER_MEMBER)


def test_a_key_that_was_taken_out_verifies_nothing_any_more() -> None:
    old, new = jwt.sign(claims(), key_of("ES256", 0), typ=TYPE), key_of("ES256", 1).public()
    before = PreparedVerifier(
        KeySet([public_of("ES256", 0), new]), algorithms=["ES256"], policy=policy()
    )
    before.verify(old, now=NOW)
    after = PreparedVerifier(KeySet([new]), algorithms=["ES256"], policy=policy())
    with pytest.raises(JoseError) as caught:
        after.verify(old, now=NOW)
    assert caught.value.reason == errors.KEY_UNKNOWN


CRITS: list[object] = [
    ["x"], [], ["alg"], ["b64"], ["exp"], ["crit"], ["x", "x"], "x", None, {}, 0, True, [1],
    [None], [["x"]], ["kid", "typ"], "",
]  # fmt: skip
CRITICAL: list[dict[str, Any]] = [
    *({"crit": value} for value in CRITS),
    {"crit": ["x"], "x": 1},
    {"crit": ["b64"], "b64": True},
    {"crit": ["b64"], "b64": False},
    {"crit": [str(number) for number in range(2000)]},
    {"\u0063rit": ["x"]},
]


@pytest.mark.parametrize("members", CRITICAL, ids=lambda members: repr(members)[:40])
def test_an_extension_that_must_be_understood_is_refused(members: dict[str, Any]) -> None:
    token = forge(good_header(ES256, **members), claims(), ES256)
    assert refused(token).reason == errors.CRITICAL_EXTENSION
    with pytest.raises(MalformedToken):
        jwt.read_unverified_header(token)


def test_a_list_of_ten_thousand_extensions_is_refused_by_its_size() -> None:
    token = forge(good_header(ES256, crit=["x"] * 10_000), claims(), ES256)
    assert refused(token).reason == errors.TOKEN_TOO_LARGE


def test_an_escaped_or_doubled_member_hides_no_extension() -> None:
    for header in (
        b'{"alg":"ES256","kid":"ES256-0","typ":"at+jwt","\\u0063\\u0072it":["x"]}',
        b'{"alg":"ES256","kid":"ES256-0","typ":"at+jwt","\\u006236\\u0034":false,"b64":false}',
    ):
        reason = refused(forge(header, claims(), ES256)).reason
        assert reason in (errors.CRITICAL_EXTENSION, errors.UNENCODED_PAYLOAD)
    header = b'{"alg":"ES256","crit":["x"],"crit":["y"]}'
    assert refused(forge(header, claims(), ES256)).reason == errors.HEADER_JSON


@pytest.mark.parametrize("b64", [False, True, None, 0, "false", []])
def test_an_unencoded_payload_is_refused_with_and_without_crit(b64: object) -> None:
    token = forge(good_header(ES256, b64=b64), claims(), ES256)
    assert refused(token).reason == errors.UNENCODED_PAYLOAD


def test_a_huge_payload_that_says_it_is_not_encoded_costs_nothing() -> None:
    head = encoded(as_json(good_header(ES256, b64=False, crit=["b64"]))).decode()
    token = f"{head}.{'A' * 10_000_000}."
    verifier = verifier_of()
    tracemalloc.start()
    before = time.thread_time()
    with pytest.raises(MalformedToken) as caught:
        verifier.verify(token, now=NOW)
    elapsed = time.thread_time() - before
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.reason == errors.TOKEN_TOO_LARGE
    assert peak < 200_000
    assert elapsed < 0.1


def test_a_detached_payload_can_not_be_handed_in() -> None:
    for function in (jws.verify, jwt.verify, PreparedVerifier.verify):
        assert not {"payload", "detached", "content"} & set(inspect.signature(function).parameters)
    head, _, signature = jws.sign(b"payload", ES256).split(".")
    for algorithms in (["ES256"], list(ALGORITHMS)):
        with pytest.raises(SignatureInvalid):
            jws.verify(f"{head}..{signature}", public_of("ES256"), algorithms=algorithms)
