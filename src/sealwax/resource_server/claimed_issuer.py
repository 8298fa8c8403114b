"""Which issuer a token claims to be from: what chooses among several, and proves nothing.

Whoever is chosen verifies the token with its own keys, and the claim with it. So a wrong claim
leads to a refusal and to nothing else.
"""

import re
from typing import Final

from sealwax.jose import jwt
from sealwax.jose.compact import MAX_TOKEN_SIZE_BYTES
from sealwax.jose.encoding import EncodingError, base64url_decode
from sealwax.jose.errors import CLAIM_MISSING, ISSUER_MISMATCH, JoseError
from sealwax.resource_server.errors import TokenRefused

_ISSUER: Final = re.compile(rb'"iss"[ \t\r\n]*:[ \t\r\n]*"([\x20-\x7e]*?)"')
_PARTS: Final = 3


def read_unverified_issuer(token: str) -> str:
    """Read which issuer a token claims to be from. Raises MalformedToken or TokenRefused."""
    return _glance(token) or _read(token)


def is_signed_form(token: str) -> bool:
    """True for what has the form of a signed token, good or not; an opaque one has not."""
    try:
        jwt.read_unverified_header(token)
    except JoseError:
        return False
    return True


def _glance(token: str) -> str | None:
    """Find the claim without reading the others, where there is no doubt which it is.

    Where the name stands once and nothing is escaped, it is the claim, or there is none. In all
    other cases: None, and the claims are read properly.
    """
    if len(token) > MAX_TOKEN_SIZE_BYTES:
        return None
    parts = token.split(".", _PARTS)
    if len(parts) != _PARTS or not parts[1].isascii():
        return None
    try:
        payload = base64url_decode(parts[1].encode("ascii"))
    except EncodingError:
        return None
    if b"\\" in payload or payload.count(b'"iss"') != 1:
        return None
    found = _ISSUER.search(payload)
    return found[1].decode("ascii") if found is not None else None


def _read(token: str) -> str:
    issuer = jwt.read_unverified_claims(token).get("iss")
    if issuer is None:
        raise TokenRefused(CLAIM_MISSING, claim="iss")
    if type(issuer) is not str:
        raise TokenRefused(ISSUER_MISMATCH, claim="iss")
    return issuer
