"""Runs pytest in a process of its own, where our distribution is installed with its plugin.

The entry point is the one of pyproject.toml, laid out the way an installer does it.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def run_pytest(
    folder: Path, files: dict[str, str], *arguments: str, looks_for_plugins: bool = False
) -> subprocess.CompletedProcess[str]:
    """Write the files into an empty folder and run their tests there.

    Our plugin is asked for by its name, so that those of others cost no time; unless pytest is to
    look for plugins itself, as it does for everybody.
    """
    project = folder / "project"
    project.mkdir()
    for name, text in files.items():
        (project / name).write_text(text, encoding="utf-8")
    if not looks_for_plugins:
        arguments = ("-p", "sealwax", *arguments)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        capture_output=True,
        check=False,
        cwd=project,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(_installed(folder)), str(REPOSITORY / "src")]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **({} if looks_for_plugins else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
        },
        text=True,
        timeout=60,
    )


def _installed(folder: Path) -> Path:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    entry_points = tomllib.loads(text)["project"]["entry-points"]["pytest11"]
    info = folder / "site" / "sealwax-0.dist-info"
    info.mkdir(parents=True)
    lines = [f"{name} = {module}" for name, module in entry_points.items()]
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sealwax\nVersion: 0\n")
    (info / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
    return info.parent
