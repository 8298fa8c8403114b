"""Randomness: the system's, a repeatable one for tests, and identifiers made of it."""

import re

import pytest

from sealwax.entropy import Entropy, SeededEntropy, SystemEntropy, random_id


def test_system_entropy_gives_the_size_asked_for_and_never_repeats() -> None:
    entropy: Entropy = SystemEntropy()
    drawn = {entropy.token_bytes(32) for _ in range(100)}
    assert len(drawn) == 100
    assert {len(value) for value in drawn} == {32}


def test_seeded_entropy_repeats_for_one_seed_and_differs_for_another() -> None:
    first, second, other = SeededEntropy(1), SeededEntropy(1), SeededEntropy(2)
    sequence = [first.token_bytes(16) for _ in range(3)]
    assert sequence == [second.token_bytes(16) for _ in range(3)]
    assert len(set(sequence)) == 3
    assert other.token_bytes(16) not in sequence


def test_seeded_entropy_gives_long_values_whole() -> None:
    assert len(SeededEntropy("long").token_bytes(1_000)) == 1_000


@pytest.mark.parametrize(("size_bytes", "length"), [(16, 22), (32, 43), (33, 44)])
def test_a_random_id_is_base64url_without_padding(size_bytes: int, length: int) -> None:
    value = random_id(SystemEntropy(), size_bytes)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", value)
    assert len(value) == length


def test_a_random_id_has_256_bits_unless_told_otherwise() -> None:
    assert len(random_id(SeededEntropy(7))) == 43


@pytest.mark.parametrize("size_bytes", [-1, 0, 15])
def test_a_random_id_that_could_be_guessed_is_refused(size_bytes: int) -> None:
    with pytest.raises(ValueError, match="at least 16"):
        random_id(SystemEntropy(), size_bytes)
