"""Writes the project of a guide into an empty folder and runs it the way the guide says."""

import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from sealwax.testing import TestIssuer, serve_issuer
from tests.how_to.snippets import DOCS, blocks

REPOSITORY = Path(__file__).parents[2]

_COMMANDS = re.compile(r"^```sh\n(pip install .*?)^```$", re.MULTILINE | re.DOTALL)
_LISTENING = re.compile(r"http://127\.0\.0\.1:(\d+)")
_PATIENCE_SECONDS = 60
# The port is free for the taking, and the server of Django restarts itself no more than others.
_IN_A_TEST = (("--port 9000", "--port 0"), ("runserver 9000", "runserver --noreload 0"))


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class RunningProject:
    page: str
    issuer: TestIssuer
    port: int

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_SECONDS)
        try:
            connection.request(method, path, headers=dict(headers or {}))
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, names, response.read().decode())
        finally:
            connection.close()


def files_of(page: str) -> dict[str, str]:
    """The files of the project, by name."""
    return {block.title: block.code for block in blocks(page) if block.title.endswith(".py")}


def command_of(page: str) -> str:
    """The last command the guide tells to type."""
    [commands] = _COMMANDS.findall((DOCS / page).read_text(encoding="utf-8"))
    return str(commands).splitlines()[-1]


@contextmanager
def running(page: str, folder: Path) -> Iterator[RunningProject]:
    """Run the project against a test issuer, both on this machine, until the block ends."""
    with serve_issuer() as issuer, listening(page, folder, issuer.issuer) as port:
        yield RunningProject(page, issuer, port)


@contextmanager
def listening(page: str, folder: Path, issuer: str) -> Iterator[int]:
    """Run the project for the issuer with that URL until the block ends; gives its port."""
    for name, code in files_of(page).items():
        (folder / name).write_text(code, encoding="utf-8")
    command = command_of(page)
    for ours, theirs in _IN_A_TEST:
        command = command.replace(ours, theirs)
    setting, *arguments = shlex.split(command)
    assert setting == "ISSUER=https://id.example.com"
    process = subprocess.Popen(
        arguments,
        cwd=folder,
        env={
            "ISSUER": issuer,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(REPOSITORY / "src"),
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _port_of(process)
    finally:
        process.terminate()
        process.communicate()


def _port_of(process: subprocess.Popen[str]) -> int:
    """Read what the server prints until it says where it listens."""
    assert process.stdout is not None
    patience = threading.Timer(_PATIENCE_SECONDS, process.kill)
    patience.start()
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if (found := _LISTENING.search(line)) is not None:
                return int(found[1])
    finally:
        patience.cancel()
    raise AssertionError("".join(said))
