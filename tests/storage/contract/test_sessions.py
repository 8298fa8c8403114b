"""Sign-in sessions, as every storage keeps them."""

from __future__ import annotations

import pytest

from sealwax.secret import sha256_hex
from sealwax.storage.contracts import AlreadyExists, NotFound, Storage
from tests.storage import given
from tests.storage.given import HOUR, NOW
from tests.storage.racing import race, tally

pytestmark = pytest.mark.anyio


async def test_a_session_comes_back_by_its_id_and_by_its_cookie(storage: Storage) -> None:
    await storage.users.add(given.user())
    browser = given.session()
    direct = given.session("direct", kind="direct", secret_hash=None, client_id="web")
    await storage.sessions.add(browser)
    await storage.sessions.add(direct)
    assert await storage.sessions.find("session") == browser
    assert await storage.sessions.find_by_secret(sha256_hex("swk_session")) == browser
    assert await storage.sessions.find("direct") == direct
    assert await storage.sessions.find_by_secret(sha256_hex("swk_direct")) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"secret_hash": sha256_hex("swk_x")}, "session_id"),
        ({"session_id": "x", "secret_hash": sha256_hex("swk_session")}, "secret_hash"),
    ],
)
async def test_a_taken_id_or_cookie_is_refused(
    storage: Storage, changes: dict[str, str], field: str
) -> None:
    await storage.users.add(given.user())
    await storage.sessions.add(given.session())
    with pytest.raises(AlreadyExists) as refused:
        await storage.sessions.add(given.session(**changes))
    assert refused.value.field == field


async def test_nobody_signs_in_who_is_unknown_or_disabled(storage: Storage) -> None:
    with pytest.raises(NotFound):
        await storage.sessions.add(given.session())
    await storage.users.add(given.user())
    await storage.users.set_disabled("usr_alice", disabled=True, now=NOW)
    with pytest.raises(NotFound) as refused:
        await storage.sessions.add(given.session())
    assert refused.value.kind == "user"
    assert await storage.sessions.find("session") is None


async def test_a_sign_in_that_began_before_the_password_changed_comes_too_late(
    storage: Storage,
) -> None:
    await storage.users.add(given.user())
    await storage.users.set_password("usr_alice", "$second", now=NOW)
    with pytest.raises(NotFound):
        await storage.sessions.add(given.session(), password_hash="$argon2id$first")
    await storage.sessions.add(given.session(), password_hash="$second")


async def test_the_list_has_living_sessions_by_id(storage: Storage) -> None:
    await storage.users.add(given.user())
    await storage.users.add(given.user("bob"))
    for name, owner in (("c", "usr_alice"), ("a", "usr_alice"), ("b", "usr_bob"), ("d", "usr_bob")):
        await storage.sessions.add(given.session(name, owner))
    await storage.sessions.end("d", now=NOW)
    brief = given.session("brief", expires_at=NOW + 5)
    await storage.sessions.add(brief)

    async def listed(**question: object) -> list[str]:
        return [one.session_id for one in await storage.sessions.list(**question)]  # type: ignore[arg-type]  # a table of arguments

    assert await listed(now=NOW + 4) == ["a", "b", "brief", "c"]
    assert await listed(now=NOW + 5) == ["a", "b", "c"]
    assert await listed(now=NOW + 5, after="a", limit=1) == ["b"]
    assert await listed(now=NOW + 5, user_id="usr_alice", after="a") == ["c"]
    assert await listed(now=NOW + 12 * HOUR) == []


async def test_a_session_is_seen_later_but_never_earlier_and_not_after_its_end(
    storage: Storage,
) -> None:
    await storage.users.add(given.user())
    await storage.sessions.add(given.session())

    async def last_seen_at() -> int:
        found = await storage.sessions.find("session")
        assert found is not None
        return found.last_seen_at

    await storage.sessions.touch("session", now=NOW + 60)
    assert await last_seen_at() == NOW + 60
    await storage.sessions.touch("session", now=NOW + 30)
    assert await last_seen_at() == NOW + 60
    await storage.sessions.end("session", now=NOW + 70)
    await storage.sessions.touch("session", now=NOW + 80)
    assert await last_seen_at() == NOW + 60
    await storage.sessions.touch("unknown", now=NOW)


