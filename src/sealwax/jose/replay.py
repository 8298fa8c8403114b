"""What came once must not come again: names of single-use things, remembered while they count.

A DPoP proof (RFC 9449 §11.1), a client assertion, a security event: each is good for a while, and
for one use within it. A name is never made of the bytes of a token, of which there may be two
spellings, but of what is signed: see `dpop.DpopProof.replay_name`.
"""

import heapq
from threading import Lock
from typing import Final, Protocol

from sealwax.jose.errors import ReplayStoreFull

DEFAULT_MAX_ENTRIES: Final = 100_000
KEPT_LONGER_SECONDS: Final = 60
"""How much longer than asked a name is kept: two threads may have read the clock apart."""


class ReplayStore(Protocol):
    """Remembers names until their time is over. Several processes share one, or one database.

    A store that can't tell whether a name is new must not say that it is: it raises.
    """

    def add(self, name: str, *, expires_at: int, now: int) -> bool:
        """Remember a name until `expires_at`; True for the first who brings it, and for no other.

        Both times are seconds since the epoch. Atomic: of any number of callers with one name at
        the same moment, one gets True.
        """
        ...


class MemoryReplayStore:
    """A ReplayStore in the memory of one process. Safe to use from several threads.

    An API of several processes needs one that they share, or a proof works once in each. When
    `max_entries` names are remembered it raises ReplayStoreFull, rather than forget one that still
    counts; that takes about 250 bytes a name, whatever its length.
    """

    __slots__ = ("_expiries", "_lock", "_max_entries", "_names")

    def __init__(self, max_entries: int = DEFAULT_MAX_ENTRIES) -> None:
        if type(max_entries) is not int or max_entries < 1:
            message = f"max_entries is {max_entries!r}; a whole number of 1 or more is accepted"
            raise ValueError(message)
        self._max_entries = max_entries
        self._lock = Lock()
        self._names: set[bytes] = set()
        self._expiries: list[tuple[int, bytes]] = []

    def add(self, name: str, *, expires_at: int, now: int) -> bool:
        """Remember a name until `expires_at`; True for the first who brings it, and for no other.

        Raises ReplayStoreFull.
        """
        import hashlib  # noqa: PLC0415  # loads OpenSSL; most receivers never come here

        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            self._forget(now - KEPT_LONGER_SECONDS)
            if digest in self._names:
                return False
            if len(self._names) >= self._max_entries:
                detail = f"{self._max_entries} names are remembered"
                raise ReplayStoreFull(detail)
            self._names.add(digest)
            heapq.heappush(self._expiries, (expires_at, digest))
            return True

    def __len__(self) -> int:
        """Count the names that are remembered."""
        return len(self._names)

    def _forget(self, until: int) -> None:
        expiries = self._expiries
        while expiries and expiries[0][0] <= until:
            self._names.discard(heapq.heappop(expiries)[1])
