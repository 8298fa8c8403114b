"""The exchanges find out what is wrong, and the page says what they found."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sealwax.jose import Key, jwe, jws
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.encryption_algorithms import CONTENT_ENCRYPTIONS, KEY_MANAGEMENTS
from tests.interop import catalogue, page
from tests.interop.catalogue import LIBRARIES, Library
from tests.interop.differences import DIFFERENCES, settle
from tests.interop.exchanges import (
    AGREED,
    DIFFERS,
    NOT_OFFERED,
    READS,
    WRITES,
    Finding,
    Token,
    altered,
    altered_member,
    cross,
    same,
)
from tests.interop.protocol import NotOffered, Peer, Refused
from tests.interop.tables import cell, tables

PAYLOAD = b'{"sub": "usr_someone"}'
KEY = Key.from_secret(bytes(range(32)), algorithm="HS256")
TOKEN = jws.sign(PAYLOAD, KEY)


def believe(_token: Token) -> bytes:
    return PAYLOAD


def refuse(_token: Token) -> bytes:
    raise Refused("no")


def lack(_token: Token) -> bytes:
    raise NotOffered("nothing like that")


def check(token: Token) -> bytes:
    if token != TOKEN:
        raise Refused("changed")
    return PAYLOAD


@pytest.mark.parametrize(
    ("read", "outcome", "detail"),
    [
        (check, AGREED, ""),
        (believe, DIFFERS, "a changed payload is accepted"),
        (refuse, DIFFERS, "no"),
        (lack, NOT_OFFERED, "nothing like that"),
        (lambda _token: b"{}", DIFFERS, "another payload came out"),
    ],
    ids=["agrees", "believes all", "believes none", "has it not", "reads another"],
)
def test_what_a_library_does_is_found_out(
    read: Callable[[Token], bytes], outcome: str, detail: str
) -> None:
    assert cross(READS, "", lambda: TOKEN, read, PAYLOAD) == Finding(READS, "", outcome, detail)


def test_every_part_is_changed_by_one_bit() -> None:
    secret = Key.from_secret(bytes(range(16)), algorithm="A128KW")
    compact = jwe.encrypt(PAYLOAD, secret, encryption="A128GCM")
    assert [where for where, _ in altered(TOKEN)] == ["payload", "signature"]
    assert [where for where, _ in altered(compact)] == [
        "encrypted_key", "iv", "ciphertext", "tag",
    ]  # fmt: skip
    document = jws.sign_json(PAYLOAD, [jws.Signer(KEY)], flattened=True)
    assert [where for where, _ in altered(document)] == ["signature", "payload"]
    general = jws.sign_json(PAYLOAD, [jws.Signer(KEY)])
    changed = altered_member(general, "signatures", 0, "signature")
    assert isinstance(changed, dict)
    assert changed["signatures"] != general["signatures"]
    for _, other in (*altered(TOKEN), *altered(compact)):
        assert isinstance(other, str)
        assert len(other) in {len(TOKEN), len(compact)}
        assert other not in {TOKEN, compact}


def test_claims_may_be_written_otherwise_and_bytes_may_not() -> None:
    assert same(b'{"a":1, "b":2}', b'{"b": 2,"a": 1}')
    assert not same(b'{"a":1}', b'{"a": 2}')
    assert not same(b"\x00 ", b"\x00")


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ([(READS, "", AGREED), (WRITES, "", AGREED)], "both"),
        ([(READS, "", AGREED), (WRITES, "", NOT_OFFERED)], "reads"),
        ([(READS, "", NOT_OFFERED), (WRITES, "", AGREED)], "writes"),
        ([(READS, "", NOT_OFFERED), (WRITES, "", NOT_OFFERED)], "no"),
        ([(READS, "", AGREED), (READS, "", DIFFERS), (WRITES, "", AGREED)], "FAILED"),
        ([(READS, "a", AGREED), (WRITES, "b", NOT_OFFERED)], "reads: a; no: b"),
    ],
)
def test_a_cell_says_what_came_of_it(findings: list[tuple[str, str, str]], said: str) -> None:
    assert cell("joserfc", "HS256", [Finding(*one) for one in findings]) == said


def test_a_known_difference_is_numbered_and_another_one_is_not() -> None:
    row = "PBES2-HS256+A128KW"
    known = Finding(READS, "A128CBC-HS256", DIFFERS)
    assert settle("joserfc", row, [known]) == ([1], [])
    assert settle("joserfc", "HS256", [known]) == ([], [known])
    assert settle("jwcrypto", row, [known]) == ([], [known])
    assert settle("joserfc", row, [known._replace(direction=WRITES)])[1] != []
    text = cell("joserfc", row, [known, Finding(WRITES, "A128CBC-HS256", AGREED)])
    assert text == "writes [1](#where-they-differ)"


def test_every_difference_is_in_the_page() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert all(one.sentence in text for one in DIFFERENCES)
    numbers = {int(number) for number in re.findall(r" \[(\d+)\]\(#where-they-differ\)", text)}
    assert numbers == set(range(1, len(DIFFERENCES) + 1))


def test_the_page_has_a_row_for_everything_and_a_column_for_everybody() -> None:
    rows = {key for key in page.written() if key[0]}
    assert rows == {(table.title, row.title) for table in tables() for row in table.rows}
    signatures = {row for table, row in rows if table == "Signatures"}
    assert signatures >= ALGORITHMS.keys()
    encrypted = {row.split(",")[0] for table, row in rows if table == "Keys of encrypted content"}
    assert encrypted == set(KEY_MANAGEMENTS)
    columns = page.written()["Signatures", "ES256"]
    assert list(columns) == ["", *(library.title for library in LIBRARIES)]
    assert set(columns.values()) == {"ES256", "both"}


def test_what_a_library_has_not_is_not_a_difference() -> None:
    """PyJWT encrypts nothing; it is asked for each content encryption all the same."""
    row = next(row for row in tables()[1].rows if row.title == "dir")
    with next(library for library in LIBRARIES if library.name == "pyjwt").run() as peer:
        findings = row.exchange(peer)
    assert {finding.outcome for finding in findings} == {NOT_OFFERED}
    assert {finding.variant for finding in findings} == CONTENT_ENCRYPTIONS.keys()
    assert {finding.direction for finding in findings} == {READS, WRITES}


def test_a_library_that_ends_is_noticed() -> None:
    silent = [sys.executable, "-c", "input()"]
    with pytest.raises(AssertionError, match="silent ended"):
        Peer("silent", silent)


def test_what_was_built_of_other_sources_is_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "PEERS", tmp_path / "peers")
    monkeypatch.setattr(catalogue, "BUILT", tmp_path / "built")
    source = tmp_path / "peers" / "one" / "main.go"
    source.parent.mkdir(parents=True)
    source.write_text("package main")
    library = Library("one", "One", "Go", ("true",), "true", ("true",))
    assert library.why_not() == "the program around One is not built ('make interop')"
    assert library.make() is None
    assert library.why_not() is None
    source.write_text("package other")
    assert library.why_not() is not None
    broken = replace(library, tool="sh", build=("sh", "-c", "echo no space left; exit 1"))
    assert broken.make() == "building with sh failed: no space left"
    assert replace(library, tool="no-such-tool").make() == "no-such-tool is not on the path"
    assert library.why_not() is not None
