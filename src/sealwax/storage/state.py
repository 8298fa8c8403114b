"""What a storage says of itself; `storage.contracts` gives these out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """Counters that grow with every change to what a process may cache, whoever made it."""

    catalogue: int
    """Clients, resources, users."""
    keys: int
    status: int
    """Status bits, and ended grants and sessions; a new grant changes no bit and does not count."""


@dataclass(frozen=True, slots=True)
class StatusBits:
    """One list as it stands: `size` entries of one bit, the set ones by index."""

    list_id: str
    size: int
    revoked: tuple[int, ...]
