"""An API that accepts our tokens (RFC 8707)."""

from __future__ import annotations

from dataclasses import dataclass


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
