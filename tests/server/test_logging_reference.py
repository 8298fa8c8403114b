"""Every event that the code can write is described, with the fields it writes, and no other is."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import sealwax
from sealwax.server.logging import FIELDS

SOURCE = Path(sealwax.__file__).parent
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "logging.md"
WRITERS = {"event", "failure", "_attempt"}
OF_FAILURES = {"error_type", "error_message", "traceback"}
OF_ACCESS = {"method", "route", "status", "duration_ms"}


def written() -> dict[str, set[str]]:
    """Give each event of the code with the fields that are passed to it anywhere."""
    found: dict[str, set[str]] = defaultdict(set)
    found["request"] = set(OF_ACCESS)
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Attribute(attr=writer), [ast.Constant(str(name)), *_], keywords):
                    if writer in WRITERS:
                        found[name] |= {each.arg or "**" for each in keywords} - {"level"}
    return found


def documented() -> dict[str, set[str]]:
    """Give each event of the reference with its fields."""
    text = REFERENCE.read_text(encoding="utf-8")
    table = text.partition("## Events")[2].partition("## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", table, flags=re.MULTILINE)
    assert len(rows) == len({name for name, _ in rows})
    return {name: set(re.findall(r"`(\w+)`", fields)) for name, fields in rows}


def test_every_event_is_described_and_no_other() -> None:
    assert set(documented()) == set(written())


def test_every_field_of_an_event_is_described() -> None:
    described = documented()
    missing = {
        name: fields - described[name] - OF_FAILURES
        for name, fields in written().items()
        if fields - described[name] - OF_FAILURES
    }
    assert missing == {}


def test_every_field_that_is_described_can_be_written() -> None:
    for name, fields in documented().items():
        assert fields <= FIELDS, name


def test_every_field_on_the_list_is_used() -> None:
    used = set().union(*documented().values()) | OF_FAILURES
    assert used == FIELDS
