"""What one client was given in one sign-in session, or by itself."""

from __future__ import annotations

from dataclasses import dataclass

from sealwax.records.invariants import RecordInvalid


@dataclass(frozen=True, slots=True)
class StatusReference:
    """One bit in one status list (draft-ietf-oauth-status-list §6.2).

    The grant's access tokens carry it.
    """

    list_id: str
    index: int


@dataclass(frozen=True, slots=True)
class Grant:
    """One client in one sign-in session, or (no user, no session) a client by itself."""

    grant_id: str
    client_id: str
    user_id: str | None
    session_id: str | None
    status: StatusReference
    """Where the access tokens that are issued now can be taken back."""
    created_at: int
    ended_at: int | None = None

    def __post_init__(self) -> None:
        """Raise RecordInvalid for a person without a session, or a session without a person."""
        if (self.user_id is None) != (self.session_id is None):
            found = "a person alone" if self.session_id is None else "a session alone"
            raise RecordInvalid("user_id", found, "a person with a session, or neither")
