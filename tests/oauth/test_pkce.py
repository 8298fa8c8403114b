from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.oauth.errors import InvalidGrant, InvalidRequest
from sealwax.oauth.pkce import (
    check_code_challenge,
    check_code_verifier,
    check_code_verifier_syntax,
    code_challenge_of,
)
from tests.oauth.given import CHALLENGE, VERIFIER, refused

_VERIFIERS = st.text(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", min_size=43
)


def test_rfc_7636_appendix_b() -> None:
    assert code_challenge_of(VERIFIER) == CHALLENGE
    assert check_code_challenge(CHALLENGE, "S256") == CHALLENGE
    assert check_code_verifier_syntax(VERIFIER) == VERIFIER
    check_code_verifier(VERIFIER, CHALLENGE)


@pytest.mark.parametrize(
    ("challenge", "method", "reason"),
    [
        pytest.param(None, None, "code_challenge_missing", id="RFC 9700 2.1.1: none"),
        pytest.param(None, "S256", "code_challenge_missing", id="a method without a challenge"),
        pytest.param(CHALLENGE, None, "code_challenge_method", id="RFC 7636 4.3: means plain"),
        pytest.param(CHALLENGE, "plain", "code_challenge_method", id="plain"),
        pytest.param(CHALLENGE, "s256", "code_challenge_method", id="another case"),
        pytest.param(CHALLENGE, "S512", "code_challenge_method", id="another hash"),
        pytest.param(CHALLENGE[:-1], "S256", "code_challenge_malformed", id="too short"),
        pytest.param(CHALLENGE + "A", "S256", "code_challenge_malformed", id="too long"),
        pytest.param(CHALLENGE + "=", "S256", "code_challenge_malformed", id="padded"),
        pytest.param("+" + CHALLENGE[1:], "S256", "code_challenge_malformed", id="plain base64"),
        pytest.param(CHALLENGE + "\n", "S256", "code_challenge_malformed", id="a line feed"),
    ],
)
def test_a_challenge_is_refused(challenge: str | None, method: str | None, reason: str) -> None:
    with refused(InvalidRequest, reason):
        check_code_challenge(challenge, method)


@pytest.mark.parametrize(
    ("verifier", "reason"),
    [
        pytest.param(
            None, "code_verifier_missing", id="RFC 9700 4.8.2: challenge without verifier"
        ),
        pytest.param("a" * 42, "code_verifier_malformed", id="RFC 7636 4.1: too short"),
        pytest.param("a" * 129, "code_verifier_malformed", id="RFC 7636 4.1: too long"),
        pytest.param("a" * 42 + "+", "code_verifier_malformed", id="a foreign character"),
        pytest.param("a" * 43 + "\n", "code_verifier_malformed", id="a line feed"),
        pytest.param("ä" * 43, "code_verifier_malformed", id="not ASCII"),
    ],
)
def test_a_verifier_is_refused(verifier: str | None, reason: str) -> None:
    with refused(InvalidRequest, reason):
        check_code_verifier_syntax(verifier)


@pytest.mark.parametrize(
    "verifier",
    [
        pytest.param(VERIFIER[:-1] + "j", id="the last letter"),
        pytest.param(VERIFIER.swapcase(), id="the case"),
        pytest.param(CHALLENGE, id="the challenge itself, as plain would have it"),
    ],
)
def test_another_verifier_does_not_fit(verifier: str) -> None:
    with refused(InvalidGrant, "code_verifier_mismatch"):
        check_code_verifier(verifier, CHALLENGE)


@given(_VERIFIERS.filter(lambda text: len(text) <= 128), _VERIFIERS)
def test_a_verifier_fits_its_own_challenge_alone(verifier: str, other: str) -> None:
    challenge = check_code_challenge(code_challenge_of(verifier), "S256")

    check_code_verifier(check_code_verifier_syntax(verifier), challenge)
    if other != verifier:
        with refused(InvalidGrant, "code_verifier_mismatch"):
            check_code_verifier(other, challenge)
