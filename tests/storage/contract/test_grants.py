"""Grants and their status indexes, as every storage keeps them."""

from __future__ import annotations

import pytest

from sealwax.records import Grant, StatusReference
from sealwax.storage.contracts import NotFound, Storage
from tests.storage import given
from tests.storage.given import HOUR, NOW
from tests.storage.racing import race, tally

pytestmark = pytest.mark.anyio


async def test_a_grant_is_the_same_until_it_ends(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    assert (grant.client_id, grant.user_id, grant.session_id) == ("web", "usr_alice", "session")
    assert (grant.created_at, grant.ended_at) == (NOW, None)
    later = await storage.grants.ensure(
        "web", user_id="usr_alice", session_id="session", now=NOW + 9
    )
    assert later == grant
    assert await storage.grants.find(grant.grant_id) == grant
    assert await storage.grants.find("unknown") is None


async def test_each_client_session_and_service_has_its_own_grant(storage: Storage) -> None:
    grants = [
        await given.signed_in(storage),
        await given.signed_in(storage, client_id="other"),
        await given.signed_in(storage, session_id="second"),
        await storage.grants.ensure("web", user_id=None, session_id=None, now=NOW),
        await given.service(storage),
    ]
    assert len({grant.grant_id for grant in grants}) == 5
    assert len({grant.status for grant in grants}) == 5


@pytest.mark.parametrize("by_itself", [False, True])
async def test_fifty_at_once_get_one_grant(storage: Storage, *, by_itself: bool) -> None:
    await storage.users.add(given.user())
    await storage.clients.add(given.client())
    await storage.sessions.add(given.session())
    user_id, session_id = (None, None) if by_itself else ("usr_alice", "session")
    outcomes = await race(
        lambda number: storage.grants.ensure(
            "web", user_id=user_id, session_id=session_id, now=NOW + number
        )
    )
    assert tally(outcomes) == {"won": 50}
    assert len(set(outcomes)) == 1


@pytest.mark.parametrize(
    ("client_id", "user_id", "session_id", "kind"),
    [
        ("unknown", None, None, "client"),
        ("unknown", "usr_alice", "session", "client"),
        ("web", "usr_alice", "unknown", "session"),
        ("web", "usr_bob", "session", "session"),
        ("web", None, "session", "session"),
        ("web", "usr_alice", None, "session"),
    ],
)
async def test_no_grant_is_made_for_what_does_not_fit(
    storage: Storage, client_id: str, user_id: str | None, session_id: str | None, kind: str
) -> None:
    await given.signed_in(storage)
    await storage.users.add(given.user("bob"))
    with pytest.raises(NotFound) as refused:
        await storage.grants.ensure(client_id, user_id=user_id, session_id=session_id, now=NOW)
    assert refused.value.kind == kind


async def test_no_grant_is_made_or_given_again_in_a_session_that_is_over(storage: Storage) -> None:
    await given.signed_in(storage)
    await storage.sessions.add(given.session("ended"))
    await storage.sessions.end("ended", now=NOW)
    for session_id, now in (("ended", NOW), ("session", NOW + 12 * HOUR)):
        with pytest.raises(NotFound):
            await storage.grants.ensure("web", user_id="usr_alice", session_id=session_id, now=now)


async def test_an_ended_grant_stays_ended_and_a_new_one_takes_its_place(storage: Storage) -> None:
    first = await given.signed_in(storage)
    await storage.grants.end(first.grant_id, now=NOW + 1)
    await storage.grants.end(first.grant_id, now=NOW + 2)
    await storage.grants.end("unknown", now=NOW + 2)
    ended = await storage.grants.find(first.grant_id)
    assert ended is not None
    assert ended.ended_at == NOW + 1
    second = await given.signed_in(storage)
    assert second.grant_id != first.grant_id
    assert second.status != first.status
    assert await storage.status_lists.is_revoked(first.status)
    assert not await storage.status_lists.is_revoked(second.status)


async def test_a_grant_is_found_by_every_index_it_ever_had(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    other = await given.signed_in(storage, client_id="other")
    await storage.grants.revoke_access_tokens(grant.grant_id, status=grant.status, now=NOW)
    now_issued = await _current(storage, grant)
    assert now_issued.status != grant.status
    for status in (grant.status, now_issued.status):
        assert await storage.grants.find_by_status(status) == now_issued
    assert await storage.grants.find_by_status(other.status) == other
    assert await storage.grants.find_by_status(StatusReference("unknown", 0)) is None


async def test_fifty_revocations_of_one_index_allot_one_fresh_one(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    outcomes = await race(
        lambda number: storage.grants.revoke_access_tokens(
            grant.grant_id, status=grant.status, now=NOW + number
        )
    )
    assert tally(outcomes) == {"won": 50}
    fresh = await _current(storage, grant)
    assert fresh.status != grant.status
    assert await storage.status_lists.is_revoked(grant.status)
    assert not await storage.status_lists.is_revoked(fresh.status)
    assert fresh.ended_at is None


async def test_revoking_access_tokens_leaves_refresh_tokens_alone(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    token = await given.bought(storage, grant)
    await storage.grants.revoke_access_tokens(grant.grant_id, status=grant.status, now=NOW)
    assert await storage.refresh_tokens.find(token.token_hash) == token


async def test_only_the_holder_of_an_index_can_set_its_bit(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    other = await given.signed_in(storage, client_id="other")
    for grant_id, status in (
        (grant.grant_id, other.status),
        ("unknown", grant.status),
        (grant.grant_id, StatusReference(grant.status.list_id, -1)),
    ):
        with pytest.raises(NotFound):
            await storage.grants.revoke_access_tokens(grant_id, status=status, now=NOW)
    assert not await storage.status_lists.is_revoked(grant.status)
    assert not await storage.status_lists.is_revoked(other.status)


async def test_an_ended_grant_gets_no_fresh_index(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    await storage.grants.end(grant.grant_id, now=NOW)
    await storage.grants.revoke_access_tokens(grant.grant_id, status=grant.status, now=NOW)
    assert (await _current(storage, grant)).status == grant.status


async def test_a_list_shows_exactly_the_bits_that_are_set(storage: Storage) -> None:
    grants = [await given.signed_in(storage, client_id=f"client{n}") for n in range(20)]
    list_id = grants[0].status.list_id
    empty = await storage.status_lists.find(list_id)
    assert empty is not None
    assert (empty.list_id, empty.size, empty.revoked) == (list_id, 2**17, ())
    for grant in grants[::2]:
        await storage.grants.end(grant.grant_id, now=NOW)
    bits = await storage.status_lists.find(list_id)
    assert bits is not None
    assert bits.revoked == tuple(sorted(grant.status.index for grant in grants[::2]))
    assert await storage.status_lists.find("unknown") is None


async def test_an_index_that_was_never_allotted_counts_as_revoked(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    for status in (
        StatusReference(grant.status.list_id, grant.status.index ^ 1),
        StatusReference(grant.status.list_id, -1),
        StatusReference(grant.status.list_id, 2**17),
        StatusReference(grant.status.list_id, 2**64),
        StatusReference("unknown", grant.status.index),
    ):
        assert await storage.status_lists.is_revoked(status)


async def test_indexes_are_spread_over_the_whole_list(storage: Storage) -> None:
    indexes = [
        (await given.signed_in(storage, client_id=f"client{n}")).status.index for n in range(64)
    ]
    assert indexes != sorted(indexes)
    assert min(indexes) < 2**17 // 4  # by chance once in 10^8 runs
    assert max(indexes) > 2**17 // 4 * 3


async def _current(storage: Storage, grant: Grant) -> Grant:
    found = await storage.grants.find(grant.grant_id)
    assert found is not None
    return found
