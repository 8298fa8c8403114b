"""Hold the two implementations of the hot path against each other, one input at a time.

Python's verdict is the one that counts. The native core has to say the same twice: by itself, with
nothing but its reason, and through `PreparedVerifier`, with the same error in every attribute or
the same claims down to type and order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from fuzz.choices import Choices
from fuzz.generator import Case, draw
from fuzz.receivers import TYPE, Receiver, private_keys, receivers
from fuzz.values import claims_object
from sealwax.jose import JoseError
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier, VerifiedJwt
from sealwax.jose.native import Implementation, RawVerifier, verifier_for
from sealwax.jose.token_cache import TokenCache

Verdict = tuple[object, ...]
ACCEPTED: Final = "accepted"
_LATER: Final = (0, 1, 59, 60, 61, 600, -1, 589, 590, 609, 610, 611)
_MAX_SHOWN: Final = 600
_DIGITS: Final = re.compile(r"\d+")


class Disagreement(AssertionError):
    """Two implementations that do not say the same, or an exception outside of the error tree."""


class Escape(Disagreement):
    """An exception that is none of those declared."""


_CACHE: Final = TokenCache(max_tokens=64, max_seconds=60)


@dataclass(frozen=True, slots=True)
class Paths:
    """One receiver, prepared five times. What it remembers of other inputs is a part of it."""

    python: PreparedVerifier
    native: PreparedVerifier
    raw: RawVerifier
    caching: tuple[PreparedVerifier, PreparedVerifier]


@dataclass(frozen=True, slots=True)
class SignerPair:
    """One signer, prepared twice."""

    python: PreparedSigner
    native: PreparedSigner


def prepare(receiver: Receiver) -> Paths:
    """Prepare a receiver that has seen nothing."""

    def verifier(which: Implementation, kept: TokenCache | None = None) -> PreparedVerifier:
        return PreparedVerifier(
            receiver.keys,
            algorithms=receiver.algorithms,
            policy=receiver.policy,
            cache=kept,
            implementation=which,
        )

    return Paths(
        verifier("python"),
        verifier("native"),
        verifier_for(receiver.keys, receiver.algorithms, receiver.policy),
        (verifier("python", _CACHE), verifier("native", _CACHE)),
    )


@cache
def prepared() -> Mapping[str, Paths]:
    """Prepare all receivers, once."""
    return {receiver.name: prepare(receiver) for receiver in receivers()}


def verify(data: bytes) -> str:
    """Verify what the bytes stand for on both paths; give what came out, in a word or two.

    Raises Disagreement.
    """
    case = draw(data)
    return compare(case, prepared()[case.receiver.name])


def recall(data: bytes) -> str:
    """Verify twice with a cache, the second time a little later. Raises Disagreement.

    What was handed out the first time is spoiled, which must show nowhere.
    """
    case = draw(data[1:])
    paths = prepared()[case.receiver.name]
    later = _LATER[(data[0] if data else 0) % len(_LATER)]
    reasons = []
    for now in (case.now, case.now, case.now + later):
        expected = verdict(paths.python, case.token, now)
        reasons.append(ACCEPTED if expected[0] == ACCEPTED else str(expected[1]))
        for verifier in paths.caching:
            found = verdict(verifier, case.token, now, is_spoiled=True)
            if found != expected:
                raise Disagreement(_told(f"with a cache, at {now}", case, expected, found))
    return f"{reasons[0]}, later {reasons[-1]}" if reasons[0] == ACCEPTED else "refused"


def many(data: bytes) -> str:
    """Verify several tokens at once, as one after the other. Raises Disagreement."""
    size = 8 + len(data) // 8
    cases = [draw(data[at : at + size]) for at in range(0, len(data) or 1, size)]
    paths, now = prepared()[cases[0].receiver.name], cases[0].now
    tokens = [case.token for case in cases]
    for verifier in (paths.python, paths.native):
        results = verifier.verify_many(tokens, now=now)
        for case, result in zip(cases, results, strict=True):
            expected = verdict(paths.python, case.token, now)
            found = _refused(result) if isinstance(result, JoseError) else _accepted(result)
            if found != expected:
                raise Disagreement(_told(f"among {len(cases)}, at {now}", case, expected, found))
    return f"{len(cases)} at once"


def compare(case: Case, paths: Paths) -> str:
    """Hold the verdicts on one token against each other. Raises Disagreement."""
    expected = verdict(paths.python, case.token, case.now)
    found = verdict(paths.native, case.token, case.now)
    if found != expected:
        raise Disagreement(_told("PreparedVerifier", case, expected, found))
    _check_core(paths.raw, case, expected)
    return _label(case.receiver.name, expected)


def verdict(
    verifier: PreparedVerifier, token: str | bytes, now: int, *, is_spoiled: bool = False
) -> Verdict:
    """Give what a verifier says, in a form that shows every difference. Raises Escape.

    `is_spoiled` changes the claims that were handed out, after looking at them.
    """
    try:
        verified = verifier.verify(token, now=now)
    except JoseError as error:
        return _refused(error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic is no Exception
        message = f"{type(error).__name__}: {error}"
        raise Escape(message) from error
    seen = _accepted(verified)
    if is_spoiled:
        _spoil(verified.claims)
    return seen


def sign(data: bytes) -> str:
    """Sign what the bytes stand for on both paths; give what came out. Raises Disagreement."""
    choices = Choices(data)
    pair = choices.pick(signers())
    claims = claims_object(choices)
    expected, found = (signed(signer, claims) for signer in (pair.python, pair.native))
    if found != expected:
        message = f"signing {claims!r:.2000}: Python says {expected!r}, native {found!r}"
        raise Disagreement(message)
    return ACCEPTED if expected[0] == ACCEPTED else _DIGITS.sub("n", str(expected[2]))


def signed(signer: PreparedSigner, claims: Any) -> Verdict:  # noqa: ANN401  # what a caller may hand in
    """Give what a signer says. Raises Escape."""
    try:
        return (ACCEPTED, signer.sign(claims))
    except (JoseError, ValueError) as error:
        return ("refused", type(error).__name__, str(error))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        message = f"{type(error).__name__}: {error}"
        raise Escape(message) from error


@cache
def signers() -> tuple[SignerPair, ...]:
    """Prepare signers whose signatures are the same each time, on both paths."""
    kinds = [each for each in private_keys() if each.algorithm in ("HS256", "Ed25519")]
    return tuple(
        SignerPair(
            PreparedSigner(key, typ=TYPE, implementation="python"),
            PreparedSigner(key, typ=TYPE, implementation="native"),
        )
        for key in kinds
    )


def _refused(error: JoseError) -> Verdict:
    return (type(error).__name__, error.reason, str(error), repr(vars(error)))


def _spoil(value: Any) -> None:  # noqa: ANN401  # any JSON value
    """Change a value at every level."""
    if isinstance(value, dict):
        for member in value.values():
            _spoil(member)
        value["spoiled"] = True
    elif isinstance(value, list):
        for element in value:
            _spoil(element)
        value.append("spoiled")


def _accepted(verified: VerifiedJwt) -> Verdict:
    header = verified.header
    return (
        ACCEPTED,
        type(verified.claims).__name__ + repr(verified.claims),
        repr(dict(header)),
        type(verified).__name__,
        type(header).__name__,
        id(verified.key),
    )


def _check_core(raw: RawVerifier, case: Case, expected: Verdict) -> None:
    """Ask the core alone; None is an input that it leaves to Python. Raises Disagreement."""
    try:
        bare = raw.verify(case.token, case.now)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        message = f"{_shown(case)}: {type(error).__name__}: {error}"
        raise Escape(message) from error
    if isinstance(bare, dict):
        if expected[:2] != (ACCEPTED, type(bare).__name__ + repr(bare)):
            raise Disagreement(_told("the native core", case, expected, bare))
    elif bare is not None and (expected[0] == ACCEPTED or bare != expected[1]):
        raise Disagreement(_told("the native core", case, expected, bare))


def _label(name: str, expected: Verdict) -> str:
    """Name what came out: the rule, and the shape of what was found."""
    if expected[0] == ACCEPTED:
        return f"{name}: {ACCEPTED}"
    if expected[0] == "KeyNotFound":
        return str(expected[1])
    what, _, found = str(expected[2]).partition(": ")[2].partition(" is ")
    shape = "a text" if found[:1] in ("'", '"') else _DIGITS.sub("n", found.partition(";")[0])
    return f"{expected[1]}: {_DIGITS.sub('n', what)}: {shape}"


def _told(who: str, case: Case, expected: Verdict, found: object) -> str:
    return f"{_shown(case)}:\n  Python: {_cut(expected)}\n  {who}: {_cut(found)}"


def _shown(case: Case) -> str:
    return f"{case.receiver.name}, now {case.now}, {len(case.token)} of {_cut(case.token)}"


def _cut(value: object) -> str:
    """Show a value whose whole can be had from the input."""
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
