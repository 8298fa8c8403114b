"""What a page flow remembers: sealed, and carried by the browser, so no request stores a row.

A sealed interaction is unreadable and can't be changed, is of one kind, and carries when it was
sealed. It may be replayed within its life, so whoever opens it checks its content as if it were
new.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.clock import Clock
    from sealwax.entropy import Entropy
    from sealwax.server.key_encryption import KeyEncryptionKey

SEALED_LIMIT_CHARACTERS: Final = 24_000
"""Of the text; it travels in a query, of which `app` accepts 32 KiB."""
_SALT_SIZE_BYTES: Final = 32
_NONCE: Final = bytes(12)
"""Constant, since every sealing has a key of its own, derived with a fresh salt."""
_FUTURE_LIMIT_SECONDS: Final = 60
"""How far ahead another replica's clock may be."""


class InteractionInvalid(Exception):
    """A text that is no sealed interaction of this kind, or is too old; see `reason`."""

    def __init__(self, reason: str) -> None:
        """Keep `malformed`, `too_large`, `foreign` or `too_old`."""
        super().__init__(reason)
        self.reason = reason


class Interactions:
    """Seals and opens with a key derived from the key-encryption key."""

    def __init__(
        self, key_encryption_key: KeyEncryptionKey, *, clock: Clock, entropy: Entropy
    ) -> None:
        self._key = key_encryption_key.derive("interactions")
        self._clock = clock
        self._entropy = entropy

    def seal(self, kind: str, data: Mapping[str, object]) -> str:
        """Give the sealed text of JSON data. Raises InteractionInvalid if it is too large."""
        salt = self._entropy.token_bytes(_SALT_SIZE_BYTES)
        plaintext = msgspec.json.encode([self._clock.now(), data])
        ciphertext = self._cipher(salt).encrypt(_NONCE, plaintext, kind.encode())
        text = base64.urlsafe_b64encode(salt + ciphertext).rstrip(b"=").decode("ascii")
        if len(text) > SEALED_LIMIT_CHARACTERS:
            raise InteractionInvalid("too_large")
        return text

    def open(self, kind: str, text: str, *, max_age_seconds: int) -> dict[str, Any]:
        """Give back what was sealed as this kind at most `max_age_seconds` ago.

        Raises InteractionInvalid.
        """
        if len(text) > SEALED_LIMIT_CHARACTERS:
            raise InteractionInvalid("too_large")
        sealed = _decode(text)
        cipher = self._cipher(sealed[:_SALT_SIZE_BYTES])
        try:
            plaintext = cipher.decrypt(_NONCE, sealed[_SALT_SIZE_BYTES:], kind.encode())
        except InvalidTag:
            raise InteractionInvalid("foreign") from None
        sealed_at, data = msgspec.json.decode(plaintext, type=tuple[int, dict[str, Any]])
        if not -_FUTURE_LIMIT_SECONDS <= self._clock.now() - sealed_at <= max_age_seconds:
            raise InteractionInvalid("too_old")
        return data

    def _cipher(self, salt: bytes) -> AESGCM:
        """Derive the key of one sealing: no nonce is worn out (SP 800-38D §8.3)."""
        return AESGCM(HKDF(SHA256(), 32, salt=salt, info=b"sealwax interaction").derive(self._key))


def _decode(text: str) -> bytes:
    """Undo base64url, in its one spelling only."""
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InteractionInvalid("malformed") from None
    if base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii") != text:
        raise InteractionInvalid("malformed")
    return sealed
