"""Nonces for DPoP proofs that nothing has to remember (RFC 9449 §9).

A nonce is a MAC over the stretch of time it belongs to. It is accepted in its own stretch and in
the one after it, by every process that has the secret; nobody else can foretell the next one.
"""

from typing import Final

from sealwax.jose.encoding import base64url_encode
from sealwax.secret import Secret

CLOCK_LEEWAY_SECONDS: Final = 5
"""How far the clock of another process that hands out nonces may be ahead."""

_LABEL: Final = b"sealwax DPoP nonce\0"
_SIZE_BYTES: Final = 18


class DpopNonces:
    """Hands out nonces and knows them again, for `lifetime_seconds` at least."""

    __slots__ = ("_lifetime_seconds", "_secret")

    def __init__(self, secret: Secret, lifetime_seconds: int) -> None:
        self._secret = secret.reveal().encode()
        self._lifetime_seconds = lifetime_seconds

    def current(self, now: int) -> str:
        """Give the nonce to send out now."""
        return self._nonce(now // self._lifetime_seconds)

    def is_accepted(self, nonce: str, now: int) -> bool:
        """True for the nonce of now and the one before, and for the next just ahead of its time."""
        import hmac  # noqa: PLC0415  # loads OpenSSL; most receivers never come here

        stretch = now // self._lifetime_seconds
        latest = (now + CLOCK_LEEWAY_SECONDS) // self._lifetime_seconds
        found = nonce.encode("utf-8", "surrogatepass")
        matches = [
            hmac.compare_digest(self._nonce(each).encode(), found)
            for each in range(stretch - 1, latest + 1)
        ]
        return any(matches)

    def _nonce(self, stretch: int) -> str:
        import hmac  # noqa: PLC0415  # loads OpenSSL; most receivers never come here

        text = _LABEL + stretch.to_bytes(8, "big", signed=True)
        digest = hmac.digest(self._secret, text, "sha256")
        return base64url_encode(digest[:_SIZE_BYTES]).decode()
