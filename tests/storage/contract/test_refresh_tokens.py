"""Refresh tokens and their families, as every storage keeps them (RFC 9700 §4.14.2)."""

from __future__ import annotations

import dataclasses

import pytest

from sealwax.records import Grant, RefreshToken
from sealwax.secret import sha256_hex
from sealwax.storage.contracts import AlreadyExists, AlreadyUsed, NotFound, Storage
from tests.storage import given
from tests.storage.given import HOUR, NOW
from tests.storage.racing import race, tally

pytestmark = pytest.mark.anyio

WINDOW = 10


@pytest.fixture
async def grant(storage: Storage) -> Grant:
    return await given.signed_in(storage)


@pytest.fixture
async def token(storage: Storage, grant: Grant) -> RefreshToken:
    return await given.bought(storage, grant)


async def test_a_token_comes_back_as_kept(storage: Storage, grant: Grant) -> None:
    full = given.refresh_token(grant, resources=("https://api.example",))
    plain = given.refresh_token(grant, "swr_two", nonce=None, scopes=())
    for number, one in enumerate((full, plain)):
        code = given.code(grant, f"swc_{number}")
        await storage.authorization_codes.add(code)
        await storage.authorization_codes.redeem(code.code_hash, refresh_token=one, now=NOW)
        assert await storage.refresh_tokens.find(one.token_hash) == one
    assert await storage.refresh_tokens.find(sha256_hex("swr_unknown")) is None


async def test_a_token_is_rotated_by_one_of_fifty(storage: Storage, token: RefreshToken) -> None:
    outcomes = await race(lambda number: _rotate(storage, token, f"swr_next{number}", NOW + 5))
    assert tally(outcomes) == {"won": 1, "AlreadyUsed": 49}
    for number, outcome in enumerate(outcomes):
        successor = await storage.refresh_tokens.find(sha256_hex(f"swr_next{number}"))
        if isinstance(outcome, AlreadyUsed):
            assert outcome.grant_id == token.grant_id
            assert successor is None
        else:
            assert successor == _successor(token, f"swr_next{number}", NOW + 5)
    spent = await storage.refresh_tokens.find(token.token_hash)
    assert spent == dataclasses.replace(token, rotated_at=NOW + 5, last_used_at=NOW + 5)


async def test_a_revoked_family_has_no_token_left(storage: Storage, token: RefreshToken) -> None:
    other = await _bought_beside(storage, token)
    await _rotate(storage, token, "swr_next", NOW + 1)
    await storage.refresh_tokens.revoke_family(token.family_id, now=NOW + 2)
    await storage.refresh_tokens.revoke_family(token.family_id, now=NOW + 3)
    await storage.refresh_tokens.revoke_family("unknown", now=NOW + 3)
    for value in ("swr_one", "swr_next"):
        found = await storage.refresh_tokens.find(sha256_hex(value))
        assert found is not None
        assert found.revoked_at == NOW + 2
        with pytest.raises(NotFound):
            await _rotate(storage, found, "swr_late", NOW + 3)
        with pytest.raises(NotFound):
            await storage.refresh_tokens.touch(found.token_hash, now=NOW + 3)
    assert await storage.refresh_tokens.find(other.token_hash) == other


async def test_no_token_slips_past_the_revocation_of_its_family(
    storage: Storage, token: RefreshToken
) -> None:
    async def rotate_or_revoke(number: int) -> None:
        if number % 2:
            await storage.refresh_tokens.revoke_family(token.family_id, now=NOW + 1)
        else:
            await _rotate(storage, token, f"swr_next{number}", NOW + 1)

    await race(rotate_or_revoke)
    for number in range(0, 50, 2):
        found = await storage.refresh_tokens.find(sha256_hex(f"swr_next{number}"))
        assert found is None or found.revoked_at == NOW + 1


async def test_a_token_is_rotated_until_its_last_second(
    storage: Storage, token: RefreshToken
) -> None:
    with pytest.raises(NotFound):
        await _rotate(storage, token, "swr_late", token.expires_at)
    with pytest.raises(NotFound):
        await storage.refresh_tokens.touch(token.token_hash, now=token.expires_at)
    await _rotate(storage, token, "swr_next", token.expires_at - 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"family_id": "other"}, "family_id"),
        ({"grant_id": "other"}, "family_id"),
        ({"expires_at": NOW + 9 * HOUR}, "expires_at"),
        ({"expires_at": NOW + 7 * HOUR}, "expires_at"),
    ],
)
async def test_a_successor_stays_in_the_family_and_within_its_end(
    storage: Storage, token: RefreshToken, changes: dict[str, object], field: str
) -> None:
    successor = dataclasses.replace(_successor(token, "swr_next", NOW), **changes)  # type: ignore[arg-type]  # a table of fields
    with pytest.raises(ValueError, match=f"successor.{field}: found"):
        await storage.refresh_tokens.rotate(token.token_hash, successor=successor, now=NOW)
    assert await storage.refresh_tokens.find(token.token_hash) == token
    assert await storage.refresh_tokens.find(successor.token_hash) is None


async def test_a_taken_successor_leaves_the_token_unspent(
    storage: Storage, token: RefreshToken
) -> None:
    with pytest.raises(AlreadyExists):
        await storage.refresh_tokens.rotate(token.token_hash, successor=token, now=NOW)
    assert await storage.refresh_tokens.find(token.token_hash) == token


