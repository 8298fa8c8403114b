"""Sealwax: an authorization server, the verifier that APIs check its tokens with, and more.

What an API needs is here: `from sealwax import Verifier`. Importing `sealwax` itself costs
nothing; each name loads what it needs when it is first used.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # typing costs more to import than all that is here
if TYPE_CHECKING:
    from typing import Any, Final

    from sealwax.resource_server import (
        KeysUnavailable,
        StatusPolicy,
        TokenRefused,
        TrustedIssuer,
        Unavailable,
        VerifiedToken,
        Verifier,
        VerifierError,
    )

    __version__: str

__all__ = [
    "KeysUnavailable",
    "StatusPolicy",
    "TokenRefused",
    "TrustedIssuer",
    "Unavailable",
    "VerifiedToken",
    "Verifier",
    "VerifierError",
    "__version__",
]

_VERIFIER_NAMES: Final = frozenset(__all__) - {"__version__"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562: any of the names above
    if name == "__version__":
        value: Any = _installed_version()
    elif name in _VERIFIER_NAMES:
        value = getattr(import_module("sealwax.resource_server"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _installed_version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - costs 30 ms

    try:
        return version("sealwax")
    except PackageNotFoundError:
        return "0+source"  # run from a source tree that was never installed
