"""One suite for every storage: a backend joins it by adding its opener to BACKENDS."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from sealwax.entropy import SystemEntropy
from sealwax.storage.contracts import Storage
from sealwax.storage.sqlite import open_storage


async def _sqlite(folder: Path) -> Storage:
    return await open_storage(folder / "data", entropy=SystemEntropy(), exclusive=True)


BACKENDS: dict[str, Callable[[Path], Awaitable[Storage]]] = {"sqlite": _sqlite}


@pytest.fixture(params=sorted(BACKENDS))
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """An empty storage of each backend, closed when the test is over."""
    opened = await BACKENDS[request.param](tmp_path)
    yield opened
    await opened.close()
