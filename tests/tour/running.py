"""A tour that really runs, on four free ports; ended by whoever started it."""

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60
"""Far more than the ten seconds it may take: the machine that runs the tests may be busy."""
STOP_SECONDS = 15


@dataclass
class RunningTour:
    """The process, and what it printed until it said that it is ready."""

    process: subprocess.Popen[str]
    port: int
    said: str
    temporary_folder: Path

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def notes(self) -> str:
        return f"http://localhost:{self.port + 1}"

    @property
    def parcels(self) -> str:
        return f"http://localhost:{self.port + 2}"

    @property
    def web(self) -> str:
        return f"http://localhost:{self.port + 3}"

    @property
    def password(self) -> str:
        found = re.search(r"^ +password +(\S+)$", self.said, re.MULTILINE)
        assert found is not None
        return found[1]

    @property
    def lines(self) -> list[str]:
        """The lines to paste."""
        return [line for line in self.said.splitlines() if line.startswith(("TOKEN=", "curl "))]

    @property
    def folder(self) -> Path:
        """The folder of this run, which nothing else is in."""
        (folder,) = self.temporary_folder.iterdir()
        return folder

    def children(self) -> list[int]:
        """Ids of the processes that the tour has started and that run."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, parent = entry.read_text().rpartition(")")[2].split()[:2]
                if int(parent) == self.process.pid and state != "Z":
                    found.append(int(entry.parent.name))
        return found

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal, and give the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


@contextmanager
def running_tour(folder: Path, port: int | None = None) -> Iterator[RunningTour]:
    """Start the tour and wait until it is ready; whatever happens, nothing of it is left."""
    tour = start_tour(folder, port or free_ports())
    try:
        wait_until_ready(tour)
        yield tour
    finally:
        try:
            tour.end()
        except subprocess.TimeoutExpired:
            tour.process.kill()
            tour.process.wait()
        if tour.process.stdout is not None:
            tour.process.stdout.close()


def start_tour(folder: Path, port: int) -> RunningTour:
    """Start the process, with a folder of its own for what is temporary."""
    temporary_folder = folder / f"tmp-{port}-{random.randrange(10**9)}"
    temporary_folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "sealwax.tour", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary_folder)},
    )
    return RunningTour(process, port, "", temporary_folder)


def wait_until_ready(tour: RunningTour) -> None:
    """Read what it says, up to the last line of the announcement."""
    assert tour.process.stdout is not None
    timer = threading.Timer(START_SECONDS, tour.process.kill)
    timer.start()
    try:
        for line in tour.process.stdout:
            tour.said += line
            if line.startswith("Ctrl-C ends all of it"):
                return
    finally:
        timer.cancel()
    raise AssertionError(f"the tour did not become ready; it said:\n{tour.said}")


def free_ports() -> int:
    """Give the first of four ports in a row that are free, below those the system hands out."""
    for _ in range(200):
        first = random.randrange(20_000, 30_000)
        if all(is_free(port) for port in range(first, first + 4)):
            return first
    raise AssertionError("there are no four free ports in a row")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def get(url: str) -> bytes:
    """GET a URL of the tour."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - http on loopback
        body: bytes = answer.read()
        return body


def has_ended(process_id: int, *, within_seconds: float) -> bool:
    """Wait until no such process runs any more."""
    ends_at = time.monotonic() + within_seconds
    while time.monotonic() < ends_at:
        try:
            state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