async def test_unknown_tokens_are_not_found(storage: Storage, token: RefreshToken) -> None:
    unknown = _successor(token, "swr_unknown", NOW)
    with pytest.raises(NotFound) as refused:
        await _rotate(storage, unknown, "swr_next", NOW)
    assert refused.value.kind == "refresh token"
    with pytest.raises(NotFound):
        await storage.refresh_tokens.touch(unknown.token_hash, now=NOW)


async def test_a_token_that_is_not_rotated_notes_its_uses(
    storage: Storage, token: RefreshToken
) -> None:
    for now, seen in ((NOW + 60, NOW + 60), (NOW + 30, NOW + 60)):
        await storage.refresh_tokens.touch(token.token_hash, now=now)
        found = await storage.refresh_tokens.find(token.token_hash)
        assert found == dataclasses.replace(token, last_used_at=seen)
    await _rotate(storage, token, "swr_next", NOW + 61)
    with pytest.raises(AlreadyUsed) as refused:
        await storage.refresh_tokens.touch(token.token_hash, now=NOW + 62)
    assert refused.value.grant_id == token.grant_id


async def test_without_a_window_the_second_use_is_one_at_once(
    storage: Storage, token: RefreshToken
) -> None:
    await _rotate(storage, token, "swr_next", NOW)
    with pytest.raises(AlreadyUsed):
        await _rotate(storage, token, "swr_again", NOW)


async def test_a_retry_gives_a_fresh_successor_and_the_first_one_counts_as_spent(
    storage: Storage, token: RefreshToken
) -> None:
    await _rotate(storage, token, "swr_lost", NOW)
    await _rotate(storage, token, "swr_kept", NOW + WINDOW, window=WINDOW)
    lost = await storage.refresh_tokens.find(sha256_hex("swr_lost"))
    assert lost is not None
    assert lost.rotated_at == NOW + WINDOW
    with pytest.raises(AlreadyUsed) as refused:
        await _rotate(storage, token, "swr_stolen", NOW + WINDOW, window=WINDOW, spent=lost)
    assert refused.value.grant_id == token.grant_id
    kept = await storage.refresh_tokens.find(sha256_hex("swr_kept"))
    assert kept is not None
    await _rotate(storage, kept, "swr_next", NOW + WINDOW)


async def test_a_retry_comes_too_late_after_the_window_or_a_used_successor(
    storage: Storage, token: RefreshToken
) -> None:
    await _rotate(storage, token, "swr_next", NOW)
    with pytest.raises(AlreadyUsed):
        await _rotate(storage, token, "swr_late", NOW + WINDOW + 1, window=WINDOW)
    successor = _successor(token, "swr_next", NOW)
    await _rotate(storage, successor, "swr_after", NOW + 1)
    with pytest.raises(AlreadyUsed):
        await _rotate(storage, token, "swr_late", NOW + 2, window=WINDOW)


async def test_the_window_is_counted_from_the_first_use(
    storage: Storage, token: RefreshToken
) -> None:
    await _rotate(storage, token, "swr_first", NOW)
    await _rotate(storage, token, "swr_second", NOW + WINDOW - 1, window=WINDOW)
    with pytest.raises(AlreadyUsed):
        await _rotate(storage, token, "swr_third", NOW + WINDOW + 1, window=WINDOW)


async def test_a_revoked_token_is_not_retried(storage: Storage, token: RefreshToken) -> None:
    await _rotate(storage, token, "swr_next", NOW)
    await storage.refresh_tokens.revoke_family(token.family_id, now=NOW)
    with pytest.raises(NotFound):
        await _rotate(storage, token, "swr_again", NOW + 1, window=WINDOW)


async def test_of_fifty_retries_one_successor_lives(storage: Storage, token: RefreshToken) -> None:
    outcomes = await race(
        lambda number: _rotate(storage, token, f"swr_next{number}", NOW, window=WINDOW)
    )
    assert tally(outcomes) == {"won": 50}
    found = [await storage.refresh_tokens.find(sha256_hex(f"swr_next{n}")) for n in range(50)]
    assert sum(one is not None and one.rotated_at is None for one in found) == 1


async def test_an_ended_grant_revokes_its_tokens(storage: Storage, token: RefreshToken) -> None:
    other = await given.bought(
        storage, await given.signed_in(storage, client_id="other"), "swr_other", "other"
    )
    await _rotate(storage, token, "swr_next", NOW)
    await storage.grants.end(token.grant_id, now=NOW + 1)
    for value in ("swr_one", "swr_next"):
        found = await storage.refresh_tokens.find(sha256_hex(value))
        assert found is not None
        assert found.revoked_at == NOW + 1
    assert await storage.refresh_tokens.find(other.token_hash) == other


def _successor(token: RefreshToken, value: str, now: int) -> RefreshToken:
    return dataclasses.replace(
        token, token_hash=sha256_hex(value), issued_at=now, last_used_at=now, rotated_at=None
    )


async def _rotate(
    storage: Storage,
    token: RefreshToken,
    value: str,
    now: int,
    *,
    window: int = 0,
    spent: RefreshToken | None = None,
) -> None:
    await storage.refresh_tokens.rotate(
        (spent or token).token_hash,
        successor=_successor(token, value, min(now, token.expires_at - 1)),
        now=now,
        retry_window_seconds=window,
    )


async def _bought_beside(storage: Storage, token: RefreshToken) -> RefreshToken:
    grant = await storage.grants.find(token.grant_id)
    assert grant is not None
    return await given.bought(storage, grant, "swr_beside", "family beside")
