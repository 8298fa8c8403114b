"""Our package as `pip install sealwax` leaves it: with cryptography and what that needs."""

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
CORE_DISTRIBUTIONS = ("cryptography", "cffi", "pycparser")


def run_on_core_install(
    arguments: Sequence[str], folder: Path, *, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `python ARGUMENTS` where only the core's distributions can be imported.

    `folder` is an empty one to build that view in. Example: `["-m", "sealwax", "inspect", "-"]`.
    """
    view = folder / "site"
    view.mkdir()
    for name in CORE_DISTRIBUTIONS:
        for top in _top_level_entries(name):
            (view / top.name).symlink_to(top)
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        check=False,
        capture_output=True,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "src"), str(view)]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        input=stdin,
        text=True,
        timeout=60,
    )


def _top_level_entries(name: str) -> set[Path]:
    installed = distribution(name)
    return {
        Path(str(installed.locate_file(file.parts[0])))
        for file in installed.files or ()
        if file.parts[0] not in {"..", "__pycache__"}
    }
