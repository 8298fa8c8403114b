"""An API that accepts our tokens (RFC 8707)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealwax.records.invariants import RecordInvalid

MAXIMUM_ACCESS_TOKEN_SECONDS: Final = 86_400
"""No access token lives longer: what was ended or spent is remembered for that long."""


@dataclass(frozen=True, slots=True)
class Resource:
    """An API: `identifier` is the absolute URI that stands in `aud`."""

    identifier: str
    display_name: str
    scopes: tuple[str, ...]
    access_token_lifetime_seconds: int
    created_at: int
    access_token_signing_alg: str = "ES256"
    disabled_at: int | None = None

    def __post_init__(self) -> None:
        """Raise RecordInvalid for tokens that would outlive what is known about them."""
        lifetime = self.access_token_lifetime_seconds
        if not 0 < lifetime <= MAXIMUM_ACCESS_TOKEN_SECONDS:
            accepted = f"1 to {MAXIMUM_ACCESS_TOKEN_SECONDS}"
            raise RecordInvalid("access_token_lifetime_seconds", str(lifetime), accepted)
