"""The client's part: sign people in with OpenID Connect, and services with their own credentials.

`RelyingParty` is for web apps, `ServiceCredentials` for services. Below them every rule is a pure
function, and a `Fetcher` is the one door to the network.
"""

from sealwax.client.authorization import PendingSignIn
from sealwax.client.errors import (
    AuthorizationDenied,
    CallbackRefused,
    ClientError,
    FetchFailed,
    IdTokenRefused,
    InvalidConfiguration,
    ProviderRefused,
    TokenRequestRefused,
    TokenResponseInvalid,
    UserinfoRefused,
)
from sealwax.client.http import Fetcher, HttpRequest, HttpResponse, UrllibFetcher
from sealwax.client.id_token import VerifiedIdToken
from sealwax.client.registration import ClientRegistration
from sealwax.client.relying_party import RelyingParty, SignIn
from sealwax.client.service_credentials import ServiceCredentials
from sealwax.client.token_request import TokenResponse

__all__ = [
    "AuthorizationDenied",
    "CallbackRefused",
    "ClientError",
    "ClientRegistration",
    "FetchFailed",
    "Fetcher",
    "HttpRequest",
    "HttpResponse",
    "IdTokenRefused",
    "InvalidConfiguration",
    "PendingSignIn",
    "ProviderRefused",
    "RelyingParty",
    "ServiceCredentials",
    "SignIn",
    "TokenRequestRefused",
    "TokenResponse",
    "TokenResponseInvalid",
    "UrllibFetcher",
    "UserinfoRefused",
    "VerifiedIdToken",
]
