"""A key of the issuer and its place in the rotation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A signing key.

    It is published from `published_at` to `removed_at`, and signs from `signs_from` to just before
    `signs_until`.
    """

    kid: str
    algorithm: str
    public_jwk: str
    """JSON text."""
    encrypted_private_key: bytes
    """Sealed with the key-encryption key; opened only by `server.key_ring`."""
    published_at: int
    signs_from: int
    signs_until: int | None = None
    removed_at: int | None = None
    revoked_at: int | None = None
