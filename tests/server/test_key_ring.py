"""Keys are made, opened, published, rotated and revoked; whatever is signed can be verified."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sealwax.clock import ManualClock
from sealwax.entropy import SystemEntropy
from sealwax.jose import jws, jwt
from sealwax.server.key_encryption import KeyEncryptionKey, KeyEncryptionKeyError
from sealwax.server.key_ring import KeyNotReady, KeyRing
from sealwax.server.key_schedule import Schedule
from sealwax.storage.contracts import NotFound, Storage
from sealwax.storage.sqlite import open_storage
from tests.server.given import NOW, key_maker

pytestmark = pytest.mark.anyio

DAY = 86_400
SCHEDULE = Schedule(publish_ahead_seconds=DAY, rotation_seconds=90 * DAY, retention_seconds=4000)
KEK = KeyEncryptionKey(bytes(range(32)))


class Rings:
    """Rings over one storage, each as a process of its own would have it."""

    def __init__(self, storage: Storage, clock: ManualClock) -> None:
        self.storage = storage
        self.clock = clock

    async def ring(self, algorithms: tuple[str, ...] = ("ES256",), **changes: Any) -> KeyRing:  # noqa: ANN401  # options of a ring
        ring = KeyRing(
            self.storage.signing_keys,
            changes.pop("key_encryption_key", KEK),
            schedule=SCHEDULE,
            algorithms=algorithms,
            clock=self.clock,
            entropy=SystemEntropy(),
            **{"generate": key_maker(), **changes},
        )
        await ring.refresh()
        return ring


@pytest.fixture
async def rings(tmp_path: Path) -> AsyncIterator[Rings]:
    storage = await open_storage(tmp_path / "data", entropy=SystemEntropy(), exclusive=True)
    yield Rings(storage, ManualClock(NOW))
    await storage.close()


def published(ring: KeyRing) -> list[str]:
    return [member["kid"] for member in json.loads(ring.jwks_document)["keys"]]


def signed_by(ring: KeyRing, algorithm: str = "ES256") -> str:
    token = ring.sign({"sub": "a"}, typ="JWT", algorithm=algorithm)
    jws.verify(token, ring.verification_keys(), algorithms=[algorithm])
    kid = jwt.read_unverified_header(token)["kid"]
    assert isinstance(kid, str)
    return kid


async def test_a_first_start_makes_a_key_for_each_algorithm_that_signs_at_once(
    rings: Rings,
) -> None:
    ring = await rings.ring(("ES256", "RS256", "Ed25519"))
    was_ready = ring.is_ready
    await ring.prepare()
    assert (was_ready, ring.is_ready) == (False, True)
    for algorithm in ("ES256", "RS256", "Ed25519"):
        assert signed_by(ring, algorithm) in published(ring)
    assert len(published(ring)) == 3


async def test_es256_is_made_even_if_only_others_were_asked_for(rings: Rings) -> None:
    ring = await rings.ring(("Ed25519",))
    await ring.prepare()
    assert signed_by(ring, "ES256")


async def test_the_key_set_is_public_and_says_what_each_key_is_for(rings: Rings) -> None:
    ring = await rings.ring(("ES256", "RS256"))
    await ring.prepare()
    for member in json.loads(ring.jwks_document)["keys"]:
        assert {"kid", "alg", "kty", "use"} <= member.keys()
        assert member["use"] == "sig"
        assert not {"d", "p", "q", "dp", "dq", "qi", "k", "oth"} & member.keys()


async def test_storage_holds_no_private_key_in_the_clear(rings: Rings) -> None:
    ring = await rings.ring()
    await ring.prepare()
    (record,) = await rings.storage.signing_keys.list()
    private = ring.signing_key("ES256").to_jwk(private=True)["d"]
    assert private.encode() not in record.encrypted_private_key
    assert private not in record.public_jwk


async def test_a_restart_goes_on_with_the_same_keys(rings: Rings) -> None:
    first = await rings.ring(("ES256", "RS256"))
    await first.prepare()
    second = await rings.ring(("ES256", "RS256"))
    assert signed_by(second) == signed_by(first)  # opened by refresh alone
    with pytest.raises(KeyNotReady):
        second.sign({}, typ="JWT", algorithm="RS256")  # opening RSA takes long, so prepare does it
    await second.prepare()
    assert signed_by(second, "RS256") == signed_by(first, "RS256")
    assert published(second) == published(first)


async def test_another_key_encryption_key_is_said_and_changes_nothing(rings: Rings) -> None:
    await (await rings.ring()).prepare()
    before = await rings.storage.signing_keys.list()
    with pytest.raises(KeyEncryptionKeyError, match="does not open"):
        await rings.ring(key_encryption_key=KeyEncryptionKey(bytes(32)))
    assert await rings.storage.signing_keys.list() == before


async def test_an_algorithm_that_is_first_needed_now_is_made_by_the_next_prepare(
    rings: Rings,
) -> None:
    ring = await rings.ring()
    await ring.prepare()
    with pytest.raises(KeyNotReady):
        ring.sign({}, typ="JWT", algorithm="ES384")
    assert not ring.is_ready
    await ring.prepare()
    assert signed_by(ring, "ES384")


async def test_rotation_publishes_first_and_signs_a_day_later(rings: Rings) -> None:
    ring = await rings.ring()
    await ring.prepare()
    old = signed_by(ring)
    new = (await ring.rotate("ES256")).kid
    assert new != old
    assert signed_by(ring) == old
    assert published(ring) == [old, new]
    rings.clock.advance(DAY - 1)
    assert signed_by(ring) == old
    rings.clock.advance(1)
    assert signed_by(ring) == new
    rings.clock.advance(3999)
    assert published(ring) == [old, new]
    rings.clock.advance(1)
    assert published(ring) == [new]


async def test_rotation_happens_by_itself_a_day_ahead_and_only_once(rings: Rings) -> None:
    ring = await rings.ring()
    await ring.prepare()
    old = signed_by(ring)
    rings.clock.advance(89 * DAY - 1)
    await ring.prepare()
    assert len(published(ring)) == 1
    rings.clock.advance(1)
    await ring.prepare()
    await ring.prepare()
    assert len(published(ring)) == 2
    assert signed_by(ring) == old
    rings.clock.advance(DAY)
    assert signed_by(ring) != old


async def test_a_server_that_slept_through_the_rotation_still_publishes_a_day_ahead(
    rings: Rings,
) -> None:
    ring = await rings.ring()
    await ring.prepare()
    old = signed_by(ring)
    rings.clock.advance(400 * DAY)
    await ring.prepare()
    assert signed_by(ring) == old
    rings.clock.advance(DAY)
    assert signed_by(ring) != old


async def test_of_many_processes_that_rotate_at_once_one_wins_and_all_agree(rings: Rings) -> None:
    first = await rings.ring()
    await first.prepare()
    others = [await rings.ring() for _ in range(10)]
    rings.clock.advance(89 * DAY)
    await asyncio.gather(*(ring.prepare() for ring in others))
    assert len(await rings.storage.signing_keys.list()) == 2
    assert len({tuple(published(ring)) for ring in others}) == 1
    rings.clock.advance(DAY)
    assert len({signed_by(ring) for ring in others}) == 1


async def test_of_many_processes_that_start_at_once_one_makes_the_key(rings: Rings) -> None:
    starting = [await rings.ring() for _ in range(10)]
    await asyncio.gather(*(ring.prepare() for ring in starting))
    assert len(await rings.storage.signing_keys.list()) == 1
    assert len({signed_by(ring) for ring in starting}) == 1


async def test_a_revoked_key_is_gone_at_once_and_a_fresh_one_signs(rings: Rings) -> None:
    ring = await rings.ring()
    await ring.prepare()
    old = signed_by(ring)
    await ring.revoke(old)
    assert signed_by(ring) != old
    assert old not in published(ring)
    assert len(published(ring)) == 1


async def test_revoking_the_signing_key_does_not_wait_for_the_published_successor(
    rings: Rings,
) -> None:
    ring = await rings.ring()
    await ring.prepare()
    old = signed_by(ring)
    planned = (await ring.rotate("ES256")).kid
    await ring.revoke(old)
    fresh = signed_by(ring)
    assert fresh not in {old, planned}
    rings.clock.advance(DAY)
    assert signed_by(ring) == planned
    assert published(ring) == [fresh, planned]
    rings.clock.advance(4000)
    assert published(ring) == [planned]


async def test_rotation_goes_on_after_an_emergency(rings: Rings) -> None:
    """The fresh key was added behind the planned one, and signs before it."""
    ring = await rings.ring()
    await ring.prepare()
    planned = (await ring.rotate("ES256")).kid
    await ring.revoke(signed_by(ring))
    by_hand = (await ring.rotate("ES256")).kid
    assert by_hand != planned
    rings.clock.advance(DAY)
    assert signed_by(ring) in {planned, by_hand}
    rings.clock.advance(90 * DAY)
    await ring.prepare()
    before = signed_by(ring)
    rings.clock.advance(DAY)
    assert signed_by(ring) not in {before, planned, by_hand}


async def test_revoking_the_planned_successor_leaves_the_signing_key(rings: Rings) -> None:
    ring = await rings.ring()
    await ring.prepare()
    old = signed_by(ring)
    planned = (await ring.rotate("ES256")).kid
    await ring.revoke(planned)
    rings.clock.advance(10 * DAY)
    assert signed_by(ring) == old
    assert published(ring) == [old]


async def test_revoking_twice_makes_no_second_key(rings: Rings) -> None:
    ring = await rings.ring()
    await ring.prepare()
    old = signed_by(ring)
    await ring.revoke(old)
    await ring.revoke(old)
    assert len(await rings.storage.signing_keys.list()) == 2


async def test_a_key_that_is_not_there_can_not_be_revoked(rings: Rings) -> None:
    ring = await rings.ring()
    with pytest.raises(NotFound):
        await ring.revoke("nothing")


async def test_what_another_process_did_is_taken_over(rings: Rings) -> None:
    ring, other = await rings.ring(), await rings.ring()
    await ring.prepare()
    await other.refresh()
    await other.revoke(signed_by(other))
    await ring.refresh()
    assert signed_by(ring) == signed_by(other)
    assert published(ring) == published(other)


async def test_a_record_moved_under_another_name_does_not_open(rings: Rings) -> None:
    """Whoever can write the database can't make one sealed key stand for another."""
    ring = await rings.ring(("ES256", "ES384"))
    await ring.prepare()
    es256, es384 = await rings.storage.signing_keys.list()
    with pytest.raises(KeyEncryptionKeyError):
        KEK.open(
            es256.encrypted_private_key,
            associated_data=f"sealwax signing key\n{es384.kid}\n{es384.algorithm}".encode(),
        )
