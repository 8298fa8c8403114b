"""What ends takes everything it stands for with it, in one step, and nothing of anybody else."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from sealwax.records import AuthorizationCode, Grant, RefreshToken
from sealwax.storage.contracts import NotFound, Storage
from tests.storage import given
from tests.storage.given import NOW
from tests.storage.racing import race

pytestmark = pytest.mark.anyio

End = Callable[[Storage, Grant], Awaitable[object]]

ENDERS: dict[str, End] = {
    "the grant": lambda storage, grant: storage.grants.end(grant.grant_id, now=NOW + 1),
    "its session": lambda storage, _: storage.sessions.end("session", now=NOW + 1),
    "all sessions": lambda storage, _: storage.sessions.end_all("usr_alice", now=NOW + 1),
    "a new password": lambda storage, _: storage.users.set_password(
        "usr_alice", "$new", now=NOW + 1
    ),
    "a spent link": lambda storage, _: _redeem_link(storage),
    "the person disabled": lambda storage, _: storage.users.set_disabled(
        "usr_alice", disabled=True, now=NOW + 1
    ),
    "the person removed": lambda storage, _: storage.users.delete("usr_alice", now=NOW + 1),
    "the client removed": lambda storage, _: storage.clients.delete("web", now=NOW + 1),
    "the client disabled": lambda storage, _: storage.clients.replace(
        given.client(disabled_at=NOW + 1)
    ),
}


@dataclass(frozen=True)
class _Stand:
    """A grant with all that can hang on one."""

    first: Grant
    """Before its access tokens were revoked once: it holds the earlier index."""
    grant: Grant
    unspent: AuthorizationCode
    token: RefreshToken


@pytest.fixture
async def of_alice(storage: Storage) -> _Stand:
    return await _stand(storage, "alice", "web", "session")


@pytest.fixture
async def of_bob(storage: Storage) -> _Stand:
    return await _stand(storage, "bob", "other", "session of bob")


@pytest.mark.parametrize("end", ENDERS.values(), ids=ENDERS.keys())
async def test_everything_ends_together(storage: Storage, of_alice: _Stand, end: End) -> None:
    await end(storage, of_alice.grant)
    ended = await storage.grants.find(of_alice.grant.grant_id)
    assert ended == dataclasses.replace(of_alice.grant, ended_at=NOW + 1)
    assert await storage.status_lists.is_revoked(of_alice.first.status)
    assert await storage.status_lists.is_revoked(of_alice.grant.status)
    bits = await storage.status_lists.find(of_alice.grant.status.list_id)
    assert bits is not None
    assert of_alice.grant.status.index in bits.revoked
    token = await storage.refresh_tokens.find(of_alice.token.token_hash)
    assert token == dataclasses.replace(of_alice.token, revoked_at=NOW + 1)
    with pytest.raises(NotFound):
        await storage.authorization_codes.redeem(
            of_alice.unspent.code_hash, refresh_token=None, now=NOW + 1
        )


@pytest.mark.parametrize("end", ENDERS.values(), ids=ENDERS.keys())
async def test_nobody_else_notices(
    storage: Storage, of_alice: _Stand, of_bob: _Stand, end: End
) -> None:
    await end(storage, of_alice.grant)
    assert await storage.grants.find(of_bob.grant.grant_id) == of_bob.grant
    assert not await storage.status_lists.is_revoked(of_bob.grant.status)
    assert await storage.refresh_tokens.find(of_bob.token.token_hash) == of_bob.token
    await storage.authorization_codes.redeem(
        of_bob.unspent.code_hash, refresh_token=None, now=NOW + 1
    )
    living = await storage.sessions.list(user_id="usr_bob", now=NOW + 1)
    assert [one.session_id for one in living] == ["session of bob"]


@pytest.mark.parametrize("end", ENDERS.values(), ids=ENDERS.keys())
async def test_an_ending_is_noticed_by_who_keeps_a_copy(
    storage: Storage, of_alice: _Stand, end: End
) -> None:
    before = await storage.changes()
    await end(storage, of_alice.grant)
    assert (await storage.changes()).status > before.status


@pytest.mark.parametrize("end", ENDERS.values(), ids=ENDERS.keys())
async def test_nothing_begins_while_it_ends(storage: Storage, of_alice: _Stand, end: End) -> None:
    """Grants, codes and refresh tokens that are made at the same moment are ended or refused."""
    made: list[Grant] = []

    async def begin_or_end(number: int) -> None:
        if number == 25:
            await end(storage, of_alice.grant)
            return
        grant = await storage.grants.ensure(
            "web", user_id="usr_alice", session_id="session", now=NOW + 1
        )
        made.append(grant)
        await given.bought(storage, grant, f"swr_{number}", f"family{number}")

    await race(begin_or_end)
    first = await storage.grants.find(of_alice.grant.grant_id)
    assert first is not None
    assert first.ended_at == NOW + 1
    for grant in made:
        if grant.grant_id == first.grant_id:
            assert await storage.status_lists.is_revoked(grant.status)
        else:  # made anew after the end of a grant whose session goes on
            assert end is ENDERS["the grant"]


async def test_a_session_that_expired_by_itself_still_ends_its_grants(
    storage: Storage, of_alice: _Stand
) -> None:
    """A refresh token may outlive the session; signing out everywhere ends it all the same."""
    session = await storage.sessions.find("session")
    assert session is not None
    assert await storage.sessions.end_all("usr_alice", now=session.expires_at + 1) == 0
    token = await storage.refresh_tokens.find(of_alice.token.token_hash)
    assert token is not None
    assert token.revoked_at == session.expires_at + 1


async def _stand(storage: Storage, name: str, client_id: str, session_id: str) -> _Stand:
    first = await given.signed_in(storage, name, client_id=client_id, session_id=session_id)
    await storage.grants.revoke_access_tokens(first.grant_id, status=first.status, now=NOW)
    grant = await storage.grants.find(first.grant_id)
    assert grant is not None
    unspent = given.code(grant, f"swc_{name}")
    await storage.authorization_codes.add(unspent)
    token = await given.bought(storage, grant, f"swr_{name}", f"family {name}")
    return _Stand(first, grant, unspent, token)


async def _redeem_link(storage: Storage) -> None:
    await storage.password_links.add(given.link())
    await storage.password_links.redeem(given.link().token_hash, "$new", now=NOW + 1)
