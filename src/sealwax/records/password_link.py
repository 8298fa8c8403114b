"""A one-time link with which a person sets a password."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PasswordLink:
    """A single-use link; only the hash of its token is kept."""

    token_hash: str
    user_id: str
    created_at: int
    expires_at: int
    redeemed_at: int | None = None
