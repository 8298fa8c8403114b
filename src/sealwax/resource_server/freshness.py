"""How long a fetched document is good for, and when to try again: pure arithmetic.

Times are spread at random a little, so that a fleet that started together does not ask together.
"""

from collections.abc import Mapping
from typing import Final

from sealwax.entropy import Entropy

MIN_LIFETIME_SECONDS: Final = 60
MAX_LIFETIME_SECONDS: Final = 86_400
DEFAULT_LIFETIME_SECONDS: Final = 300

FIRST_BACK_OFF_SECONDS: Final = 5
MAX_BACK_OFF_SECONDS: Final = 300

_MAX_DIGITS: Final = 10


def lifetime_seconds(headers: Mapping[str, str]) -> int:
    """Read how long a document may be kept from its Cache-Control and Age (RFC 9111 §4.2).

    Always between 60 seconds and a day; 300 seconds when the answer does not say.
    """
    directives = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    if "no-store" in directives or "no-cache" in directives:
        return MIN_LIFETIME_SECONDS
    stated = [part.removeprefix("max-age=") for part in directives if part.startswith("max-age=")]
    if len(stated) != 1:
        return DEFAULT_LIFETIME_SECONDS
    max_age = _whole_number(stated[0].strip('"'))
    if max_age is None:
        return DEFAULT_LIFETIME_SECONDS
    remaining = max_age - (_whole_number(headers.get("age", "")) or 0)
    return min(max(remaining, MIN_LIFETIME_SECONDS), MAX_LIFETIME_SECONDS)


def refresh_after_seconds(lifetime: int, entropy: Entropy) -> int:
    """Choose when to fetch again: between 60 % and 70 % of the lifetime, at least one second."""
    return max(1, int(lifetime * (0.6 + 0.1 * _fraction(entropy))))


def back_off_seconds(
    failures: int, entropy: Entropy, *, longest_seconds: int = MAX_BACK_OFF_SECONDS
) -> int:
    """Choose how long to leave an issuer alone after so many failures in a row.

    Doubles from 5 seconds to `longest_seconds`; between half and all of that, at random.
    """
    ceiling = min(FIRST_BACK_OFF_SECONDS * 2 ** min(failures - 1, 10), longest_seconds)
    return max(1, int(ceiling * (0.5 + 0.5 * _fraction(entropy))))


def retry_after_seconds(headers: Mapping[str, str]) -> int:
    """Read Retry-After in seconds (RFC 9110 §10.2.3), at most 5 minutes; 0 when it does not say."""
    return min(_whole_number(headers.get("retry-after", "")) or 0, MAX_BACK_OFF_SECONDS)


def _whole_number(text: str) -> int | None:
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) <= _MAX_DIGITS else 10**_MAX_DIGITS


def _fraction(entropy: Entropy) -> float:
    return int.from_bytes(entropy.token_bytes(2), "big") / 65_536
