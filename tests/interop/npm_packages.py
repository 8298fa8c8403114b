"""Programs by others, run beside ours; and the reason to skip when they are not installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
TIMEOUT_SECONDS = 60


def why_node_is_missing() -> str | None:
    """Say why npm packages can't be run here; None when they can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (HERE / "node_modules" / "jose").is_dir():
        return "the npm packages of tests/interop are not installed ('make interop-deps')"
    return None


needs_node = pytest.mark.skipif(
    why_node_is_missing() is not None, reason=why_node_is_missing() or "node is there"
)


def ask_jose(command: dict[str, Any]) -> dict[str, Any]:
    """Have the `jose` package of npm carry out one command."""
    done = subprocess.run(
        ["node", str(HERE / "jose_peer.mjs")],
        input=json.dumps(command),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
