"""A server is started, asked, and told to stop, as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sealwax.server.key_encryption import FILE_NAME

START_SECONDS = 30
IDLE_MEMORY_LIMIT_KIB = 60 * 1024


class Server:
    """A started server, what it said, and what it answers."""

    def __init__(self, process: subprocess.Popen[str], port: int, said: list[str]) -> None:
        self.process = process
        self.port = port
        self.said = said

    def get(self, path: str, *, tls: ssl.SSLContext | None = None) -> Any:  # noqa: ANN401  # whatever JSON holds
        scheme = "http" if tls is None else "https"
        url = f"{scheme}://localhost:{self.port}{path}"
        asked = urllib.request.urlopen(url, timeout=START_SECONDS, context=tls)  # noqa: S310  # our own server
        with asked as answer:
            return json.load(answer)

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Give the exit code and standard error."""
        self.process.send_signal(with_signal)
        _, errors = self.process.communicate(timeout=START_SECONDS)
        return self.process.returncode, errors


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(folder: Path, port: int, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "sealwax", "serve", "--data", str(folder), "--port", str(port), *more
    ]  # fmt: skip


@contextmanager
def started(folder: Path, *more: str, port: int | None = None) -> Iterator[Server]:
    """Start a server and wait until it says that it serves."""
    port = port or free_port()
    process = subprocess.Popen(
        command(folder, port, *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SEALWAX_KEYS__ALGORITHMS": "ES256"},
    )
    try:
        yield Server(process, port, _until_serving(process))
    finally:
        process.kill()
        process.communicate()


def _until_serving(process: subprocess.Popen[str]) -> list[str]:
    """Read what is printed: one line, or with a new folder's link, three."""
    assert process.stdout is not None
    said = [process.stdout.readline()]
    os.set_blocking(process.stdout.fileno(), False)  # the standard library's signature
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and not any("link=" in line for line in said):
        if line := process.stdout.readline():
            said.append(line)
        else:
            time.sleep(0.02)
    os.set_blocking(process.stdout.fileno(), True)  # the same
    return said


def failed(arguments: Sequence[str]) -> str:
    """Run a server that can't start; give the one sentence that it said."""
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    sentences = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(sentences) == 1, done.stderr
    return sentences[0]


def test_a_first_start_prints_one_link_and_a_second_start_none(tmp_path: Path) -> None:
    with started(tmp_path / "data") as server:
        assert f"http://localhost:{server.port}" in server.said[0]
        links = re.findall(
            r"http://localhost:\d+/password\?link=swl_[\w-]{43}", "".join(server.said)
        )
        assert len(links) == 1
        assert server.get("/health/ready") == {"status": "ready"}
        code, errors = server.stop()
    assert code == 0
    assert "swl_" not in errors
    with started(tmp_path / "data") as server:
        assert "link=" not in "".join(server.said)
        server.stop()


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(tmp_path: Path, with_signal: signal.Signals) -> None:
    with started(tmp_path / "data") as server:
        began = time.monotonic()
        code, errors = server.stop(with_signal)
        assert time.monotonic() - began < 10
    assert code == 0
    assert "Traceback" not in errors
    events = [json.loads(line)["event"] for line in errors.splitlines()]
    assert events[-2:] == ["stopping", "stopped"]


def test_a_hangup_that_was_to_be_ignored_is_ignored(tmp_path: Path) -> None:
    """Started under nohup, it goes on when the terminal closes."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with started(tmp_path / "data") as server:
            server.process.send_signal(signal.SIGHUP)
            assert server.get("/health/live") == {"status": "live"}
            assert server.stop()[0] == 0
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_a_request_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    with started(tmp_path / "data") as server:
        with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
            connection.sendall(
                b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_"
            )
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            connection.sendall(b"type=x")
            assert connection.recv(4096).startswith(b"HTTP/1.1 4")
        server.process.communicate(timeout=START_SECONDS)
    assert server.process.returncode == 0


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with (
        started(tmp_path / "data") as server,
        socket.create_connection(("127.0.0.1", server.port), 10) as connection,
    ):
        connection.sendall(
            b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_"
        )
        time.sleep(0.3)
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        began = time.monotonic()
        server.stop(signal.SIGINT)
        assert time.monotonic() - began < 5


def test_a_taken_port_is_one_sentence_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = failed(command(tmp_path / "data", port))
    assert "--port" in sentence
    assert str(port) in sentence
    assert not (tmp_path / "data").exists()


def test_a_second_server_on_one_folder_is_refused(tmp_path: Path) -> None:
    with started(tmp_path / "data"):
        sentence = failed(command(tmp_path / "data", free_port()))
    assert str(tmp_path / "data") in sentence


def test_a_lost_key_encryption_key_is_one_sentence_and_nothing_is_overwritten(
    tmp_path: Path,
) -> None:
    with started(tmp_path / "data") as server:
        server.stop()
    key_file = tmp_path / "data" / FILE_NAME
    key = key_file.read_text()
    key_file.unlink()
    assert "put it back" in failed(command(tmp_path / "data", free_port()))
    assert not key_file.exists()
    key_file.write_text("A" * 43)
    assert "lost-key-encryption-key" in failed(command(tmp_path / "data", free_port()))
    key_file.write_text(key)
    with started(tmp_path / "data") as server:
        assert server.get("/jwks")["keys"]
        server.stop()


@pytest.mark.parametrize(
    ("more", "part"),
    [
        (("--host", "0.0.0.0"), "server.host"),  # noqa: S104  # that it is refused is the test  # that it is refused is the test
        (("--issuer", "http://id.example.com"), "issuer.url"),
        (("--issuer", "https://id.example.com/path"), "issuer.url"),
        (("--tls-cert", "c.pem"), "tls_key_file"),
        (("--tls-cert", "/nowhere/c.pem", "--tls-key", "/nowhere/k.pem"), "/nowhere/c.pem"),
        (("--config", "/nowhere/sealwax.toml"), "/nowhere/sealwax.toml"),
    ],
)
def test_a_setting_that_can_not_be_is_one_sentence(
    tmp_path: Path, more: tuple[str, ...], part: str
) -> None:
    assert part in failed(command(tmp_path / "data", free_port(), *more))
    assert not (tmp_path / "data").exists()


def test_a_development_certificate_serves_https_on_this_machine(tmp_path: Path) -> None:
    with started(tmp_path / "data", "--development-certificate") as server:
        assert f"https://localhost:{server.port}" in server.said[0]
        trusted = ssl.create_default_context(
            cafile=str(tmp_path / "data" / "development-certificate.pem")
        )
        metadata = server.get("/.well-known/openid-configuration", tls=trusted)
        assert metadata["issuer"] == f"https://localhost:{server.port}"
        server.stop()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_an_idle_server_is_small(tmp_path: Path) -> None:
    with started(tmp_path / "data") as server:
        server.get("/.well-known/openid-configuration")
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        server.stop()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    assert int(found.group(1)) < IDLE_MEMORY_LIMIT_KIB


def test_starting_loads_no_template_engine_and_no_terminal_library() -> None:
    program = (
        "import sys, sealwax.cli.commands.serve\n"
        "heavy = ('jinja2', 'rich', 'structlog', 'starlette', 'fastapi')\n"
        "print(*(name for name in heavy if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
