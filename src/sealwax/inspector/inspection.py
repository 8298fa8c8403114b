"""One token, laid open: its kind, its members with their meaning, each check a receiver makes."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sealwax.inspector import meanings
from sealwax.inspector.checks import Check, Expectation, check_token

MAX_SHOWN_BYTES: Final = 256 * 1024
"""What is larger is not taken apart; no receiver of ours accepts an eighth of it."""

_OWN_PREFIXES: Final = {
    "swc_": "an authorization code",
    "swr_": "a refresh token",
    "sws_": "a client secret",
    "swl_": "a one-time link",
    "swk_": "the value of a session cookie",
}
_SECRET_NAMES: Final = ("password", "passwd", "secret", "private_key", "api_key", "apikey", "pin")

Form = Literal["signed", "encrypted", "opaque"]


@dataclass(frozen=True, slots=True)
class Member:
    """One header member or claim: its value, what it means, where that is defined, what to note."""

    name: str
    value: Any
    meaning: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What there is to say of a token; `is_accepted` is None when a check was not made."""

    form: Form
    kind: str
    summary: str
    header: tuple[Member, ...]
    claims: tuple[Member, ...]
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]
    is_accepted: bool | None


def inspect_token(text: str, expectation: Expectation, *, now: int) -> Inspection:
    """Lay a token open. Never raises for what the token holds; a refusal is a result.

    Text around the token that people copy along (`Bearer`, white space, quotes) is taken off.
    What can't be read in the strict form is still shown as far as it can be read, and the checks
    say what is wrong with it.
    """
    token = _bare(text)
    parts = token.split(".")
    if len(token.encode("utf-8", "replace")) > MAX_SHOWN_BYTES:
        return _opaque(f"larger than {MAX_SHOWN_BYTES} bytes: not taken apart")
    if len(parts) == 1:
        return _opaque(_of_opaque(token))
    header = _peek(parts[0]) or {}
    if len(parts) == 5:  # noqa: PLR2004 -- the parts of a JWE (RFC 7516 §3.1)
        return _encrypted(header)
    claims = (_peek(parts[1]) if len(parts) > 1 else None) or {}
    checks = check_token(token, header, claims, expectation, now=now)
    kind, source = _kind(header)
    return Inspection(
        form="signed",
        kind=kind,
        summary=f"{kind} ({source})" if source else kind,
        header=_members(header, meanings.HEADER, now),
        claims=_members(claims, meanings.CLAIMS, now),
        checks=checks,
        warnings=_warnings(claims),
        is_accepted=_verdict(checks),
    )


def _bare(text: str) -> str:
    token = text.strip().strip("\"'").strip()
    scheme, _, rest = token.partition(" ")
    if scheme.lower() in {"bearer", "dpop"} and rest:
        token = rest.strip()
    return token


def _opaque(summary: str) -> Inspection:
    return Inspection("opaque", "no JWT", summary, (), (), (), (), None)


def _of_opaque(token: str) -> str:
    if not token:
        return "nothing was given"
    for prefix, what in _OWN_PREFIXES.items():
        if token.startswith(prefix):
            return (
                f"this is {what} of Sealwax: a secret, and not a JWT; only its issuer can read it"
            )
    return "this is no JWT: only its issuer can say what it stands for (RFC 7662)"


def _encrypted(header: Mapping[str, Any]) -> Inspection:
    return Inspection(
        form="encrypted",
        kind="encrypted token",
        summary="an encrypted token (RFC 7516): only the holder of the key can read its content",
        header=_members(header, meanings.HEADER, 0),
        claims=(),
        checks=(
            Check(
                "form",
                "failed",
                "token_is_encrypted",
                "a signed token was expected; this one is encrypted",
            ),
        ),
        warnings=(),
        is_accepted=False,
    )


def _peek(part: str) -> dict[str, Any] | None:
    """Read a part as loosely as can be, to show it; the checks read it strictly."""
    padded = part.rstrip("=").translate(str.maketrans("+/", "-_"))
    padded += "=" * (-len(padded) % 4)
    try:
        value = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (UnicodeError, binascii.Error, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _kind(header: Mapping[str, Any]) -> tuple[str, str]:
    typ = header.get("typ")
    if not isinstance(typ, str):
        return "token of no stated kind", ""
    known = meanings.KINDS.get(typ.lower().removeprefix("application/"))
    if known is not None:
        return known.text, known.source
    return ("JWT of no stated kind" if typ.upper() == "JWT" else f"token of the kind {typ!r}"), ""


def _members(
    found: Mapping[str, Any], known: Mapping[str, meanings.Meaning], now: int
) -> tuple[Member, ...]:
    members = []
    for name, value in found.items():
        text, source = known.get(name, ("", ""))
        members.append(Member(name, value, text, source, _note(name, value, now)))
    return tuple(members)


def _note(name: str, value: object, now: int) -> str:
    if name not in meanings.TIME_CLAIMS or isinstance(value, bool):
        return ""
    if not isinstance(value, int | float):
        return "not a time in seconds"
    try:
        moment = datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return "beyond any date; milliseconds in the place of seconds?"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC, {_distance(int(value) - now)}"


def _distance(seconds: int) -> str:
    size = abs(seconds)
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count = size // length
        if count:
            amount = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"in {amount}" if seconds > 0 else f"{amount} ago"
    return "now"


def _warnings(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Warn of what should not stand in a token: it is signed, not secret."""
    warnings = [
        f"'{name}' looks like a secret: whoever holds the token can read it"
        for name in claims
        if any(word in name.lower() for word in _SECRET_NAMES)
    ]
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if type(issued_at) is int and type(expires_at) is int and expires_at - issued_at > 86400:  # noqa: PLR2004 -- a day
        warnings.append(
            f"it lives for {_distance(expires_at - issued_at).removeprefix('in ')}: "
            "whoever steals it can use it as long"
        )
    return tuple(warnings)


def _verdict(checks: tuple[Check, ...]) -> bool | None:
    verdicts = {check.verdict for check in checks}
    if "failed" in verdicts:
        return False
    return None if "not made" in verdicts else True
