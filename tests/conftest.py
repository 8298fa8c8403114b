"""What every test has: one event loop, repeatable properties, the published vectors, a browser."""

import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.vector_files import ABSENT, vectors_folder

# Examples are drawn the same way each time, so a red test stays red until it is mended.
# To look for new ones: HYPOTHESIS_PROFILE=explore make test TESTS=...
settings.register_profile(
    "repeatable",
    max_examples=100,
    derandomize=True,
    deadline=None,  # machines that run other work at the same time are slow, not wrong
    database=None,
    suppress_health_check=[HealthCheck.too_slow],  # the same
)
settings.register_profile("explore", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# Whoever started us in the background may have had signals ignored, and the programs that tests
# start would inherit that. A handler of ours ignores them just as well, and is not inherited.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda _number, _frame: None)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of published test vectors; the test is skipped where it is not at hand."""
    folder = vectors_folder()
    if folder is None:
        pytest.skip(ABSENT)
    return folder


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The Chromium that browser tests drive; they are skipped where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on the path; on Debian, as root: apt-get install chromium")
    return found
