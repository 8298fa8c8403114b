"""People, as every storage keeps them."""

from __future__ import annotations

import pytest

from sealwax.storage.contracts import AlreadyExists, NotFound, Storage
from tests.storage import given
from tests.storage.given import NOW
from tests.storage.racing import race, tally

pytestmark = pytest.mark.anyio


async def test_a_person_comes_back_as_kept(storage: Storage) -> None:
    alice = given.user(
        display_name="Ålice 'the' \"one\"", email=None, email_verified=False, is_administrator=True
    )
    await storage.users.add(alice)
    assert await storage.users.find("usr_alice") == alice
    assert await storage.users.find_by_username("alice") == alice
    assert await storage.users.count() == 1


async def test_nobody_is_found_by_a_name_that_only_looks_like_it(storage: Storage) -> None:
    await storage.users.add(given.user())
    assert await storage.users.find("usr_ALICE") is None
    assert await storage.users.find_by_username("ALICE") is None
    assert await storage.users.find_by_username("alic%") is None
    assert await storage.users.find_by_username("alice\x00") is None
    assert await storage.users.find_by_username("alice\ud800") is None


@pytest.mark.parametrize("hostile", ["' OR '1'='1", "x'; DROP TABLE users; --", "%", "_____", ""])
async def test_text_that_looks_like_a_query_is_text(storage: Storage, hostile: str) -> None:
    await storage.users.add(given.user())
    assert await storage.users.find(hostile) is None
    assert await storage.users.find_by_username(hostile) is None
    assert await storage.sessions.list(user_id=hostile, now=NOW) == []
    odd = given.user(user_id=f"usr_{hostile}", username=f"~{hostile}", display_name=hostile)
    await storage.users.add(odd)
    assert await storage.users.list(after=f"~{hostile}") == []
    assert await storage.users.find_by_username(f"~{hostile}") == odd
    assert await storage.users.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"user_id": "usr_other"}, "username"), ({"username": "other"}, "user_id"), ({}, "user_id")],
)
async def test_a_taken_name_or_id_is_refused(
    storage: Storage, changes: dict[str, str], field: str
) -> None:
    await storage.users.add(given.user())
    with pytest.raises(AlreadyExists) as refused:
        await storage.users.add(given.user(**changes))
    assert (refused.value.kind, refused.value.field) == ("user", field)
    assert await storage.users.count() == 1


async def test_of_fifty_who_want_one_name_one_gets_it(storage: Storage) -> None:
    outcomes = await race(
        lambda number: storage.users.add(given.user(user_id=f"usr_{number}", username="alice"))
    )
    assert tally(outcomes) == {"won": 1, "AlreadyExists": 49}


async def test_the_list_is_in_pages_by_username(storage: Storage) -> None:
    for name in ("dora", "bob", "carl", "alice"):
        await storage.users.add(given.user(name))
    first = await storage.users.list(limit=3)
    assert [one.username for one in first] == ["alice", "bob", "carl"]
    rest = await storage.users.list(after="carl", limit=3)
    assert [one.username for one in rest] == ["dora"]
    assert await storage.users.list(after="dora") == []


async def test_a_new_password_is_kept_with_its_time(storage: Storage) -> None:
    await storage.users.add(given.user())
    await storage.users.set_password("usr_alice", "$argon2id$second", now=NOW + 5)
    kept = await storage.users.find("usr_alice")
    assert kept == given.user(
        password_hash="$argon2id$second", password_changed_at=NOW + 5, updated_at=NOW + 5
    )


async def test_a_new_password_ends_all_but_the_kept_session_and_every_unspent_link(
    storage: Storage,
) -> None:
    here = await given.signed_in(storage, session_id="here")
    there = await given.signed_in(storage, session_id="there")
    await storage.password_links.add(given.link())
    await storage.users.set_password(
        "usr_alice", "$argon2id$second", now=NOW + 5, keep_session_id="here"
    )
    living = await storage.sessions.list(user_id="usr_alice", now=NOW + 5)
    assert [one.session_id for one in living] == ["here"]
    assert not await storage.status_lists.is_revoked(here.status)
    assert await storage.status_lists.is_revoked(there.status)
    assert await storage.password_links.find(given.link().token_hash) is None


async def test_a_hash_is_replaced_only_while_it_is_the_one_that_was_seen(storage: Storage) -> None:
    await storage.users.add(given.user())
    outcomes = await race(
        lambda number: storage.users.replace_password_hash(
            "usr_alice", old="$argon2id$first", new=f"$argon2id${number}"
        )
    )
    assert outcomes.count(True) == 1
    kept = await storage.users.find("usr_alice")
    assert kept is not None
    assert kept.password_hash == f"$argon2id${outcomes.index(True)}"
    assert kept.password_changed_at is None


async def test_a_rehash_ends_no_session(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    await storage.users.replace_password_hash("usr_alice", old="$argon2id$first", new="$new")
    assert not await storage.status_lists.is_revoked(grant.status)


async def test_disabling_keeps_its_first_time_and_enabling_brings_nothing_back(
    storage: Storage,
) -> None:
    grant = await given.signed_in(storage)
    await storage.password_links.add(given.link())
    await storage.users.set_disabled("usr_alice", disabled=True, now=NOW + 1)
    await storage.users.set_disabled("usr_alice", disabled=True, now=NOW + 2)
    disabled = await storage.users.find("usr_alice")
    assert disabled is not None
    assert disabled.disabled_at == NOW + 1
    await storage.users.set_disabled("usr_alice", disabled=False, now=NOW + 3)
    enabled = await storage.users.find("usr_alice")
    assert enabled is not None
    assert enabled.disabled_at is None
    assert await storage.status_lists.is_revoked(grant.status)
    assert await storage.sessions.list(user_id="usr_alice", now=NOW + 3) == []
    assert await storage.password_links.find(given.link().token_hash) is None
    with pytest.raises(NotFound):
        await storage.grants.ensure("web", user_id="usr_alice", session_id="session", now=NOW + 3)


async def test_a_removed_person_leaves_nothing_but_a_used_id(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    await storage.password_links.add(given.link())
    await storage.users.delete("usr_alice", now=NOW + 1)
    assert await storage.users.find("usr_alice") is None
    assert await storage.users.find_by_username("alice") is None
    assert await storage.users.count() == 0
    assert await storage.password_links.find(given.link().token_hash) is None
    assert await storage.status_lists.is_revoked(grant.status)
    with pytest.raises(AlreadyExists) as refused:
        await storage.users.add(given.user(username="somebody-else"))
    assert refused.value.field == "user_id"
    await storage.users.add(given.user(user_id="usr_new"))


async def test_what_nobody_has_can_not_be_changed(storage: Storage) -> None:
    for attempt in (
        storage.users.set_password("usr_nobody", "$argon2id$", now=NOW),
        storage.users.set_disabled("usr_nobody", disabled=True, now=NOW),
        storage.users.set_disabled("usr_nobody", disabled=False, now=NOW),
        storage.users.delete("usr_nobody", now=NOW),
    ):
        with pytest.raises(NotFound) as refused:
            await attempt
        assert refused.value.kind == "user"
    assert not await storage.users.replace_password_hash("usr_nobody", old="a", new="b")
