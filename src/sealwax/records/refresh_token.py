"""A refresh token (RFC 6749 §1.5), one link of a family (RFC 9700 §4.14.2)."""

from __future__ import annotations

from dataclasses import dataclass

from sealwax.records.invariants import check_hash, check_later


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One refresh token. A family is all tokens that came from one authorization by rotation."""

    token_hash: str
    family_id: str
    grant_id: str
    client_id: str
    user_id: str
    session_id: str
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    auth_time: int
    amr: tuple[str, ...]
    issued_at: int
    last_used_at: int
    """The idle end is this plus a setting."""
    expires_at: int
    """The absolute end of the family; rotation never moves it (RFC 10017, RFC 9700 §2.2.2)."""
    nonce: str | None = None
    rotated_at: int | None = None
    revoked_at: int | None = None

    def __post_init__(self) -> None:
        """Raise RecordInvalid for a token in the clear, or one that is over before it begins."""
        check_hash("token_hash", self.token_hash)
        check_later("expires_at", self.expires_at, "issued_at", self.issued_at)
