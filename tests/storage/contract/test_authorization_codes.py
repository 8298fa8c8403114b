"""Authorization codes, as every storage keeps them (RFC 6749 §4.1.2)."""

from __future__ import annotations

import pytest

from sealwax.records import Grant
from sealwax.secret import sha256_hex
from sealwax.storage.contracts import AlreadyExists, AlreadyUsed, NotFound, Storage
from tests.storage import given
from tests.storage.given import NOW
from tests.storage.racing import race, tally

pytestmark = pytest.mark.anyio


@pytest.fixture
async def grant(storage: Storage) -> Grant:
    return await given.signed_in(storage)


async def test_a_code_comes_back_as_kept(storage: Storage, grant: Grant) -> None:
    full = given.code(grant)
    plain = given.code(grant, "swc_two", nonce=None, resources=(), scopes=())
    for one in (full, plain):
        await storage.authorization_codes.add(one)
        assert await storage.authorization_codes.find(one.code_hash) == one
    assert await storage.authorization_codes.find(sha256_hex("swc_unknown")) is None
    with pytest.raises(AlreadyExists):
        await storage.authorization_codes.add(full)


async def test_a_code_is_redeemed_by_one_of_fifty(storage: Storage, grant: Grant) -> None:
    code = given.code(grant)
    await storage.authorization_codes.add(code)
    tokens = [given.refresh_token(grant, f"swr_{n}", f"family{n}") for n in range(50)]
    outcomes = await race(
        lambda number: storage.authorization_codes.redeem(
            code.code_hash, refresh_token=tokens[number], now=NOW + 1
        )
    )
    assert tally(outcomes) == {"won": 1, "AlreadyUsed": 49}
    for outcome, token in zip(outcomes, tokens, strict=True):
        if isinstance(outcome, AlreadyUsed):
            assert outcome.grant_id == grant.grant_id
            assert await storage.refresh_tokens.find(token.token_hash) is None
        else:
            assert await storage.refresh_tokens.find(token.token_hash) == token
    spent = await storage.authorization_codes.find(code.code_hash)
    assert spent is not None
    assert spent.redeemed_at == NOW + 1


async def test_a_code_may_buy_no_refresh_token(storage: Storage, grant: Grant) -> None:
    code = given.code(grant)
    await storage.authorization_codes.add(code)
    await storage.authorization_codes.redeem(code.code_hash, refresh_token=None, now=NOW)
    with pytest.raises(AlreadyUsed) as refused:
        await storage.authorization_codes.redeem(code.code_hash, refresh_token=None, now=NOW)
    assert refused.value.kind == "authorization code"
    assert refused.value.grant_id == grant.grant_id


async def test_a_code_is_spent_until_its_last_second_and_never_after(
    storage: Storage, grant: Grant
) -> None:
    code = given.code(grant)
    await storage.authorization_codes.add(code)
    with pytest.raises(NotFound):
        await storage.authorization_codes.redeem(
            code.code_hash, refresh_token=None, now=code.expires_at
        )
    await storage.authorization_codes.redeem(
        code.code_hash, refresh_token=None, now=code.expires_at - 1
    )
    with pytest.raises(AlreadyUsed):
        await storage.authorization_codes.redeem(
            code.code_hash, refresh_token=None, now=code.expires_at + 1
        )


async def test_a_code_for_another_grants_token_is_not_spent(storage: Storage, grant: Grant) -> None:
    other = await given.signed_in(storage, client_id="other")
    code = given.code(grant)
    await storage.authorization_codes.add(code)
    with pytest.raises(ValueError, match="grant_id"):
        await storage.authorization_codes.redeem(
            code.code_hash, refresh_token=given.refresh_token(other), now=NOW
        )
    await storage.authorization_codes.redeem(code.code_hash, refresh_token=None, now=NOW)


async def test_a_taken_refresh_token_leaves_the_code_unspent(
    storage: Storage, grant: Grant
) -> None:
    token = await given.bought(storage, grant)
    code = given.code(grant)
    await storage.authorization_codes.add(code)
    with pytest.raises(AlreadyExists):
        await storage.authorization_codes.redeem(code.code_hash, refresh_token=token, now=NOW)
    assert await storage.authorization_codes.find(code.code_hash) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"grant_id": "unknown"},
        {"client_id": "other"},
        {"user_id": "usr_bob"},
        {"session_id": "other"},
    ],
)
async def test_a_code_belongs_to_the_owner_of_its_grant(
    storage: Storage, grant: Grant, changes: dict[str, str]
) -> None:
    code = given.code(grant, **changes)
    with pytest.raises(NotFound) as refused:
        await storage.authorization_codes.add(code)
    assert refused.value.kind == "grant"


async def test_an_ended_grant_takes_no_code_and_drops_its_unspent_ones(
    storage: Storage, grant: Grant
) -> None:
    spent, unspent = given.code(grant, "swc_spent"), given.code(grant, "swc_unspent")
    await storage.authorization_codes.add(spent)
    await storage.authorization_codes.add(unspent)
    await storage.authorization_codes.redeem(spent.code_hash, refresh_token=None, now=NOW)
    await storage.grants.end(grant.grant_id, now=NOW + 1)
    with pytest.raises(NotFound):
        await storage.authorization_codes.add(given.code(grant, "swc_late"))
    with pytest.raises(NotFound):
        await storage.authorization_codes.redeem(unspent.code_hash, refresh_token=None, now=NOW + 1)
    with pytest.raises(AlreadyUsed) as refused:
        await storage.authorization_codes.redeem(spent.code_hash, refresh_token=None, now=NOW + 1)
    assert refused.value.grant_id == grant.grant_id


async def test_no_code_slips_past_the_end_of_its_grant(storage: Storage, grant: Grant) -> None:
    codes = [given.code(grant, f"swc_{n}") for n in range(25)]
    for code in codes:
        await storage.authorization_codes.add(code)

    async def redeem_or_end(number: int) -> None:
        if number == 12:
            await storage.grants.end(grant.grant_id, now=NOW + 1)
            return
        token = given.refresh_token(grant, f"swr_{number}", f"family{number}")
        await storage.authorization_codes.redeem(
            codes[number].code_hash, refresh_token=token, now=NOW + 1
        )

    outcomes = await race(redeem_or_end, tasks=25)
    assert set(tally(outcomes)) <= {"won", "NotFound"}
    for number in range(25):
        token = await storage.refresh_tokens.find(sha256_hex(f"swr_{number}"))
        assert token is None or token.revoked_at == NOW + 1
