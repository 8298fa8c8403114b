"""A code on its way through the browser (RFC 6749 §4.1)."""

from __future__ import annotations

from dataclasses import dataclass

from sealwax.records.invariants import check_hash, check_later


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """All that the token endpoint needs to know of the authorization that the code stands for."""

    code_hash: str
    grant_id: str
    client_id: str
    user_id: str
    session_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    """RFC 8707; empty when the request named none."""
    code_challenge: str
    """Of method S256 (RFC 7636 §4.2); there is no other."""
    nonce: str | None
    auth_time: int
    amr: tuple[str, ...]
    issued_at: int
    expires_at: int
    redeemed_at: int | None = None

    def __post_init__(self) -> None:
        """Raise RecordInvalid for a code in the clear, or one that is over before it begins."""
        check_hash("code_hash", self.code_hash)
        check_later("expires_at", self.expires_at, "issued_at", self.issued_at)
