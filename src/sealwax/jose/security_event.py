"""Security event tokens: what happened, said by one party to another (RFC 8417).

And the logout tokens of OpenID Connect Back-Channel Logout 1.0, which are of the same make. Each
has a type of its own that is always demanded, so neither passes for the other, for an access token
or for an ID token, and none of these for an event.

An event asks for nothing by itself, and is as a rule not refused for its age: it says what was so
when it was issued. Whoever acts on one acts once: see `replay_name` and `sealwax.jose.replay`.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sealwax.jose import claim_checks, errors
from sealwax.jose.claims import check_leeway, check_type, normal_type, numeric_date
from sealwax.jose.compact import CompactSigner, CompactVerifier
from sealwax.jose.encoding import base64url_encode, write_json
from sealwax.jose.errors import ClaimInvalid
from sealwax.jose.jwt import read_claims
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import Key

TYPE: Final = "secevent+jwt"
LOGOUT_TYPE: Final = "logout+jwt"
BACKCHANNEL_LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"
MAX_EVENTS: Final = 64
MAX_LOGOUT_SECONDS: Final = 3600
"""How long a logout token is good for, whatever it says. Two minutes are recommended (§2.4)."""
MAX_SUBJECT_LENGTH: Final = 1024

_EVENT_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,1000}")
_EVENTS_FORM: Final = f"an object of 1 to {MAX_EVENTS} URIs, each with an object"


@dataclass(frozen=True, slots=True)
class VerifiedSecurityEvent:
    """A security event token that was found genuine.

    `events` has what happened: URIs, and what is said of each. Whom it is about stands in
    `subject` (`sub`), `subject_identifier` (`sub_id`, RFC 9493), or in the events, as their
    profile has it. `occurred_at` (`toe`) is when it happened, `transaction` (`txn`) what it
    belongs to; both None where the issuer does not say. `replay_name` is the same for a token that
    comes again.
    """

    header: Mapping[str, Any]
    claims: dict[str, Any] = field(repr=False)
    key: Key
    events: Mapping[str, Mapping[str, Any]] = field(repr=False)
    jti: str
    issued_at: int
    occurred_at: int | None
    subject: str | None
    subject_identifier: Mapping[str, Any] | None
    transaction: str | None
    replay_name: str


@dataclass(frozen=True, slots=True)
class VerifiedLogout:
    """A logout token that was found genuine and in force.

    It ends the session `session_id` (`sid`), or every session of `subject` where that is None.
    `replay_name` need not be remembered from `expires_at` and the leeway on.
    """

    header: Mapping[str, Any]
    claims: dict[str, Any] = field(repr=False)
    key: Key
    subject: str | None
    session_id: str | None
    jti: str
    issued_at: int
    expires_at: int
    replay_name: str


def sign(
    events: Mapping[str, Mapping[str, Any]],
    key: Key,
    *,
    issuer: str,
    audience: str | Collection[str],
    issued_at: int,
    jti: str,
    subject: str | None = None,
    subject_identifier: Mapping[str, Any] | None = None,
    occurred_at: int | None = None,
    transaction: str | None = None,
) -> str:
    """Sign a security event token (RFC 8417 §2). It has no `exp`, as §2.2 recommends.

    `jti` is drawn for this token (`sealwax.entropy.random_id`). Raises KeyInvalid if the key can't
    sign, ValueError for what no receiver would accept.
    """
    claims = _issuance(issuer, audience, issued_at, jti) | {
        "events": dict(events),
        "sub": subject,
        "sub_id": None if subject_identifier is None else dict(subject_identifier),
        "toe": occurred_at,
        "txn": transaction,
    }
    return _sign(claims, key, TYPE, _check_event)


def verify(
    token: str | bytes,
    keys: Key | KeySet,
    *,
    algorithms: Collection[str],
    issuer: str,
    audience: str | Collection[str],
    now: int,
    leeway_seconds: int = 10,
    max_age_seconds: int | None = None,
) -> VerifiedSecurityEvent:
    """Believe a security event token, or raise a JoseError that says why not.

    `audience` is what the receiver calls itself. No `exp` is demanded, and one that is there
    counts. `max_age_seconds` is for a receiver that takes no old news.
    """
    check_leeway(leeway_seconds)
    if max_age_seconds is not None:
        claim_checks.check_whole_seconds("max_age_seconds", max_age_seconds)
    header, key, claims = _open(token, keys, algorithms, TYPE)
    _check_parties(claims, issuer, audience)
    issued = claim_checks.issued_at(
        claims, now, leeway_seconds=leeway_seconds, max_age_seconds=max_age_seconds
    )
    _check_event(claims)
    occurred_at = numeric_date(claims, "toe")
    return VerifiedSecurityEvent(
        header=header,
        claims=claims,
        key=key,
        events=claims["events"],
        jti=claims["jti"],
        issued_at=issued,
        occurred_at=None if occurred_at is None else int(occurred_at),
        subject=claims.get("sub"),
        subject_identifier=claims.get("sub_id"),
        transaction=claims.get("txn"),
        replay_name=_replay_name(TYPE, claims),
    )


def sign_logout(
    key: Key,
    *,
    issuer: str,
    audience: str,
    issued_at: int,
    lifetime_seconds: int,
    jti: str,
    subject: str | None = None,
    session_id: str | None = None,
) -> str:
    """Sign a logout token (OpenID Connect Back-Channel Logout §2.4).

    `audience` is the client. At least one of `subject` and `session_id` says what ends. Raises
    KeyInvalid if the key can't sign, ValueError for what no client would accept.
    """
    claim_checks.check_whole_seconds("lifetime_seconds", lifetime_seconds, MAX_LOGOUT_SECONDS)
    claims = _issuance(issuer, audience, issued_at, jti) | {
        "exp": issued_at + lifetime_seconds,
        "events": {BACKCHANNEL_LOGOUT: {}},
        "sub": subject,
        "sid": session_id,
    }
    return _sign(claims, key, LOGOUT_TYPE, _check_logout)


def verify_logout(
    token: str | bytes,
    keys: Key | KeySet,
    *,
    algorithms: Collection[str],
    issuer: str,
    audience: str | Collection[str],
    now: int,
    leeway_seconds: int = 10,
    typ: str = LOGOUT_TYPE,
) -> VerifiedLogout:
    """Believe a logout token, or raise a JoseError that says why not (Back-Channel Logout §2.6).

    `audience` is the client's own id. `typ` is for a provider that does not give the token its
    type. Ending a session twice is harmless; whoever wants to know of a token that comes twice
    has `replay_name`.
    """
    check_leeway(leeway_seconds)
    header, key, claims = _open(token, keys, algorithms, typ)
    _check_parties(claims, issuer, audience)
    expires_at = numeric_date(claims, "exp")
    if expires_at is None:
        raise ClaimInvalid(errors.CLAIM_MISSING, "exp", None, "a time")
    issued = claim_checks.issued_at(
        claims, now, leeway_seconds=leeway_seconds, max_age_seconds=MAX_LOGOUT_SECONDS
    )
    _check_logout(claims)
    return VerifiedLogout(
        header=header,
        claims=claims,
        key=key,
        subject=claims.get("sub"),
        session_id=claims.get("sid"),
        jti=claims["jti"],
        issued_at=issued,
        expires_at=int(expires_at),
        replay_name=_replay_name(LOGOUT_TYPE, claims),
    )


def _sign(
    claims: Mapping[str, Any], key: Key, typ: str, check: Callable[[Mapping[str, Any]], None]
) -> str:
    """Sign the claims that are not None. What we would refuse, we don't make."""
    members = {name: value for name, value in claims.items() if value is not None}
    try:
        check(members)
        numeric_date(members, "toe")
    except ClaimInvalid as error:
        raise ValueError(str(error)) from None
    return CompactSigner(key, {"typ": typ}).sign(write_json(members))


