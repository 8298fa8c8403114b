"""What one client was given in one sign-in session, or by itself."""

from __future__ import annotations

from dataclasses import dataclass


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
