"""The files git tracks, as text."""

import subprocess
from pathlib import Path

import pytest

from tests.architecture.source_tree import REPOSITORY


def tracked_texts(*patterns: str) -> dict[Path, str]:
    """Path and text of each tracked file that matches, or of all; pictures are left out."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a git checkout, so there is no list of tracked files")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    names = [name for name in listed.stdout.split("\0") if name]
    texts = {}
    for name in names:
        try:
            texts[Path(name)] = (REPOSITORY / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # a picture, or a file that is being moved
    return texts