def _issuance(
    issuer: str, audience: str | Collection[str], issued_at: int, jti: str
) -> dict[str, Any]:
    """Write what every one of these tokens says of itself. Raises ValueError."""
    claim_checks.named_texts("issuer", [issuer])
    audiences = sorted(claim_checks.named_texts("audience", audience))
    claim_checks.check_whole_seconds("issued_at", issued_at)
    aud = audience if isinstance(audience, str) else audiences
    return {"iss": issuer, "aud": aud, "iat": issued_at, "jti": jti}


def _open(
    token: str | bytes, keys: Key | KeySet, algorithms: Collection[str], typ: str
) -> tuple[Mapping[str, Any], Key, dict[str, Any]]:
    accepted, payload = CompactVerifier(keys, algorithms).open(token)
    claims = read_claims(payload)
    check_type(accepted.members, frozenset({normal_type(typ)}))
    return accepted.members, accepted.key, claims


def _check_parties(claims: Mapping[str, Any], issuer: str, audience: str | Collection[str]) -> None:
    claim_checks.check_issuer(claims, issuer)
    claim_checks.check_audience(claims, claim_checks.named_texts("audience", audience))


def _check_event(claims: Mapping[str, Any]) -> None:
    """RFC 8417 §2.2: `jti` and `events` have to be there; RFC 9493 §3: `sub_id` has a format."""
    claim_checks.text(claims, "jti")
    _check_events(claims)
    _check_optional_texts(claims, "sub", "txn")
    identifier = claims.get("sub_id", {"format": "none"})
    if type(identifier) is not dict or not _is_text(identifier.get("format")):
        raise ClaimInvalid(errors.CLAIM_TYPE, "sub_id", identifier, "an object with a 'format'")


