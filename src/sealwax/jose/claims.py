"""What a token must say to be believed: its kind, issuer, audience and time (RFC 7519 §4.1)."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from sealwax.jose import errors
from sealwax.jose.errors import ClaimInvalid, TokenExpired

MAX_LEEWAY_SECONDS: Final = 60
LATEST_NUMERIC_DATE: Final = 253_402_300_799
"""The last second of the year 9999. What is beyond is a mistake, most often milliseconds."""
MAX_AUDIENCES: Final = 100

_TEXT_CLAIMS: Final = ("sub", "jti", "client_id")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a receiver demands of a token. It cannot be built without an issuer and an audience.

    `audience` is what the receiver calls itself; one match is enough. `typ` is the kind of the
    token, compared without case and without `application/` (RFC 7515 §4.1.9); None among several
    lets a token without `typ` pass. `exp` is always required. `scopes` are all needed in the
    claim `scope`, a text with spaces between them (RFC 8693 §4.2, RFC 9068 §2.2.3).
    """

    issuer: str
    audience: str | Collection[str]
    typ: str | Collection[str | None]
    leeway_seconds: int = field(default=10, kw_only=True)
    max_age_seconds: int | None = field(default=None, kw_only=True)
    required_claims: Collection[str] = field(default=(), kw_only=True)
    scopes: Collection[str] = field(default=(), kw_only=True)
    audiences: frozenset[str] = field(init=False, repr=False)
    types: frozenset[str | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a policy that would let through more than its words say.

        Raises ValueError or TypeError.
        """
        _demand_text("issuer", self.issuer)
        audiences = _texts("audience", self.audience)
        types = _texts("typ", self.typ, none_too=True)
        required = _texts("required_claims", self.required_claims, empty_too=True)
        scopes = _texts("scopes", self.scopes, empty_too=True)
        for scope in scopes:
            if " " in scope:
                message = f"scopes holds {scope!r}; each is one scope, and none has a space in it"
                raise ValueError(message)
        check_leeway(self.leeway_seconds)
        if self.max_age_seconds is not None:
            _demand_seconds("max_age_seconds", self.max_age_seconds, LATEST_NUMERIC_DATE)
        for name, value in (
            ("audience", self.audience if isinstance(self.audience, str) else tuple(audiences)),
            ("typ", self.typ if isinstance(self.typ, str) else tuple(types)),
            ("required_claims", tuple(required)),
            ("scopes", tuple(scopes)),
            ("audiences", frozenset(audiences)),
            ("types", frozenset(map(normal_type, types))),
        ):
            object.__setattr__(self, name, value)

    def check(self, header: Mapping[str, Any], claims: Mapping[str, Any], now: int) -> None:
        """Hold a genuine token against the policy. Raises ClaimInvalid or TokenExpired."""
        if header.get("typ") not in self.types:
            check_type(header, self.types)
        if claims.get("iss") != self.issuer:
            self._refuse_issuer(claims.get("iss"))
        audience = claims.get("aud")
        if type(audience) is not str or audience not in self.audiences:
            self._check_audience(audience)
        leeway = self.leeway_seconds
        expires_at, not_before = claims.get("exp"), claims.get("nbf", 0)
        issued_at = claims.get("iat", 0)
        if not (  # what is true of most tokens; to refuse the others is left to check_times
            type(expires_at) is type(not_before) is type(issued_at) is int
            and 0 <= expires_at <= LATEST_NUMERIC_DATE
            and expires_at + leeway > now
            and 0 <= not_before <= now + leeway <= LATEST_NUMERIC_DATE
            and 0 <= issued_at <= now + leeway
        ):
            check_times(claims, now, leeway, is_expiry_required=True)
        if self.max_age_seconds is not None:
            self._check_age(claims, now, self.max_age_seconds)
        for name in _TEXT_CLAIMS:
            if type(claims.get(name, "")) is not str:
                raise ClaimInvalid(errors.CLAIM_TYPE, name, claims[name], "a text")
        if self.required_claims:
            self._check_required(claims)
        if self.scopes:
            self._check_scopes(claims)

    def _refuse_issuer(self, issuer: object) -> NoReturn:
        reason = errors.CLAIM_MISSING if issuer is None else errors.ISSUER_MISMATCH
        raise ClaimInvalid(reason, "iss", issuer, repr(self.issuer))

    def _check_audience(self, audience: object) -> None:
        """RFC 7519 §4.1.3: one text, or a list of them, that names the receiver.

        One text that does is not brought here.
        """
        if type(audience) is list and 0 < len(audience) <= MAX_AUDIENCES:
            if any(type(member) is not str for member in audience):
                raise ClaimInvalid(errors.CLAIM_TYPE, "aud", audience, "a text or a list of texts")
            if not self.audiences.isdisjoint(audience):
                return
        elif audience is None:
            raise ClaimInvalid(errors.CLAIM_MISSING, "aud", None, self._shown_audiences())
        elif type(audience) is not str:
            raise ClaimInvalid(errors.CLAIM_TYPE, "aud", audience, "a text or a list of texts")
        raise ClaimInvalid(errors.AUDIENCE_MISMATCH, "aud", audience, self._shown_audiences())

    def _shown_audiences(self) -> str:
        return " or ".join(map(repr, sorted(self.audiences)))

    def _check_age(self, claims: Mapping[str, Any], now: int, max_age_seconds: int) -> None:
        issued_at = numeric_date(claims, "iat")
        if issued_at is None:
            raise ClaimInvalid(errors.CLAIM_MISSING, "iat", None, "a time")
        oldest = now - max_age_seconds - self.leeway_seconds
        if issued_at < oldest:
            raise ClaimInvalid(errors.TOKEN_TOO_OLD, "iat", issued_at, f"{oldest} or later")

    def _check_required(self, claims: Mapping[str, Any]) -> None:
        for name in self.required_claims:
            value = claims.get(name)
            if value is None or value == "":
                raise ClaimInvalid(errors.CLAIM_MISSING, name, value, "a value")

    def _check_scopes(self, claims: Mapping[str, Any]) -> None:
        scope = claims.get("scope", "")
        if type(scope) is not str:
            raise ClaimInvalid(errors.CLAIM_TYPE, "scope", scope, "a text")
        granted = scope.split(" ")
        missing = [needed for needed in self.scopes if needed not in granted]
        if missing:
            expected = f"one that holds {' '.join(missing)!r}"
            raise ClaimInvalid(errors.SCOPE_INSUFFICIENT, "scope", claims.get("scope"), expected)


def check_type(header: Mapping[str, Any], types: frozenset[str | None]) -> None:
    """Refuse a token of another kind (RFC 8725bis §3.11, §3.12)."""
    found = header.get("typ")
    if found not in types and normal_type(found) not in types:
        accepted = " or ".join(sorted("none" if typ is None else repr(typ) for typ in types))
        raise ClaimInvalid(errors.TYPE_MISMATCH, "typ", found, accepted)


def check_times(
    claims: Mapping[str, Any], now: int, leeway_seconds: int, *, is_expiry_required: bool
) -> None:
    """Check `exp`, `nbf` and `iat`. A token is expired from the second its `exp` names.

    RFC 7519 §4.1.4 to §4.1.6. Raises TokenExpired or ClaimInvalid; a time of the wrong type is
    refused, never taken as absent.
    """
    expires_at = numeric_date(claims, "exp")
    if expires_at is None:
        if is_expiry_required:
            raise ClaimInvalid(errors.CLAIM_MISSING, "exp", None, "a time")
    elif expires_at + leeway_seconds <= now:
        raise TokenExpired(expires_at, f"later than {now - leeway_seconds}")
    latest = now + leeway_seconds
    not_before = numeric_date(claims, "nbf")
    if not_before is not None and not_before > latest:
        raise ClaimInvalid(errors.TOKEN_NOT_YET_VALID, "nbf", not_before, f"{latest} or earlier")
    issued_at = numeric_date(claims, "iat")
    if issued_at is not None and issued_at > latest:
        raise ClaimInvalid(errors.TOKEN_FROM_THE_FUTURE, "iat", issued_at, f"{latest} or earlier")


def numeric_date(claims: Mapping[str, Any], name: str) -> int | float | None:
    """Read a NumericDate (RFC 7519 §2); None when the claim is absent. Raises ClaimInvalid."""
    value = claims.get(name)
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        if 0 <= value <= LATEST_NUMERIC_DATE:
            return value
    elif value is None and name not in claims:
        return None
    expected = f"a time in seconds of 0 to {LATEST_NUMERIC_DATE}"
    raise ClaimInvalid(errors.CLAIM_TYPE, name, value, expected)


def normal_type(typ: str | None) -> str | None:
    """Write a media type in the form in which two are compared (RFC 7515 §4.1.9)."""
    return None if typ is None else typ.lower().removeprefix("application/")


def check_leeway(leeway_seconds: int) -> None:
    """Refuse a leeway that is no number of seconds, or too generous. Raises ValueError."""
    _demand_seconds("leeway_seconds", leeway_seconds, MAX_LEEWAY_SECONDS)


def _demand_seconds(name: str, value: object, maximum: int) -> None:
    if type(value) is not int or not 0 <= value <= maximum:
        message = f"{name} is {value!r}; a whole number of 0 to {maximum} is accepted"
        raise ValueError(message)


def _demand_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        message = f"{name} is {value!r}; a text that is not empty is accepted"
        raise ValueError(message)


def _texts(
    name: str, value: object, *, none_too: bool = False, empty_too: bool = False
) -> list[Any]:
    if isinstance(value, str):
        texts: list[Any] = [value]
    elif isinstance(value, Collection) and not isinstance(value, bytes | Mapping):
        texts = list(value)
    else:
        message = f"{name} is {value!r}; a text or a collection of texts is accepted"
        raise TypeError(message)
    if not texts and not empty_too:
        message = f"{name} is empty; at least one is needed"
        raise ValueError(message)
    for text in texts:
        if not (none_too and text is None):
            _demand_text(name, text)
    return texts
