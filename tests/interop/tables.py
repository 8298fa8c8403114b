"""The tables of what was exchanged: which rows there are, and what a cell says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Literal, NamedTuple

from sealwax.jose import Key
from sealwax.jose.encoding import base64url_decode
from tests.interop import keys_exchanged, tokens_encrypted, tokens_signed
from tests.interop.differences import settle
from tests.interop.exchanges import AGREED, READS, WRITES, Finding
from tests.interop.protocol import Peer

WORDS = {
    (True, True): "both",
    (True, False): "reads",
    (False, True): "writes",
    (False, False): "no",
}
FAILED = "FAILED"
KEY_TABLES = {
    "jwk": ("Keys as JWK", keys_exchanged.ROWS),
    "pem": ("Keys as PEM", [row for row in keys_exchanged.ROWS if row != "`oct`"]),
    "thumbprint": ("Thumbprints of keys", keys_exchanged.ROWS),
}

PATHS: tuple[Literal["python", "native"], ...] = ("python", "native")

Exchange = Callable[[Peer], list[Finding]]


class Row(NamedTuple):
    """A row of a table: its title, and what is exchanged with a library to fill its cell."""

    title: str
    exchange: Exchange


class Table(NamedTuple):
    """A table of the page; what is signed goes the native path as well as that of Python."""

    title: str
    rows: tuple[Row, ...]
    is_on_both_paths: bool = False


@cache
def key_of(algorithm: str, curve: str | None = None) -> Key:
    """Give the key of the run for an algorithm; RSA keys take long to make.

    Those on a curve have a coordinate that begins with a zero byte, which must stay.
    """
    key = Key.generate(algorithm, curve=curve)
    while key.key_type == "EC" and base64url_decode(key.to_jwk()["x"].encode())[0]:
        key = Key.generate(algorithm, curve=curve)
    return key


def tables() -> tuple[Table, ...]:
    signed, encrypted = tokens_signed, tokens_encrypted
    return (
        Table(
            "Signatures",
            _rows(zip(signed.ALGORITHM_ROWS, signed.ALGORITHM_ROWS, strict=True), _signature),
            is_on_both_paths=True,
        ),
        Table(
            "Keys of encrypted content",
            _rows(((row, row) for row in encrypted.MANAGEMENT_ROWS), _management),
        ),
        Table(
            "Other forms",
            (
                *_rows(signed.FORM_ROWS.items(), _signed_form),
                *_rows(encrypted.FORM_ROWS.items(), _encrypted_form),
            ),
        ),
        *(
            Table(title, _rows(((row, row) for row in rows), partial(_keys, form)))
            for form, (title, rows) in KEY_TABLES.items()
        ),
    )


def cell(library: str, row: str, findings: Iterable[Finding]) -> str:
    """Say in a word what came of the exchanges of a row; variants that are not alike are named.

    The numbers are those of the known differences. What none of them explains is a failure.
    """
    found = tuple(findings)
    numbers, unexplained = settle(library, row, found)
    outcomes: dict[str, dict[str, bool]] = {}
    for finding in found:
        directions = outcomes.setdefault(finding.variant, {})
        so_far = directions.get(finding.direction, True)
        directions[finding.direction] = so_far and finding.outcome == AGREED
    words: dict[str, list[str]] = {}
    for variant, directions in outcomes.items():
        word = WORDS[directions.get(READS, False), directions.get(WRITES, False)]
        words.setdefault(word, []).append(variant)
    text = "; ".join(f"{word}: {', '.join(variants)}" for word, variants in words.items())
    if len(words) == 1:
        text = next(iter(words))
    if unexplained:
        text = FAILED
    return text + "".join(f" [{number}](#where-they-differ)" for number in numbers)


def _rows(
    names: Iterable[tuple[str, str]], exchange: Callable[[str, Peer], list[Finding]]
) -> tuple[Row, ...]:
    return tuple(Row(title, partial(exchange, name)) for name, title in names)


def _signature(row: str, peer: Peer) -> list[Finding]:
    return tokens_signed.exchange_algorithm(peer, row, key_of)


def _management(row: str, peer: Peer) -> list[Finding]:
    return tokens_encrypted.exchange_management(peer, row, key_of)


def _signed_form(form: str, peer: Peer) -> list[Finding]:
    return tokens_signed.exchange_form(peer, form, key_of)


def _encrypted_form(form: str, peer: Peer) -> list[Finding]:
    return tokens_encrypted.exchange_form(peer, form, key_of)


def _keys(form: str, row: str, peer: Peer) -> list[Finding]:
    return keys_exchanged.exchange(peer, form, row, key_of)
