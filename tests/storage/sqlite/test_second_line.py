"""What holds even if an ending had forgotten something: the ends are looked at once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealwax.storage.contracts import NotFound
from tests.storage import given
from tests.storage.given import DAY, HOUR, NOW
from tests.storage.sqlite.folders import inside, open_server

pytestmark = pytest.mark.anyio


async def test_a_code_that_outlived_its_grant_buys_nothing(folder: Path) -> None:
    storage = await open_server(folder)
    grant = await given.signed_in(storage)
    code = given.code(grant)
    await storage.authorization_codes.add(code)
    with inside(folder) as connection:
        connection.execute("UPDATE grants SET ended_at = 1")
    with pytest.raises(NotFound):
        await storage.authorization_codes.redeem(code.code_hash, refresh_token=None, now=NOW)
    await storage.close()


async def test_a_grant_that_outlived_its_session_is_not_given_again(folder: Path) -> None:
    storage = await open_server(folder)
    await given.signed_in(storage)
    with inside(folder) as connection:
        connection.execute("UPDATE sessions SET ended_at = 1")
    with pytest.raises(NotFound):
        await storage.grants.ensure("web", user_id="usr_alice", session_id="session", now=NOW)
    await storage.close()


async def test_a_bit_that_is_set_again_keeps_its_first_time(folder: Path) -> None:
    storage = await open_server(folder)
    grant = await given.signed_in(storage)
    for now in (NOW, NOW + DAY):
        await storage.grants.revoke_access_tokens(grant.grant_id, status=grant.status, now=now)
    await storage.purge(now=NOW + DAY + HOUR)
    bits = await storage.status_lists.find(grant.status.list_id)
    assert bits is not None
    assert bits.revoked == ()
    await storage.close()
