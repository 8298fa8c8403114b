"""Nonces that nothing has to remember (RFC 9449 §9)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.resource_server.dpop_nonce import CLOCK_LEEWAY_SECONDS, DpopNonces
from sealwax.secret import Secret

SECRET = Secret("a secret of these tests, and of nothing else")
NONCES = DpopNonces(SECRET, 300)
START = 1_800_000_000  # where a stretch of 300 seconds begins


def test_a_nonce_has_the_characters_of_one() -> None:
    # RFC 9449 §8.1: nonce = 1*NQCHAR
    assert re.fullmatch(r"[A-Za-z0-9\-_]{24}", NONCES.current(START))


def test_it_is_the_same_everywhere_for_a_while() -> None:
    elsewhere = DpopNonces(Secret(SECRET.reveal()), 300)
    assert NONCES.current(START) == elsewhere.current(START + 299)
    assert NONCES.current(START) != NONCES.current(START + 300)


@given(st.integers(0, 10**6), st.integers(0, 299))
def test_each_is_accepted_for_its_lifetime_and_not_for_three(begin: int, later: int) -> None:
    now = START + begin
    nonce = NONCES.current(now)
    assert NONCES.is_accepted(nonce, now + later)
    assert not NONCES.is_accepted(nonce, now + 600 + later)


def test_one_from_the_future_is_accepted_only_from_a_clock_that_is_a_little_ahead() -> None:
    next_one = NONCES.current(START + 300)
    assert NONCES.is_accepted(next_one, START + 300 - CLOCK_LEEWAY_SECONDS)
    assert not NONCES.is_accepted(next_one, START + 300 - CLOCK_LEEWAY_SECONDS - 1)


@pytest.mark.parametrize("nonce", ["", "x", "\ud800", "ü", "A" * 24, "A" * 10_000])
def test_others_are_not(nonce: str) -> None:
    assert not NONCES.is_accepted(nonce, START)
    assert not NONCES.is_accepted(NONCES.current(START) + nonce + "x", START)


def test_nobody_without_the_secret_knows_one() -> None:
    other = DpopNonces(Secret(SECRET.reveal() + "!"), 300)
    assert not NONCES.is_accepted(other.current(START), START)


def test_the_lifetime_is_part_of_it_only_by_its_stretches() -> None:
    assert DpopNonces(SECRET, 60).is_accepted(DpopNonces(SECRET, 60).current(START), START + 119)
