"""`make interop`: build the programs around the libraries, run every exchange, print the tables.

Ends with 1 where a library and ours do not agree, and where the page says something else.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from sealwax.jose import native
from tests.interop import page
from tests.interop.catalogue import LIBRARIES, Library
from tests.interop.differences import settle
from tests.interop.exchanges import Finding
from tests.interop.protocol import Peer
from tests.interop.tables import PATHS, Row, Table, cell, tables


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.interop", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {page.PAGE.name}")
    is_to_write = parser.parse_args().write
    cells: dict[tuple[str, str, str], str] = {}
    versions: dict[str, dict[str, str]] = {}
    failures: list[str] = []
    for library in LIBRARIES:
        why_not = library.make() or library.why_not()
        if why_not is not None:
            _say(f"{library.title}: not run: {why_not}")
            continue
        with library.run() as peer:
            _say(f"{library.title} {page.version_text(library, peer.versions)}")
            versions[library.name] = peer.versions
            for table in tables():
                for row in table.rows:
                    findings = exchanged(peer, table, row)
                    cells[library.name, table.title, row.title] = cell(
                        library.name, row.title, findings
                    )
                    failures += _failures(library, row, findings)
    text = page.render(versions, cells, datetime.now(UTC).date().isoformat(), _paths())
    sys.stdout.write(text + "\n")
    return conclude(text, failures, is_whole=len(versions) == len(LIBRARIES), write=is_to_write)


def exchanged(peer: Peer, table: Table, row: Row) -> list[Finding]:
    """Exchange what a row says: claims that are signed, on each path that is there."""
    if not table.is_on_both_paths or not native.state().is_available:
        return row.exchange(peer)
    findings = []
    for choice in PATHS:
        with native.using(choice):
            findings += row.exchange(peer)
    return findings


def conclude(text: str, failures: list[str], *, is_whole: bool, write: bool) -> int:
    """Give the exit code of a run, whose page is written, or held to what it says."""
    for failure in failures:
        _say(f"FAILED: {failure}")
    if failures:
        return 1
    if not is_whole:
        _say("not every library was run, so the page is left as it is")
        return int(write)
    if write:
        page.write(text)
    elif not page.is_up_to_date(text):
        _say(f"{page.PAGE.name} says something else; `make interop WRITE=1` writes it")
        return 1
    return 0


def _paths() -> str:
    state = native.state()
    return f"Python and the native core {state.version}" if state.is_available else "Python alone"


def _failures(library: Library, row: Row, findings: list[Finding]) -> list[str]:
    _, unexplained = settle(library.name, row.title, findings)
    return [
        f"{library.title}, {row.title}: it {one.direction} {one.variant}: {one.detail}"
        for one in unexplained
    ]


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
