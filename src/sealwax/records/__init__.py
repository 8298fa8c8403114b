"""What the issuer keeps: frozen values, checked when built, without behaviour of their own.

Times are integer seconds since the epoch, UTC. Whatever opens a door (codes, refresh tokens,
cookies, links, client secrets) is kept only as its SHA-256, in lower-case hexadecimal.
"""

from sealwax.records.authorization_code import AuthorizationCode
from sealwax.records.client import Client, ClientAuthenticationMethod
from sealwax.records.consent import Consent
from sealwax.records.grant import Grant, StatusReference
from sealwax.records.invariants import RecordInvalid
from sealwax.records.password_link import PasswordLink
from sealwax.records.refresh_token import RefreshToken
from sealwax.records.resource import MAXIMUM_ACCESS_TOKEN_SECONDS, Resource
from sealwax.records.session import Session, SessionKind
from sealwax.records.signing_key import SigningKey
from sealwax.records.user import User

__all__ = [
    "MAXIMUM_ACCESS_TOKEN_SECONDS",
    "AuthorizationCode",
    "Client",
    "ClientAuthenticationMethod",
    "Consent",
    "Grant",
    "PasswordLink",
    "RecordInvalid",
    "RefreshToken",
    "Resource",
    "Session",
    "SessionKind",
    "SigningKey",
    "StatusReference",
    "User",
]
