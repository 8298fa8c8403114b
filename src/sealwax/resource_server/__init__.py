"""The receiver's part: believing access tokens, offline, and knowing when they were taken back.

Needs `sealwax.jose` and nothing else, so an API installs it without any server. `Verifier` is what
an API builds; `TrustedIssuer` and `StatusPolicy` say what it accepts; `Fetcher` is how another
way to the network is handed in.

Names load when they are first used, and the HTTP client with the first document that is fetched.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sealwax.resource_server.access_token import VerifiedToken
    from sealwax.resource_server.dpop_policy import DpopPolicy, ProofStore
    from sealwax.resource_server.errors import (
        IntrospectionUnavailable,
        InvalidConfiguration,
        KeysUnavailable,
        ReplaysUnknown,
        TokenRefused,
        Unavailable,
        VerifierClosed,
        VerifierError,
    )
    from sealwax.resource_server.events import VerifierEvents
    from sealwax.resource_server.fetching import FetchedDocument, Fetcher, FetchLimits, FormPoster
    from sealwax.resource_server.http_fetcher import HttpFetcher
    from sealwax.resource_server.introspection_request import Introspection
    from sealwax.resource_server.key_store import KeyStore
    from sealwax.resource_server.policy import StatusPolicy, TrustedIssuer
    from sealwax.resource_server.presentation import Presentation
    from sealwax.resource_server.verifier import Verifier

__all__ = [
    "DpopPolicy",
    "FetchLimits",
    "FetchedDocument",
    "Fetcher",
    "FormPoster",
    "HttpFetcher",
    "Introspection",
    "IntrospectionUnavailable",
    "InvalidConfiguration",
    "KeyStore",
    "KeysUnavailable",
    "Presentation",
    "ProofStore",
    "ReplaysUnknown",
    "StatusPolicy",
    "TokenRefused",
    "TrustedIssuer",
    "Unavailable",
    "VerifiedToken",
    "Verifier",
    "VerifierClosed",
    "VerifierError",
    "VerifierEvents",
]

_HOMES: Final = {
    "DpopPolicy": "dpop_policy",
    "FetchLimits": "fetching",
    "FetchedDocument": "fetching",
    "Fetcher": "fetching",
    "FormPoster": "fetching",
    "HttpFetcher": "http_fetcher",
    "Introspection": "introspection_request",
    "KeyStore": "key_store",
    "Presentation": "presentation",
    "ProofStore": "dpop_policy",
    "StatusPolicy": "policy",
    "TrustedIssuer": "policy",
    "VerifiedToken": "access_token",
    "Verifier": "verifier",
    "VerifierEvents": "events",
}
"""Where a name is at home; those that are not here are errors."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  # PEP 562: any of the names above
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
