"""Passwords: how they are kept, and which new ones are accepted (SP 800-63B-4 §3.1.1.2)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.identity.password import (
    MAX_PASSWORD_SIZE_BYTES,
    HashParameters,
    PasswordRefused,
    check_new_password,
    hash_password,
    is_rehash_due,
    matches,
)

CHEAP = HashParameters(memory_kib=64, iterations=1, lanes=1)
SALT = bytes(16)
REASONS = {"accepted", "too_short", "too_long", "not_text", "too_common", "contains_context"}
GOOD = "trusty lantern over grey canal"


def kept(password: str) -> str:
    return hash_password(password, salt=SALT, parameters=CHEAP)


def refusal(password: str, **changes: object) -> str:
    with pytest.raises(PasswordRefused) as caught:
        check_new_password(password, **{"minimum_length": 15, **changes})  # type: ignore[arg-type]  # a table of cases
    assert password not in str(caught.value) or not password
    return caught.value.reason


def test_a_hash_is_an_argon2id_phc_string_with_its_parameters() -> None:
    text = kept(GOOD)
    assert text.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert GOOD not in text


def test_a_password_matches_its_hash_and_no_other_does() -> None:
    text = kept(GOOD)
    assert matches(GOOD, text)
    for wrong in (GOOD[:-1], GOOD + " ", " " + GOOD, GOOD.upper(), "", GOOD + "\0"):
        assert not matches(wrong, text)


def test_nothing_is_cut_off() -> None:
    """Some hashes look at 72 bytes only; here the last character of the longest password counts."""
    longest = "ab" * (MAX_PASSWORD_SIZE_BYTES // 2)
    text = kept(longest)
    assert matches(longest, text)
    assert not matches(longest[:-1] + "x", text)
    assert not matches(longest[:72], text)


def test_a_longer_password_than_accepted_never_matches_even_if_its_beginning_would() -> None:
    text = kept("a" * MAX_PASSWORD_SIZE_BYTES)
    assert not matches("a" * (MAX_PASSWORD_SIZE_BYTES + 1), text)
    assert not matches("a" * 1_000_000, text)


def test_two_ways_to_write_one_character_are_one_password() -> None:
    composed = unicodedata.normalize("NFC", "Zürich Zürich Zürich")
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    assert matches(decomposed, kept(composed))


def test_compatibility_forms_stay_different_passwords() -> None:
    assert not matches("ﬁve", kept("five"))


def test_half_a_character_is_no_password() -> None:
    assert not matches("\ud800", kept(""))
    assert refusal("\ud800" * 20) == "not_text"


@pytest.mark.parametrize(
    "stored", ["", "plain", GOOD, "$2b$12$abcdefghijklmnopqrstuv", "$argon2i$v=19$m=64,t=1,p=1$a$b"]
)
def test_nothing_fits_a_stored_text_that_is_no_hash(stored: str) -> None:
    assert not matches(GOOD, stored)
    assert not matches(stored, stored)


@pytest.mark.parametrize(
    ("parameters", "is_due"),
    [
        (CHEAP, False),
        (HashParameters(65, 1, 1), True),
        (HashParameters(64, 2, 1), True),
        (HashParameters(64, 1, 2), True),
    ],
)
def test_a_hash_of_other_parameters_is_due_for_a_new_one(
    parameters: HashParameters, *, is_due: bool
) -> None:
    assert is_rehash_due(kept(GOOD), parameters) is is_due


def test_a_foreign_hash_is_due_for_a_new_one() -> None:
    assert is_rehash_due("$2b$12$abcdefghijklmnopqrstuv", CHEAP)


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


@pytest.mark.parametrize("length", [15, 16, 64, 65, 128])
def test_any_length_from_the_minimum_on_is_accepted(length: int) -> None:
    text = (GOOD * 10)[:length].replace(" ", "·")
    check_new_password(text, minimum_length=15)


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "correct horse battery staple",
        "7391846205713948",  # digits alone: no rule of composition
        "пароль на зелёной двери",
        "岡本さんの家の前に大きな木が立っている",
        "           x marks the spot",
        "\U0001f600\U0001f680 rocket smile \U0001f600",
    ],
)
def test_no_kind_of_character_is_demanded_or_forbidden(password: str) -> None:
    check_new_password(password, minimum_length=15)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "too_short"),
        ("a b c d e f g", "too_short"),
        ("\U0001f600" * 14, "too_short"),
        ("é" * MAX_PASSWORD_SIZE_BYTES, "too_long"),
        ("x" * 1_000_000, "too_long"),
        ("aaaaaaaaaaaaaaaa", "too_common"),
        ("abcabcabcabcabcabc", "too_common"),
        ("123456789012345", "too_common"),
        ("qwertyuiopasdfghjkl", "too_common"),
        ("1q2w3e4r5t6y7u8i9o", "too_common"),
        ("passwordpassword", "too_common"),
        ("PASSWORDpassword1!", "too_common"),
        ("P@ssw0rd!P@ssw0rd!", "too_common"),
        ("iloveyouforever2024", "too_common"),
        ("letmein-letmein-letmein", "too_common"),
        ("correcthorsebatterystaple", "too_common"),
        ("Summer2025Summer2025", "too_common"),
        (full_width("passwordpassword"), "too_common"),
    ],
)
def test_what_attackers_try_first_is_refused(password: str, reason: str) -> None:
    assert refusal(password) == reason


@pytest.mark.parametrize(
    "password",
    [
        "alice.smith@example.com",
        "alice-smith-alice-smith",
        "SealwaxSealwaxAlice",
        "id.example.com-1",
    ],
)
def test_words_of_the_context_make_no_password(password: str) -> None:
    context = ("alice.smith", "Alice Smith", "alice.smith@example.com", "sealwax", "id.example.com")
    assert refusal(password, context=context) == "contains_context"
    check_new_password(password, minimum_length=15)


def test_the_operators_blocklist_counts_without_case() -> None:
    assert refusal("Grey Heron Harbour", blocklist={"grey heron harbour"}) == "too_common"


@given(st.text(max_size=60))
def test_every_text_is_accepted_or_refused_and_what_is_accepted_matches(password: str) -> None:
    try:
        check_new_password(password, minimum_length=15, context=("alice",))
    except PasswordRefused as refused:
        reason = refused.reason
    else:
        reason = "accepted"
        assert matches(password, kept(password))
    assert reason in REASONS
