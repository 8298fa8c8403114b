"""Counters of changes, forgetting, checking, closing: what a storage does for itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from sealwax.records import MAXIMUM_ACCESS_TOKEN_SECONDS
from sealwax.storage.contracts import AlreadyUsed, NotFound, Storage, StorageUnavailable
from tests.storage import given
from tests.storage.given import DAY, HOUR, NOW

pytestmark = pytest.mark.anyio

LONG_AFTER = NOW + 400 * DAY

Verb = Callable[[Storage], Awaitable[object]]

CHANGES: dict[str, tuple[str, Verb]] = {
    "a person added": ("catalogue", lambda s: s.users.add(given.user("bob"))),
    "a password set": ("catalogue", lambda s: s.users.set_password("usr_alice", "$", now=NOW)),
    "a person disabled": (
        "catalogue",
        lambda s: s.users.set_disabled("usr_alice", disabled=True, now=NOW),
    ),
    "a person enabled": (
        "catalogue",
        lambda s: s.users.set_disabled("usr_alice", disabled=False, now=NOW),
    ),
    "a person removed": ("catalogue", lambda s: s.users.delete("usr_alice", now=NOW)),
    "a client added": ("catalogue", lambda s: s.clients.add(given.client("new"))),
    "a client replaced": ("catalogue", lambda s: s.clients.replace(given.client())),
    "a client removed": ("catalogue", lambda s: s.clients.delete("web", now=NOW)),
    "a resource added": ("catalogue", lambda s: s.resources.add(given.resource("urn:new"))),
    "a resource removed": ("catalogue", lambda s: s.resources.delete("https://api.example")),
    "a key added": ("keys", lambda s: s.signing_keys.add(given.signing_key("b"), expected="a")),
    "a key revoked": ("keys", lambda s: s.signing_keys.revoke("a", now=NOW)),
    "a session ended": ("status", lambda s: s.sessions.end("session", now=NOW)),
}


@pytest.fixture
async def furnished(storage: Storage) -> Storage:
    await given.signed_in(storage)
    await storage.resources.add(given.resource())
    await storage.signing_keys.add(given.signing_key("a"), expected=None)
    return storage


@pytest.mark.parametrize(("counter", "verb"), CHANGES.values(), ids=CHANGES.keys())
async def test_a_change_moves_its_counter(furnished: Storage, counter: str, verb: Verb) -> None:
    before = await furnished.changes()
    assert await furnished.changes() == before
    await verb(furnished)
    after = await furnished.changes()
    assert getattr(after, counter) > getattr(before, counter)


async def test_what_nobody_caches_moves_no_counter(furnished: Storage) -> None:
    before = await furnished.changes()
    grant = await given.signed_in(furnished)
    await given.bought(furnished, grant)
    await furnished.sessions.touch("session", now=NOW + 60)
    await furnished.grants.end("unknown", now=NOW)
    await furnished.sessions.end("unknown", now=NOW)
    await furnished.check()
    assert await furnished.changes() == before


async def test_revoking_access_tokens_moves_the_status_counter(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    before = await storage.changes()
    await storage.grants.revoke_access_tokens(grant.grant_id, status=grant.status, now=NOW)
    assert (await storage.changes()).status > before.status


async def test_nothing_that_counts_is_forgotten(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    token = await given.bought(storage, grant)
    alone = await given.service(storage)
    await storage.attempts.take("alice", limit=1, window_seconds=DAY, now=NOW)
    await storage.client_assertions.consume_jti("web", "jti", expires_at=NOW + 60, now=NOW)
    await storage.password_links.add(given.link())
    await storage.signing_keys.add(given.signing_key("a"), expected=None)
    assert await storage.purge(now=NOW + 60) == 0
    assert await storage.grants.find(grant.grant_id) == grant
    assert await storage.grants.find(alone.grant_id) == alone
    assert await storage.refresh_tokens.find(token.token_hash) == token
    assert await storage.sessions.find("session") is not None
    assert await storage.password_links.find(given.link().token_hash) is not None
    assert await storage.attempts.take("alice", limit=1, window_seconds=DAY, now=NOW + 60) > 0
    with pytest.raises(AlreadyUsed):
        await storage.client_assertions.consume_jti("web", "jti", expires_at=NOW + 60, now=NOW + 60)


async def test_what_is_over_is_forgotten(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    token = await given.bought(storage, grant)
    alone = await given.service(storage)
    await storage.attempts.take("alice", limit=1, window_seconds=DAY, now=NOW)
    await storage.client_assertions.consume_jti("web", "jti", expires_at=NOW + 60, now=NOW)
    await storage.password_links.add(given.link())
    await storage.signing_keys.add(given.signing_key("a"), expected=None)
    assert await storage.purge(now=LONG_AFTER) >= 7
    assert await storage.purge(now=LONG_AFTER) == 0
    assert await storage.grants.find(grant.grant_id) is None
    assert await storage.grants.find_by_status(grant.status) is None
    assert await storage.refresh_tokens.find(token.token_hash) is None
    assert await storage.sessions.find("session") is None
    assert await storage.password_links.find(given.link().token_hash) is None
    assert await storage.users.find("usr_alice") is not None
    assert await storage.clients.find("web") is not None
    assert len(await storage.signing_keys.list()) == 1
    assert await storage.grants.find(alone.grant_id) == alone
    assert await storage.status_lists.is_revoked(grant.status)
    assert not await storage.status_lists.is_revoked(alone.status)


async def test_a_set_bit_stays_set_as_long_as_a_token_may_live(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    await storage.grants.end(grant.grant_id, now=NOW)
    last_second = NOW + MAXIMUM_ACCESS_TOKEN_SECONDS
    await storage.purge(now=last_second)
    bits = await storage.status_lists.find(grant.status.list_id)
    assert bits is not None
    assert bits.revoked == (grant.status.index,)
    before = await storage.changes()
    await storage.purge(now=last_second + HOUR)
    bits = await storage.status_lists.find(grant.status.list_id)
    assert bits is not None
    assert bits.revoked == ()
    assert await storage.status_lists.is_revoked(grant.status)
    assert (await storage.changes()).status > before.status


async def test_a_grant_lives_as_long_as_its_refresh_token(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    code = given.code(grant)
    await storage.authorization_codes.add(code)
    token = given.refresh_token(grant, expires_at=NOW + 30 * DAY)
    await storage.authorization_codes.redeem(code.code_hash, refresh_token=token, now=NOW)
    await storage.purge(now=NOW + 30 * DAY - 1)
    assert await storage.sessions.find("session") is None
    assert await storage.grants.find(grant.grant_id) == grant
    assert await storage.refresh_tokens.find(token.token_hash) == token
    await storage.sessions.end("session", now=NOW + 30 * DAY - 1)
    assert await storage.status_lists.is_revoked(grant.status)


async def test_a_spent_code_is_remembered_for_an_hour_after_its_end(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    await given.bought(storage, grant)
    spent = given.code(grant, "swc_for_swr_one").code_hash
    await storage.purge(now=NOW + 60 + HOUR - 1)
    with pytest.raises(AlreadyUsed) as refused:
        await storage.authorization_codes.redeem(spent, refresh_token=None, now=NOW + HOUR)
    assert refused.value.grant_id == grant.grant_id
    await storage.purge(now=NOW + 60 + HOUR)
    with pytest.raises(NotFound):
        await storage.authorization_codes.redeem(spent, refresh_token=None, now=NOW + HOUR)


async def test_forgetting_takes_more_than_one_step(storage: Storage) -> None:
    for number in range(1201):
        await storage.attempts.take(f"bucket {number}", limit=1, window_seconds=1, now=NOW)
    assert await storage.purge(now=NOW + 1) == 1201


async def test_a_closed_storage_says_so(storage: Storage) -> None:
    await storage.users.add(given.user())
    await storage.check()
    await storage.close()
    await storage.close()
    for verb in (
        storage.check(),
        storage.users.find("usr_alice"),
        storage.users.list(),
        storage.changes(),
        storage.sessions.touch("session", now=NOW),
    ):
        with pytest.raises(StorageUnavailable):
            await verb
