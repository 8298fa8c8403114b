"""Attempts and the `jti` of client assertions: small things that are counted or spent."""

from __future__ import annotations

import pytest

from sealwax.storage.contracts import AlreadyUsed, Storage
from tests.storage.given import NOW
from tests.storage.racing import race, tally

pytestmark = pytest.mark.anyio


async def test_of_fifty_attempts_exactly_as_many_as_allowed_go_on(storage: Storage) -> None:
    waits = await race(
        lambda _: storage.attempts.take("alice", limit=7, window_seconds=60, now=NOW)
    )
    assert sorted(map(str, waits)) == ["0"] * 7 + ["60"] * 43


async def test_a_window_begins_with_its_first_attempt_and_does_not_move(storage: Storage) -> None:
    async def take(now: int) -> int:
        return await storage.attempts.take("alice", limit=2, window_seconds=60, now=now)

    assert [await take(NOW), await take(NOW + 59), await take(NOW + 59)] == [0, 0, 1]
    assert await take(NOW + 30) == 30
    assert [await take(NOW + 60), await take(NOW + 61), await take(NOW + 62)] == [0, 0, 58]


async def test_buckets_do_not_know_each_other_and_one_can_be_forgotten(storage: Storage) -> None:
    async def take(bucket: str) -> int:
        return await storage.attempts.take(bucket, limit=1, window_seconds=60, now=NOW)

    assert [await take("alice"), await take("alice"), await take("bob")] == [0, 60, 0]
    await storage.attempts.clear("alice")
    await storage.attempts.clear("unknown")
    assert [await take("alice"), await take("bob")] == [0, 60]


async def test_a_bucket_can_be_asked_without_counting(storage: Storage) -> None:
    assert not await storage.attempts.is_counting("alice", now=NOW)
    await storage.attempts.take("alice", limit=2, window_seconds=60, now=NOW)
    assert [await storage.attempts.is_counting("alice", now=NOW + 59) for _ in range(3)] == [
        True
    ] * 3
    assert await storage.attempts.take("alice", limit=2, window_seconds=60, now=NOW + 59) == 0
    assert not await storage.attempts.is_counting("alice", now=NOW + 60)
    assert not await storage.attempts.is_counting("bob", now=NOW)


@pytest.mark.parametrize(("limit", "window_seconds"), [(0, 60), (1, 0)])
async def test_a_limit_that_lets_nobody_or_everybody_through_is_refused(
    storage: Storage, limit: int, window_seconds: int
) -> None:
    with pytest.raises(ValueError, match="accepted: 1 or more"):
        await storage.attempts.take("alice", limit=limit, window_seconds=window_seconds, now=NOW)


async def test_a_jti_is_spent_by_one_of_fifty(storage: Storage) -> None:
    outcomes = await race(
        lambda number: storage.client_assertions.consume_jti(
            "web", "jti", expires_at=NOW + 60 + number, now=NOW
        )
    )
    assert tally(outcomes) == {"won": 1, "AlreadyUsed": 49}
    refused = next(one for one in outcomes if isinstance(one, AlreadyUsed))
    assert (refused.kind, refused.grant_id) == ("client assertion", None)


async def test_a_jti_is_of_one_client_and_remembered_through_its_last_second(
    storage: Storage,
) -> None:
    async def consume(client_id: str, now: int) -> None:
        await storage.client_assertions.consume_jti(client_id, "jti", expires_at=NOW + 60, now=now)

    await consume("web", NOW)
    await consume("other", NOW)
    with pytest.raises(AlreadyUsed):
        await consume("web", NOW + 60)
    await consume("web", NOW + 61)
