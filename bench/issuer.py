"""The issuer's token endpoint under load: client credentials, one worker, beside bare signatures.

Starts `sealwax serve` on an empty folder, loads it from a second process over loopback with 32
connections, and stops it. The server and the load run on cores of their own where there are two.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from sealwax.entropy import SystemEntropy
from sealwax.records import Client, Resource
from sealwax.secret import sha256_hex
from sealwax.storage.sqlite import open_storage

CLIENTS = 100
CONNECTIONS = 32
ROUNDS = 5
ROUND_SECONDS = 4.0
RESOURCE = "https://api.example"


def measure() -> None:
    """Print rates, the ratio to bare ES256 signatures, start-up time and memory."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_seed(Path(folder)))
        with _server(Path(folder)) as (port, process, started):
            memory = _resident_megabytes(process.pid)
            _load(port, 1.0)
            pairs = [(_load(port, ROUND_SECONDS), _signatures()) for _ in range(ROUNDS)]
    rates = [rate for rate, _ in pairs]
    ratios = [rate / bare for rate, bare in pairs]
    print("\n| issuer, one worker | |\n|---|---|")
    print(
        f"| client-credentials tokens (ES256) a second, median | {statistics.median(rates):.0f} |"
    )
    print(f"| best round | {max(rates):.0f} |")
    print(f"| share of the bare ES256 signatures of one core | {statistics.median(ratios):.2f} |")
    print(f"| first answer of discovery after the start, seconds | {started:.2f} |")
    print(f"| resident memory when idle, MB | {memory:.0f} |")


async def _seed(folder: Path) -> None:
    storage = await open_storage(folder, entropy=SystemEntropy(), exclusive=False)
    await storage.resources.add(Resource(RESOURCE, "API", ("read", "write"), 600, 0))
    for number in range(CLIENTS):
        await storage.clients.add(
            Client(
                client_id=f"client-{number}",
                client_name=f"Client {number}",
                token_endpoint_auth_method="client_secret_post",
                created_at=0,
                client_secret_hashes=(sha256_hex(f"secret-{number}"),),
                grant_types=("client_credentials",),
                scopes=("read", "write"),
                default_resource=RESOURCE,
            )
        )
    await storage.close()


@contextmanager
def _server(folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes], float]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "sealwax", "serve", "--data", str(folder), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "SEALWAX_LOGGING__ACCESS": "false"},
    )
    try:
        _use_core(0, process.pid)
        started = _first_answer(port, began)
        time.sleep(1)
        yield port, process, started
    finally:
        process.terminate()
        process.wait(15)


def _first_answer(port: int, began: float) -> float:
    url = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
    while time.perf_counter() - began < 30:
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return time.perf_counter() - began
        time.sleep(0.01)
    message = "the server did not start within 30 seconds"
    raise TimeoutError(message)


def _resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found.group(1)) / 1024


def _load(port: int, seconds: float) -> float:
    """Give tokens a second, counted in a process of its own."""
    receiving, sending = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("spawn").Process(
        target=_loader, args=(port, seconds, sending)
    )
    worker.start()
    rate: float = receiving.recv()
    worker.join()
    return rate


def _loader(port: int, seconds: float, sending: object) -> None:
    _use_core(1, 0)
    rate = asyncio.run(_hammer(port, seconds))
    sending.send(rate)  # type: ignore[attr-defined]  # a Connection, whose class differs by platform


async def _hammer(port: int, seconds: float) -> float:
    deadline = time.perf_counter() + seconds
    began = time.perf_counter()
    counts = await asyncio.gather(
        *(_connection(port, number, deadline) for number in range(CONNECTIONS))
    )
    return sum(counts) / (time.perf_counter() - began)


async def _connection(port: int, first: int, deadline: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    requests = [_request((first + step) % CLIENTS) for step in range(CLIENTS)]
    count = 0
    while time.perf_counter() < deadline:
        writer.write(requests[count % CLIENTS])
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = re.search(rb"content-length: (\d+)", head)
        assert length
        await reader.readexactly(int(length.group(1)))
        count += 1
    writer.close()
    return count


def _request(number: int) -> bytes:
    body = (
        "grant_type=client_credentials&scope=read+write"
        f"&client_id=client-{number}&client_secret=secret-{number}"
    )
    return (
        "POST /token HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _signatures() -> float:
    """Give bare ES256 signatures a second in this process."""
    key, scheme = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256())
    message, count, began = b"m" * 500, 5000, time.perf_counter()
    for _ in range(count):
        key.sign(message, scheme)
    return count / (time.perf_counter() - began)


def _use_core(core: int, pid: int) -> None:
    """Pin a process where the platform can and there are two cores."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(pid, {cores[core]})
