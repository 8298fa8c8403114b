"""What the tests of the protocol begin with: records, keys, and a way to expect a refusal."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlencode

import pytest

from sealwax.jose import Key, KeySet, jwt
from sealwax.oauth.authorization import Interaction
from sealwax.oauth.authorization_request import (
    AuthorizationRequest,
    check_request,
    check_return_address,
)
from sealwax.oauth.errors import OAuthError
from sealwax.oauth.parameters import Form, parse_form
from sealwax.oauth.resource_indicator import Audience, issuer_audience
from sealwax.records import (
    AuthorizationCode,
    Client,
    Consent,
    Grant,
    RefreshToken,
    Resource,
    Session,
    StatusReference,
    User,
)
from sealwax.secret import sha256_hex

NOW = 1_800_000_000
ISSUER = "https://id.example.com"
NOTES = "https://notes.example"
MAIL = "https://mail.example"
CALLBACK = "https://app.example/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
SECRET = "sws_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

OWN: Audience = issuer_audience(ISSUER, lifetime_seconds=600)
RESOURCES: Mapping[str, Resource | None] = {
    NOTES: Resource(NOTES, "Notes", ("notes:read", "notes:write"), 300, NOW),
    MAIL: Resource(MAIL, "Mail", ("mail:send",), 900, NOW, access_token_signing_alg="Ed25519"),
}


@contextmanager
def refused(kind: type[OAuthError], reason: str) -> Iterator[pytest.ExceptionInfo[OAuthError]]:
    """Expect an error of exactly this class, for this reason."""
    with pytest.raises(OAuthError) as caught:
        yield caught
    assert (type(caught.value), caught.value.reason) == (kind, reason)


@functools.cache
def key(name: str = "issuer", algorithm: str = "ES256") -> Key:
    return Key.generate(algorithm, kid=name)


def own_keys() -> KeySet:
    return KeySet([key()])


def signed(claims: Mapping[str, Any], *, typ: str, by: Key | None = None) -> str:
    return jwt.sign(claims, by or key(), typ=typ)


def form(**parameters: str | None) -> Form:
    pairs = [(name, value) for name, value in parameters.items() if value is not None]
    return parse_form(urlencode(pairs).encode())


def client(**changes: object) -> Client:
    return _with(
        Client(
            client_id="web",
            client_name="Notes on the web",
            token_endpoint_auth_method="client_secret_basic",
            created_at=NOW,
            client_secret_hashes=(sha256_hex(SECRET),),
            redirect_uris=(CALLBACK,),
            grant_types=("authorization_code", "refresh_token"),
            scopes=("openid", "profile", "email", "offline_access", "notes:read", "notes:write"),
            id_token_signed_response_alg="ES256",
        ),
        changes,
    )


def public_client(**changes: object) -> Client:
    return _with(
        client(
            client_id="spa",
            token_endpoint_auth_method="none",
            client_secret_hashes=(),
        ),
        changes,
    )


def user(**changes: object) -> User:
    return _with(
        User(
            user_id="usr_alice",
            username="alice",
            display_name="Alice",
            email="alice@example.com",
            email_verified=True,
            password_hash="$argon2id$",
            is_administrator=False,
            created_at=NOW,
            updated_at=NOW - 5,
        ),
        changes,
    )


def session(**changes: object) -> Session:
    return _with(
        Session(
            session_id="session-1",
            secret_hash=sha256_hex("swk_1"),
            user_id="usr_alice",
            kind="browser",
            authenticated_at=NOW - 100,
            amr=("pwd",),
            created_at=NOW - 100,
            last_seen_at=NOW,
            expires_at=NOW + 43_000,
        ),
        changes,
    )


def grant(**changes: object) -> Grant:
    return _with(
        Grant(
            grant_id="grant-1",
            client_id="web",
            user_id="usr_alice",
            session_id="session-1",
            status=StatusReference("list-1", 7),
            created_at=NOW,
        ),
        changes,
    )


def code(**changes: object) -> AuthorizationCode:
    return _with(
        AuthorizationCode(
            code_hash=sha256_hex("swc_1"),
            grant_id="grant-1",
            client_id="web",
            user_id="usr_alice",
            session_id="session-1",
            redirect_uri=CALLBACK,
            scopes=("openid", "notes:read"),
            resources=(NOTES,),
            code_challenge=CHALLENGE,
            nonce="n-0S6_WzA2Mj",
            auth_time=NOW - 100,
            amr=("pwd",),
            issued_at=NOW,
            expires_at=NOW + 60,
        ),
        changes,
    )


def refresh_token(**changes: object) -> RefreshToken:
    return _with(
        RefreshToken(
            token_hash=sha256_hex("swr_1"),
            family_id="family-1",
            grant_id="grant-1",
            client_id="spa",
            user_id="usr_alice",
            session_id="session-1",
            scopes=("openid", "notes:read", "notes:write"),
            resources=(NOTES,),
            auth_time=NOW - 100,
            amr=("pwd",),
            issued_at=NOW,
            last_used_at=NOW,
            expires_at=NOW + 28_800,
        ),
        changes,
    )


def consent(**changes: object) -> Consent:
    return _with(
        Consent(
            user_id="usr_alice",
            client_id="web",
            scopes=("openid", "notes:read"),
            resources=(NOTES,),
            granted_at=NOW - 5_000,
        ),
        changes,
    )


def authorization_form(**changes: str | None) -> Form:
    """Give a request in which nothing is wrong; None takes a parameter out."""
    values: dict[str, str | None] = {
        "response_type": "code",
        "client_id": "web",
        "redirect_uri": CALLBACK,
        "scope": "openid notes:read",
        "resource": NOTES,
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return form(**{**values, **changes})


def checked(
    asked: Form | None = None, by: Client | None = None, /, **changes: str | None
) -> AuthorizationRequest:
    """Check a whole authorization request."""
    asked = asked or authorization_form(**changes)
    address = check_return_address(asked, by or client(), issuer=ISSUER)
    return check_request(asked, address, resources=RESOURCES, own=OWN)


def interaction(**changes: object) -> Interaction:
    return _with(
        Interaction(
            parameters=(),
            requested_at=NOW,
            is_assessed=True,
            prior_session_id="session-1",
        ),
        changes,
    )


Record = TypeVar(
    "Record",
    AuthorizationCode,
    Client,
    Consent,
    Grant,
    Interaction,
    RefreshToken,
    Session,
    User,
)


def _with(record: Record, changes: dict[str, object]) -> Record:
    return dataclasses.replace(record, **changes)  # type: ignore[arg-type]  # a test names its fields
