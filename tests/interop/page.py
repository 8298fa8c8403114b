"""docs/reference/interop.md: its tables are written from a run, and held to the next one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.interop.catalogue import LIBRARIES, Library
from tests.interop.differences import DIFFERENCES
from tests.interop.protocol import REPOSITORY
from tests.interop.tables import Table, tables

PAGE = REPOSITORY / "docs" / "reference" / "interop.md"
BEGIN = "<!-- written by `make interop WRITE=1`: begin -->"
END = "<!-- written by `make interop WRITE=1`: end -->"
SKIPPED = "not run"

# (library, table, row): what the cell says
Cells = Mapping[tuple[str, str, str], str]


def render(versions: Mapping[str, Mapping[str, str]], cells: Cells, date: str, paths: str) -> str:
    """Write the tables of a run: the libraries with their versions, then what was exchanged."""
    blocks = [
        f"The run of {date}. Signatures went through {paths}.",
        _lines(
            ["library", "version", "language"],
            [
                [one.title, version_text(one, versions.get(one.name)), one.language]
                for one in LIBRARIES
            ],
        ),
    ]
    for table in tables():
        blocks += [f"## {table.title}", _lines(*_cells_of(table, cells))]
    blocks.append("## Where they differ")
    blocks.append(
        "\n".join(f"{number}. {one.sentence}" for number, one in enumerate(DIFFERENCES, start=1))
    )
    return "\n\n".join(blocks)


def version_text(library: Library, versions: Mapping[str, str] | None) -> str:
    """Write the version of a library, and of what else it ran on."""
    if versions is None:
        return SKIPPED
    others = sorted(name for name in versions if name != library.title)
    return ", ".join([versions[library.title], *(f"{name} {versions[name]}" for name in others)])


def written() -> dict[tuple[str, ...], dict[str, str]]:
    """Read the page: for the heading of a table and a row of it, the cell of each column."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    heading = ""
    columns: list[str] = []
    for line in _generated(PAGE.read_text(encoding="utf-8")).splitlines():
        if line.startswith("## "):
            heading, columns = line.removeprefix("## "), []
        elif line.startswith("|"):
            values = [value.strip() for value in line.strip("|").split("|")]
            if not columns:
                columns = values
            elif not re.fullmatch(r"[-:]+", values[0]):
                found[heading, values[0]] = dict(zip(columns, values, strict=True))
    return found


def is_up_to_date(text: str) -> bool:
    """Compare what a run says with what the page says; the date may be another."""
    dated = re.compile(r"^The run of .*$", flags=re.MULTILINE)
    return dated.sub("", _generated(PAGE.read_text(encoding="utf-8"))) == dated.sub("", text)


def write(text: str) -> None:
    """Put the tables of a run into the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page.replace(_generated(page), text), encoding="utf-8")


def _generated(page: str) -> str:
    _, rest = page.split(BEGIN + "\n\n")
    text, _ = rest.split("\n\n" + END)
    return text


def _cells_of(table: Table, cells: Cells) -> tuple[list[str], list[list[str]]]:
    rows = [
        [row.title, *(cells.get((one.name, table.title, row.title), SKIPPED) for one in LIBRARIES)]
        for row in table.rows
    ]
    return ["", *(one.title for one in LIBRARIES)], rows


def _lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    table = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in table)


def speaks_of(library: Library, versions: Mapping[str, str]) -> bool:
    """Tell whether the page was written from a run of these versions of a library."""
    row = written().get(("", library.title))
    return row is not None and row["version"] == version_text(library, versions)
