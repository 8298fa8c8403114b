"""When each key is published and which one signs: a pure function of the records and the time.

A key is published before it signs, so that every receiver has fetched it by then, and stays
published until the last token it signed has expired. Revoking a key takes it out of both at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sealwax.config import Settings
    from sealwax.records import SigningKey

_DAY_SECONDS: Final = 86_400
_LONGEST_RESOURCE_LIFETIME_SECONDS: Final = 3600
_SKEW_SECONDS: Final = 300
"""For receivers whose clocks and caches lag behind."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times of the rotation."""

    publish_ahead_seconds: int
    rotation_seconds: int
    retention_seconds: int
    """How long a key stays published after it signed last."""

    @classmethod
    def of(cls, settings: Settings) -> Schedule:
        """Take the times from the settings; retention is the longest life of anything signed."""
        longest = max(
            settings.tokens.access_token_seconds,
            settings.tokens.id_token_seconds,
            settings.status.lifetime_seconds,
            _LONGEST_RESOURCE_LIFETIME_SECONDS,
        )
        return cls(
            settings.keys.publish_ahead_seconds,
            settings.keys.rotation_days * _DAY_SECONDS,
            longest + _SKEW_SECONDS,
        )


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """What holds from `now` until `changes_at`."""

    signing: dict[str, SigningKey]
    """By algorithm."""
    published: tuple[SigningKey, ...]
    changes_at: int | None
    """The next moment at which time alone changes the plan; None if there is none."""


def plan(keys: Iterable[SigningKey], schedule: Schedule, now: int) -> KeyPlan:
    """Say which keys sign and which are published."""
    signing: dict[str, SigningKey] = {}
    published: list[SigningKey] = []
    moments: list[int] = []
    for algorithm, line in _lines(keys).items():
        current = signing_key(line, now)
        if current is not None:
            signing[algorithm] = current
        for key, successor in zip(line, (*line[1:], None), strict=True):
            removed_at = _removed_at(key, successor, schedule)
            if key.published_at <= now and (removed_at is None or now < removed_at):
                published.append(key)
            moments.extend((key.published_at, key.signs_from))
            if removed_at is not None:
                moments.append(removed_at)
    ahead = [moment for moment in moments if moment > now]
    return KeyPlan(signing, tuple(published), min(ahead, default=None))


def signing_key(line: Sequence[SigningKey], now: int) -> SigningKey | None:
    """Give the key of one algorithm that signs now: the last that has begun."""
    begun = [key for key in line if key.signs_from <= now]
    return begun[-1] if begun else None


def signing_now_or_later(
    keys: Iterable[SigningKey], algorithm: str, now: int
) -> tuple[SigningKey, ...]:
    """Give the keys of an algorithm that sign or will sign."""
    line = _lines(keys).get(algorithm, [])
    current = signing_key(line, now)
    return tuple(key for key in line if key is current or key.signs_from > now)


def newest(keys: Iterable[SigningKey], algorithm: str) -> SigningKey | None:
    """Give the unrevoked key of an algorithm that signs last."""
    line = _lines(keys).get(algorithm)
    return line[-1] if line else None


def last_added(keys: Iterable[SigningKey], algorithm: str) -> SigningKey | None:
    """Give the unrevoked key of an algorithm that was added last; `keys` are the oldest first."""
    line = [key for key in keys if key.algorithm == algorithm and key.revoked_at is None]
    return line[-1] if line else None


def predecessor(keys: Iterable[SigningKey], algorithm: str, signs_from: int) -> SigningKey | None:
    """Give the unrevoked key of an algorithm that would sign up to this moment."""
    return signing_key(_lines(keys).get(algorithm, []), signs_from - 1)


def is_rotation_due(key: SigningKey, schedule: Schedule, now: int) -> bool:
    """Tell whether the successor of this newest key is to be published now."""
    return now >= key.signs_from + schedule.rotation_seconds - schedule.publish_ahead_seconds


def _lines(keys: Iterable[SigningKey]) -> dict[str, list[SigningKey]]:
    """Give the unrevoked keys by algorithm, in the order in which they sign."""
    lines: dict[str, list[SigningKey]] = {}
    for key in keys:
        if key.revoked_at is None:
            lines.setdefault(key.algorithm, []).append(key)
    for line in lines.values():
        line.sort(key=lambda key: (key.signs_from, key.published_at, key.kid))
    return lines


def _removed_at(key: SigningKey, successor: SigningKey | None, schedule: Schedule) -> int | None:
    """Give the end of a superseded key. What its record says counts too, if that is later."""
    if successor is None:
        return None
    derived = successor.signs_from + schedule.retention_seconds
    return max(derived, key.removed_at or 0)
