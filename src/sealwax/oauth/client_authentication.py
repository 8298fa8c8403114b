"""Who is the client? Four ways to prove it, exactly one at a time, and the registered one.

`client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1), `private_key_jwt` (RFC 7523 §2.2
with the single audience of its successor), and `none` for clients that can keep no secret. An
unknown client, a wrong secret and a wrong way are answered alike: one text, one status, the same
work.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from sealwax.jose import JoseError, KeySet, Policy, jwt
from sealwax.oauth.errors import InvalidClient, InvalidRequest
from sealwax.secret import Secret, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.jose import VerifiedJwt
    from sealwax.oauth.parameters import Form
    from sealwax.records import Client, ClientAuthenticationMethod

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_ALGORITHMS: Final = ("ES256", "RS256", "PS256", "Ed25519")
MAX_ASSERTION_LIFETIME_SECONDS: Final = 300
MAX_JTI_CHARACTERS: Final = 256
MAX_CLIENT_ID_CHARACTERS: Final = 256

_ASSERTION_TYPES: Final = (None, "JWT", "client-authentication+jwt")
_ASSERTION_LEEWAY_SECONDS: Final = 10
_FAILED: Final = (
    "client authentication failed: the client is unknown, or this is not its secret or key, "
    "or not the method it is registered with"
)
_DUMMY_HASH: Final = "0" * 64
"""What the secret of an unknown client is compared with, so that it takes the same time."""
_STRANGE_JWKS: Final = (
    '{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256",'
    '"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",'
    '"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}'
)
"""The key of RFC 7515 Appendix A.3: the assertion of an unknown client is checked with it, for the
time that takes, and then refused whatever the check said."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request offers as proof; nothing of it is believed yet."""

    client_id: str
    method: ClientAuthenticationMethod
    secret: Secret | None = None
    assertion: str | None = None


@dataclass(frozen=True, slots=True)
class AuthenticatedClient:
    """A client that proved who it is, or a public one that named itself; built here alone."""

    client: Client
    method: ClientAuthenticationMethod


@dataclass(frozen=True, slots=True)
class Assertion:
    """The one-time mark of an assertion; it is spent before its client counts as authenticated."""

    jti: str
    expires_at: int


def read_presented(form: Form, authorization: str | None) -> Presented:
    """Find the one way in which the request wants to prove who the client is.

    RFC 6749 §2.3: a client uses one method in a request. Raises InvalidRequest for two at once,
    InvalidClient for none.
    """
    has_assertion = form.get("client_assertion") is not None
    has_assertion_type = form.get("client_assertion_type") is not None
    has_secret = form.get("client_secret") is not None
    if (authorization is not None) + (has_assertion or has_assertion_type) + has_secret > 1:
        raise InvalidRequest(
            "several_client_authentications", "only one way of client authentication is accepted"
        )
    if authorization is not None:
        return _read_basic(form, authorization)
    if has_assertion or has_assertion_type:
        return _read_assertion(form)
    client_id = form.get("client_id")
    if client_id is None:
        raise InvalidClient("client_authentication_missing", "client authentication is missing")
    _check_client_id(client_id)
    secret = form.get("client_secret")
    if secret is None:
        return Presented(client_id, "none")
    return Presented(client_id, "client_secret_post", secret=Secret(secret))


def authenticate_by_secret(presented: Presented, client: Client | None) -> AuthenticatedClient:
    """Accept a registered secret of a client registered for this way (RFC 6749 §2.3.1).

    Secrets are compared as SHA-256 in constant time, all that are registered, whether the client
    exists or not. Raises InvalidClient.
    """
    hashes = client.client_secret_hashes if client is not None else ()
    offered = sha256_hex(presented.secret.reveal()) if presented.secret is not None else ""
    is_right = False
    for known in hashes or (_DUMMY_HASH,):
        is_right |= hmac.compare_digest(offered, known)
    if client is None:
        raise _failed("client_unknown")
    _check_method(presented, client)
    if not is_right:
        raise _failed("client_secret_wrong")
    return AuthenticatedClient(client, presented.method)


def accept_public(presented: Presented, client: Client | None) -> AuthenticatedClient:
    """Accept a public client that names itself (RFC 6749 §2.1). Raises InvalidClient."""
    if client is None:
        raise _failed("client_unknown")
    _check_method(presented, client)
    return AuthenticatedClient(client, "none")


def check_assertion(
    presented: Presented, client: Client | None, *, issuer: str, now: int
) -> tuple[AuthenticatedClient, Assertion]:
    """Accept an assertion signed with a registered key (RFC 7523 §3, OIDC Core §9).

    `aud` is our issuer identifier, alone and as a text; `iss` and `sub` are the client; `exp` is at
    most 300 seconds ahead; `jti` is there, and the caller spends it before it believes the client.
    Raises InvalidClient.
    """
    try:
        verified = _verify_assertion(presented, _assertion_keys(client), issuer=issuer, now=now)
    except JoseError as error:
        raise _failed(f"client_assertion_{error.reason}") from error
    if client is None or client.jwks is None:
        raise _failed("client_unknown")
    _check_method(presented, client)
    assertion = _check_assertion_claims(verified.claims, presented.client_id, now)
    return AuthenticatedClient(client, "private_key_jwt"), assertion


