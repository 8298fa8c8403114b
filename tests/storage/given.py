"""Records to begin with; what a test is about it names itself."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from sealwax.records import (
    AuthorizationCode,
    Client,
    Grant,
    PasswordLink,
    RefreshToken,
    Resource,
    Session,
    SigningKey,
    User,
)
from sealwax.secret import sha256_hex
from sealwax.storage.contracts import Storage

NOW = 1_800_000_000
HOUR = 3600
DAY = 24 * HOUR

Record = TypeVar("Record", User, Client, Resource, Session, AuthorizationCode, RefreshToken)


def user(name: str = "alice", **changes: object) -> User:
    return _with(
        User(
            user_id=f"usr_{name}",
            username=name,
            display_name=name.title(),
            email=f"{name}@example.com",
            email_verified=True,
            password_hash="$argon2id$first",
            is_administrator=False,
            created_at=NOW,
            updated_at=NOW,
        ),
        changes,
    )


def client(client_id: str = "web", **changes: object) -> Client:
    return _with(
        Client(
            client_id=client_id,
            client_name="Notes",
            token_endpoint_auth_method="client_secret_basic",
            created_at=NOW,
            client_secret_hashes=(sha256_hex("sws_one"), sha256_hex("sws_two")),
            redirect_uris=("https://app.example/callback", "https://app.example/ü?q=\"'"),
            grant_types=("authorization_code", "refresh_token"),
            scopes=("openid", "notes:read"),
            introspects=("https://api.example",),
        ),
        changes,
    )


def resource(identifier: str = "https://api.example", **changes: object) -> Resource:
    return _with(Resource(identifier, "Notes", ("notes:read", "notes:write"), 600, NOW), changes)


def session(session_id: str = "session", user_id: str = "usr_alice", **changes: object) -> Session:
    return _with(
        Session(
            session_id=session_id,
            secret_hash=sha256_hex(f"swk_{session_id}"),
            user_id=user_id,
            kind="browser",
            authenticated_at=NOW,
            amr=("pwd", "otp"),
            created_at=NOW,
            last_seen_at=NOW,
            expires_at=NOW + 12 * HOUR,
        ),
        changes,
    )


def code(grant: Grant, value: str = "swc_one", **changes: object) -> AuthorizationCode:
    return _with(
        AuthorizationCode(
            code_hash=sha256_hex(value),
            grant_id=grant.grant_id,
            client_id=grant.client_id,
            user_id=grant.user_id or "",
            session_id=grant.session_id or "",
            redirect_uri="https://app.example/callback",
            scopes=("openid", "notes:read"),
            resources=("https://api.example",),
            code_challenge="c" * 43,
            nonce="nonce",
            auth_time=NOW,
            amr=("pwd",),
            issued_at=NOW,
            expires_at=NOW + 60,
        ),
        changes,
    )


def refresh_token(
    grant: Grant, value: str = "swr_one", family_id: str = "family", **changes: object
) -> RefreshToken:
    return _with(
        RefreshToken(
            token_hash=sha256_hex(value),
            family_id=family_id,
            grant_id=grant.grant_id,
            client_id=grant.client_id,
            user_id=grant.user_id or "",
            session_id=grant.session_id or "",
            scopes=("openid",),
            resources=(),
            auth_time=NOW,
            amr=("pwd",),
            issued_at=NOW,
            last_used_at=NOW,
            expires_at=NOW + 8 * HOUR,
            nonce="nonce",
        ),
        changes,
    )


def link(
    value: str = "swl_one", user_id: str = "usr_alice", *, end: int = NOW + DAY
) -> PasswordLink:
    return PasswordLink(sha256_hex(value), user_id, created_at=NOW, expires_at=end)


def signing_key(kid: str, algorithm: str = "ES256", *, signs_from: int = NOW) -> SigningKey:
    return SigningKey(kid, algorithm, f'{{"kid":"{kid}"}}', b"\x00sealed\xff", NOW, signs_from)


async def signed_in(
    storage: Storage, name: str = "alice", *, client_id: str = "web", session_id: str = "session"
) -> Grant:
    """Make what is missing of a person, a client and a session, and the grant between them."""
    if await storage.users.find(f"usr_{name}") is None:
        await storage.users.add(user(name))
    if await storage.clients.find(client_id) is None:
        await storage.clients.add(client(client_id))
    if await storage.sessions.find(session_id) is None:
        await storage.sessions.add(session(session_id, f"usr_{name}"))
    return await storage.grants.ensure(
        client_id, user_id=f"usr_{name}", session_id=session_id, now=NOW
    )


async def service(storage: Storage, client_id: str = "service") -> Grant:
    """Make a client, and the grant it has by itself."""
    await storage.clients.add(client(client_id, grant_types=("client_credentials",)))
    return await storage.grants.ensure(client_id, user_id=None, session_id=None, now=NOW)


async def bought(
    storage: Storage, grant: Grant, value: str = "swr_one", family_id: str = "family"
) -> RefreshToken:
    """Add a code and redeem it for this refresh token."""
    token = refresh_token(grant, value, family_id)
    spent = code(grant, f"swc_for_{value}")
    await storage.authorization_codes.add(spent)
    await storage.authorization_codes.redeem(spent.code_hash, refresh_token=token, now=NOW)
    return token


def _with(record: Record, changes: dict[str, object]) -> Record:
    return dataclasses.replace(record, **changes)  # type: ignore[arg-type]  # a table of fields
