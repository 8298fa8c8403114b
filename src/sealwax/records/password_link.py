"""A one-time link with which a person sets a password."""

from __future__ import annotations

from dataclasses import dataclass

from sealwax.records.invariants import check_hash, check_later


@dataclass(frozen=True, slots=True)
class PasswordLink:
    """A single-use link; only the hash of its token is kept."""

    token_hash: str
    user_id: str
    created_at: int
    expires_at: int
    redeemed_at: int | None = None

    def __post_init__(self) -> None:
        """Raise RecordInvalid for a token in the clear, or a link that is over before it begins."""
        check_hash("token_hash", self.token_hash)
        check_later("expires_at", self.expires_at, "created_at", self.created_at)
