"""Programs of the tour: what happens when they don't do what they should."""

import asyncio
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from sealwax.tour import processes
from sealwax.tour.processes import Program, ProgramFailed
from tests.tour.running import free_ports, has_ended

pytestmark = pytest.mark.anyio


def program(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Program:
    """A program made of a few lines of Python."""
    (folder / "sample_program.py").write_text(textwrap.dedent(text))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    port = free_ports()
    return Program(
        "the sample",
        "sample_program",
        (str(port),),
        port=port,
        health="/health",
        folder=folder,
    )


async def test_a_program_that_ends_at_once_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = program(tmp_path, "raise SystemExit('the reason why')", monkeypatch)

    with pytest.raises(
        ProgramFailed, match="the sample did not start; its last words were:\n  the reason why"
    ):
        await sample.start()
    assert sample.process_id is None
    await sample.stop()


async def test_a_program_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "START_SECONDS", 1)
    sample = program(tmp_path, "import time; time.sleep(60)", monkeypatch)

    with pytest.raises(ProgramFailed, match="did not answer within 1 seconds; it said nothing"):
        await sample.start()
    await sample.stop()
    assert sample.process_id is None


async def test_a_program_that_does_not_listen_is_stopped_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.5)
    monkeypatch.setattr(processes, "START_SECONDS", 2)
    sample = program(
        tmp_path,
        """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("deaf", flush=True)
        time.sleep(60)
        """,
        monkeypatch,
    )
    with pytest.raises(ProgramFailed, match="deaf"):
        await sample.start()
    started = time.monotonic()

    await sample.stop()

    assert sample.process_id is None
    assert time.monotonic() - started < 5


async def test_stopping_is_no_failure_and_twice_is_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "START_SECONDS", 1)
    sample = program(tmp_path, "import time; time.sleep(60)", monkeypatch)
    with pytest.raises(ProgramFailed):
        await sample.start()
    watching = asyncio.create_task(sample.watch())

    await asyncio.gather(sample.stop(), sample.stop())
    await asyncio.sleep(0)

    assert not watching.done()
    watching.cancel()


async def test_of_many_starts_and_stops_at_once_nothing_is_left_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = program(
        tmp_path,
        """
        import sys
        from http.server import BaseHTTPRequestHandler, HTTPServer
        class Healthy(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
        HTTPServer(("127.0.0.1", int(sys.argv[1])), Healthy).serve_forever()
        """,
        monkeypatch,
    )
    started = await asyncio.gather(*(sample.start() for _ in range(5)), return_exceptions=True)
    assert started == [None] * 5
    first = sample.process_id
    assert first is not None

    await asyncio.gather(sample.stop(), sample.stop())
    assert has_ended(first, within_seconds=1)
    assert not await sample.accepts_connections()

    await sample.start()
    assert sample.process_id not in {None, first}
    await sample.stop()


def test_a_child_that_is_deaf_ends_with_its_parent_too(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                f"""
                import os, pathlib, signal, time
                from sealwax.tour import lifeline
                lifeline.GRACE_SECONDS = 0.2
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                lifeline.end_with_parent(
                    os.getppid(), clean_up=lambda: pathlib.Path({str(tmp_path / "tidy")!r}).touch()
                )
                print("watching", flush=True)
                time.sleep(60)
                """
            ),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == b"watching\n"
        child.stdin.close()

        assert child.wait(timeout=20) == 1
    assert (tmp_path / "tidy").exists()


def test_a_child_whose_parent_was_gone_before_it_looked_ends_too() -> None:
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import time; from sealwax.tour import lifeline; "
                "lifeline.end_with_parent(1 << 22); time.sleep(60)"
            ),
        ],
        stdin=subprocess.DEVNULL,
        timeout=20,
        check=False,
    )

    assert child.returncode == -15


def test_the_other_companys_api_shares_nothing_with_the_issuer() -> None:
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sys, sealwax.tour.parcels_api as api; "
                "print(' '.join(name for name in sys.modules if name.startswith('sealwax.')))"
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    rooms = {name.split(".")[1] for name in loaded}
    ground = {"clock", "entropy", "secret"}
    assert rooms == ground | {"integrations", "jose", "resource_server", "tour"}
    tour = {name.split(".")[2] for name in loaded if name.startswith("sealwax.tour.")}
    assert tour == {"addresses", "api_edge", "evidence", "lifeline", "parcels_api"}
