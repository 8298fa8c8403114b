"""Where randomness comes from, as a thing that is handed in.

Codes, identifiers, salts and nonces are drawn from an `Entropy`. The nonces inside a signature
are not: those stay with the cryptographic library.
"""

import os
from binascii import b2a_base64
from typing import Final, Protocol

MINIMUM_ID_SIZE_BYTES: Final = 16
"""128 bits: below this an identifier could be guessed."""


_TO_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")


class Entropy(Protocol):
    """A source of unpredictable bytes."""

    def token_bytes(self, size_bytes: int) -> bytes:
        """Give exactly that many bytes that nobody can foretell."""
        ...


class SystemEntropy:
    """The random generator of the operating system."""

    __slots__ = ()

    def token_bytes(self, size_bytes: int) -> bytes:
        """Give that many bytes from the operating system."""
        return os.urandom(size_bytes)  # noqa: TID251  # this is where it is taken from


class SeededEntropy:
    """TEST-ONLY: the same bytes for the same seed. Whoever knows the seed knows every value."""

    __slots__ = ("_block", "_seed")

    def __init__(self, seed: int | str) -> None:
        self._seed = str(seed).encode()
        self._block = 0

    def token_bytes(self, size_bytes: int) -> bytes:
        """Give the next bytes of the sequence that the seed decides."""
        import hashlib  # noqa: PLC0415  # loads OpenSSL, and only tests come here

        self._block += 1
        label = self._seed + b":" + str(self._block).encode()
        return hashlib.shake_256(label).digest(size_bytes)


def random_id(entropy: Entropy, size_bytes: int = 32) -> str:
    """Draw an identifier that cannot be guessed, as base64url without padding.

    Raises ValueError below 16 bytes (128 bits, RFC 6749 §10.10).
    """
    if size_bytes < MINIMUM_ID_SIZE_BYTES:
        message = f"size_bytes is {size_bytes}; at least {MINIMUM_ID_SIZE_BYTES} are accepted"
        raise ValueError(message)
    text = b2a_base64(entropy.token_bytes(size_bytes), newline=False)
    return text.translate(_TO_URLSAFE, b"=").decode("ascii")
