from __future__ import annotations

import pytest

from sealwax.oauth.errors import InvalidRequest
from sealwax.oauth.prompt import is_fresh_enough, parse_max_age, parse_prompt
from tests.oauth.given import NOW, refused, session


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (None, frozenset()),
        ("none", {"none"}),
        ("login consent", {"login", "consent"}),
        ("select_account login login", {"select_account", "login"}),
    ],
)
def test_prompt_is_read(prompt: str | None, expected: frozenset[str]) -> None:
    assert parse_prompt(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        pytest.param("none login", "prompt_contradictory", id="OIDC Core 3.1.2.1: none alone"),
        pytest.param("None", "prompt_unknown", id="another case"),
        pytest.param("create", "prompt_unknown", id="not offered"),
        pytest.param("login  consent", "prompt_unknown", id="two spaces"),
    ],
)
def test_prompt_is_refused(prompt: str, reason: str) -> None:
    with refused(InvalidRequest, reason):
        parse_prompt(prompt)


@pytest.mark.parametrize(("max_age", "expected"), [(None, None), ("0", 0), ("3600", 3600)])
def test_max_age_is_read(max_age: str | None, expected: int | None) -> None:
    assert parse_max_age(max_age) == expected


@pytest.mark.parametrize("max_age", ["-1", "+1", "1.5", "1e3", "x", " 1", "٣", "1" * 11])
def test_max_age_is_refused(max_age: str) -> None:
    with refused(InvalidRequest, "max_age"):
        parse_max_age(max_age)


@pytest.mark.parametrize(
    ("prompt", "max_age", "age", "is_new", "expected"),
    [
        pytest.param("", None, 40_000, False, True, id="nothing is demanded"),
        pytest.param("none", None, 40_000, False, True, id="none demands nothing"),
        pytest.param("consent", None, 40_000, False, True, id="consent is another question"),
        pytest.param("login", None, 0, False, False, id="login: not the one that was there"),
        pytest.param("login", None, 0, True, True, id="login: one made for this"),
        pytest.param("login", None, 5, True, False, id="login: one made before the request"),
        pytest.param("select_account", None, 0, False, False, id="select_account"),
        pytest.param("select_account", None, 0, True, True, id="select_account: made for this"),
        pytest.param("", 100, 100, False, True, id="OIDC Core 3.1.2.1: exactly max_age"),
        pytest.param("", 100, 101, False, False, id="older than max_age"),
        pytest.param("", 0, 0, False, False, id="max_age 0: always anew"),
        pytest.param("", 0, 0, True, True, id="max_age 0: made for this"),
    ],
)
def test_a_sign_in_is_fresh_enough(
    prompt: str,
    max_age: int | None,
    age: int,
    is_new: bool,  # noqa: FBT001  # a column of the table
    expected: bool,  # noqa: FBT001  # a column of the table
) -> None:
    fresh = is_fresh_enough(
        session(session_id="new" if is_new else "old", authenticated_at=NOW - age),
        prompt=frozenset(prompt.split()),
        max_age=max_age,
        requested_at=NOW,
        prior_session_id="old",
        now=NOW,
    )

    assert fresh is expected


def test_a_sign_in_made_for_the_request_stays_good_while_the_person_reads() -> None:
    assert is_fresh_enough(
        session(session_id="new", authenticated_at=NOW + 5),
        prompt=frozenset({"login"}),
        max_age=0,
        requested_at=NOW,
        prior_session_id=None,
        now=NOW + 600,
    )