def _check_logout(claims: Mapping[str, Any]) -> None:
    """Back-Channel Logout §2.4: the one event, a subject or a session, and no `nonce`.

    A nonce is what tells an ID token from it, so one that has a nonce is refused.
    """
    claim_checks.text(claims, "jti")
    _check_events(claims)
    if BACKCHANNEL_LOGOUT not in claims["events"]:
        raise ClaimInvalid(errors.EVENTS_INVALID, "events", "another", BACKCHANNEL_LOGOUT)
    if "nonce" in claims:
        raise ClaimInvalid(errors.EVENTS_INVALID, "nonce", claims["nonce"], "a token without one")
    _check_optional_texts(claims, "sub", "sid")
    if not {"sub", "sid"} & claims.keys():
        raise ClaimInvalid(errors.CLAIM_MISSING, "sid", None, "a text, here or in 'sub'")


def _check_events(claims: Mapping[str, Any]) -> None:
    events = claims.get("events")
    if events is None and "events" not in claims:
        raise ClaimInvalid(errors.CLAIM_MISSING, "events", None, _EVENTS_FORM)
    if (
        type(events) is not dict
        or not 0 < len(events) <= MAX_EVENTS
        or not all(type(name) is str and _EVENT_NAME.fullmatch(name) for name in events)
        or not all(type(event) is dict for event in events.values())
    ):
        raise ClaimInvalid(errors.EVENTS_INVALID, "events", events, _EVENTS_FORM)


def _check_optional_texts(claims: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if name in claims:
            claim_checks.text(claims, name, MAX_SUBJECT_LENGTH)


def _is_text(value: object) -> bool:
    return type(value) is str and value != ""


def _replay_name(kind: str, claims: Mapping[str, Any]) -> str:
    """Name a token within its kind and issuer; of fixed length, whatever `jti` holds."""
    issuer = claims["iss"]
    named = f"{kind} {len(issuer)} {issuer} {claims['jti']}".encode()
    return base64url_encode(hashlib.sha256(named).digest()).decode("ascii")
