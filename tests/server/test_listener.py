"""The socket, its TLS, and what a connection may take before a request is whole."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from sealwax.clock import SystemClock
from sealwax.server import listener
from sealwax.server.development_certificate import ensure_development_certificate
from sealwax.server.listener import (
    HEAD_LIMIT_BYTES,
    GuardedProtocol,
    StartFailed,
    open_socket,
    tls_context,
)
from tests.server.given import settings

pytestmark = pytest.mark.anyio

LOCAL = "http://localhost"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def application(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # as ASGI has it
    """Answer with the size of the body, or with nothing at `/empty`; tell if the client is gone."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            application.gone.set()  # type: ignore[attr-defined]  # set by the test that looks at it
            return
        size += len(message["body"])
        more = message["more_body"]
    status = 204 if scope["path"] == "/empty" else 200
    body = b"" if status == 204 else str(size).encode()
    headers = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve the application behind our protocol; give the port."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.listen()
    bound.setblocking(False)  # noqa: FBT003  # the standard library's signature
    config = uvicorn.Config(
        application, http=GuardedProtocol, ws="none", lifespan="off", log_config=None
    )
    config.load()
    config.ssl = tls
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment]  # the test runner has its own signals
    running = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        await running


@asynccontextmanager
async def connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer_of(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Read one response by its content-length."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b": ")
        if name == b"content-length":
            length = int(value)
    return head.split(b"\r\n")[0], await reader.readexactly(length)


async def test_requests_are_answered_one_after_another_and_piped_together() -> None:
    async with serving() as port, connection(port) as (reader, writer):
        one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        for _ in range(3):
            writer.write(one)
            assert await answer_of(reader) == (b"HTTP/1.1 200 OK", b"3")
        writer.write(one * 5)
        for _ in range(5):
            assert await answer_of(reader) == (b"HTTP/1.1 200 OK", b"3")


async def test_answers_without_a_body_are_sent_too() -> None:
    async with serving() as port, connection(port) as (reader, writer):
        for request in (b"GET /empty", b"HEAD /", b"GET /empty"):
            writer.write(request + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            assert head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 200"))


async def test_a_client_that_asks_first_is_told_to_go_on() -> None:
    async with serving() as port, connection(port) as (reader, writer):
        writer.write(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
        interim = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"abc")
        assert await answer_of(reader) == (b"HTTP/1.1 200 OK", b"3")


async def test_a_body_in_parts_arrives_whole() -> None:
    async with serving() as port, connection(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            writer.write(b"a\r\n0123456789\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        assert await answer_of(reader) == (b"HTTP/1.1 200 OK", b"200")


@pytest.mark.parametrize(
    "head", [b"GET / HTTP/1.1\r\nHost: x\r\nx: ", b"GET /"], ids=["a header", "an address"]
)
async def test_a_large_head_is_answered_431_and_the_connection_closed(head: bytes) -> None:
    async with serving() as port, connection(port) as (reader, writer):
        writer.write(head + b"y" * HEAD_LIMIT_BYTES)
        assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 431 ")


async def test_a_head_without_end_is_cut_off() -> None:
    async with serving() as port, connection(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
        sent = 0
        with contextlib.suppress(ConnectionError):
            for number in range(100_000):
                sent += 1000
                writer.write(b"x-%d: %s\r\n" % (number, b"y" * 1000))
                await writer.drain()
            await reader.read()
        assert sent < 20_000_000  # what the sockets on the way hold, and no more


async def test_a_head_below_the_limit_is_accepted_however_often() -> None:
    async with serving() as port, connection(port) as (reader, writer):
        for _ in range(10):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nx: " + b"y" * (HEAD_LIMIT_BYTES - 100))
            await writer.drain()
            writer.write(b"\r\n\r\n")
            assert (await answer_of(reader))[0] == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab",
    ],
    ids=["nothing", "a line", "half a head", "half a body"],
)
async def test_a_request_that_does_not_become_whole_is_given_up(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "REQUEST_TIMEOUT_SECONDS", 0.2)
    application.gone = asyncio.Event()  # type: ignore[attr-defined]  # looked at below
    async with serving() as port, connection(port) as (reader, writer):
        writer.write(begun)
        assert await asyncio.wait_for(reader.read(), 10) == b""
        if b"\r\n\r\n" in begun:
            await asyncio.wait_for(application.gone.wait(), 10)  # type: ignore[attr-defined]  # set above


async def test_dripping_a_request_does_not_prolong_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listener, "REQUEST_TIMEOUT_SECONDS", 0.3)
    async with serving() as port, connection(port) as (reader, writer):
        ended = asyncio.create_task(reader.read())
        drops = 0
        while not ended.done():
            drops += 1
            with contextlib.suppress(ConnectionError):
                writer.write(b"G" if drops == 1 else b"E" if drops == 2 else b"x")
                await writer.drain()
            await asyncio.wait([ended], timeout=0.02)
            assert drops < 400
        assert b"200" not in ended.result()


async def test_a_whole_request_is_not_held_to_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "REQUEST_TIMEOUT_SECONDS", 0.1)
    async with serving() as port, connection(port) as (reader, writer):
        for _ in range(3):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await answer_of(reader))[0] == b"HTTP/1.1 200 OK"
            idle = asyncio.create_task(reader.read(1))
            await asyncio.wait([idle], timeout=0.25)
            assert not idle.done()
            idle.cancel()
            await asyncio.wait([idle])


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c", b"TLS/1.0"])
async def test_an_offer_of_another_protocol_is_ignored_and_not_logged(
    protocol: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as port, connection(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: " + protocol)
        writer.write(b"\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n")
        assert (await answer_of(reader))[0] == b"HTTP/1.1 200 OK"
    assert caplog.records == []


async def test_nonsense_is_answered_400(recwarn: pytest.WarningsRecorder) -> None:
    for nonsense in (b"\x16\x03\x01\x02\x00\x01", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        async with serving() as port, connection(port) as (reader, writer):
            writer.write(nonsense)
            assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 400 ")
    assert not recwarn.list


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        POST + b"Content-Length: +3\r\n\r\nabc",
        POST + b"Transfer-Encoding: xchunked\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    ],
    ids=["both lengths", "two lengths", "a signed length", "unknown coding", "space before colon"],
)
async def test_a_request_that_two_servers_would_read_differently_is_refused(
    request_bytes: bytes,
) -> None:
    """Request smuggling lives on such requests (RFC 9112 §11.2)."""
    async with serving() as port, connection(port) as (reader, writer):
        writer.write(request_bytes)
        writer.write_eof()
        received = await asyncio.wait_for(reader.read(), 10)
        assert b" 200 " not in received


def test_a_taken_port_is_said_in_one_sentence_that_names_the_flag() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartFailed, match="--port") as caught:
            open_socket(settings(issuer__url=LOCAL, server__port=port))
    assert str(port) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_ours_is_said(host: str) -> None:
    chosen = settings(
        server__host=host, server__port=free_port(), server__trusted_proxies=["10.0.0.2"]
    )
    with pytest.raises(StartFailed, match="--host"):
        open_socket(chosen)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_can_be_opened_and_opened_again(host: str) -> None:
    chosen = settings(issuer__url=LOCAL, server__host=host, server__port=free_port())
    try:
        for _ in range(2):
            open_socket(chosen).close()
    except StartFailed:
        if host != "::1":
            raise
        pytest.skip("this machine has no IPv6 loopback")


def test_plain_http_needs_no_tls() -> None:
    assert tls_context(settings()) is None


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return ensure_development_certificate(tmp_path_factory.mktemp("tls"), SystemClock())


def over_tls(certificate_file: Path, key_file: Path) -> ssl.SSLContext | None:
    return tls_context(
        settings(
            issuer__url="https://localhost",
            server__tls_certificate_file=certificate_file,
            server__tls_key_file=key_file,
        )
    )


async def test_tls_is_spoken_with_the_certificate(certificate: tuple[Path, Path]) -> None:
    client = ssl.create_default_context(cafile=str(certificate[0]))
    async with serving(over_tls(*certificate)) as port:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client, server_hostname="localhost"
        )
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await answer_of(reader) == (b"HTTP/1.1 200 OK", b"0")
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
        writer.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_old_tls_is_refused(certificate: tuple[Path, Path]) -> None:
    context = over_tls(*certificate)
    assert context is not None
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    client = ssl.create_default_context(cafile=str(certificate[0]))
    client.minimum_version = ssl.TLSVersion.TLSv1
    client.maximum_version = ssl.TLSVersion.TLSv1_1
    client.set_ciphers("ALL:@SECLEVEL=0")
    async with serving(context) as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection(
                "127.0.0.1", port, ssl=client, server_hostname="localhost"
            )


async def test_tls_1_2_has_forward_secrecy(certificate: tuple[Path, Path]) -> None:
    client = ssl.create_default_context(cafile=str(certificate[0]))
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serving(over_tls(*certificate)) as port:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client, server_hostname="localhost"
        )
        assert writer.get_extra_info("cipher")[0].startswith("ECDHE")
        writer.close()


def test_files_that_are_no_certificate_and_key_are_said(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    other = ensure_development_certificate(tmp_path / "other", SystemClock())
    (tmp_path / "text").write_text("no PEM")
    for pair in (
        (tmp_path / "nowhere", certificate[1]),
        (certificate[0], tmp_path / "nowhere"),
        (tmp_path / "text", certificate[1]),
        (certificate[0], tmp_path / "text"),
        (certificate[0], other[1]),
        (tmp_path, certificate[1]),
    ):
        with pytest.raises(StartFailed, match="--tls-cert, --tls-key") as caught:
            over_tls(*pair)
        assert "\n" not in str(caught.value)
