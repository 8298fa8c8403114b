"""A key of the issuer and its place in the rotation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from sealwax.records.invariants import RecordInvalid

_PRIVATE_PARTS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
"""RFC 7518 §6.2.2, §6.3.2, §6.4; RFC 8037 §2; `priv` of the key type AKP."""


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

    def __post_init__(self) -> None:
        """Raise RecordInvalid for a private part where the public key belongs."""
        accepted = "one JWK as JSON text, without private parts"
        try:
            jwk = json.loads(self.public_jwk)
        except ValueError as error:
            raise RecordInvalid("public_jwk", "no JSON", accepted) from error
        if not isinstance(jwk, dict) or _PRIVATE_PARTS & jwk.keys():
            raise RecordInvalid("public_jwk", "something else", accepted)
