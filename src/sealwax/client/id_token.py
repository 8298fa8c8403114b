"""Whether an ID token is the answer to this very sign-in (OIDC Core §3.1.3.7, §3.1.3.8)."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sealwax.client.authorization import PendingSignIn
from sealwax.client.errors import IdTokenRefused
from sealwax.client.registration import ClientRegistration
from sealwax.jose import KeySet, Policy, jwt
from sealwax.jose.errors import JoseError
from sealwax.secret import Secret

if TYPE_CHECKING:
    from hashlib import _Hash

NONCE_MISMATCH: Final = "nonce_mismatch"
AUDIENCE_UNTRUSTED: Final = "audience_untrusted"
AUTHORIZED_PARTY_MISMATCH: Final = "authorized_party_mismatch"
ACCESS_TOKEN_MISMATCH: Final = "access_token_mismatch"
AUTHENTICATION_TOO_OLD: Final = "authentication_too_old"
SUBJECT_INVALID: Final = "subject_invalid"

LEEWAY_SECONDS: Final = 10
MAX_SUBJECT_LENGTH: Final = 255

_HASHES: Final[Mapping[str, "Callable[[bytes], _Hash]"]] = {
    "RS256": hashlib.sha256,
    "PS256": hashlib.sha256,
    "ES256": hashlib.sha256,
    "ES384": hashlib.sha384,
    "ES512": hashlib.sha512,
    "Ed25519": hashlib.sha512,
    "EdDSA": hashlib.sha512,
}
"""The hash of `at_hash`, by the algorithm the ID token is signed with."""


@dataclass(frozen=True, slots=True)
class VerifiedIdToken:
    """Who signed in, at which provider: made by `verify_id_token` alone.

    A person is `issuer` and `subject` together; neither a name nor an e-mail address identifies
    anyone (OIDC Core §5.7).
    """

    issuer: str
    subject: str
    issued_at: int
    expires_at: int
    authenticated_at: int | None
    session_id: str | None
    claims: Mapping[str, Any]


def verify_id_token(
    id_token: Secret,
    keys: KeySet,
    *,
    client: ClientRegistration,
    pending: PendingSignIn,
    access_token: Secret | None,
    now: int,
) -> VerifiedIdToken:
    """Verify the ID token of one sign-in.

    The signature with the provider's keys, in the one algorithm that the client registered; then
    `iss`, `aud`, `exp`, `iat` (OIDC Core §3.1.3.7 points 2, 3, 6-10), no further audience and
    `azp` (3-5), `nonce` (11), `auth_time` when it was asked for (13), and `at_hash` when it is
    there. Raises IdTokenRefused; its `reason` is that of jose, or one of this module's.
    """
    policy = Policy(
        pending.issuer,
        client.client_id,
        ("JWT", None),
        leeway_seconds=LEEWAY_SECONDS,
        required_claims=("sub", "iat", "nonce"),
    )
    try:
        token = jwt.verify(
            id_token.reveal(),
            keys,
            algorithms={client.id_token_algorithm},
            policy=policy,
            now=now,
        )
    except JoseError as error:
        raise IdTokenRefused(error.reason, f"the ID token is refused: {error}") from error
    claims = token.claims
    check_subject(claims)
    check_parties(claims, client.client_id)
    check_nonce(claims, pending.nonce)
    check_authentication_time(claims, pending.max_age_seconds, now=now)
    if access_token is not None:
        check_access_token_hash(claims, access_token, str(token.header["alg"]))
    session_id = claims.get("sid")
    return VerifiedIdToken(
        issuer=pending.issuer,
        subject=claims["sub"],
        issued_at=int(claims["iat"]),
        expires_at=int(claims["exp"]),
        authenticated_at=_whole_seconds(claims.get("auth_time")),
        session_id=session_id if isinstance(session_id, str) else None,
        claims=claims,
    )


def check_subject(claims: Mapping[str, Any]) -> None:
    """Insist on a subject of 1 to 255 characters (OIDC Core §2)."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
        raise IdTokenRefused(SUBJECT_INVALID, "the ID token has no usable sub")


def check_parties(claims: Mapping[str, Any], client_id: str) -> None:
    """Refuse an audience beside this client, which nobody told us to trust, and a foreign `azp`."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if any(one != client_id for one in audiences):
        raise IdTokenRefused(AUDIENCE_UNTRUSTED, "the ID token is for other clients too")
    if claims.get("azp", client_id) != client_id:
        raise IdTokenRefused(
            AUTHORIZED_PARTY_MISMATCH, "the ID token was issued to another client (azp)"
        )


def check_nonce(claims: Mapping[str, Any], nonce: str) -> None:
    """Refuse an ID token that was made for another sign-in (OIDC Core §15.5.2)."""
    found = claims.get("nonce")
    given = found.encode("utf-8", "surrogatepass") if isinstance(found, str) else b""
    if not hmac.compare_digest(given, nonce.encode()):
        raise IdTokenRefused(NONCE_MISMATCH, "the ID token belongs to another sign-in (nonce)")


def check_authentication_time(
    claims: Mapping[str, Any], max_age_seconds: int | None, *, now: int
) -> None:
    """Refuse a sign-in older than was asked for; nothing to check when no `max_age` was."""
    if max_age_seconds is None:
        return
    authenticated_at = _whole_seconds(claims.get("auth_time"))
    if authenticated_at is None or now - authenticated_at > max_age_seconds + LEEWAY_SECONDS:
        text = (
            f"the person signed in longer than {max_age_seconds} seconds ago, or nobody says when"
        )
        raise IdTokenRefused(AUTHENTICATION_TOO_OLD, text)


def check_access_token_hash(
    claims: Mapping[str, Any], access_token: Secret, algorithm: str
) -> None:
    """Refuse an access token that did not come with this ID token; `at_hash` is optional here.

    OIDC Core §3.1.3.8. An algorithm whose hash is not known is a refusal, not a pass.
    """
    if "at_hash" not in claims:
        return
    found = claims["at_hash"]
    hash_function = _HASHES.get(algorithm)
    if hash_function is not None and isinstance(found, str):
        digest = hash_function(access_token.reveal().encode()).digest()
        half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
        if hmac.compare_digest(found.encode("utf-8", "surrogatepass"), half):
            return
    text = "the access token is not the one that belongs to the ID token (at_hash)"
    raise IdTokenRefused(ACCESS_TOKEN_MISMATCH, text)


def _whole_seconds(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value)
