"""The switch between the two implementations of the hot path, and the one door to the native one.

`sealwax_native` is an optional distribution: the verifying and signing of compact tokens in Rust.
What it is not built for it leaves to Python, and each refusal is said by Python, so that both give
the same exception to the letter. docs/how-to/native.md tells how to install and switch it.
"""

import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from os import environ  # noqa: TID251  # which code runs is the process's affair, and never changes a verdict
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from sealwax.jose.algorithms import allowed_algorithms
from sealwax.jose.claims import Policy
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import Key

Implementation: TypeAlias = Literal["native", "python"]
Choice: TypeAlias = Literal["automatic", "native", "python"]

VARIABLE: Final = "SEALWAX_NATIVE"
INTERFACE: Final = 2
"""What of `sealwax_native` this module was written for."""
_MODULE: Final = "sealwax_native"
_CHOICES: Final[Mapping[str, Choice]] = {
    "auto": "automatic",
    "off": "python",
    "required": "native",
}


class NativeState(NamedTuple):
    """Whether the native core can be used, its version, and why it is not used, or None."""

    is_available: bool
    version: str | None
    reason: str | None


class _Found(NamedTuple):
    """What the import of the native core gave: the module if it fits, else the reason."""

    module: Any
    version: str | None
    reason: str | None


class _Switch:
    """What was chosen and found in this process; None until somebody asks."""

    choice: Choice | None = None
    found: _Found | None = None


_switch: Final = _Switch()


def implementation() -> Implementation:
    """Tell which implementation a verifier or signer that is built now would use.

    Raises RuntimeError if the native one is demanded and can't be used, and for a value of
    SEALWAX_NATIVE that is not accepted.
    """
    choice = _choice()
    if choice == "python":
        return "python"
    found = _find()
    if found.module is not None:
        return "native"
    if choice == "native":
        raise RuntimeError(_demanded(found))
    return "python"


def state() -> NativeState:
    """Tell whether the native core is there and used, and if not, why."""
    found = _find()
    reason = found.reason
    if reason is None and _choice() == "python":
        reason = "it is switched off"
    return NativeState(found.module is not None, found.version, reason)


def use(choice: Choice) -> None:
    """Choose for all verifiers and signers that this process builds from now on.

    Raises RuntimeError if "native" is chosen and can't be used, ValueError for another word.
    """
    if choice not in _CHOICES.values():
        message = f"choice is {choice!r}; accepted are {', '.join(_CHOICES.values())}"
        raise ValueError(message)
    if choice == "native" and _find().module is None:
        raise RuntimeError(_demanded(_find()))
    _switch.choice = choice


@contextmanager
def using(choice: Choice) -> Iterator[None]:
    """Choose within a `with`; for tests. It holds for all threads. Raises like `use`."""
    before = _switch.choice
    use(choice)
    try:
        yield
    finally:
        _switch.choice = before


class RawVerifier:
    """What the native core says by itself, for tests that compare: nothing is asked twice."""

    __slots__ = ("_core",)

    def __init__(self, core: Any) -> None:  # noqa: ANN401  # of a module that may not be there
        self._core = core

    def verify(self, token: str | bytes, now: int) -> dict[str, Any] | str | None:
        """Give the claims, or the reason, or None for what is left to Python."""
        found: Any = self._core.verify(token, now)
        if type(found) is _RawResult:
            return found.claims
        if type(found) is tuple:
            reason: str = found[0]
            return reason
        refused: str | None = found
        return refused


def verifier_for(keys: Key | KeySet, algorithms: Collection[str], policy: Policy) -> RawVerifier:
    """Build a verifier that shows the bare verdict of the native core.

    Raises RuntimeError if it can't be used, ValueError for settings that are left to Python.
    """
    key_set = keys if type(keys) is KeySet else KeySet([keys])  # type: ignore[list-item]  # a Key
    names = allowed_algorithms(algorithms)
    core = prepare_verifier(key_set, names, policy, _RawResult, implementation="native")
    if core is None:
        message = "these keys or this policy are left to Python"
        raise ValueError(message)
    return RawVerifier(core)


