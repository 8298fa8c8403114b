"""Tokens that were verified a moment ago, by the whole of their text (docs/how-to/native.md).

Off unless asked for: what is kept here are people's claims, in memory. A token is kept only after
every check, time counts at each use, and each caller gets claims of its own.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple

from sealwax.jose.claims import Policy
from sealwax.jose.keys import Key

MAX_CACHED_TOKENS: Final = 1_000_000
MAX_CACHED_SECONDS: Final = 3600
_CONTAINERS: Final = (dict, list)


@dataclass(frozen=True, slots=True)
class TokenCache:
    """How many verified tokens a verifier keeps, and for how many seconds at most.

    Each verifier keeps its own, so keys and policy are part of what is kept: one setting can be
    handed to several. Raises ValueError for what is no number of 1 to a million tokens or of 1
    to 3600 seconds.
    """

    max_tokens: int = 10_000
    max_seconds: int = 60

    def __post_init__(self) -> None:
        """Check the numbers."""
        for name, maximum in (
            ("max_tokens", MAX_CACHED_TOKENS),
            ("max_seconds", MAX_CACHED_SECONDS),
        ):
            value = getattr(self, name)
            if type(value) is not int or not 1 <= value <= maximum:
                message = f"{name} is {value!r}; a whole number of 1 to {maximum} is accepted"
                raise ValueError(message)


class KeptToken(NamedTuple):
    """A token that passed every check, and the seconds in which it may be recalled.

    From `first`, when its `nbf` and `iat` had come, to before `end`, where it expires or becomes
    too old: in each second between them every rule about time says the same as in the first.
    """

    header: Mapping[str, Any]
    claims: dict[str, Any]
    key: Key
    containers: tuple[str, ...]
    first: int
    end: int


class VerifiedTokens:
    """The tokens one verifier keeps."""

    __slots__ = ("_kept", "_policy", "_settings")

    def __init__(self, settings: TokenCache, policy: Policy) -> None:
        self._settings = settings
        self._policy = policy
        self._kept: dict[str | bytes, KeptToken] = {}

    def find(
        self, token: str | bytes, now: int
    ) -> tuple[Mapping[str, Any], dict[str, Any], Key] | None:
        """Give header, claims and key of a token that is known and in force, or None."""
        kept = self._kept.get(token)
        if kept is None or not kept.first <= now < kept.end:
            return None  # whoever verifies it says what is wrong, if anything is
        claims = kept.claims.copy()
        for name in kept.containers:
            claims[name] = _copy(claims[name])
        return kept.header, claims, kept.key

    def keep(
        self,
        token: str | bytes,
        header: Mapping[str, Any],
        claims: dict[str, Any],
        key: Key,
        now: int,
    ) -> None:
        """Keep a token that was found good just now; its claims are copied."""
        end = self._end(claims, now)
        if end <= now or any(type(value) is not str for value in header.values()):
            return  # a header is handed out again, and a list inside could be changed
        containers = tuple(name for name, value in claims.items() if type(value) in _CONTAINERS)
        kept = KeptToken(header, _copy(claims), key, containers, now, end)
        self._drop(now, self._settings.max_tokens - (token not in self._kept))
        self._kept[token] = kept

    def _end(self, claims: Mapping[str, Any], now: int) -> int:
        """Give the first second in which the token may not be recalled."""
        max_age = self._policy.max_age_seconds
        times = (claims["exp"], claims["iat"] if max_age is not None else 0)
        if any(type(time) is not int for time in times):
            return now  # a fraction of a second is not worth a rule
        end = min(times[0], now + self._settings.max_seconds)
        if max_age is not None:
            end = min(end, times[1] + max_age + self._policy.leeway_seconds + 1)
        return int(end)

    def _drop(self, now: int, room_for: int) -> None:
        """Drop the oldest where there is no room, and one or two that have run out anyway."""
        with suppress(RuntimeError, KeyError):  # another thread is at it
            for oldest in list(islice(self._kept, 2)):
                if len(self._kept) > room_for or self._kept[oldest].end <= now:
                    del self._kept[oldest]


def _copy(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    if type(value) is dict:
        return {name: _copy(member) for name, member in value.items()}
    if type(value) is list:
        return [_copy(element) for element in value]
    return value
