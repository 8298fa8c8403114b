"""Each check that a receiver makes, made for itself: a person sees all that is wrong at once.

The rules are those of `sealwax.jose`: every claim is held against the real policy beside claims
that are known to be good, so nothing is decided here that a receiver would decide otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sealwax.jose import JoseError, KeyNotFound, KeySet, Policy, SignatureInvalid, jws
from sealwax.resource_server.policy import DEFAULT_ALGORITHMS

Verdict = Literal["passed", "failed", "not made"]

_SYMMETRIC: Final = ("HS256", "HS384", "HS512")
_ANYBODY: Final = "https://nobody.invalid"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `reason` is the stable word of a refusal, empty otherwise."""

    name: str
    verdict: Verdict
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the receiver expects; None leaves the check out, and the verdict open."""

    issuer: str | None = None
    audience: str | None = None
    keys: KeySet | None = None
    typ: str = "at+jwt"


def check_token(
    token: str,
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    expectation: Expectation,
    *,
    now: int,
) -> tuple[Check, ...]:
    """Make every check; `header` and `claims` are what could be read of the token."""
    form = _check_form(token)
    if form.verdict == "failed":
        return (form, *_check_claims(header, claims, expectation, now))
    return (
        form,
        _check_signature(token, expectation),
        *_check_claims(header, claims, expectation, now),
    )


def _check_form(token: str) -> Check:
    """Hold the token against the strict form and the known algorithms, without a key."""
    try:
        jws.verify(token, KeySet([]), algorithms=(*DEFAULT_ALGORITHMS, *_SYMMETRIC))
    except KeyNotFound:
        return Check(
            "form", "passed", "", "three parts of strict base64url and JSON, a known algorithm"
        )
    except JoseError as error:
        return Check("form", "failed", error.reason, str(error))
    return Check(
        "form", "passed", "", "three parts of strict base64url and JSON, a known algorithm"
    )


def _check_signature(token: str, expectation: Expectation) -> Check:
    keys = expectation.keys
    if keys is None:
        return Check("signature", "not made", "", "no keys were given, so anybody may have made it")
    is_symmetric = any(key.key_type == "oct" for key in keys.keys)
    try:
        jws.verify(token, keys, algorithms=_SYMMETRIC if is_symmetric else DEFAULT_ALGORITHMS)
    except SignatureInvalid as error:
        text = "the signature does not fit: it was changed on the way, or another key made it"
        return Check("signature", "failed", error.reason, text)
    except JoseError as error:
        return Check("signature", "failed", error.reason, str(error))
    return Check(
        "signature", "passed", "", "made by a key that was given, over exactly these bytes"
    )


def _check_claims(
    header: Mapping[str, Any], claims: Mapping[str, Any], expectation: Expectation, now: int
) -> Iterator[Check]:
    """Hold each claim against the real policy, beside claims that are good."""
    issuer, audience = expectation.issuer, expectation.audience
    policy = Policy(issuer or _ANYBODY, audience or _ANYBODY, expectation.typ)
    good_header = {"typ": expectation.typ}
    good = {"iss": policy.issuer, "aud": audience or _ANYBODY, "exp": now + 60}

    def held(name: str, passed: str) -> Check:
        probe = {key: value for key, value in good.items() if key != name}
        if name in claims:
            probe[name] = claims[name]
        return _hold(policy, name, good_header, probe, now, passed)

    yield _hold(policy, "typ", header, good, now, f"it is of the kind {expectation.typ}")
    yield _not_told("iss", "--issuer") if issuer is None else held("iss", "the expected issuer")
    yield (
        _not_told("aud", "--audience") if audience is None else held("aud", "the expected audience")
    )
    yield held("exp", "it has not expired")
    for name, passed in (
        ("nbf", "it is valid already"),
        ("iat", "it was not issued in the future"),
    ):
        if name in claims:
            yield held(name, passed)
    for name in ("sub", "jti", "client_id"):
        if name in claims and not isinstance(claims[name], str):
            yield held(name, "")


def _hold(
    policy: Policy,
    name: str,
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    now: int,
    passed: str,
) -> Check:
    try:
        policy.check(header, claims, now)
    except JoseError as error:
        return Check(name, "failed", error.reason, str(error))
    return Check(name, "passed", "", passed)


def _not_told(name: str, option: str) -> Check:
    return Check(name, "not made", "", f"say what is expected with {option}")