def prepare_verifier(
    keys: KeySet,
    algorithms: Collection[str],
    policy: Policy,
    result_class: type,
    *,
    cache: tuple[int, int] | None = None,
    implementation: Implementation | None = None,
) -> Any:  # noqa: ANN401  # see RawVerifier
    """Give the native twin of a verifier, or None where Python does it.

    Its `verify(token, now)` gives a `result_class` with header, claims and key, or a reason, or
    a reason with the header and the claims, or None for what Python has to do. `cache` is the
    number of tokens and of seconds. Raises RuntimeError if it is demanded and can't be used.
    """
    module = _module(implementation)
    if module is None:
        return None
    demands = (*policy.required_claims, *policy.scopes)
    texts = (policy.issuer, *policy.audiences, *policy.types, *demands)
    kids = (key.kid for key in keys.keys)
    if any(text is not None and type(text) is not str for text in (*texts, *kids)):
        return None  # a text of another type may compare in its own way
    settings = (
        policy.issuer,
        list(policy.audiences),
        list(policy.types),
        policy.leeway_seconds,
        policy.max_age_seconds,
        list(dict.fromkeys(policy.required_claims)),
        list(policy.scopes),
    )
    entries = [(_load(module, key), key.kid, _verifies(key), key) for key in keys.keys]
    try:
        return module.Verifier(entries, list(algorithms), settings, result_class, cache)
    except ValueError:  # half a surrogate pair in a text, or more required claims than it counts
        return None


def prepare_signer(
    key: Key,
    algorithm: str,
    header: bytes,
    implementation: Implementation | None = None,
) -> Any:  # noqa: ANN401  # see RawVerifier
    """Give the native twin of a signer for this header, or None where Python does it.

    Its `sign(claims)` and `sign_payload(payload)` give a token, or None for what Python has to
    do. Raises RuntimeError if it is demanded and can't be used.
    """
    module = _module(implementation)
    if module is None:
        return None
    try:
        return module.Signer.load(key.to_jwk(private=True), algorithm, header)
    except ValueError:  # what AWS-LC does not take for a key; Python has its own opinion
        return None


class _RawResult:
    __slots__ = ("claims", "header", "key")

    claims: dict[str, Any]


def _module(implementation_asked: Implementation | None) -> Any:  # noqa: ANN401  # see RawVerifier
    if implementation_asked not in (None, "native", "python"):
        message = f"implementation is {implementation_asked!r}; accepted are native, python, None"
        raise ValueError(message)
    if (implementation_asked or implementation()) == "python":
        return None
    found = _find()
    if found.module is None:
        raise RuntimeError(_demanded(found))
    return found.module


def _load(module: Any, key: Key) -> object:  # noqa: ANN401  # see RawVerifier
    try:
        loaded: object = module.load_public_key(key.to_jwk(private=key.key_type == "oct"))
    except ValueError:
        return None
    return loaded


def _verifies(key: Key) -> list[str]:
    return [name for name in key.algorithms if key.may("verify", name)]


def _choice() -> Choice:
    if _switch.choice is None:
        word = environ.get(VARIABLE, "auto")
        if word not in _CHOICES:
            message = f"{VARIABLE} is {word!r}; accepted are {', '.join(_CHOICES)}"
            raise RuntimeError(message)
        _switch.choice = _CHOICES[word]
    return _switch.choice


def _find() -> _Found:
    if _switch.found is None:
        _switch.found = _import()
        if _switch.found.reason not in (None, _NOT_INSTALLED):
            warnings.warn(f"{_MODULE} is not used: {_switch.found.reason}", RuntimeWarning, 2)
    return _switch.found


_NOT_INSTALLED: Final = f"{_MODULE} is not installed"


def _import() -> _Found:
    try:
        module = import_module(_MODULE)
    except ModuleNotFoundError:
        return _Found(None, None, _NOT_INSTALLED)
    except ImportError as error:
        return _Found(None, None, f"it can't be loaded ({type(error).__name__})")
    version = getattr(module, "__version__", None)
    spoken = getattr(module, "INTERFACE", None)
    if spoken != INTERFACE:
        reason = f"version {version} has the interface {spoken}; {INTERFACE} is needed"
        return _Found(None, version, reason)
    return _Found(module, version, None)


def _demanded(found: _Found) -> str:
    return f"the native implementation is demanded and can't be used: {found.reason}"
