"""What a person has allowed a client."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consent:
    """The scopes and resources that `user_id` has allowed `client_id`."""

    user_id: str
    client_id: str
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    granted_at: int
