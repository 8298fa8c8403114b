"""The receiver's part: believing access tokens, offline, and knowing when they were taken back.

Needs `sealwax.jose` and nothing else, so an API installs it without any server. `Verifier` is what
an API builds; `TrustedIssuer` and `StatusPolicy` say what it accepts; `Fetcher` is how another
way to the network is handed in.
"""

from sealwax.resource_server.access_token import VerifiedToken
from sealwax.resource_server.errors import (
    InvalidConfiguration,
    KeysUnavailable,
    TokenRefused,
    VerifierClosed,
    VerifierError,
)
from sealwax.resource_server.fetching import FetchedDocument, Fetcher, FetchLimits
from sealwax.resource_server.http_fetcher import HttpFetcher
from sealwax.resource_server.policy import StatusPolicy, TrustedIssuer
from sealwax.resource_server.verifier import Verifier

__all__ = [
    "FetchLimits",
    "FetchedDocument",
    "Fetcher",
    "HttpFetcher",
    "InvalidConfiguration",
    "KeysUnavailable",
    "StatusPolicy",
    "TokenRefused",
    "TrustedIssuer",
    "VerifiedToken",
    "Verifier",
    "VerifierClosed",
    "VerifierError",
]
