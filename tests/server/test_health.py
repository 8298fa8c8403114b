"""Alive is one thing, able to serve another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sealwax.server.key_ring import KeyNotReady
from sealwax.storage.contracts import StorageUnavailable
from tests.server.given import Issuer, issuer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with issuer(tmp_path) as opened:
        yield opened


def break_storage(given: Issuer) -> list[str]:
    """Make every check fail; give a list that grows with each."""
    asked: list[str] = []

    async def failing() -> None:
        asked.append("asked")
        raise StorageUnavailable("the disk is full: /var/secret/place")

    given.services.storage.check = failing  # type: ignore[method-assign]  # a failing storage
    return asked


async def test_a_server_that_can_serve_is_ready(given: Issuer) -> None:
    assert (await given.ask("GET", "/health/ready")).json() == {"status": "ready"}
    assert (await given.ask("GET", "/health/live")).json() == {"status": "live"}


async def test_a_server_without_storage_lives_and_is_not_ready(given: Issuer) -> None:
    break_storage(given)
    answer = await given.ask("GET", "/health/ready")
    assert answer.status == 503
    assert answer.json() == {"status": "storage unavailable"}  # and nothing of where it lies
    assert (await given.ask("GET", "/health/live")).status == 200
    (event,) = given.events("not_ready")
    assert "the disk is full" in event["reason"]


async def test_asking_often_asks_storage_seldom(given: Issuer) -> None:
    asked = break_storage(given)
    for _ in range(50):
        assert (await given.ask("GET", "/health/ready")).status == 503
    assert len(asked) == 1
    given.clock.advance(2)
    await given.ask("GET", "/health/ready")
    assert len(asked) == 2


async def test_a_server_whose_key_is_still_being_made_is_not_ready(given: Issuer) -> None:
    with pytest.raises(KeyNotReady):
        given.services.key_ring.signing_key("ES512")
    assert (await given.ask("GET", "/health/ready")).json() == {"status": "no signing key"}
    await given.services.key_ring.prepare()
    given.clock.advance(2)
    assert (await given.ask("GET", "/health/ready")).status == 200


async def test_health_is_cached_by_nobody(given: Issuer) -> None:
    for path in ("/health/live", "/health/ready"):
        assert (await given.ask("GET", path)).header("cache-control") == "no-store"
