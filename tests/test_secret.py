"""Secrets hide themselves, and are stored as a digest."""

import copy
import json
import pickle
import traceback

import pytest

from sealwax.secret import Secret, sha256_hex

CANARY = "canary-4711-do-not-print"


def test_a_secret_gives_its_text_only_when_asked() -> None:
    assert Secret(CANARY).reveal() == CANARY


@pytest.mark.parametrize(
    "shown",
    [
        repr(Secret(CANARY)),
        str(Secret(CANARY)),
        f"{Secret(CANARY)}",
        f"{Secret(CANARY)!r:>40}",
        f"{[Secret(CANARY)]} { ({'k': Secret(CANARY)}) }",
    ],
)
def test_a_secret_never_shows_its_text_or_its_length(shown: str) -> None:
    assert CANARY not in shown
    assert shown.replace("x", "") != ""
    assert repr(Secret("a")) == repr(Secret(CANARY))


def test_a_secret_stays_hidden_in_a_traceback_of_its_holder() -> None:
    error = ValueError(Secret(CANARY))
    assert CANARY not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("leak", [pickle.dumps, json.dumps, copy.copy, copy.deepcopy])
def test_a_secret_refuses_to_be_written_out(leak: object) -> None:
    with pytest.raises(TypeError):
        leak(Secret(CANARY))  # type: ignore[operator]  # any of four callables


def test_a_secret_has_no_dictionary_to_look_into() -> None:
    with pytest.raises(TypeError):
        vars(Secret(CANARY))


def test_secrets_are_equal_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("ä") == Secret("ä")
    assert Secret("\ud800") != Secret("ä")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_a_secret_never_equals_a_plain_string() -> None:
    assert Secret("a") != "a"
    assert (Secret("a") == "a") is False


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("0")


@pytest.mark.parametrize(
    ("value", "digest"),
    [  # FIPS 180-4 examples: the empty message and "abc"
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
)
def test_the_stored_digest_is_sha_256(value: str, digest: str) -> None:
    assert sha256_hex(value) == digest