def assertion_used() -> InvalidClient:
    """Give the error for an assertion that came a second time (RFC 7523 §3 item 7)."""
    return _failed("client_assertion_used")


def check_confidential(authenticated: AuthenticatedClient) -> None:
    """Accept only a client that has proved who it is (RFC 7662 §2.1). Raises InvalidClient."""
    if authenticated.method == "none":
        raise _failed("client_is_public")


def _read_basic(form: Form, authorization: str) -> Presented:
    """Read `Authorization: Basic`; both halves are form-encoded in it (RFC 6749 §2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient(
            "authorization_scheme", "the Authorization header must be of the scheme Basic here"
        )
    try:
        pair = base64.b64decode(encoded.strip(" "), validate=True).decode("utf-8")
        name, colon, password = pair.partition(":")
        client_id, secret = _form_decode(name), _form_decode(password)
    except (binascii.Error, ValueError) as error:
        raise InvalidClient(
            "authorization_malformed", "the Authorization header is malformed"
        ) from error
    if not colon or not secret:
        raise InvalidClient("authorization_malformed", "the Authorization header is malformed")
    _check_client_id(client_id)
    if form.get("client_id") not in {None, client_id}:
        raise InvalidRequest(
            "client_id_contradictory", "client_id is not the client that authenticates"
        )
    return Presented(client_id, "client_secret_basic", secret=Secret(secret))


def _read_assertion(form: Form) -> Presented:
    """Read an assertion; its `sub` says whose keys are to be tried."""
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidRequest(
            "client_assertion_type", f"client_assertion_type must be {ASSERTION_TYPE}"
        )
    assertion = form.require("client_assertion")
    try:
        client_id = jwt.read_unverified_claims(assertion).get("sub")
    except JoseError as error:
        raise _failed(f"client_assertion_{error.reason}") from error
    if not isinstance(client_id, str) or not client_id:
        raise _failed("client_assertion_subject")
    _check_client_id(client_id)
    if form.get("client_id") not in {None, client_id}:
        raise InvalidRequest(
            "client_id_contradictory", "client_id is not the client that authenticates"
        )
    return Presented(client_id, "private_key_jwt", assertion=assertion)


def _check_method(presented: Presented, client: Client) -> None:
    """Accept the one way that the client is registered with, of a client that is enabled."""
    if client.disabled_at is not None:
        raise _failed("client_disabled")
    if presented.method != client.token_endpoint_auth_method:
        raise _failed("method_not_registered")


def _verify_assertion(presented: Presented, keys: KeySet, *, issuer: str, now: int) -> VerifiedJwt:
    return jwt.verify(
        presented.assertion or "",
        keys,
        algorithms=ASSERTION_ALGORITHMS,
        policy=Policy(
            presented.client_id,
            issuer,
            _ASSERTION_TYPES,
            leeway_seconds=_ASSERTION_LEEWAY_SECONDS,
            required_claims=("sub", "jti"),
        ),
        now=now,
    )


def _check_assertion_claims(claims: Mapping[str, object], client_id: str, now: int) -> Assertion:
    """Check what the policy of the JWT leaves open."""
    if not isinstance(claims["aud"], str):
        raise _failed("client_assertion_audience_list")
    if claims["sub"] != client_id:
        raise _failed("client_assertion_subject")
    expires_at, jti = claims["exp"], claims["jti"]
    if not isinstance(expires_at, int) or expires_at > now + MAX_ASSERTION_LIFETIME_SECONDS:
        raise _failed("client_assertion_too_long")
    if not isinstance(jti, str) or len(jti) > MAX_JTI_CHARACTERS:
        raise _failed("client_assertion_jti")
    return Assertion(jti, expires_at + _ASSERTION_LEEWAY_SECONDS)


def _assertion_keys(client: Client | None) -> KeySet:
    """Give the registered keys, or a strange one where there are none."""
    return _read_keys(_STRANGE_JWKS if client is None or client.jwks is None else client.jwks)


@lru_cache(maxsize=256)
def _read_keys(jwks: str) -> KeySet:
    """Read a registered key set; it is read again only when it changes."""
    return KeySet.from_jwks(jwks)


def _check_client_id(client_id: str) -> None:
    if len(client_id) > MAX_CLIENT_ID_CHARACTERS:
        raise _failed("client_id_too_long")


def _form_decode(text: str) -> str:
    if "%" not in text and "+" not in text:
        return text
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")


def _failed(reason: str) -> InvalidClient:
    """Say the same of every failure; only the log is told which it was."""
    return InvalidClient(reason, _FAILED)
