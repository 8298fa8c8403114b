"""Hashing is bounded, costs the same for everybody, and does not hold up the loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sealwax.entropy import SystemEntropy
from sealwax.identity import password as rules
from sealwax.identity.password import PasswordRefused
from sealwax.server.error_responses import ServerBusy
from sealwax.server.passwords import Passwords, read_blocklist
from tests.server.given import settings, user

pytestmark = pytest.mark.anyio

GOOD = "trusty lantern over grey canal"


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    made = Passwords(settings(), SystemEntropy())
    yield made
    made.close()


async def test_the_right_password_is_correct_and_another_is_not(passwords: Passwords) -> None:
    person = user(password_hash=await passwords.hash(GOOD))
    right = await passwords.verify(GOOD, person)
    assert (right.is_correct, right.is_rehash_due) == (True, False)
    assert not (await passwords.verify(GOOD + "x", person)).is_correct


async def test_each_hash_has_its_own_salt(passwords: Passwords) -> None:
    assert await passwords.hash(GOOD) != await passwords.hash(GOOD)


async def test_nobody_and_a_person_without_a_password_match_nothing(passwords: Passwords) -> None:
    for person in (None, user(password_hash=None)):
        assert not (await passwords.verify(GOOD, person)).is_correct
        assert not (await passwords.verify("", person)).is_correct


async def test_looking_does_the_same_work_for_everybody(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown, without a password, wrong, right: one hash of one cost each (ASVS 6.3.8)."""
    person = user(password_hash=await passwords.hash(GOOD))
    await passwords.verify(GOOD, None)  # makes the stand-in hash
    seen: list[str] = []
    matches = rules.matches

    def watched(password: str, password_hash: str) -> bool:
        seen.append(password_hash.rpartition("$")[0].rpartition("$")[0])
        return matches(password, password_hash)

    monkeypatch.setattr(rules, "matches", watched)
    for candidate in (None, user(password_hash=None), person):
        await passwords.verify("something else", candidate)
    await passwords.verify(GOOD, person)
    assert len(seen) == 4
    assert len(set(seen)) == 1  # the same parameters


async def test_the_time_tells_no_one_who_exists() -> None:
    """Measured with parameters heavy enough that the hash decides."""
    made = Passwords(settings(signin__argon2_memory_kib=19_456), SystemEntropy())
    person = user(password_hash=await made.hash(GOOD))
    await made.verify(GOOD, None)

    async def cost(candidate: object) -> float:
        spent = []
        for _ in range(7):
            began = time.perf_counter()
            await made.verify("wrong", candidate)  # type: ignore[arg-type]  # a person or None
            spent.append(time.perf_counter() - began)
        return min(spent)

    known, unknown = await cost(person), await cost(None)
    made.close()
    assert 0.5 < known / unknown < 2


async def test_a_hash_of_yesterdays_parameters_is_due(passwords: Passwords) -> None:
    stronger = Passwords(settings(signin__argon2_iterations=2), SystemEntropy())
    person = user(password_hash=await passwords.hash(GOOD))
    verdict = await stronger.verify(GOOD, person)
    assert (verdict.is_correct, verdict.is_rehash_due) == (True, True)
    wrong = await stronger.verify("wrong", person)
    assert (wrong.is_correct, wrong.is_rehash_due) == (False, False)
    stronger.close()


async def test_more_than_may_wait_are_refused_at_once_and_the_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Passwords(settings(signin__hash_queue_limit=3), SystemEntropy())
    gate, begun = threading.Event(), []

    def slow(password: str, *, salt: bytes, parameters: object) -> str:  # noqa: ARG001  # the shape of a hash
        begun.append(password)
        gate.wait(20)
        return password

    monkeypatch.setattr(rules, "hash_password", slow)
    tasks = [asyncio.create_task(made.hash(f"p{number}")) for number in range(40)]
    finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    assert finished
    await asyncio.sleep(0)
    refused = [task for task in tasks if task.done() and isinstance(task.exception(), ServerBusy)]
    gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    served = [result for result in results if isinstance(result, str)]
    assert len(served) == made._threads + 3  # noqa: SLF001  # cores differ by machine
    assert len(refused) == 40 - len(served)
    assert await made.hash("again") == "again"  # the places were given back
    made.close()


async def test_a_request_that_went_away_gives_its_place_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Passwords(settings(signin__hash_queue_limit=1), SystemEntropy())
    gate = threading.Event()

    def slow(password: str, *, salt: bytes, parameters: object) -> str:  # noqa: ARG001  # the shape of a hash
        gate.wait(20)
        return password

    monkeypatch.setattr(rules, "hash_password", slow)
    limit = made._threads + 1  # noqa: SLF001  # cores differ by machine
    tasks = [asyncio.create_task(made.hash("x")) for _ in range(limit)]
    await asyncio.sleep(0)
    with pytest.raises(ServerBusy):
        await made.hash("one too many")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    gate.set()
    for _ in range(2 * limit):  # the threads count down by themselves, each within one turn
        try:
            assert await made.hash("again") == "again"
            break
        except ServerBusy:
            await asyncio.sleep(0.05)
    else:
        pytest.fail("no place was given back")
    made.close()


async def test_hashing_does_not_hold_up_the_loop() -> None:
    made = Passwords(settings(signin__argon2_memory_kib=65_536), SystemEntropy())
    hashing = asyncio.create_task(made.hash(GOOD))
    turns = 0
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0.001)
    made.close()
    assert turns > 3


async def test_a_new_password_is_held_to_the_persons_own_words(passwords: Passwords) -> None:
    person = user(username="alice.smith", email="alice@wonderland.example")
    await passwords.check_new(GOOD, person)
    for refused in (
        "alice.smith-alice.smith",
        "wonderland-alice-wonderland",
        "id.example.com/alice",
    ):
        with pytest.raises(PasswordRefused) as caught:
            await passwords.check_new(refused, person)
        assert caught.value.reason == "contains_context"


async def test_the_operators_blocklist_is_read(tmp_path: Path) -> None:
    path = tmp_path / "leaked.txt"
    path.write_bytes(b"Grey Heron Harbour\r\n\r\nzweite Zeile hier oben\n\xff\xfe\n")
    assert "grey heron harbour" in read_blocklist(path)
    assert "" not in read_blocklist(path)
    made = Passwords(settings(signin__password_blocklist_file=path), SystemEntropy())
    with pytest.raises(PasswordRefused):
        await made.check_new("GREY heron harbour", user())
    with pytest.raises(PasswordRefused):
        await made.check_new("Zweite Zeile hier oben", user())
    made.close()
