"""Usernames: which are accepted, and which spellings are one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.identity.account import MAX_USERNAME_LENGTH, UsernameRefused, normalize_username


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("alice", "alice"),
        ("  Alice ", "alice"),
        ("ALICE@Example.COM", "alice@example.com"),
        ("".join(chr(ord(letter) + 0xFEE0) for letter in "Alice"), "alice"),  # full width
        ("ﬁona", "fiona"),  # a ligature
        ("Straße", "strasse"),
        ("ÅSA", "åsa"),
        ("A\u030asa", "åsa"),  # a letter and a combining ring
        ("Ǆ", "dž"),
        ("岡本", "岡本"),
        ("o'brien".replace("'", "."), "o.brien"),
        ("a-b_c.d+e@f", "a-b_c.d+e@f"),
        ("7of9", "7of9"),
        ("x" * MAX_USERNAME_LENGTH, "x" * MAX_USERNAME_LENGTH),
    ],
)
def test_spellings_of_one_name_are_one(typed: str, kept: str) -> None:
    assert normalize_username(typed) == kept


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("x" * (MAX_USERNAME_LENGTH + 1), "too_long"),
        ("ﬀ" * MAX_USERNAME_LENGTH, "too_long"),  # folds to twice its length
        ("x" * 1_000_000, "too_long"),
        ("two words", "not_allowed"),
        ("line\nfeed", "not_allowed"),
        ("nul\0", "not_allowed"),
        ("a\u202etxt", "not_allowed"),  # turns the direction of what follows
        ("a\u200bb", "not_allowed"),  # no width
        ("a\u00adb", "not_allowed"),  # soft hyphen
        ("\ud800", "not_allowed"),
        ("a\ue000", "not_allowed"),  # private use
        ("<script>", "not_allowed"),
        ("a'b", "not_allowed"),
        ("a/b", "not_allowed"),
        ("..", "not_allowed"),
        ("@example.com", "not_allowed"),
        ("\u0301a", "not_allowed"),  # begins with a combining mark
        ("\U0001f600", "not_allowed"),
    ],
)
def test_what_is_no_username_is_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(UsernameRefused) as caught:
        normalize_username(typed)
    assert caught.value.reason == reason


def test_a_refusal_says_what_is_accepted_and_not_what_was_typed() -> None:
    with pytest.raises(UsernameRefused, match="letters, digits") as caught:
        normalize_username("hunter2 is my password")
    assert "hunter2" not in str(caught.value)


@given(st.text(max_size=40))
def test_normalizing_twice_changes_nothing(typed: str) -> None:
    try:
        name = normalize_username(typed)
    except UsernameRefused:
        return
    assert normalize_username(name) == name
    assert name.isprintable()
    assert 0 < len(name) <= MAX_USERNAME_LENGTH


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu"]), min_size=1, max_size=20))
def test_case_never_makes_two_people(typed: str) -> None:
    def name_of(text: str) -> str | None:
        try:
            return normalize_username(text)
        except UsernameRefused:
            return None

    assert name_of(typed) == name_of(typed.casefold())
