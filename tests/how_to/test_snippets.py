"""The runner of snippets holds them to their comments: what it lets pass, every guide may say."""

from typing import Any

import pytest

from tests.how_to.snippets import run


def test_statements_run_in_order_and_share_names() -> None:
    names: dict[str, Any] = {}
    assert run("a = 1\nb = a + 1\nb  # -> 2\n", names) == 1
    assert names["b"] == 2


@pytest.mark.parametrize(
    "code",
    [
        "1 + 1  # -> 3",
        "'a'  # -> a",
        "dict(\n    a=1,\n)  # -> {'a': 2}",
        "1 + 1  # raises ValueError",
        "int('x')  # raises TypeError",
        "int('x')  # raises ValueError: some_reason",
        "x = 1  # -> 1",
    ],
)
def test_what_does_not_come_out_is_found(code: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        run(code, {})


@pytest.mark.parametrize(
    "code", ["int('x')  # raises ValueError", "'a'  # -> 'a'", "dict(\n    a=1,\n)  # -> {'a': 1}"]
)
def test_what_comes_out_is_counted(code: str) -> None:
    assert run(code, {}) == 1


def test_an_error_that_is_not_announced_is_one() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        run("int('x')", {})
