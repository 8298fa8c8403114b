"""Decisions drawn from bytes. Where the bytes have ended, every decision is the plain one."""

from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


class Choices:
    """Reads bytes as decisions. No bytes give a good token, more bytes a stranger one.

    So whatever makes inputs shorter and smaller also makes what they stand for simpler.
    """

    __slots__ = ("_data", "_end", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._end = len(data)
        self._position = 0

    def byte(self) -> int:
        """Give the next byte, or 0."""
        position = self._position
        if position >= self._end:
            return 0
        self._position = position + 1
        return self._data[position]

    def below(self, limit: int) -> int:
        """Give a number below the limit; 0 is the plain one."""
        if limit <= 256:
            return self.byte() % limit
        return (self.byte() << 16 | self.byte() << 8 | self.byte()) % limit

    def one_in(self, count: int) -> bool:
        """Tell whether to be strange here, once in `count` times (2 to 256); False is plain."""
        return self.byte() * count >= 256 * (count - 1)

    def pick(self, options: Sequence[_T]) -> _T:
        """Give one of the options; the first is the plain one."""
        return options[self.below(len(options))]

    def take(self, count: int) -> bytes:
        """Give the next bytes as they are, as many as are left."""
        position = self._position
        self._position = min(position + count, self._end)
        return self._data[position : self._position]

    @property
    def is_exhausted(self) -> bool:
        """True when nothing but plain decisions are left."""
        return self._position >= self._end
