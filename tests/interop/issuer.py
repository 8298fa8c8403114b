"""A real issuer for clients by others: our command line, in a process of its own, on loopback."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USERNAME = "ada"
PASSWORD = "correct horse battery staple 7"
START_SECONDS = 30


@dataclass(frozen=True)
class Issuer:
    """A running issuer and its data folder."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]

    def run(self, *words: str, stdin: str = "") -> dict[str, Any]:
        """Run one `sealwax` command beside the server; give the JSON that it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "sealwax", *words, "--data", str(self.data), "--json"],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed: dict[str, Any] = json.loads(done.stdout)
        return printed


@contextmanager
def running_issuer(folder: Path, *, add_user: bool = True) -> Iterator[Issuer]:
    """Start an issuer, with one person in it; end it afterwards."""
    port = _free_port()
    serve = [sys.executable, "-m", "sealwax", "serve", "--data", str(folder), "--port", str(port)]
    with (folder.parent / "issuer.log").open("ab") as log:
        process = subprocess.Popen(serve, stdout=log, stderr=subprocess.STDOUT)
        issuer = Issuer(f"http://localhost:{port}", folder, process)
        try:
            _wait_for(issuer, Path(log.name))
            if add_user:
                words = ("--name", "Ada", "--email", "ada@example.com", "--password-stdin")
                issuer.run("user", "add", USERNAME, *words, stdin=PASSWORD + "\n")
            yield issuer
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(issuer: Issuer, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert issuer.process.poll() is None, log.read_text("utf-8")
        try:
            with urllib.request.urlopen(f"{issuer.url}/health/ready", timeout=2):  # noqa: S310 -- loopback
                return
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError(log.read_text("utf-8"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
