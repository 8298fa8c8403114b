"""A person who can sign in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealwax.records.invariants import RecordInvalid

USER_ID_PREFIX: Final = "usr_"
"""Every user id starts so and no client id may: a `sub` never names both a person and a service."""


@dataclass(frozen=True, slots=True)
class User:
    """A person: `user_id` is the `sub` of their tokens, random, and never given out again."""

    user_id: str
    username: str
    """As `identity.account.normalize_username` gives it; unique."""
    display_name: str
    email: str | None
    email_verified: bool
    password_hash: str | None
    """PHC string; None until the person has set a password by a one-time link."""
    is_administrator: bool
    created_at: int
    updated_at: int
    password_changed_at: int | None = None
    disabled_at: int | None = None

    def __post_init__(self) -> None:
        """Raise RecordInvalid for an id that might be a service's, or an empty name."""
        if not self.user_id.startswith(USER_ID_PREFIX):
            accepted = f"a text that begins with {USER_ID_PREFIX}"
            raise RecordInvalid("user_id", ascii(self.user_id[:40]), accepted)
        if not self.username:
            raise RecordInvalid("username", "an empty text", "a normalized user name")
