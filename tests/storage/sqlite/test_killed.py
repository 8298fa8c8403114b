"""kill -9 in the middle of everything: what was acknowledged is there, nothing is half done."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from pathlib import Path

import pytest

from sealwax.secret import sha256_hex
from sealwax.storage.contracts import AlreadyUsed, Storage
from tests.storage import given
from tests.storage.given import NOW
from tests.storage.sqlite import children
from tests.storage.sqlite.folders import inside, open_server

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("lines_before_the_kill", [1, 250, 1500])
async def test_a_killed_server_keeps_its_word(folder: Path, lines_before_the_kill: int) -> None:
    acknowledged = _kill_while_writing(folder, lines_before_the_kill)
    assert sum(map(len, acknowledged.values())) >= lines_before_the_kill
    with inside(folder) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
    storage = await open_server(folder)
    grant = await given.signed_in(storage)
    assert not await storage.status_lists.is_revoked(grant.status)
    for name in acknowledged["added"]:
        code = await storage.authorization_codes.find(sha256_hex(f"swc_{name}"))
        assert code is not None
        is_spent = code.redeemed_at is not None
        assert is_spent or name not in acknowledged["redeemed"]
        await _assert_whole(storage, name, is_spent=is_spent)
        is_rotated = await _is_there(storage, f"swr_next_{name}")
        assert is_rotated or name not in acknowledged["rotated"]
    await storage.close()


async def _assert_whole(storage: Storage, name: str, *, is_spent: bool) -> None:
    """What was spent bought what it was spent for, and can't be spent again."""
    token = await storage.refresh_tokens.find(sha256_hex(f"swr_{name}"))
    assert (token is not None) == is_spent
    if token is None:
        return
    with pytest.raises(AlreadyUsed):
        await storage.authorization_codes.redeem(
            sha256_hex(f"swc_{name}"), refresh_token=None, now=NOW
        )
    is_rotated = token.rotated_at is not None
    assert await _is_there(storage, f"swr_next_{name}") == is_rotated
    again = dataclasses.replace(token, token_hash=sha256_hex(f"swr_again_{name}"), rotated_at=None)
    if is_rotated:
        with pytest.raises(AlreadyUsed):
            await storage.refresh_tokens.rotate(token.token_hash, successor=again, now=NOW)
    else:
        await storage.refresh_tokens.rotate(token.token_hash, successor=again, now=NOW)


async def _is_there(storage: Storage, value: str) -> bool:
    return await storage.refresh_tokens.find(sha256_hex(value)) is not None


def _kill_while_writing(folder: Path, lines_before_the_kill: int) -> dict[str, set[str]]:
    """Run a server with 200 writing tasks, kill it after so many answers; give all answers."""
    acknowledged: dict[str, set[str]] = defaultdict(set)
    with children.start("write_without_end", folder) as child:
        assert child.stdout is not None
        for number, line in enumerate(child.stdout, start=1):
            verb, name = line.split()
            acknowledged[verb].add(name)
            if number == lines_before_the_kill:
                child.kill()  # what it still says was acknowledged before it died
    return acknowledged
