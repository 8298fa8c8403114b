"""Errors: reasons from one table, texts that are short and safe, whole after a pickle."""

import pickle

import pytest

from sealwax.jose import errors
from sealwax.jose.errors import (
    MAX_TEXT_LENGTH,
    REASONS,
    AlgorithmNotAllowed,
    ClaimInvalid,
    JoseError,
    KeyInvalid,
    KeyNotFound,
    MalformedToken,
    SignatureInvalid,
    TokenExpired,
    shown,
)

EXAMPLES: list[JoseError] = [
    MalformedToken(errors.TOKEN_PARTS, "it has 2"),
    AlgorithmNotAllowed("'alg' is 'none'"),
    KeyNotFound(errors.KEY_UNKNOWN, "k1"),
    KeyNotFound(errors.KEY_AMBIGUOUS, None),
    SignatureInvalid(),
    ClaimInvalid(errors.AUDIENCE_MISMATCH, "aud", ["a"], "'b'"),
    TokenExpired(5, "later than 6"),
    KeyInvalid(errors.KEY_WEAK, "1024 bits"),
]


def test_every_constant_is_in_the_table_and_the_other_way_round() -> None:
    constants = {
        value
        for name, value in vars(errors).items()
        if name.isupper() and isinstance(value, str) and not name.startswith("_")
    }
    assert constants == set(REASONS)
    assert all(reason.isidentifier() and reason.islower() for reason in REASONS)


def test_every_sentence_is_short_and_different() -> None:
    assert len(set(REASONS.values())) == len(REASONS)
    assert max(map(len, REASONS.values())) <= 100


def test_a_reason_outside_of_the_table_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        KeyInvalid("something_else")


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_is_a_jose_error_with_a_reason(error: JoseError) -> None:
    assert isinstance(error, JoseError)
    assert error.reason in REASONS
    assert str(error).startswith(REASONS[error.reason])


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_crosses_from_one_process_to_another(error: JoseError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_an_expired_token_is_a_claim_that_is_invalid() -> None:
    error = TokenExpired(5, "later than 6")
    assert isinstance(error, ClaimInvalid)
    assert (error.claim, error.found, error.expected) == ("exp", 5, "later than 6")


def test_a_claim_that_is_null_is_not_called_missing() -> None:
    assert "'nbf' is null;" in str(ClaimInvalid(errors.CLAIM_TYPE, "nbf", None, "a time"))
    assert "'exp' is missing;" in str(ClaimInvalid(errors.CLAIM_MISSING, "exp", None, "a time"))
    assert "'typ' is missing;" in str(ClaimInvalid(errors.TYPE_MISMATCH, "typ", None, "'JWT'"))


def test_a_text_is_cut_at_its_limit() -> None:
    error = KeyInvalid(errors.KEY_FORMAT, "x" * 1000)
    assert len(str(error)) == MAX_TEXT_LENGTH
    assert str(error).endswith("…")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "missing"),
        ("a", "'a'"),
        ("a\nb\x1b[31m\u202e", "'a\\nb\\x1b[31m\\u202e'"),
        (5, "5"),
        (2.5, "2.5"),
        (True, "of the type bool"),
        ([1], "of the type list"),
        ({"a": 1}, "of the type dict"),
        (b"a", "of the type bytes"),
        (10**400, "of the type int"),
    ],
)
def test_a_value_is_shown_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize("value", ["x" * 10_000, "\n" * 10_000, "\U0001f600" * 500, "\ud800" * 99])
def test_a_long_value_is_shown_short(value: str) -> None:
    assert len(shown(value)) == 60
    assert shown(value).endswith("…")
