"""What the page on a lost key-encryption key tells to do works as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from anyio import run_process

from sealwax.server.key_encryption import FILE_NAME, KeyEncryptionKey, KeyEncryptionKeyError
from tests.server.given import issuer, request, user

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "lost-key-encryption-key.md"


def programs() -> list[str]:
    """Give the Python programs of the page."""
    pattern = r'^ +python -c "(.*?)"(?: sealwax-data/sealwax.sqlite3)?$'
    return re.findall(pattern, PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)


async def test_a_key_that_is_gone_for_good_costs_the_signing_keys_and_nothing_else(
    tmp_path: Path,
) -> None:
    async with issuer(tmp_path, keys__algorithms=["ES256"]) as opened:
        await opened.services.storage.users.add(user(1, password_hash="$argon2id$kept"))
        session, _ = await opened.services.browser_sessions.begin(user(1), ("pwd",), request())
        before = opened.services.key_ring.published_kids
        folder = opened.services.settings.storage.data_folder
    (folder / FILE_NAME).unlink()
    with pytest.raises(KeyEncryptionKeyError, match="put it back"):
        async with issuer(tmp_path, keys__algorithms=["ES256"]):
            pass
    await run_process([sys.executable, "-c", programs()[0], str(folder / "sealwax.sqlite3")])
    async with issuer(tmp_path, keys__algorithms=["ES256"]) as opened:
        services = opened.services
        assert set(services.key_ring.published_kids).isdisjoint(before)
        assert services.key_ring.is_ready
        assert await services.storage.users.find(user(1).user_id) is not None
        assert await services.storage.sessions.find(session.session_id) == session


def test_the_page_makes_a_key_that_is_accepted() -> None:
    made = subprocess.run(
        [sys.executable, "-c", programs()[1]], capture_output=True, text=True, check=True
    )
    KeyEncryptionKey.from_text(made.stdout)
    assert len(made.stdout.strip()) == 43
