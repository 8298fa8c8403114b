"""Rules about the text of our code that the linter does not know."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.architecture.source_tree import source_modules
from tests.architecture.tracked_files import tracked_texts

MAX_LINES = 400
NAMES_OF_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc"}

# A rule that is switched off says why, in words, on the same line or on the line above.
SUPPRESSION = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:[\s,]+[A-Z]+\d+)*)?"
    r"|type:\s*ignore(?:\[[\w, -]+\])?"
    r"|pragma:\s*no cover"
    r"|(?:mypy|ruff):\s*[\w-]+(?:[:=]\s*[\w,-]+)?)"
)
SHORTEST_REASON = 5


def lacks_reason(line: str, line_above: str = "") -> bool:
    """True when a line switches a rule off and neither it nor a comment above it says why."""
    first = SUPPRESSION.search(line)
    if first is None:
        return False
    said = SUPPRESSION.sub("", line[first.start() :]).strip(" #:;,.-")
    return len(said) < SHORTEST_REASON and not line_above.strip().startswith("# ")


def test_every_switched_off_rule_says_why() -> None:
    texts = tracked_texts("src/*.py", "tests/*.py", "bench/*.py", "scripts/*.py")
    del texts[Path("tests/architecture/test_source_rules.py")]  # holds examples
    wrong = [
        f"{path}:{number}: {line.strip()}"
        for path, text in texts.items()
        for number, (above, line) in enumerate(pairwise(["", *text.splitlines()]), start=1)
        if lacks_reason(line, above)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa",
        "x = 1  # noqa: S310",
        "x = 1  # noqa: S310, S311",
        "x = 1  # type: ignore[arg-type]",
        "x = 1  # type: ignore[arg-type]  # noqa: S310",
        "x = 1  # pragma: no cover",
        "# ruff: noqa: S310",
        "# mypy: disable-error-code=misc",
    ],
)
def test_a_bare_suppression_is_found(line: str) -> None:
    assert lacks_reason(line)


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa: S310  the scheme was checked above",
        "x = 1  # noqa: S310 - the scheme was checked above",
        "x = 1  # type: ignore[arg-type]  # the test hands in what types forbid",
        "x = 1  # pragma: no cover  (runs in the child process)",
        "x = 1  # ignore the rest",
    ],
)
def test_a_suppression_with_its_reason_is_fine(line: str) -> None:
    assert not lacks_reason(line)


def test_a_reason_may_stand_on_the_line_above() -> None:
    assert not lacks_reason("x = 1  # noqa: S310", "    # The scheme was checked above.")


def test_no_source_file_is_long() -> None:
    lengths = {module.name: module.text.count("\n") for module in source_modules()}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_no_module_is_named_for_nothing() -> None:
    parts = {part for module in source_modules() for part in module.name.split(".")}
    assert parts & NAMES_OF_NOTHING == set()
