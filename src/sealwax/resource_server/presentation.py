"""How a token came to the API: what a check of its sender needs to know of the request."""

from dataclasses import dataclass, field
from typing import Literal

Scheme = Literal["Bearer", "DPoP"]


@dataclass(frozen=True, slots=True)
class Presentation:
    """The request that brought a token, as far as a token can be bound to it.

    `method` and `url` are those of the request as the client sent it, and come from what the API
    knows of itself: a URL made of the Host header is the client's word. `scheme` is that of the
    Authorization header, `dpop_proof` the value of the DPoP header (RFC 9449 §7.1).
    `client_certificate` is the one of the TLS connection, in DER or PEM (RFC 8705 §3).
    """

    method: str
    url: str
    scheme: Scheme = "Bearer"
    dpop_proof: str | None = field(default=None, repr=False)
    client_certificate: bytes | None = field(default=None, repr=False)

    @property
    def has_proof(self) -> bool:
        """True when it claims to be from the holder of a DPoP key, rightly or not."""
        return self.scheme != "Bearer" or self.dpop_proof is not None
