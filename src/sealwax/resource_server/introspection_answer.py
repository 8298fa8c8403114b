"""What an issuer says about a token, held against the same policy as a JWT (RFC 7662 §2.2)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sealwax.jose import KeySet, Policy
from sealwax.jose.claims import check_times, check_type, numeric_date
from sealwax.jose.compact import CompactVerifier
from sealwax.jose.encoding import EncodingError, parse_json_object
from sealwax.jose.errors import (
    AUDIENCE_MISMATCH,
    CLAIM_TYPE,
    ISSUER_MISMATCH,
    TOKEN_TOO_OLD,
    ClaimInvalid,
)
from sealwax.jose.jwt import read_claims
from sealwax.resource_server.access_token import VerifiedToken
from sealwax.resource_server.errors import DOCUMENT_INVALID, TOKEN_KIND, FetchFailed, TokenRefused

MAX_ANSWER_SIZE_BYTES: Final = 64 * 1024
SIGNED_ANSWER_TYPE: Final = "token-introspection+jwt"

ReadToken = Callable[[dict[str, Any]], VerifiedToken]
"""Reads claims that were checked as those of an access token. Raises TokenRefused."""

_TOKEN_TYPES: Final = frozenset({"bearer", "dpop"})
# What Ory Hydra and others tell access tokens from refresh tokens by: RFC 7662 has nothing for it.
_TOKEN_USES: Final = frozenset({"access_token", "access"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the issuer said at a time: the claims of a token in force, or None; and until when."""

    claims: dict[str, Any] | None = field(repr=False)
    asked_at: int
    usable_until: int

    def is_usable(self, now: int) -> bool:
        """True while nobody has to be asked again."""
        return self.asked_at <= now < self.usable_until


def read_answer(body: bytes, endpoint: str) -> dict[str, Any] | None:
    """Read an answer: the claims of a token that is in force, None of one that is not.

    `active` has to be there and to be true or false: not a text, not a number. Raises FetchFailed.
    """
    try:
        members = parse_json_object(body)
    except EncodingError as error:
        raise FetchFailed(DOCUMENT_INVALID, f"answer of {endpoint}: {error}") from None
    return _read_members(members, endpoint)


@dataclass(frozen=True, slots=True)
class SignedAnswers:
    """What a signed answer has to be like (RFC 9701 §5): of `issuer`, for one of `audiences`."""

    issuer: str
    audiences: Collection[str]
    algorithms: Collection[str]
    leeway_seconds: int

    def read(
        self, token: bytes, keys: KeySet, endpoint: str, *, asked_at: int, now: int
    ) -> dict[str, Any] | None:
        """Read a signed answer as `read_answer` does one that is not.

        It has to be of the type that nothing else has, and made since the question was put, so
        that nobody passes an earlier one off. Raises JoseError or FetchFailed.
        """
        verifier = CompactVerifier(keys, self.algorithms, MAX_ANSWER_SIZE_BYTES)
        accepted, payload = verifier.open(token)
        claims = read_claims(payload)
        check_type(accepted.members, frozenset({SIGNED_ANSWER_TYPE}))
        if claims.get("iss") != self.issuer:
            raise ClaimInvalid(ISSUER_MISMATCH, "iss", claims.get("iss"), repr(self.issuer))
        named = claims.get("aud")
        audiences = named if isinstance(named, list) else [named]
        if not any(isinstance(each, str) and each in self.audiences for each in audiences):
            expected = " or ".join(map(repr, self.audiences))
            raise ClaimInvalid(AUDIENCE_MISMATCH, "aud", named, expected)
        check_times(claims, now, self.leeway_seconds, is_expiry_required=False)
        issued_at = numeric_date(claims, "iat")
        if issued_at is None or issued_at < asked_at - self.leeway_seconds:
            raise ClaimInvalid(TOKEN_TOO_OLD, "iat", issued_at, f"{asked_at} or later")
        members = claims.get("token_introspection")
        if not isinstance(members, dict):
            raise ClaimInvalid(CLAIM_TYPE, "token_introspection", members, "an object")
        return _read_members(members, endpoint)


def usable_until(claims: Mapping[str, Any], asked_at: int, cache_seconds: int) -> int:
    """Tell until when an answer counts: for `cache_seconds`, and never from `exp` on."""
    expires_at = claims.get("exp")
    until = asked_at + cache_seconds
    if isinstance(expires_at, int | float) and 0 <= expires_at < until:
        return int(expires_at)
    return until


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """What the claims of a token in force have to be like.

    They are held against `policy` as those of a JWT are: `exp` has to be there, and `aud` unless
    `allow_missing_audience`. RFC 7662 lets an issuer leave out `iss`: it answered at its own
    endpoint, so the token is its own; one that names another is refused.
    """

    policy: Policy
    read: ReadToken = field(repr=False)
    allow_missing_audience: bool = False

    def accept(self, claims: dict[str, Any], now: int) -> VerifiedToken:
        """Give the token. Raises JoseError or TokenRefused; checked at every use."""
        complete = {"iss": self.policy.issuer, **claims}
        checked = complete
        if self.allow_missing_audience and "aud" not in claims:
            checked = {**complete, "aud": self.policy.audience}
        self.policy.check({}, checked, now)
        _check_kind(claims)
        return self.read(complete)


def _read_members(members: dict[str, Any], endpoint: str) -> dict[str, Any] | None:
    active = members.get("active")
    if type(active) is not bool:
        detail = f"answer of {endpoint}: 'active' is neither true nor false"
        raise FetchFailed(DOCUMENT_INVALID, detail)
    if not active:
        return None
    return {name: value for name, value in members.items() if name != "active"}


def _check_kind(claims: Mapping[str, Any]) -> None:
    """Refuse what is in force and is no access token: a refresh token, an ID token."""
    token_type = claims.get("token_type", "Bearer")
    if not isinstance(token_type, str) or token_type.lower() not in _TOKEN_TYPES:
        raise TokenRefused(TOKEN_KIND, claim="token_type")
    token_use = claims.get("token_use", "access_token")
    if not isinstance(token_use, str) or token_use not in _TOKEN_USES:
        raise TokenRefused(TOKEN_KIND, claim="token_use")