async def test_a_session_is_ended_by_one_of_fifty(storage: Storage) -> None:
    await given.signed_in(storage)
    outcomes = await race(lambda number: storage.sessions.end("session", now=NOW + number))
    assert outcomes.count(True) == 1
    assert tally(outcomes) == {"won": 50}
    ended = await storage.sessions.find("session")
    assert ended is not None
    assert ended.ended_at == NOW + outcomes.index(True)
    assert not await storage.sessions.end("unknown", now=NOW)


async def test_ending_all_counts_the_living_ones_and_keeps_the_kept(storage: Storage) -> None:
    for name in ("a", "b", "kept"):
        await given.signed_in(storage, session_id=name)
    await storage.sessions.add(given.session("expired", expires_at=NOW + 1))
    bob = await given.signed_in(storage, "bob", session_id="of bob")
    assert await storage.sessions.end_all("usr_alice", now=NOW + 1, keep_session_id="kept") == 2
    living = await storage.sessions.list(now=NOW + 1)
    assert [one.session_id for one in living] == ["kept", "of bob"]
    assert not await storage.status_lists.is_revoked(bob.status)
    assert await storage.sessions.end_all("usr_alice", now=NOW + 2) == 1
    assert await storage.sessions.end_all("usr_alice", now=NOW + 3) == 0


async def test_a_person_who_signs_in_again_keeps_what_their_applications_were_given(
    storage: Storage,
) -> None:
    grant = await given.signed_in(storage)
    await storage.authorization_codes.add(given.code(grant))
    spent = given.code(grant, "swc_two")
    await storage.authorization_codes.add(spent)
    token = given.refresh_token(grant)
    await storage.authorization_codes.redeem(spent.code_hash, refresh_token=token, now=NOW)
    renewed = given.session("again", created_at=NOW + HOUR, expires_at=NOW + 13 * HOUR)
    await storage.sessions.add(renewed, replaces="session")
    former = await storage.sessions.find("session")
    assert former is not None
    assert former.ended_at == NOW + HOUR
    kept = await storage.grants.ensure("web", user_id="usr_alice", session_id="again", now=NOW)
    assert (kept.grant_id, kept.status, kept.ended_at) == (grant.grant_id, grant.status, None)
    assert not await storage.status_lists.is_revoked(grant.status)
    code = await storage.authorization_codes.find(given.code(grant).code_hash)
    assert code is not None
    assert code.session_id == "again"
    found = await storage.refresh_tokens.find(token.token_hash)
    assert found is not None
    assert (found.session_id, found.revoked_at) == ("again", None)
    assert await storage.sessions.end("again", now=NOW + 2 * HOUR)
    assert await storage.status_lists.is_revoked(grant.status)


async def test_another_person_in_the_same_browser_ends_what_was_given_before(
    storage: Storage,
) -> None:
    grant = await given.signed_in(storage)
    await storage.users.add(given.user("bob"))
    await storage.sessions.add(given.session("bobs", "usr_bob"), replaces="session")
    former = await storage.sessions.find("session")
    assert former is not None
    assert former.ended_at is not None
    assert await storage.status_lists.is_revoked(grant.status)


async def test_what_had_ended_does_not_come_back_by_signing_in_again(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    await storage.sessions.end("session", now=NOW)
    await storage.sessions.add(given.session("again"), replaces="session")
    assert await storage.status_lists.is_revoked(grant.status)
    fresh = await storage.grants.ensure("web", user_id="usr_alice", session_id="again", now=NOW)
    assert fresh.grant_id != grant.grant_id
