"""The whole tour as a process: it starts, answers, ends, and leaves nothing."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from sealwax.tour.run import run_tour
from tests.tour.running import (
    STOP_SECONDS,
    free_ports,
    get,
    has_ended,
    is_free,
    running_tour,
    start_tour,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]


def test_everything_answers_before_it_says_so_and_ctrl_c_ends_all(tmp_path: Path) -> None:
    with running_tour(tmp_path) as tour:
        addresses = (
            f"{tour.issuer}/.well-known/openid-configuration",
            f"{tour.issuer}/health/ready",
            f"{tour.notes}/health",
            f"{tour.parcels}/health",
            f"{tour.web}/",
            f"{tour.web}/app",
            f"{tour.web}/docs/where-jwt-fits",
        )
        for address in addresses:
            assert get(address)
        children = tour.children()
        assert len(children) == 3
        assert (tour.folder / "data").is_dir()
        assert tour.folder.stat().st_mode & 0o077 == 0

        assert tour.end(signal.SIGINT) == 0

        assert all(has_ended(child, within_seconds=1) for child in children)
        assert list(tour.temporary_folder.iterdir()) == []
        assert all(is_free(port) for port in range(tour.port, tour.port + 4))


def test_it_starts_again_on_the_same_ports_with_another_password(tmp_path: Path) -> None:
    port = free_ports()
    passwords = set()
    for _ in range(2):
        with running_tour(tmp_path, port) as tour:
            passwords.add(tour.password)
            assert get(f"{tour.web}/")
    assert len(passwords) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_it_as_well(tmp_path: Path, number: signal.Signals) -> None:
    with running_tour(tmp_path) as tour:
        children = tour.children()
        started = time.monotonic()

        assert tour.end(number) == 0

        assert time.monotonic() - started < STOP_SECONDS / 2
        assert all(has_ended(child, within_seconds=1) for child in children)
        assert list(tour.temporary_folder.iterdir()) == []


def test_a_parent_killed_the_hard_way_takes_its_children_along(tmp_path: Path) -> None:
    with running_tour(tmp_path) as tour:
        children = tour.children()
        assert len(children) == 3

        tour.end(signal.SIGKILL)

        assert all(has_ended(child, within_seconds=10) for child in children)
        assert list(tour.temporary_folder.iterdir()) == [], "the issuer tidies up in its place"


def test_a_signal_while_it_starts_ends_it_too(tmp_path: Path) -> None:
    tour = start_tour(tmp_path, free_ports())
    try:
        while not list(tour.temporary_folder.iterdir()):
            assert tour.process.poll() is None
            time.sleep(0.01)
        children = tour.children()
        tour.process.send_signal(signal.SIGTERM)
        said, _ = tour.process.communicate(timeout=STOP_SECONDS)
    finally:
        tour.process.kill()

    assert "ready" not in said
    assert "Traceback" not in said
    assert all(has_ended(child, within_seconds=1) for child in children)
    assert list(tour.temporary_folder.iterdir()) == []


def test_a_program_that_dies_ends_the_tour_with_a_sentence(tmp_path: Path) -> None:
    with running_tour(tmp_path) as tour:
        children = tour.children()
        victim = next(
            child
            for child in children
            if b"notes_api" in Path(f"/proc/{child}/cmdline").read_bytes()
        )

        os.kill(victim, signal.SIGKILL)
        assert tour.process.wait(STOP_SECONDS) == 1

        assert tour.process.stdout is not None
        said = tour.process.stdout.read()
        assert "sealwax tour: the notes API ended by itself" in said
        assert "Traceback" not in said
        assert all(has_ended(child, within_seconds=1) for child in children)


@pytest.mark.parametrize("offset", range(4))
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_taken_port_is_one_sentence_that_names_the_flag(
    tmp_path: Path, offset: int, host: str
) -> None:
    first = free_ports()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as taker:
        try:
            taker.bind((host, first + offset))
        except OSError:
            pytest.skip(f"no {host} on this machine")
        taker.listen()
        result = run_once(tmp_path, str(first))

    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert f"port {first + offset} is taken by another program" in result.stderr
    assert "--port" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["0", "-1", "65533", "99999"])
def test_a_port_that_is_none_is_one_sentence(tmp_path: Path, port: str) -> None:
    result = run_once(tmp_path, port)

    assert result.returncode == 2
    assert f"--port is {port}; a number from 1 to 65532 is accepted" in result.stderr
    assert result.stderr.count("\n") == 1


def test_no_place_for_its_folder_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere-at-all")

    assert run_tour(free_ports()) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("sealwax tour: No such file or directory (/nowhere-at-all")


def run_once(folder: Path, port: str) -> subprocess.CompletedProcess[str]:
    """Run the tour where it can't start."""
    return subprocess.run(
        [sys.executable, "-m", "sealwax.tour", f"--port={port}"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "TMPDIR": str(folder)},
    )
