"""Single demands on claims, for kinds of tokens whose rules are not those of a Policy.

A DPoP proof has no issuer, a security event does not expire, an SD-JWT may have no audience. Each
check refuses with the reason a Policy has for the same.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.claims import LATEST_NUMERIC_DATE, MAX_AUDIENCES, check_times, numeric_date
from sealwax.jose.errors import ClaimInvalid

MAX_IDENTIFIER_LENGTH: Final = 256
"""Of a `jti`, a nonce and whatever else one party draws to be told apart by another."""


def text(claims: Mapping[str, Any], name: str, max_length: int = MAX_IDENTIFIER_LENGTH) -> str:
    """Read a claim that must be there as a text that is neither empty nor too long.

    Raises ClaimInvalid.
    """
    value = claims.get(name)
    if type(value) is str and 0 < len(value) <= max_length:
        return value
    is_missing = value is None and name not in claims
    reason = errors.CLAIM_MISSING if is_missing else errors.CLAIM_TYPE
    raise ClaimInvalid(reason, name, value, f"a text of 1 to {max_length} characters")


def issued_at(
    claims: Mapping[str, Any], now: int, *, leeway_seconds: int, max_age_seconds: int | None
) -> int:
    """Read an `iat` that must be there; it is neither in the future nor too old.

    `exp` and `nbf` count too, where there are any. Raises TokenExpired or ClaimInvalid.
    """
    check_times(claims, now, leeway_seconds, is_expiry_required=False)
    issued = numeric_date(claims, "iat")
    if issued is None:
        raise ClaimInvalid(errors.CLAIM_MISSING, "iat", None, "a time")
    if max_age_seconds is not None:
        oldest = now - max_age_seconds - leeway_seconds
        if issued < oldest:
            raise ClaimInvalid(errors.TOKEN_TOO_OLD, "iat", issued, f"{oldest} or later")
    return int(issued)


def check_issuer(claims: Mapping[str, Any], issuer: str) -> None:
    """Refuse another issuer (RFC 7519 §4.1.1). Raises ClaimInvalid."""
    found = claims.get("iss")
    if found != issuer or type(found) is not str:
        reason = errors.CLAIM_MISSING if found is None else errors.ISSUER_MISMATCH
        raise ClaimInvalid(reason, "iss", found, repr(issuer))


def check_audience(claims: Mapping[str, Any], audiences: frozenset[str]) -> None:
    """Refuse a token that names none of the audiences (RFC 7519 §4.1.3). Raises ClaimInvalid."""
    found = claims.get("aud")
    listed = found if type(found) is list else [found]
    accepted = " or ".join(map(repr, sorted(audiences))) or "none"
    if found is None:
        raise ClaimInvalid(errors.CLAIM_MISSING, "aud", None, accepted)
    if not 0 < len(listed) <= MAX_AUDIENCES or any(type(one) is not str for one in listed):
        raise ClaimInvalid(errors.CLAIM_TYPE, "aud", found, "a text or a list of texts")
    if audiences.isdisjoint(listed):
        raise ClaimInvalid(errors.AUDIENCE_MISMATCH, "aud", found, accepted)


def named_texts(
    name: str, value: str | Collection[str], *, empty_too: bool = False
) -> frozenset[str]:
    """Take what a caller names as a set of texts: one of them, or a collection.

    Raises ValueError for none, unless that is a choice, and for what is no text.
    """
    texts = [value] if isinstance(value, str) else list(value)
    if not (texts or empty_too) or any(type(one) is not str or not one for one in texts):
        message = f"{name} is {value!r}; a text or a collection of texts is accepted"
        raise ValueError(message)
    return frozenset(texts)


def check_whole_seconds(name: str, value: object, maximum: int = LATEST_NUMERIC_DATE) -> None:
    """Refuse a number of the caller's that is not one of whole seconds. Raises ValueError."""
    if type(value) is not int or not 0 <= value <= maximum:
        message = f"{name} is {errors.shown(value)}; whole seconds of 0 to {maximum} are accepted"
        raise ValueError(message)
