"""Where a library by others and ours do not agree, and why ours stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tests.interop.exchanges import DIFFERS, READS, WRITES, Finding


class Difference(NamedTuple):
    """What one library does otherwise, in these rows of the tables and in these directions."""

    library: str
    rows: frozenset[str]
    directions: frozenset[str]
    variants: frozenset[str]
    sentence: str

    def explains(self, library: str, row: str, finding: Finding) -> bool:
        return (
            library == self.library
            and row in self.rows
            and finding.direction in self.directions
            and (not self.variants or finding.variant in self.variants)
        )


PASSWORDS = ("PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW")

DIFFERENCES = (
    Difference(
        "joserfc",
        frozenset(PASSWORDS),
        frozenset({READS}),
        frozenset(),
        "joserfc refuses more than 300,000 rounds of a password and has no setting for it. We "
        "write 600,000, and read what it writes.",
    ),
    Difference(
        "nimbus",
        frozenset(PASSWORDS),
        frozenset({READS, WRITES}),
        frozenset({"a password that is no text"}),
        "Nimbus reads a password as UTF-8 and replaces what is none, so a password of any bytes "
        "becomes another one. RFC 7518 §4.8 takes it as bytes. Passwords that are text go both "
        "ways.",
    ),
    Difference(
        "nimbus",
        frozenset({"JWS, flattened and not encoded (`b64: false`)"}),
        frozenset({READS, WRITES}),
        frozenset(),
        "Nimbus encodes the payload of a JWS in JSON also where its header says that it is not "
        "encoded (RFC 7797 §3), and reads it so. Compact and apart, it agrees.",
    ),
)


def settle(library: str, row: str, findings: Iterable[Finding]) -> tuple[list[int], list[Finding]]:
    """Sort out what differs: the numbers of the known differences, and what none explains."""
    numbers: list[int] = []
    unexplained = []
    for finding in findings:
        if finding.outcome != DIFFERS:
            continue
        for number, difference in enumerate(DIFFERENCES, start=1):
            if difference.explains(library, row, finding):
                numbers.append(number)
                break
        else:
            unexplained.append(finding)
    return sorted(set(numbers)), unexplained
