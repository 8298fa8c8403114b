"""Status lists that fill up, and the random source behind their indexes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealwax.entropy import Entropy, SeededEntropy, SystemEntropy
from sealwax.storage.contracts import Storage, StorageUnavailable
from sealwax.storage.sqlite.opening import Opening
from sealwax.storage.sqlite.schema import known_migrations
from tests.storage import given
from tests.storage.given import DAY, NOW
from tests.storage.sqlite.folders import inside

pytestmark = pytest.mark.anyio


async def _open(folder: Path, size: int, entropy: Entropy | None = None) -> Storage:
    opening = Opening(folder, entropy or SystemEntropy(), known_migrations(), status_list_size=size)
    return await opening.open(exclusive=True)


async def test_a_list_is_closed_when_it_is_half_full(folder: Path) -> None:
    storage = await _open(folder, 16)
    grants = [await given.signed_in(storage, client_id=f"client{n}") for n in range(20)]
    lists = [grant.status.list_id for grant in grants]
    assert [len(set(lists[:8])), len(set(lists[8:16])), len(set(lists))] == [1, 1, 3]
    assert len({grant.status for grant in grants}) == 20
    assert all(0 <= grant.status.index < 16 for grant in grants)
    bits = await storage.status_lists.find(lists[0])
    assert bits is not None
    assert bits.size == 16
    await storage.close()


async def test_a_forgotten_index_is_never_given_out_again(folder: Path) -> None:
    storage = await _open(folder, 64)
    seen = set()
    for turn in range(60):
        grant = await given.signed_in(storage, client_id=f"client{turn}")
        assert grant.status not in seen
        seen.add(grant.status)
        await storage.grants.end(grant.grant_id, now=NOW)
        await storage.purge(now=NOW + 2 * DAY)
        assert await storage.grants.find(grant.grant_id) is None
        assert await storage.status_lists.is_revoked(grant.status)
        await storage.sessions.add(given.session()) if not await storage.sessions.find(
            "session"
        ) else None
    assert len({status.list_id for status in seen}) == 2
    await storage.close()


async def test_a_closed_list_is_forgotten_with_its_last_grant(folder: Path) -> None:
    storage = await _open(folder, 8)
    old = [await given.signed_in(storage, client_id=f"old{n}") for n in range(4)]
    young = await given.signed_in(storage, client_id="young")
    for grant in old[1:]:
        await storage.grants.end(grant.grant_id, now=NOW)
    await storage.purge(now=NOW + 2 * DAY - 12 * 3600)
    closed = await storage.status_lists.find(old[0].status.list_id)
    assert closed is not None
    assert closed.revoked == ()
    await storage.grants.end(old[0].grant_id, now=NOW)
    await storage.purge(now=NOW + 2 * DAY)
    assert await storage.status_lists.find(old[0].status.list_id) is None
    assert await storage.status_lists.is_revoked(old[0].status)
    assert await storage.status_lists.find(young.status.list_id) is not None
    await storage.close()
    with inside(folder) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchone() is None


async def test_a_random_source_that_repeats_itself_is_refused(folder: Path) -> None:
    class Stuck:
        def __init__(self) -> None:
            self._seeded = SeededEntropy(1)

        def token_bytes(self, size_bytes: int) -> bytes:
            return bytes(8) if size_bytes == 8 else self._seeded.token_bytes(size_bytes)

    storage = await _open(folder, 16, Stuck())
    await given.signed_in(storage)
    with pytest.raises(StorageUnavailable, match="the random source repeats itself"):
        await given.signed_in(storage, client_id="other")
    await storage.close()


async def test_a_list_half_full_of_set_bits_is_read_whole(folder: Path) -> None:
    storage = await _open(folder, 2**17)
    grant = await given.signed_in(storage)
    list_id = grant.status.list_id
    indexes = [n for n in range(1, 2**17, 2) if n != grant.status.index]
    with inside(folder) as connection:
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO status_entries (list_id, idx, grant_id, revoked_at) VALUES (?, ?, ?, ?)",
            ((list_id, n, grant.grant_id, NOW) for n in indexes),
        )
        connection.execute("COMMIT")
    bits = await storage.status_lists.find(list_id)
    assert bits is not None
    assert bits.revoked == tuple(indexes)
    await storage.close()
