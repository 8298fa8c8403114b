"""Credentials on the wire: the headers a token is read from (RFC 6750 §2.1, RFC 9449 §7.1).

A token is never read from the query or the body (RFC 9700 §4.3.2), and never repeated in an answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sealwax.jose.compact import MAX_TOKEN_SIZE_BYTES
from sealwax.jose.errors import TOKEN_TOO_LARGE
from sealwax.resource_server.errors import TokenRefused, VerifierError
from sealwax.resource_server.presentation import Scheme

TOKEN_MISSING: Final = "token_missing"
REQUEST_MALFORMED: Final = "request_malformed"

_DESCRIPTIONS: Final = {
    TOKEN_MISSING: "an access token is needed, as: Authorization: {} TOKEN",
    REQUEST_MALFORMED: "one Authorization header is accepted, as: {}, one space, one token",
}
# token68 of RFC 9110 §11.2; the scheme has no case (§11.1).
_TOKEN: Final = re.compile(r" ([A-Za-z0-9\-._~+/]+=*)")
_SCHEMES: Final[dict[str, Scheme]] = {"bearer": "Bearer", "dpop": "DPoP"}
_LONGEST_SCHEME: Final = 6


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request to an API, as far as its credentials go; each framework's module makes one.

    `path` is as the client sent it, percent-encoded and without the query. `authorization` and
    `dpop` hold the values of all headers of these names.
    """

    method: str
    path: str
    authorization: Sequence[str]
    dpop: Sequence[str] = ()
    client_certificate: bytes | None = field(default=None, repr=False)


class Credentials(NamedTuple):
    """A token, and the scheme under which it came."""

    scheme: Scheme
    token: str


class CredentialsRefused(VerifierError):
    """There is no token in the request, or not in the one form it may have."""

    def __init__(self, reason: str, schemes: Sequence[Scheme] = ("Bearer",)) -> None:
        self.reason = reason
        self.description = _DESCRIPTIONS[reason].format(" or ".join(schemes))
        super().__init__(self.description)


def scheme_of(authorization: Sequence[str]) -> Scheme | None:
    """Tell which of our schemes a request uses; None for none of them, or for several headers."""
    if len(authorization) != 1:
        return None
    return _SCHEMES.get(authorization[0][: _LONGEST_SCHEME + 1].partition(" ")[0].lower())


def read_credentials(
    authorization: Sequence[str], schemes: Sequence[Scheme] = ("Bearer",)
) -> Credentials:
    """Read the token from the values of all Authorization headers of a request.

    Raises CredentialsRefused, or TokenRefused for a token that is too large to be looked at.
    """
    if not authorization:
        raise CredentialsRefused(TOKEN_MISSING, schemes)
    if len(authorization) > 1:
        raise CredentialsRefused(REQUEST_MALFORMED, schemes)
    scheme = scheme_of(authorization)
    if scheme is None or scheme not in schemes:
        raise CredentialsRefused(TOKEN_MISSING, schemes)  # none of ours, maybe one of another
    value = authorization[0]
    if len(value) > MAX_TOKEN_SIZE_BYTES + len(scheme) + 1:
        raise TokenRefused(TOKEN_TOO_LARGE)
    token = _TOKEN.fullmatch(value, len(scheme))
    if token is None:
        raise CredentialsRefused(REQUEST_MALFORMED, schemes)
    return Credentials(scheme, token[1])
