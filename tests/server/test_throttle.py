"""Guessing is slowed down, and nobody is locked out of the place they usually are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.given import Issuer, issuer

pytestmark = pytest.mark.anyio

HOME = "198.51.100.7"


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with issuer(tmp_path) as opened:
        yield opened


async def attempts(given: Issuer, account: str, network: str, count: int) -> int:
    """Give how many of these attempts went on."""
    waits = [await given.services.throttle.take(account, network) for _ in range(count)]
    return waits.count(0)


async def test_one_machine_that_guesses_one_account_is_stopped(given: Issuer) -> None:
    assert await attempts(given, "alice", HOME, 30) == 10
    wait = await given.services.throttle.take("alice", HOME)
    assert 0 < wait <= 900
    given.clock.advance(wait)
    assert await given.services.throttle.take("alice", HOME) == 0


async def test_one_machine_that_tries_many_accounts_is_stopped(given: Issuer) -> None:
    went_on = 0
    for number in range(200):
        went_on += await attempts(given, f"person-{number}", HOME, 1)
    assert went_on == 120


async def test_the_accounts_it_tried_are_not_held_up_elsewhere(given: Issuer) -> None:
    for number in range(200):
        await attempts(given, f"person-{number}", "203.0.113.1", 1)
    assert await attempts(given, "person-199", HOME, 1) == 1


async def test_many_machines_that_guess_one_account_are_stopped_together(given: Issuer) -> None:
    went_on = 0
    for number in range(100):
        went_on += await attempts(given, "alice", f"203.0.113.{number}", 2)
    assert went_on == 50
    given.clock.advance(3600)
    assert await attempts(given, "alice", "203.0.113.200", 1) == 1


async def test_a_person_is_never_locked_out_of_where_they_signed_in_before(given: Issuer) -> None:
    assert await given.services.throttle.take("alice", HOME) == 0
    await given.services.throttle.succeeded("alice", HOME)
    for number in range(100):
        await attempts(given, "alice", f"203.0.113.{number}", 2)
    assert await attempts(given, "alice", "203.0.113.250", 1) == 0
    assert await attempts(given, "alice", HOME, 3) == 3


async def test_a_known_network_is_no_way_to_guess_more(given: Issuer) -> None:
    await given.services.throttle.succeeded("alice", HOME)
    assert await attempts(given, "alice", HOME, 30) == 10


async def test_a_network_is_known_to_the_account_that_signed_in_there_alone(given: Issuer) -> None:
    await given.services.throttle.succeeded("mallory", "203.0.113.9")
    for number in range(100):
        await attempts(given, "alice", f"192.0.2.{number}", 1)
    assert await attempts(given, "alice", "203.0.113.9", 1) == 0


async def test_a_network_is_forgotten_after_its_time_and_renewed_by_each_success(
    given: Issuer,
) -> None:
    day = 86_400
    await given.services.throttle.succeeded("alice", HOME)
    given.clock.advance(80 * day)
    await given.services.throttle.succeeded("alice", HOME)
    given.clock.advance(89 * day)
    await exhaust(given)
    assert await attempts(given, "alice", HOME, 1) == 1
    given.clock.advance(2 * day)
    await exhaust(given)
    assert await attempts(given, "alice", HOME, 1) == 0


async def exhaust(given: Issuer) -> None:
    """Use up what the account has for networks it does not know."""
    for number in range(60):
        await attempts(given, "alice", f"203.0.113.{number}", 1)


async def test_a_success_gives_back_what_mistyping_cost(given: Issuer) -> None:
    assert await attempts(given, "alice", HOME, 9) == 9
    await given.services.throttle.succeeded("alice", HOME)
    assert await attempts(given, "alice", HOME, 9) == 9


async def test_a_success_gives_the_machine_no_more_accounts_to_try(given: Issuer) -> None:
    """Who has one account of their own can't reset the budget of their machine with it."""
    went_on = 0
    for number in range(100):
        went_on += await attempts(given, f"person-{number}", HOME, 1)
        went_on += await attempts(given, "mallory", HOME, 1)
        await given.services.throttle.succeeded("mallory", HOME)
    assert went_on == 120


@pytest.mark.parametrize(
    "addresses",
    [
        [f"2001:db8::{number:x}" for number in range(1, 40)],
        ["2001:db8::1", "2001:DB8:0:0::1", "2001:db8:0:0:0:0:0:0001"] * 10,
        [HOME, f"::ffff:{HOME}", "::ffff:c633:6407"] * 10,
        ["", "unknown", "testclient", "nonsense"] * 10,
    ],
    ids=["one /64", "spellings of IPv6", "IPv4 in IPv6", "no address"],
)
async def test_spellings_and_neighbours_share_one_budget(
    given: Issuer, addresses: list[str]
) -> None:
    went_on = 0
    for address in addresses:
        went_on += await attempts(given, "alice", address, 1)
    assert went_on == 10


async def test_two_subscribers_have_two_budgets(given: Issuer) -> None:
    assert await attempts(given, "alice", "2001:db8:0:1::1", 20) == 10
    assert await attempts(given, "alice", "2001:db8:0:2::1", 20) == 10


async def test_attempts_at_the_same_moment_do_not_slip_through(given: Issuer) -> None:
    waits = await asyncio.gather(*(given.services.throttle.take("alice", HOME) for _ in range(50)))
    assert waits.count(0) == 10


async def test_a_refused_attempt_spends_nothing_of_the_account(given: Issuer) -> None:
    """One machine that goes on and on uses up its own budgets and not the account's."""
    await attempts(given, "alice", "203.0.113.9", 500)
    went_on = 0
    for number in range(60):
        went_on += await attempts(given, "alice", f"192.0.2.{number}", 1)
    assert went_on == 40


async def test_the_budgets_outlive_a_restart(tmp_path: Path) -> None:
    async with issuer(tmp_path) as opened:
        assert await attempts(opened, "alice", HOME, 30) == 10
    async with issuer(tmp_path) as opened:
        assert await attempts(opened, "alice", HOME, 30) == 0
