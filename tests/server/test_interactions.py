"""What the browser carries for us it can neither read, change, keep for ever nor mix up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.clock import ManualClock
from sealwax.entropy import SystemEntropy
from sealwax.server.interactions import (
    SEALED_LIMIT_CHARACTERS,
    InteractionInvalid,
    Interactions,
)
from sealwax.server.key_encryption import KeyEncryptionKey
from tests.server.given import NOW


def sealer(key: int = 0, now: int = NOW) -> Interactions:
    return Interactions(
        KeyEncryptionKey(bytes([key] * 32)), clock=ManualClock(now), entropy=SystemEntropy()
    )


DATA = {"client_id": "client-1", "scopes": ["openid"], "at": 7, "none": None, "state": "canary"}


def refusal(opener: Interactions, text: str, *, kind: str = "a", max_age_seconds: int = 60) -> str:
    with pytest.raises(InteractionInvalid) as caught:
        opener.open(kind, text, max_age_seconds=max_age_seconds)
    assert "canary" not in str(caught.value)
    return caught.value.reason


def test_what_was_sealed_is_opened() -> None:
    text = sealer().seal("a", DATA)
    assert sealer().open("a", text, max_age_seconds=60) == DATA


def test_it_is_unreadable_and_fit_for_a_url() -> None:
    text = sealer().seal("a", DATA)
    assert "canary" not in text
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()
    assert text != sealer().seal("a", DATA)


def test_every_changed_character_is_noticed() -> None:
    text = sealer().seal("a", {})
    for position in range(len(text)):
        other = "A" if text[position] != "A" else "B"
        changed = text[:position] + other + text[position + 1 :]
        assert refusal(sealer(), changed) in {"foreign", "malformed"}


@pytest.mark.parametrize("text", ["", "x", "====", "a b", "é", "A" * 10, "A" * 43, "\ud800"])
def test_what_is_no_sealed_text_is_refused(text: str) -> None:
    assert refusal(sealer(), text) in {"foreign", "malformed"}


def test_there_is_one_spelling() -> None:
    text = sealer().seal("a", {})
    for other in (text + "=", text + "==", text.replace("-", "+"), text + "\n", f" {text}"):
        if other != text:
            assert refusal(sealer(), other) == "malformed"


def test_one_kind_is_never_taken_for_another() -> None:
    assert refusal(sealer(), sealer().seal("a", DATA), kind="b") == "foreign"


def test_another_issuers_is_refused() -> None:
    assert refusal(sealer(1), sealer(0).seal("a", DATA)) == "foreign"


def test_it_lives_as_long_as_its_opener_says() -> None:
    text = sealer(now=NOW).seal("a", DATA)
    assert sealer(now=NOW + 60).open("a", text, max_age_seconds=60) == DATA
    assert refusal(sealer(now=NOW + 61), text) == "too_old"


def test_a_little_future_is_another_replicas_clock_and_more_is_refused() -> None:
    text = sealer(now=NOW + 60).seal("a", DATA)
    assert sealer(now=NOW).open("a", text, max_age_seconds=60) == DATA
    assert refusal(sealer(now=NOW - 1), text) == "too_old"


def test_it_does_not_grow_beyond_a_url() -> None:
    with pytest.raises(InteractionInvalid) as caught:
        sealer().seal("a", {"x": "y" * SEALED_LIMIT_CHARACTERS})
    assert caught.value.reason == "too_large"
    assert refusal(sealer(), "A" * (SEALED_LIMIT_CHARACTERS + 1)) == "too_large"


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
        max_size=5,
    )
)
def test_any_json_comes_back_as_it_was(data: dict[str, object]) -> None:
    assert sealer().open("a", sealer().seal("a", data), max_age_seconds=1) == data


@given(st.text(max_size=300))
def test_no_text_raises_anything_else(text: str) -> None:
    with pytest.raises(InteractionInvalid):
        sealer().open("a", text, max_age_seconds=60)
