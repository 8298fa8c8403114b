"""What the inspector says of a token is what a receiver would do with it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.inspector import Expectation, Inspection, inspect_token
from sealwax.jose import Key, KeySet, Policy, jwt
from sealwax.jose.errors import JoseError

NOW = 1_800_000_000
ISSUER = "https://id.example.com"
AUDIENCE = "https://api.example.com"
KEY = Key.generate("ES256")
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "usr_someone",
    "client_id": "web",
    "iat": NOW - 60,
    "exp": NOW + 540,
    "jti": "one",
}
EXPECTED = Expectation(ISSUER, AUDIENCE, KeySet([KEY.public()]))


def _inspect(token: str, expectation: Expectation = EXPECTED) -> Inspection:
    return inspect_token(token, expectation, now=NOW)


def _failed(inspection: Inspection) -> dict[str, str]:
    return {c.name: c.reason for c in inspection.checks if c.verdict == "failed"}


def _raw(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = (json.dumps(header), json.dumps(claims))
    encoded = (base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    return ".".join((*encoded, signature))


def test_a_good_token_passes_every_check() -> None:
    inspection = _inspect(jwt.sign(CLAIMS, KEY, typ="at+jwt"))
    assert inspection.is_accepted is True
    assert inspection.kind == "access token"
    assert [c.name for c in inspection.checks] == [
        "form", "signature", "typ", "iss", "aud", "exp", "iat",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"iss": "https://evil.example"}, {"iss": "issuer_mismatch"}),
        ({"aud": "https://other.example"}, {"aud": "audience_mismatch"}),
        ({"aud": []}, {"aud": "claim_type"}),
        ({"exp": NOW - 60}, {"exp": "token_expired"}),
        ({"exp": "soon"}, {"exp": "claim_type"}),
        ({"exp": True}, {"exp": "claim_type"}),
        ({"nbf": NOW + 3600}, {"nbf": "token_not_yet_valid"}),
        ({"iat": NOW + 3600}, {"iat": "token_from_the_future"}),
        ({"sub": 7}, {"sub": "claim_type"}),
        (
            {"iss": "https://evil.example", "exp": 1, "aud": "x"},
            {"iss": "issuer_mismatch", "exp": "token_expired", "aud": "audience_mismatch"},
        ),
    ],
)
def test_each_wrong_claim_is_named(changes: dict[str, Any], failed: dict[str, str]) -> None:
    inspection = _inspect(jwt.sign({**CLAIMS, **changes}, KEY, typ="at+jwt"))
    assert _failed(inspection) == failed
    assert inspection.is_accepted is False


def test_a_missing_expiry_is_named() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "exp"}
    assert _failed(_inspect(jwt.sign(claims, KEY, typ="at+jwt"))) == {"exp": "claim_missing"}


def test_a_changed_claim_breaks_the_signature_alone() -> None:
    head, _, signature = jwt.sign(CLAIMS, KEY, typ="at+jwt").split(".")
    changed = _raw({}, {**CLAIMS, "sub": "usr_else"}).split(".")[1]
    assert _failed(_inspect(f"{head}.{changed}.{signature}")) == {"signature": "signature_invalid"}


def test_an_unsigned_token_is_shown_and_refused() -> None:
    inspection = _inspect(_raw({"alg": "none", "typ": "at+jwt"}, CLAIMS))
    assert _failed(inspection) == {"form": "algorithm_not_allowed"}
    assert {member.name for member in inspection.claims} == set(CLAIMS)


def test_an_id_token_is_no_access_token() -> None:
    token = jwt.sign(CLAIMS, KEY, typ="JWT")
    assert _failed(_inspect(token)) == {"typ": "type_mismatch"}
    assert _inspect(token, Expectation(ISSUER, AUDIENCE, EXPECTED.keys, "JWT")).is_accepted is True


def test_without_expectations_the_verdict_stays_open() -> None:
    inspection = _inspect(jwt.sign(CLAIMS, KEY, typ="at+jwt"), Expectation())
    open_checks = {c.name for c in inspection.checks if c.verdict == "not made"}
    assert open_checks == {"signature", "iss", "aud"}
    assert inspection.is_accepted is None


def test_a_shared_secret_is_checked_when_it_is_given() -> None:
    secret = Key.from_secret(bytes(range(32)), algorithm="HS256")
    token = jwt.sign(CLAIMS, secret, typ="at+jwt")
    assert _inspect(token, Expectation(ISSUER, AUDIENCE, KeySet([secret]))).is_accepted is True
    assert _failed(_inspect(token)) == {"signature": "algorithm_not_allowed"}


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("", "opaque", "nothing"),
        ("swr_abc", "opaque", "refresh token"),
        ("swc_abc", "opaque", "authorization code"),
        ("just-a-token", "opaque", "only its issuer"),
        ("a.b.c.d.e", "encrypted", "RFC 7516"),
        ("x" * 300_000, "opaque", "not taken apart"),
    ],
)
def test_what_is_no_signed_token_is_told(text: str, form: str, said: str) -> None:
    inspection = _inspect(text)
    assert inspection.form == form
    assert said in inspection.summary
    assert inspection.is_accepted is not True


@pytest.mark.parametrize("around", ["Bearer {}", " {}\n", '"{}"', "DPoP {}", "bearer  {} "])
def test_what_people_copy_along_is_taken_off(around: str) -> None:
    token = jwt.sign(CLAIMS, KEY, typ="at+jwt")
    assert _inspect(around.format(token)).is_accepted is True


def test_secrets_and_long_lives_are_warned_of() -> None:
    claims = {**CLAIMS, "user_password": "x", "exp": NOW + 40 * 86400}
    warnings = _inspect(jwt.sign(claims, KEY, typ="at+jwt")).warnings
    assert any("user_password" in warning for warning in warnings)
    assert any("40 days" in warning for warning in warnings)


@pytest.mark.parametrize("value", [1e400, -1, 10**30, "1", True, [], None, 1_800_000_000_000])
def test_no_time_is_too_odd_to_be_shown(value: object) -> None:
    inspection = _inspect(_raw({"alg": "ES256"}, {"exp": value}, "AAAA"))
    assert inspection.is_accepted is False


def _would_accept(token: str) -> bool:
    policy = Policy(ISSUER, AUDIENCE, "at+jwt")
    assert EXPECTED.keys is not None
    try:
        jwt.verify(token, EXPECTED.keys, algorithms=["ES256"], policy=policy, now=NOW)
    except JoseError:
        return False
    return True


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "iss": st.sampled_from([ISSUER, "", "https://x", 1]),
            "aud": st.sampled_from([AUDIENCE, [AUDIENCE], [], [1], {}, "x"]),
            "exp": st.sampled_from([NOW - 11, NOW - 10, NOW - 9, NOW + 1, -1, "1", True]),
            "nbf": st.sampled_from([NOW, NOW + 10, NOW + 11, []]),
            "iat": st.sampled_from([NOW, NOW + 10, NOW + 11, False]),
            "sub": st.sampled_from(["a", 1, None]),
            "jti": st.sampled_from(["a", ["a"]]),
        },
    ),
    st.sampled_from(["at+jwt", "application/at+jwt", "JWT", "AT+JWT"]),
)
def test_the_verdict_is_that_of_a_receiver(claims: dict[str, Any], typ: str) -> None:
    token = jwt.sign(claims, KEY, typ=typ)
    assert (_inspect(token).is_accepted is True) == _would_accept(token)


@given(st.text(max_size=300))
def test_any_text_is_told_something(text: str) -> None:
    assert _inspect(text).summary
