"""The key-encryption key: it seals the private keys at rest, and other keys are derived from it.

It is never made anew while there are signing keys: a lost or wrong one is said in one sentence, and
nothing is overwritten. See docs/how-to/lost-key-encryption-key.md.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from sealwax.config import Settings
    from sealwax.entropy import Entropy
    from sealwax.records import SigningKey

KEY_SIZE_BYTES: Final = 32
FILE_NAME: Final = "key-encryption-key"
_NONCE_SIZE_BYTES: Final = 12
_ACCEPTED: Final = "32 bytes as 43 characters of base64url"


class KeyEncryptionKeyError(Exception):
    """The key-encryption key is missing, malformed or another one; the text says what to do."""


class KeyEncryptionKey:
    """A 256-bit key for AES-GCM (NIST SP 800-38D), and the root of derived keys."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE_BYTES:
            message = f"a key-encryption key of {len(key)} bytes; accepted are {_ACCEPTED}"
            raise KeyEncryptionKeyError(message)
        self._key = key
        self._cipher = AESGCM(key)

    @classmethod
    def from_text(cls, text: str) -> KeyEncryptionKey:
        """Read the key as it stands in its file. Raises KeyEncryptionKeyError."""
        padded = text.strip() + "="
        try:
            return cls(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            message = f"the key-encryption key is malformed; accepted are {_ACCEPTED}"
            raise KeyEncryptionKeyError(message) from None

    def seal(self, plaintext: bytes, *, associated_data: bytes, entropy: Entropy) -> bytes:
        """Encrypt and authenticate; a fresh nonce stands in front."""
        nonce = entropy.token_bytes(_NONCE_SIZE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, associated_data)

    def open(self, sealed: bytes, *, associated_data: bytes) -> bytes:
        """Decrypt what `seal` made. Raises KeyEncryptionKeyError if this key did not make it."""
        nonce, ciphertext = sealed[:_NONCE_SIZE_BYTES], sealed[_NONCE_SIZE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, ciphertext, associated_data)
        except (InvalidTag, ValueError):
            message = (
                "the key-encryption key does not open the signing keys in storage: "
                "give back the one that sealed them (docs/how-to/lost-key-encryption-key.md)"
            )
            raise KeyEncryptionKeyError(message) from None

    def derive(self, purpose: str) -> bytes:
        """Derive an independent 256-bit key for one purpose (RFC 5869)."""
        info = f"sealwax {purpose}".encode()
        return HKDF(SHA256(), KEY_SIZE_BYTES, salt=None, info=info).derive(self._key)


def load_key_encryption_key(
    settings: Settings, *, has_signing_keys: bool, entropy: Entropy
) -> KeyEncryptionKey:
    """Give the configured key; make its file only where nothing was ever sealed.

    Raises KeyEncryptionKeyError when it can't be read, is malformed, or is gone.
    """
    if settings.keys.encryption_key is not None:
        return KeyEncryptionKey.from_text(settings.keys.encryption_key.reveal())
    path = key_encryption_key_file(settings)
    return _read_file(path, has_signing_keys=has_signing_keys) or _make_file(path, entropy)


def check_opens(settings: Settings, key: SigningKey) -> None:
    """See that the configured key is there and opens this signing key; make nothing.

    Raises KeyEncryptionKeyError.
    """
    text = settings.keys.encryption_key
    if text is None:
        opener = _read_file(key_encryption_key_file(settings), has_signing_keys=True)
    else:
        opener = KeyEncryptionKey.from_text(text.reveal())
    if opener is not None:
        associated_data = signing_key_data(key.kid, key.algorithm)
        opener.open(key.encrypted_private_key, associated_data=associated_data)


def signing_key_data(kid: str, algorithm: str) -> bytes:
    """Bind a sealed signing key to its name and algorithm: two rows can't be exchanged."""
    return f"sealwax signing key\n{kid}\n{algorithm}".encode()


def key_encryption_key_file(settings: Settings) -> Path:
    """Give the path of the file that holds the key."""
    return settings.keys.encryption_key_file or settings.storage.data_folder / FILE_NAME


def _read_file(path: Path, *, has_signing_keys: bool) -> KeyEncryptionKey | None:
    """Give the key of the file; None if there is no file and nothing was ever sealed."""
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        if not has_signing_keys:
            return None
        message = (
            f"the key-encryption key is not at {path}, and there are signing keys that only it "
            "opens: put it back, or see docs/how-to/lost-key-encryption-key.md"
        )
        raise KeyEncryptionKeyError(message) from None
    except OSError as error:
        message = f"the key-encryption key at {path} can't be read: {error.strerror}"
        raise KeyEncryptionKeyError(message) from None
    return KeyEncryptionKey.from_text(text)


def _make_file(path: Path, entropy: Entropy) -> KeyEncryptionKey:
    """Write a new key, readable by its owner alone, never over another file."""
    key = entropy.token_bytes(KEY_SIZE_BYTES)
    text = base64.urlsafe_b64encode(key).rstrip(b"=") + b"\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except FileExistsError:
        return KeyEncryptionKey.from_text(path.read_text(encoding="ascii", errors="replace"))
    except OSError as error:
        message = f"the key-encryption key can't be written to {path}: {error.strerror}"
        raise KeyEncryptionKeyError(message) from None
    return KeyEncryptionKey(key)


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file outlive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
