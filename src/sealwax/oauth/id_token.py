"""ID tokens: what they say, and believing one of our own as a hint (OIDC Core §2, §3.1.3.6)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealwax.jose import JoseError, Policy, jwt
from sealwax.oauth.access_token import OWN_ALGORITHMS
from sealwax.oauth.errors import InvalidRequest

if TYPE_CHECKING:
    from sealwax.jose import KeySet
    from sealwax.oauth.grants.entitlement import Entitlement

ID_TOKEN_TYPE: Final = "JWT"

_HASHES: Final = {
    "ES256": "sha256",
    "RS256": "sha256",
    "PS256": "sha256",
    "ES384": "sha384",
    "ES512": "sha512",
    "Ed25519": "sha512",
}
"""The hash of each signature algorithm; Ed25519 hashes with SHA-512 inside (RFC 8032 §5.1)."""


@dataclass(frozen=True, slots=True)
class IdTokenHint:
    """Whom an ID token of ours was about; it may have expired since."""

    subject: str
    client_id: str
    session_id: str | None


def id_token_claims(
    entitlement: Entitlement,
    *,
    issuer: str,
    access_token: str,
    issued_at: int,
    lifetime_seconds: int,
) -> dict[str, object]:
    """Give the claims of an ID token (OIDC Core §2); more about the person says `/userinfo`."""
    client = entitlement.client
    claims: dict[str, object] = {
        "iss": issuer,
        "sub": entitlement.user_id,
        "aud": client.client_id,
        "exp": issued_at + lifetime_seconds,
        "iat": issued_at,
        "auth_time": entitlement.auth_time,
        "amr": list(entitlement.amr),
        "sid": entitlement.session_id,
        "at_hash": token_hash(access_token, client.id_token_signed_response_alg),
    }
    if entitlement.nonce is not None:
        claims["nonce"] = entitlement.nonce
    return claims


def token_hash(token: str, signing_alg: str) -> str:
    """Give the left half of the token's hash (OIDC Core §3.1.3.6).

    Raises ValueError for an algorithm whose hash is not known: a guess would be believed by nobody,
    or by everybody.
    """
    name = _HASHES.get(signing_alg)
    if name is None:
        message = f"the signing algorithm {signing_alg!r} has no hash for at_hash"
        raise ValueError(message)
    digest = hashlib.new(name, token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode("ascii")


def read_id_token_hint(
    id_token_hint: str, keys: KeySet, *, issuer: str, client_id: str | None
) -> IdTokenHint:
    """Believe an ID token that we issued, expired or not.

    `client_id` is whom it must be for; None stands for whomever it names.
    OIDC Core §3.1.2.1, RP-Initiated Logout §2: signature, kind and issuer are checked; its time is
    taken to be the moment it was issued. Raises InvalidRequest.
    """
    try:
        unverified = jwt.read_unverified_claims(id_token_hint)
        issued_at, audience = unverified.get("iat"), unverified.get("aud")
        if not isinstance(issued_at, int) or not isinstance(audience, str) or not audience:
            raise _invalid("claims_foreign")
        verified = jwt.verify(
            id_token_hint,
            keys,
            algorithms=OWN_ALGORITHMS,
            policy=Policy(issuer, client_id or audience, ID_TOKEN_TYPE, required_claims=("sub",)),
            now=issued_at,
        )
    except JoseError as error:
        raise _invalid(error.reason) from error
    session_id = verified.claims.get("sid")
    return IdTokenHint(
        subject=verified.claims["sub"],
        client_id=audience,
        session_id=session_id if isinstance(session_id, str) else None,
    )


def _invalid(reason: str) -> InvalidRequest:
    return InvalidRequest(
        f"id_token_hint_{reason}", "id_token_hint is not an ID token that was issued here"
    )
