"""Reading which issuer a token claims to be from: quickly, and never otherwise than properly."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax import TokenRefused
from sealwax.jose import MalformedToken, jwt
from sealwax.resource_server.claimed_issuer import is_signed_form, read_unverified_issuer

FIRST, SECOND = "https://first.example", "https://second.example"


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


HEADER = b64(b'{"alg":"ES256"}')


def token_of(payload: bytes) -> str:
    return f"{HEADER}.{b64(payload)}.AAAA"


def outcome(payload: bytes) -> str:
    """What is read, or why not."""
    try:
        return read_unverified_issuer(token_of(payload))
    except (TokenRefused, MalformedToken) as error:
        return error.reason


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"iss":"https://first.example","sub":"x"}', FIRST),
        (b'{"sub":"x" , "iss" :\t"https://first.example"}', FIRST),
        (b'{"\\u0069ss":"https://second.example","x":{"iss":"https://first.example"}}', SECOND),
        (b'{"iss":"https:\\/\\/first.example"}', FIRST),
        (b'{"act":{"iss":"https://second.example"},"iss":"https://first.example"}', FIRST),
        (b'{"iss":"https://first.example","act":{"iss":"https://second.example"}}', FIRST),
        (b'{"note":"\\"iss\\":\\"https://second.example\\"","iss":"https://first.example"}', FIRST),
        (b'{"list":["iss"],"iss":"https://first.example"}', FIRST),
        (b'{"iss":"https://first.example","iss":"https://second.example"}', "payload_json"),
        (b'{"iss":["https://first.example"]}', "issuer_mismatch"),
        (b'{"iss":{"iss":"https://first.example"}}', "issuer_mismatch"),
        (b'{"iss":7}', "issuer_mismatch"),
        (b'{"iss":null}', "claim_missing"),
        (b'{"list":["iss"]}', "claim_missing"),
        (b'{"sub":"x"}', "claim_missing"),
        (b'["iss"]', "payload_json"),
        (b"", "payload_json"),
    ],
)
def test_the_claim_is_the_one_a_proper_reading_finds(payload: bytes, expected: str) -> None:
    assert outcome(payload) == expected


NAMES = st.sampled_from(["iss", "sub", "act", '"iss"', 'iss":"', "\\iss"])
VALUES = st.recursive(
    st.none() | st.sampled_from([FIRST, SECOND, "iss", '"iss":"x"', "é", "\x00", "\\"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=6,
)


@given(
    st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from([0, 1]), st.sampled_from([None, 1])
)
def test_whatever_the_claims_are_a_glance_finds_what_is_there(
    claims: dict[str, Any],
    escapes: int,
    indent: int | None,
) -> None:
    payload = json.dumps(claims, ensure_ascii=bool(escapes), indent=indent).encode()
    token = token_of(payload)
    issuer = jwt.read_unverified_claims(token).get("iss")
    try:
        found: object = read_unverified_issuer(token)
    except TokenRefused:
        assert not isinstance(issuer, str)
        return
    # Where there is no such claim at all, a glance may take one of an object inside for it:
    # whoever is chosen then finds that the claim is missing.
    assert found == issuer or (issuer is None and "iss" not in claims)


@pytest.mark.parametrize("token", ["", ".", "..", "...", "a.b.c", "é.é.é", "x" * 40_000])
def test_what_is_no_token_is_malformed(token: str) -> None:
    with pytest.raises(MalformedToken):
        read_unverified_issuer(token)
    assert not is_signed_form(token)


def test_a_signed_token_is_known_by_its_header() -> None:
    assert is_signed_form(token_of(b"anything"))
    assert not is_signed_form("2YotnFZFEjr1zCsicMWpAA")
    assert not is_signed_form("v1.public.abc")
    assert not is_signed_form(f"{b64(b'{}')}.a.b.c.d")


def test_a_token_that_is_too_large_is_not_read() -> None:
    padding = b'"' + b"a" * 40_000 + b'"'
    assert outcome(b'{"iss":"https://first.example","x":' + padding + b"}") == "token_too_large"
