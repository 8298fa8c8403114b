from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.oauth.errors import InvalidScope
from sealwax.oauth.scope import (
    MAX_SCOPE_CHARACTERS,
    MAX_SCOPES,
    check_no_person_scopes,
    check_scopes_granted,
    check_scopes_reachable,
    check_scopes_registered,
    parse_scope,
)
from tests.oauth.given import refused


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param(None, None, id="omitted"),
        pytest.param("openid", ("openid",), id="one"),
        pytest.param("a b:c d/e", ("a", "b:c", "d/e"), id="several, in their order"),
        pytest.param("a b a", ("a", "b"), id="one twice counts once"),
        pytest.param("!#$%&'()*+,-./[]^_`{|}~", ("!#$%&'()*+,-./[]^_`{|}~",), id="RFC 6749 3.3"),
    ],
)
def test_reads(scope: str | None, expected: tuple[str, ...] | None) -> None:
    assert parse_scope(scope) == expected


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        pytest.param("", "scope_malformed", id="empty"),
        pytest.param(" ", "scope_malformed", id="a space"),
        pytest.param("a  b", "scope_malformed", id="two spaces"),
        pytest.param(" a", "scope_malformed", id="a space before"),
        pytest.param("a ", "scope_malformed", id="a space behind"),
        pytest.param("a\tb", "scope_malformed", id="a tab"),
        pytest.param('a"', "scope_malformed", id="a quote"),
        pytest.param("a\\b", "scope_malformed", id="a backslash"),
        pytest.param("ä", "scope_malformed", id="not ASCII"),
        pytest.param("a" * (MAX_SCOPE_CHARACTERS + 1), "scope_malformed", id="too long"),
        pytest.param(" ".join(map(str, range(MAX_SCOPES + 1))), "too_many_scopes", id="too many"),
    ],
)
def test_refuses(scope: str, reason: str) -> None:
    with refused(InvalidScope, reason):
        parse_scope(scope)


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (check_scopes_registered, "scope_not_registered"),
        (check_scopes_reachable, "scope_of_another_resource"),
        (check_scopes_granted, "scope_not_granted"),
    ],
)
def test_no_scope_beyond_those_allowed(check: object, reason: str) -> None:
    assert callable(check)
    check(("a", "b"), ("b", "a", "c"))
    check((), ())
    with refused(InvalidScope, reason):
        check(("a", "A"), ("a", "b"))


def test_a_client_by_itself_is_no_person() -> None:
    check_no_person_scopes(("notes:read",))
    for scope in ("openid", "profile", "email", "offline_access"):
        with refused(InvalidScope, "scope_needs_person"):
            check_no_person_scopes(("notes:read", scope))


@given(st.text(max_size=40))
def test_what_was_read_is_the_grammar(scope: str) -> None:
    try:
        scopes = parse_scope(scope)
    except InvalidScope:
        return
    assert scopes is not None
    assert set(scopes) == set(scope.split(" "))
    assert all(each.isascii() and each.isprintable() for each in scopes)
