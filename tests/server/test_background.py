"""What is done unasked goes on after a failure, and tells of it once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sealwax.server.background import Background
from sealwax.server.key_ring import KeyNotReady
from sealwax.storage.contracts import Changes, StorageUnavailable
from tests.server.given import NOW, Issuer, client, issuer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with issuer(tmp_path) as opened:
        yield opened


async def test_a_look_drops_what_changed(given: Issuer) -> None:
    services = given.services
    await services.storage.clients.add(client())
    assert await services.catalogue.client("client-1") is not None
    await services.storage.clients.delete("client-1", now=NOW)
    await Background(services).look()
    assert await services.catalogue.client("client-1") is None


async def test_a_look_makes_the_key_that_was_asked_for(given: Issuer) -> None:
    ring = given.services.key_ring
    with pytest.raises(KeyNotReady):
        ring.signing_key("ES384")
    await Background(given.services).look()
    assert ring.signing_key("ES384").algorithm == "ES384"


async def test_keeping_keys_rotates_them_when_it_is_time(given: Issuer) -> None:
    background = Background(given.services)
    await background.keep_keys()
    assert len(await given.services.storage.signing_keys.list()) == 2
    given.clock.advance(89 * 86_400)
    await background.keep_keys()
    assert len(await given.services.storage.signing_keys.list()) == 4


async def test_a_change_of_the_keys_is_told_once(given: Issuer) -> None:
    background = Background(given.services)
    for _ in range(3):
        await background.look()
    assert len(given.events("keys_published")) == 1
    fresh = await given.services.key_ring.rotate("ES256")
    for _ in range(3):
        await background.look()
    first, second = given.events("keys_published")
    assert set(second["kid"]) - set(first["kid"]) == {fresh.kid}


async def test_purging_says_how_much_was_forgotten(given: Issuer) -> None:
    await given.services.throttle.take("alice", "203.0.113.9")
    given.clock.advance(10 * 86_400)
    await Background(given.services).purge()
    (event,) = given.events("purged")
    assert event["count"] >= 3


async def test_a_storage_that_fails_is_told_once_and_asked_again(given: Issuer) -> None:
    changes = given.services.storage.changes
    is_down = True

    async def failing() -> Changes:
        if is_down:
            raise StorageUnavailable("the disk is gone")
        return await changes()

    given.services.storage.changes = failing  # type: ignore[method-assign]  # a failing storage
    background = Background(given.services)
    for _ in range(5):
        await background.look()
    assert len(given.events("watch_failed")) == 1
    is_down = False
    await background.look()
    is_down = True
    await background.look()
    assert len(given.events("watch_failed")) == 2


async def test_any_other_failure_ends_no_task(given: Issuer) -> None:
    async def broken() -> Changes:
        raise RuntimeError("a bug")

    given.services.storage.changes = broken  # type: ignore[method-assign]  # a broken storage
    background = Background(given.services)
    background.start()
    for _ in range(200):
        if len(given.events("watch_failed")) > 1:
            break
        await asyncio.sleep(0.05)
    else:
        pytest.fail("the task did not go on")
    await background.stop()
    assert given.events("watch_failed")[0]["error_type"] == "RuntimeError"


async def test_the_tasks_start_at_once_and_end_when_told(given: Issuer) -> None:
    background = Background(given.services)
    before = len(asyncio.all_tasks())
    background.start()
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == before + 2
    await background.stop()
    assert len(asyncio.all_tasks()) == before
