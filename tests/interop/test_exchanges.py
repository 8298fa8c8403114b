"""Tokens and keys of every kind go both ways between us and libraries by others.

The libraries in Python and JavaScript are run wherever they are installed, the others where
`make interop` has built the programs around them. What the page says of the same versions must be
what happens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sealwax.jose import native
from tests.interop import page
from tests.interop.catalogue import LIBRARIES, Library
from tests.interop.differences import settle
from tests.interop.exchanges import encoded, key_for
from tests.interop.protocol import NotOffered, Peer, Refused
from tests.interop.tables import PATHS, Row, Table, cell, key_of, tables
from tests.interop.tokens_signed import verified

pytestmark = pytest.mark.slow  # all of them together; each takes less than a second or two

CASES = [
    pytest.param(table, row, path, id=f"{table.title}-{row.title}-{path}")
    for table in tables()
    for row in table.rows
    for path in (PATHS if table.is_on_both_paths else PATHS[:1])
]


@pytest.fixture(scope="module", params=[pytest.param(one, id=one.name) for one in LIBRARIES])
def library(request: pytest.FixtureRequest) -> Library:
    library: Library = request.param
    why_not = library.why_not()
    if why_not is not None:
        pytest.skip(why_not)
    return library


@pytest.fixture(scope="module")
def peer(library: Library) -> Iterator[Peer]:
    with library.run() as peer:
        yield peer


@pytest.mark.parametrize(("table", "row", "path"), CASES)
def test_both_ways_agree_and_the_page_says_so(
    library: Library, peer: Peer, table: Table, row: Row, path: native.Implementation
) -> None:
    if path == "native" and not native.state().is_available:
        pytest.skip(f"no native core: {native.state().reason}")
    with native.using(path):
        assert native.implementation() == path
        findings = row.exchange(peer)
    _, unexplained = settle(library.name, row.title, findings)
    assert unexplained == []
    if page.speaks_of(library, peer.versions):
        said = page.written()[table.title, row.title][library.title]
        assert said == cell(library.name, row.title, findings)


def test_a_library_is_asked_what_it_offers(peer: Peer) -> None:
    """What it has not is told apart from what it refuses, or the tables would hide failures."""
    with pytest.raises(NotOffered):
        verified(peer, "compact", *_made_up(peer, "HS000"))
    with pytest.raises(Refused):
        verified(peer, "compact", *_made_up(peer, "HS512"))
    with pytest.raises(NotOffered):
        peer.ask("dance")


def _made_up(peer: Peer, algorithm: str) -> tuple[str, list[tuple[dict[str, Any], str]]]:
    """Give a token that names an algorithm and has no signature of it, with a key."""
    header = encoded(json.dumps({"alg": algorithm}).encode())
    key = key_for(peer, key_of("HS512"), private=True)
    return f"{header}.e30.AAAA", [(key, algorithm)]
