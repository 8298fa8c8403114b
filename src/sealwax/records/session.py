"""A sign-in of a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sealwax.records.invariants import RecordInvalid, check_hash, check_later

SessionKind = Literal["browser", "direct"]
"""`browser`: kept by a cookie on our pages. `direct`: made by `/signin`, without a cookie."""


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in session; ending it ends its grants.

    `session_id` is the `sid` of ID tokens, no secret.
    """

    session_id: str
    secret_hash: str | None
    """SHA-256 of the cookie's value; None for a `direct` session."""
    user_id: str
    kind: SessionKind
    authenticated_at: int
    amr: tuple[str, ...]
    """RFC 8176 names of the factors used."""
    created_at: int
    last_seen_at: int
    expires_at: int
    """The absolute end; the idle end is `last_seen_at` plus a setting."""
    client_id: str | None = None
    """The first-party client of a `direct` session."""
    ended_at: int | None = None

    def __post_init__(self) -> None:
        """Raise RecordInvalid for a cookie in the clear, or one where there should be none."""
        if (self.secret_hash is None) != (self.kind == "direct"):
            found = "none" if self.secret_hash is None else "one"
            accepted = "one for a browser session, none for a direct one"
            raise RecordInvalid("secret_hash", found, accepted)
        if self.secret_hash is not None:
            check_hash("secret_hash", self.secret_hash)
        check_later("expires_at", self.expires_at, "created_at", self.created_at)
