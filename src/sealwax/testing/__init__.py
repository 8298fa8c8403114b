"""For the tests of an API that Sealwax protects: an issuer that needs no network.

    issuer = TestIssuer()
    verifier = issuer.verifier(audience="https://api.example.com")
    token = issuer.token(audience="https://api.example.com", scopes=["notes:read"])

With pytest these come as fixtures (`sealwax_issuer` and its kin), from a plugin that is found by
itself. Names load when they are first used, so a test run that uses none pays for none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sealwax.testing.faults import FAULTS, faulty_token
    from sealwax.testing.headers import dpop_headers, token_headers
    from sealwax.testing.issuer import TestIssuer, fetcher_for
    from sealwax.testing.loopback import serve_issuer
    from sealwax.testing.stand_ins import StandIn, stand_in

__all__ = [
    "FAULTS",
    "StandIn",
    "TestIssuer",
    "dpop_headers",
    "faulty_token",
    "fetcher_for",
    "serve_issuer",
    "stand_in",
    "token_headers",
]

_HOMES: Final = {
    "FAULTS": "faults",
    "StandIn": "stand_ins",
    "TestIssuer": "issuer",
    "dpop_headers": "headers",
    "faulty_token": "faults",
    "fetcher_for": "issuer",
    "serve_issuer": "loopback",
    "stand_in": "stand_ins",
    "token_headers": "headers",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562: any of the names above
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
