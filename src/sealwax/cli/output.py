"""What commands print: tables and sections for people, JSON for programs."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def print_json(value: object) -> None:
    """Print `value` as JSON, indented, in plain Unicode."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print rows under headings, columns aligned; or the sentence `empty` when there are none."""
    if not rows:
        print(empty)
        return
    cells = [list(headings), *([shown(cell) for cell in row] for row in rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        padded = [
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        print("  ".join(padded).rstrip())


def print_fields(fields: Mapping[str, object]) -> None:
    """Print names and values under each other, values aligned."""
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        print(f"{name:<{width}}  {shown(value)}".rstrip())


def print_record(fields: Mapping[str, object], *, as_json: bool) -> None:
    """Print one record: with its numbers for programs, its times as text for people."""
    if as_json:
        print_json(fields)
    else:
        print_fields({name: _readable(name, value) for name, value in fields.items()})


def print_error(message: str) -> None:
    """Print one sentence on standard error, under the program's name."""
    print(f"sealwax: {plain(message)}", file=sys.stderr)


def shown(value: object) -> str:
    """Give a value as a person reads it; lists by comma, nothing as a dash."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ((), [], ""):
        return "-"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(str(item)) for item in value)
    return plain(str(value))


def plain(text: str) -> str:
    """Make text safe for a terminal: control and direction characters stand as escapes."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def moment(seconds: int | None) -> str | None:
    """Give a time as UTC text to the second."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _readable(name: str, value: object) -> object:
    if isinstance(value, int) and name.endswith(("_at", "_from", "_until")):
        return moment(value)
    return value


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
