"""Many tasks that want the same thing at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sealwax.storage.contracts import StorageError

Result = TypeVar("Result")

TASKS = 50


async def race(
    verb: Callable[[int], Awaitable[Result]], tasks: int = TASKS
) -> list[Result | StorageError]:
    """Start `verb(0)` ... `verb(tasks - 1)` together; give what each returned or refused."""
    gate = asyncio.Event()

    async def run(number: int) -> Result | StorageError:
        await gate.wait()
        try:
            return await verb(number)
        except StorageError as refusal:
            return refusal

    running = [asyncio.create_task(run(number)) for number in range(tasks)]
    gate.set()
    return list(await asyncio.gather(*running))


def tally(outcomes: list[Result | StorageError]) -> Counter[str]:
    """Count outcomes: refusals by the name of their class, the rest as "won"."""
    return Counter(
        type(outcome).__name__ if isinstance(outcome, StorageError) else "won"
        for outcome in outcomes
    )
