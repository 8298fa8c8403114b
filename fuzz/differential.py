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
from sealwax.jose.native import RawVerifier, verifier_for

Verdict = tuple[object, ...]
ACCEPTED: Final = "accepted"
_DIGITS: Final = re.compile(r"\d+")


class Disagreement(AssertionError):
    """Two implementations that do not say the same, or an exception outside of the error tree."""


class Escape(Disagreement):
    """An exception that is none of those declared."""


@dataclass(frozen=True, slots=True)
class Paths:
    """One receiver, prepared three times. What it remembers of other inputs is a part of it."""

    python: PreparedVerifier
    native: PreparedVerifier
    raw: RawVerifier


@dataclass(frozen=True, slots=True)
class SignerPair:
    """One signer, prepared twice."""

    python: PreparedSigner
    native: PreparedSigner


def prepare(receiver: Receiver) -> Paths:
    """Prepare a receiver that has seen nothing."""
    keys, algorithms, policy = receiver.keys, receiver.algorithms, receiver.policy
    return Paths(
        PreparedVerifier(keys, algorithms=algorithms, policy=policy, implementation="python"),
        PreparedVerifier(keys, algorithms=algorithms, policy=policy, implementation="native"),
        verifier_for(keys, algorithms, policy),
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


def compare(case: Case, paths: Paths) -> str:
    """Hold the verdicts on one token against each other. Raises Disagreement."""
    expected = verdict(paths.python, case.token, case.now)
    found = verdict(paths.native, case.token, case.now)
    if found != expected:
        raise Disagreement(_told("PreparedVerifier", case, expected, found))
    _check_core(paths.raw, case, expected)
    return _label(case.receiver.name, expected)


def verdict(verifier: PreparedVerifier, token: str | bytes, now: int) -> Verdict:
    """Give what a verifier says, in a form that shows every difference. Raises Escape."""
    try:
        verified = verifier.verify(token, now=now)
    except JoseError as error:
        return (type(error).__name__, error.reason, str(error), repr(vars(error)))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic is no Exception
        message = f"{type(error).__name__}: {error}"
        raise Escape(message) from error
    return _accepted(verified)


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
    return f"{_shown(case)}:\n  Python: {expected!r}\n  {who}: {found!r}"


def _shown(case: Case) -> str:
    return f"{case.receiver.name}, now {case.now}, {case.token!r}"
