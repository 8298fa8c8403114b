"""The table of known attacks is whole, and the tests it names exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "security" / "attacks.md").read_text().splitlines()
    if re.match(r"\| \d+ \|", line)
]


def test_every_number_has_one_row() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 113))
    assert all(len(row) == 4 and all(row) for row in ROWS)


def test_every_test_that_is_named_exists() -> None:
    named = [name for row in ROWS for name in re.findall(r"`(tests/[^`]+)`", row[3])]
    assert len(named) > 60
    for name in named:
        file, *_, function = name.split("::")
        assert f"def {function}(" in (ROOT / file).read_text(), name


def test_a_row_of_jose_names_its_test() -> None:
    for row in ROWS:
        if "`jose" in row[2] and "not applicable" not in row[2]:
            assert "`tests/" in row[3], row[0]
