"""Access tokens: what they say, and believing one of our own (RFC 9068)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealwax.jose import JoseError, Policy, TokenExpired, jwt
from sealwax.oauth.errors import InsufficientScope, InvalidToken, TokenMissing
from sealwax.records import StatusReference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.jose import KeySet

ACCESS_TOKEN_TYPE: Final = "at+jwt"
STATUS_PATH: Final = "/status/"
OWN_ALGORITHMS: Final = ("ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519")
"""What a key of ours may sign with; which of them it does, each key says itself."""


@dataclass(frozen=True, slots=True)
class AccessTokenClaims:
    """What one access token says; the mint adds `iss` and `jti`."""

    subject: str
    client_id: str
    audience: str
    scopes: tuple[str, ...]
    status: StatusReference
    issued_at: int
    expires_at: int
    auth_time: int | None = None
    """When the person signed in; None where there is no person (RFC 9068 §2.2.1)."""
    amr: tuple[str, ...] = ()

    def to_claims(self, *, issuer: str, jwt_id: str, status_uri: str) -> dict[str, object]:
        """Give the claims on the wire (RFC 9068 §2.2)."""
        claims: dict[str, object] = {
            "iss": issuer,
            "sub": self.subject,
            "aud": self.audience,
            "client_id": self.client_id,
            "iat": self.issued_at,
            "exp": self.expires_at,
            "jti": jwt_id,
            "status": {"status_list": {"idx": self.status.index, "uri": status_uri}},
        }
        if self.scopes:
            claims["scope"] = " ".join(self.scopes)
        if self.auth_time is not None:
            claims["auth_time"] = self.auth_time
            claims["amr"] = list(self.amr)
        return claims


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token of ours whose signature, kind, audience and time were found good.

    Whether it was taken back is not known yet: `status` says where to look.
    """

    subject: str
    client_id: str
    audience: str
    scopes: tuple[str, ...]
    status: StatusReference
    issued_at: int
    expires_at: int
    claims: Mapping[str, object]


def read_bearer_token(authorization: str | None) -> str:
    """Take the token out of an Authorization header, the one place for it (RFC 6750 §2.1).

    Raises TokenMissing, InvalidToken.
    """
    if authorization is None:
        raise TokenMissing("token_missing", "an access token is needed in the Authorization header")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise TokenMissing("token_scheme", "the Authorization header must be of the scheme Bearer")
    token = token.strip(" ")
    if not token:
        raise InvalidToken("token_empty", "the Authorization header holds no access token")
    return token


def verify_access_token(
    token: str, keys: KeySet, *, issuer: str, audience: str | None, now: int
) -> AccessToken:
    """Believe an access token that we issued for `audience`; None stands for whichever it names.

    RFC 9068 §4: signature, `typ`, `iss`, `aud`, `exp`. A token says when it ends to the second, and
    here, where clocks can't differ, no leeway is given. Raises InvalidToken with a reason for the
    log and one of two texts.
    """
    try:
        wanted = audience or _unverified_audience(token)
        verified = jwt.verify(
            token,
            keys,
            algorithms=OWN_ALGORITHMS,
            policy=Policy(issuer, wanted, ACCESS_TOKEN_TYPE, leeway_seconds=0),
            now=now,
        )
    except TokenExpired as error:
        raise InvalidToken("token_expired", "the access token has expired") from error
    except JoseError as error:
        raise _invalid(error.reason) from error
    return _read_claims(verified.claims, issuer)


def check_not_revoked(*, is_revoked: bool) -> None:
    """Refuse a token whose bit is set. Raises InvalidToken."""
    if is_revoked:
        raise InvalidToken("token_revoked", "the access token was taken back")


def check_token_scope(token: AccessToken, scope: str) -> None:
    """Accept only a token with this scope. Raises InsufficientScope."""
    if scope not in token.scopes:
        raise InsufficientScope(
            "scope_insufficient", "the access token lacks a scope that is needed here", scope=scope
        )


def status_uri(issuer: str, list_id: str) -> str:
    """Give the address of a status list."""
    return f"{issuer}{STATUS_PATH}{list_id}"


def _unverified_audience(token: str) -> str:
    """Read the audience that the token itself names; the signature then vouches for it."""
    audience = jwt.read_unverified_claims(token).get("aud")
    if not isinstance(audience, str) or not audience:
        raise _invalid("audience_not_single")
    return audience


def _read_claims(claims: Mapping[str, object], issuer: str) -> AccessToken:
    """Read what we once wrote; anything else was not written by our mint."""
    match claims:
        case {
            "sub": str(subject),
            "client_id": str(client_id),
            "aud": str(audience),
            "iat": int(issued_at),
            "exp": int(expires_at),
            "status": {"status_list": {"idx": int(index), "uri": str(uri)}},
        } if subject and client_id and uri.startswith(f"{issuer}{STATUS_PATH}"):
            scope = claims.get("scope", "")
            return AccessToken(
                subject=subject,
                client_id=client_id,
                audience=audience,
                scopes=tuple(scope.split(" ")) if isinstance(scope, str) and scope else (),
                status=StatusReference(uri.removeprefix(f"{issuer}{STATUS_PATH}"), index),
                issued_at=issued_at,
                expires_at=expires_at,
                claims=claims,
            )
    raise _invalid("claims_foreign")


def _invalid(reason: str) -> InvalidToken:
    return InvalidToken(reason, "the access token is malformed, foreign or for another audience")
