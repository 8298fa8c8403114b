"""Signing keys, as every storage keeps them."""

from __future__ import annotations

import dataclasses

import pytest

from sealwax.storage.contracts import AlreadyExists, AlreadyUsed, NotFound, Storage
from tests.storage import given
from tests.storage.given import NOW
from tests.storage.racing import race, tally

pytestmark = pytest.mark.anyio

FIRST = given.signing_key("first")
SECOND = given.signing_key("second", signs_from=NOW + 10)


async def test_keys_come_back_as_kept_the_oldest_first(storage: Storage) -> None:
    rsa = given.signing_key("another", "RS256")
    await storage.signing_keys.add(FIRST, expected=None)
    await storage.signing_keys.add(rsa, expected=None)
    await storage.signing_keys.add(SECOND, expected="first")
    assert await storage.signing_keys.list() == [FIRST, rsa, SECOND]


async def test_a_rotation_replaces_the_predecessor_in_the_same_step(storage: Storage) -> None:
    await storage.signing_keys.add(FIRST, expected=None)
    leaving = dataclasses.replace(FIRST, signs_until=NOW + 10, removed_at=NOW + 700)
    await storage.signing_keys.add(SECOND, expected="first", predecessor=leaving)
    assert await storage.signing_keys.list() == [leaving, SECOND]


@pytest.mark.parametrize("expected", [None, "first"])
async def test_one_of_fifty_rotations_comes_first(storage: Storage, expected: str | None) -> None:
    if expected is not None:
        await storage.signing_keys.add(FIRST, expected=None)
    outcomes = await race(
        lambda number: storage.signing_keys.add(
            given.signing_key(f"key{number}"), expected=expected
        )
    )
    assert tally(outcomes) == {"won": 1, "AlreadyUsed": 49}
    newest = (await storage.signing_keys.list())[-1]
    assert newest.kid == f"key{outcomes.index(None)}"


async def test_a_lost_rotation_changes_nothing(storage: Storage) -> None:
    await storage.signing_keys.add(FIRST, expected=None)
    leaving = dataclasses.replace(FIRST, signs_until=NOW)
    for expected in (None, "unknown"):
        with pytest.raises(AlreadyUsed):
            await storage.signing_keys.add(SECOND, expected=expected, predecessor=leaving)
    with pytest.raises(AlreadyExists) as refused:
        await storage.signing_keys.add(FIRST, expected="first")
    assert refused.value.field == "kid"
    unknown = dataclasses.replace(leaving, kid="unknown")
    with pytest.raises(NotFound):
        await storage.signing_keys.add(SECOND, expected="first", predecessor=unknown)
    assert await storage.signing_keys.list() == [FIRST]


async def test_a_revoked_key_is_no_longer_the_newest(storage: Storage) -> None:
    await storage.signing_keys.add(FIRST, expected=None)
    await storage.signing_keys.add(SECOND, expected="first")
    await storage.signing_keys.revoke("second", now=NOW + 1)
    await storage.signing_keys.revoke("second", now=NOW + 2)
    revoked = dataclasses.replace(SECOND, revoked_at=NOW + 1)
    assert await storage.signing_keys.list() == [FIRST, revoked]
    third = given.signing_key("third")
    with pytest.raises(AlreadyUsed):
        await storage.signing_keys.add(third, expected="second")
    await storage.signing_keys.add(third, expected="first")
    await storage.signing_keys.revoke("first", now=NOW + 3)
    await storage.signing_keys.revoke("third", now=NOW + 3)
    await storage.signing_keys.add(given.signing_key("fourth"), expected=None)
    with pytest.raises(NotFound) as refused:
        await storage.signing_keys.revoke("unknown", now=NOW)
    assert refused.value.kind == "signing key"
