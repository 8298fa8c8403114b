"""Records refuse what would be unsafe to keep, and their text never shows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from sealwax.records import (
    MAXIMUM_ACCESS_TOKEN_SECONDS,
    AuthorizationCode,
    Client,
    Grant,
    PasswordLink,
    RecordInvalid,
    RefreshToken,
    Resource,
    Session,
    SigningKey,
    StatusReference,
    User,
)
from sealwax.secret import sha256_hex

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SECRET = "swr_this-is-the-secret-itself"
HASH = sha256_hex(SECRET)

CODE = AuthorizationCode(
    code_hash=HASH,
    grant_id="grant",
    client_id="web",
    user_id="usr_alice",
    session_id="session",
    redirect_uri="https://app.example/callback",
    scopes=("openid",),
    resources=(),
    code_challenge="c" * 43,
    nonce=None,
    auth_time=1_000,
    amr=("pwd",),
    issued_at=1_000,
    expires_at=1_060,
)
CLIENT = Client("web", "Web", "client_secret_basic", 1_000, client_secret_hashes=(HASH,))
GRANT = Grant("grant", "web", "usr_alice", "session", StatusReference("list", 1), 1_000)
LINK = PasswordLink(HASH, "usr_alice", created_at=1_000, expires_at=2_000)
TOKEN = RefreshToken(
    token_hash=HASH,
    family_id="family",
    grant_id="grant",
    client_id="web",
    user_id="usr_alice",
    session_id="session",
    scopes=("openid",),
    resources=(),
    auth_time=1_000,
    amr=("pwd",),
    issued_at=1_000,
    last_used_at=1_000,
    expires_at=29_800,
)
RESOURCE = Resource("https://api.example", "API", ("read",), 600, 1_000)
SESSION = Session(
    session_id="session",
    secret_hash=HASH,
    user_id="usr_alice",
    kind="browser",
    authenticated_at=1_000,
    amr=("pwd",),
    created_at=1_000,
    last_seen_at=1_000,
    expires_at=44_200,
)
KEY = SigningKey("kid", "ES256", '{"kty":"EC","x":"x","y":"y"}', b"sealed", 1_000, 1_000)
USER = User("usr_alice", "alice", "Alice", None, False, None, False, 1_000, 1_000)  # noqa: FBT003 -- a row of values


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        (CODE, "code_hash", SECRET),
        (CODE, "code_hash", HASH.upper()),
        (CODE, "code_hash", HASH + "\n"),
        (CODE, "expires_at", 1_000),
        (CLIENT, "client_secret_hashes", (HASH, SECRET)),
        (LINK, "token_hash", SECRET),
        (LINK, "expires_at", 1_000),
        (TOKEN, "token_hash", SECRET),
        (TOKEN, "expires_at", 999),
        (RESOURCE, "access_token_lifetime_seconds", 0),
        (RESOURCE, "access_token_lifetime_seconds", MAXIMUM_ACCESS_TOKEN_SECONDS + 1),
        (SESSION, "secret_hash", SECRET),
        (SESSION, "secret_hash", None),
        (SESSION, "expires_at", 1_000),
        (KEY, "public_jwk", '{"kty":"EC","x":"x","y":"y","d":"swr_this-is"}'),
        (KEY, "public_jwk", '{"kty":"oct","k":"swr_this-is"}'),
        (KEY, "public_jwk", '{"kty":"AKP","priv":"swr_this-is"}'),
        (KEY, "public_jwk", "[]"),
        (KEY, "public_jwk", "swr_this-is"),
        (USER, "user_id", "alice"),
        (USER, "username", ""),
        (GRANT, "user_id", None),
    ],
)
def test_a_record_names_the_field_and_never_shows_what_may_be_a_secret(
    record: DataclassInstance, field: str, value: object
) -> None:
    with pytest.raises(RecordInvalid) as refused:
        dataclasses.replace(record, **{field: value})
    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: found ")
    assert "; accepted: " in str(refused.value)
    assert "swr_this-is" not in str(refused.value)


def test_a_session_without_a_cookie_and_a_grant_without_a_person_are_accepted() -> None:
    assert dataclasses.replace(SESSION, kind="direct", secret_hash=None).secret_hash is None
    assert dataclasses.replace(GRANT, user_id=None, session_id=None).user_id is None


@pytest.mark.parametrize(
    "change",
    [
        lambda: setattr(CODE, "redeemed_at", None),
        lambda: setattr(TOKEN, "revoked_at", None),
        lambda: setattr(USER, "is_administrator", True),
    ],
    ids=["code", "refresh token", "user"],
)
def test_a_record_can_not_be_changed(change: Callable[[], None]) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        change()


def test_only_a_client_that_authenticates_by_none_is_public() -> None:
    assert not CLIENT.is_public
    assert Client("spa", "SPA", "none", 1_000).is_public
