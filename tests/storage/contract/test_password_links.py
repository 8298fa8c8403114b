"""One-time links, as every storage keeps them."""

from __future__ import annotations

import pytest

from sealwax.secret import sha256_hex
from sealwax.storage.contracts import AlreadyExists, AlreadyUsed, NotFound, Storage
from tests.storage import given
from tests.storage.given import DAY, NOW
from tests.storage.racing import race, tally

pytestmark = pytest.mark.anyio

LINK = given.link()


async def test_a_link_comes_back_as_kept(storage: Storage) -> None:
    await storage.users.add(given.user())
    await storage.password_links.add(LINK)
    assert await storage.password_links.find(LINK.token_hash) == LINK
    assert await storage.password_links.find(sha256_hex("swl_other")) is None


async def test_a_link_is_spent_by_one_of_fifty(storage: Storage) -> None:
    await storage.users.add(given.user())
    await storage.password_links.add(LINK)
    outcomes = await race(
        lambda number: storage.password_links.redeem(LINK.token_hash, f"$new{number}", now=NOW + 1)
    )
    assert tally(outcomes) == {"won": 1, "AlreadyUsed": 49}
    alice = await storage.users.find("usr_alice")
    assert alice is not None
    assert alice.password_hash == f"$new{outcomes.index(None)}"
    spent = await storage.password_links.find(LINK.token_hash)
    assert spent is not None
    assert spent.redeemed_at == NOW + 1


async def test_a_spent_link_ends_what_stood_on_the_old_password(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    await storage.password_links.add(LINK)
    await storage.password_links.redeem(LINK.token_hash, "$new", now=NOW + 1)
    assert await storage.sessions.list(user_id="usr_alice", now=NOW + 1) == []
    assert await storage.status_lists.is_revoked(grant.status)


async def test_a_new_link_stops_the_earlier_one(storage: Storage) -> None:
    await storage.users.add(given.user())
    await storage.users.add(given.user("bob"))
    other = given.link("swl_of_bob", "usr_bob")
    await storage.password_links.add(other)
    await storage.password_links.add(LINK)
    await storage.password_links.add(given.link("swl_two"))
    with pytest.raises(NotFound):
        await storage.password_links.redeem(LINK.token_hash, "$new", now=NOW + 1)
    assert await storage.password_links.find(other.token_hash) == other


async def test_a_link_ends_at_its_time(storage: Storage) -> None:
    await storage.users.add(given.user())
    await storage.password_links.add(LINK)
    with pytest.raises(NotFound):
        await storage.password_links.redeem(LINK.token_hash, "$new", now=NOW + DAY)
    await storage.password_links.redeem(LINK.token_hash, "$new", now=NOW + DAY - 1)


async def test_links_that_are_unknown_taken_or_of_nobody_are_refused(storage: Storage) -> None:
    with pytest.raises(NotFound) as refused:
        await storage.password_links.add(LINK)
    assert refused.value.kind == "user"
    await storage.users.add(given.user())
    with pytest.raises(NotFound) as unknown:
        await storage.password_links.redeem(LINK.token_hash, "$new", now=NOW)
    assert unknown.value.kind == "password link"
    await storage.password_links.add(LINK)
    await storage.password_links.redeem(LINK.token_hash, "$new", now=NOW)
    with pytest.raises(AlreadyExists):
        await storage.password_links.add(LINK)
    with pytest.raises(AlreadyUsed):
        await storage.password_links.redeem(LINK.token_hash, "$again", now=NOW)
