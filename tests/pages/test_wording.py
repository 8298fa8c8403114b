"""Numbers and reasons in words: no wait that is too short, no unit that says too little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.pages import wording
from sealwax.pages.text import Text

DAY = 86_400


def _said(text: Text) -> str:
    """Give the English sentence with its values."""
    sentence = text.message
    if text.plural is not None and text.values["count"] != 1:
        sentence = text.plural
    return sentence % text.values if text.values else sentence


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "Wait 1 second,"),
        (1, "Wait 1 second,"),
        (60, "Wait 60 seconds,"),
        (61, "Wait 2 minutes,"),
        (3_600, "Wait 60 minutes,"),
        (3_601, "Wait 2 hours,"),
        (DAY, "Wait 24 hours,"),
    ],
)
def test_wait(seconds: int, words: str) -> None:
    assert words in _said(wording.wait_text(seconds))


@given(st.integers(0, 30 * DAY))
def test_waiting_as_told_is_long_enough(seconds: int) -> None:
    said = _said(wording.wait_text(seconds))
    count = int(said.split("Wait ")[1].split()[0])
    unit = 3_600 if "hour" in said else 60 if "minute" in said else 1

    assert count * unit >= seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3_599, "59 minutes ago"),
        (3_600, "1 hour ago"),
        (DAY - 1, "23 hours ago"),
        (2 * DAY, "2 days ago"),
    ],
)
def test_ago(seconds: int, words: str) -> None:
    assert _said(wording.ago(1_000_000, 1_000_000 + seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "Changed today."), (DAY, "Changed 1 day ago."), (400 * DAY, "Changed 400 days ago.")],
)
def test_changed(seconds: int, words: str) -> None:
    assert _said(wording.changed_ago(1_000_000, 1_000_000 + seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "for 1 minute at"),
        (600, "for 10 minutes at"),
        (3_600, "for 1 hour at"),
        (28_800, "for 8 hours at"),
        (2 * DAY, "for 48 hours at"),
        (30 * DAY, "for 30 days at"),
    ],
)
def test_access_lasts(seconds: int, words: str) -> None:
    assert words in _said(wording.access_lasts(seconds))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("notes:read", "Read “notes”"),
        ("notes:write", "Change “notes”"),
        ("notes:delete", "Delete “notes”"),
        ("a:b:read", "Read “a:b”"),
        ("notes:share", "Use “notes:share”"),
        ("read", "Use “read”"),
        (":read", "Use “:read”"),
    ],
)
def test_scope_of_an_api(name: str, words: str) -> None:
    assert (wording.api_scope(name).name, _said(wording.api_scope(name).text)) == (name, words)


def test_identity_scopes_are_openid_connects_alone() -> None:
    names = ("openid", "profile", "email", "offline_access")

    assert all(wording.identity_scope(name) for name in names)
    assert wording.identity_scope("notes:read") is None


@pytest.mark.parametrize(
    "reason", ["too_short", "too_long", "too_common", "contains_context", "not_text"]
)
def test_each_reason_against_a_password_has_its_own_words(reason: str) -> None:
    others = {"too_short", "too_long", "too_common", "contains_context", "not_text"} - {reason}
    said = _said(wording.password_refused(reason, 15))

    assert said not in {_said(wording.password_refused(other, 15)) for other in others}


def test_an_application_without_a_name() -> None:
    assert _said(wording.application("")) == "An application"
    assert _said(wording.application("100% Notes")) == "100% Notes"
