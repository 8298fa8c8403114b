"""What a record refuses when it is built.

Only what would be unsafe to keep, whoever built it: a secret where its hash belongs, an end before
the beginning, a private key in public. What may be registered is a rule of `oauth.registration`.
"""

from __future__ import annotations

import re
from typing import Final

_SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}").fullmatch


class RecordInvalid(ValueError):
    """A record can't be built of these values; the text never holds what may be a secret."""

    def __init__(self, field: str, found: str, accepted: str) -> None:
        """Name the field, what was found in it and what is accepted."""
        super().__init__(f"{field}: found {found}; accepted: {accepted}")
        self.field = field
        self.found = found
        self.accepted = accepted


def check_hash(field: str, value: str) -> None:
    """Accept a SHA-256 in lower-case hexadecimal; anything else may be the secret itself."""
    if not _SHA256_HEX(value):
        found = f"a text of {len(value)} characters"
        raise RecordInvalid(field, found, "a SHA-256 in lower-case hexadecimal")


def check_later(field: str, value: int, earlier_field: str, earlier: int) -> None:
    """Accept a time later than another one."""
    if value <= earlier:
        raise RecordInvalid(field, str(value), f"a time after {earlier_field} ({earlier})")
