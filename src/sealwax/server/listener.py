"""The listening socket, its TLS, and limits on a request that the HTTP parser lacks."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from sealwax.config import Settings

HEAD_LIMIT_BYTES: Final = 64 * 1024
REQUEST_TIMEOUT_SECONDS: Final = 20
BACKLOG: Final = 2048


class StartFailed(Exception):
    """The server can't start; the text is one sentence that names the setting or flag."""


def open_socket(settings: Settings) -> socket.socket:
    """Give a bound socket of the configured host and port. Raises StartFailed."""
    host, port = settings.server.host, settings.server.port
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_ADDRCONFIG
        )
    except OSError:
        message = f"server.host: found {host!r}; accepted is an address of this machine (--host)"
        raise StartFailed(message) from None
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StartFailed(_why_not_bound(error, host, port)) from None
    listener.setblocking(False)  # noqa: FBT003  # the standard library's signature
    return listener


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """Give the TLS side of the listener, TLS 1.2 or later (RFC 9325 §3.1.1); None for plain http.

    Raises StartFailed.
    """
    certificate_file, key_file = (
        settings.server.tls_certificate_file,
        settings.server.tls_key_file,
    )
    if certificate_file is None or key_file is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.set_alpn_protocols(["http/1.1"])
    for file in (certificate_file, key_file):
        try:
            file.read_bytes()
        except OSError as error:
            message = f"{file} can't be read: {error.strerror} (--tls-cert, --tls-key)"
            raise StartFailed(message) from None
    try:
        context.load_cert_chain(certificate_file, key_file, password=lambda: "")
    except (ssl.SSLError, ValueError):
        message = (
            f"{certificate_file} and {key_file} are no certificate and its unencrypted private "
            "key in PEM (--tls-cert, --tls-key)"
        )
        raise StartFailed(message) from None
    return context


def _why_not_bound(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program; choose another with --port"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"port {port} on {host} may not be opened by this user; choose one with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"server.host: found {host!r}; accepted is an address of this machine (--host)"
    return f"port {port} on {host} can't be opened: {error.strerror} (--host, --port)"


class OneWriteTransport(asyncio.Transport):
    """A transport that holds the head of a response back until its body is there.

    Both then leave in one system call and mostly in one packet, where two would cost as much again
    as half a signature. `flush` sends a head that no body follows.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._head = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, or hold back what is the head of a final response (RFC 9110 §15.2)."""
        if self._head:
            self._transport.write(self._head + data)
            self._head = b""
        elif data[:9] == b"HTTP/1.1 " and data[9:10] != b"1":
            self._head = bytes(data)
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send what was held back."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        """Send what was held back, and close."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Tell whether it is closed or about to be."""
        return self._transport.is_closing()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def pause_reading(self) -> None:
        """Stop reading."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Give what the transport knows of its connection."""
        return self._transport.get_extra_info(name, default)


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol, with limits on what a request may take until it is whole.

    Without them a connection could send a head without end, or a request drop by drop for ever.
    A request that arrives in one piece costs no timer.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401  # handed on as they are
        super().__init__(*arguments, **named)
        self._is_in_head = True
        self._is_unfinished = True
        self._head_size = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """Give a new connection some time for its first request."""
        self._outgoing = OneWriteTransport(transport)
        super().connection_made(self._outgoing)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to an unfinished head; give an unfinished request some time."""
        super().data_received(data)
        if not self._is_unfinished:
            return
        if self._is_in_head:
            self._head_size += len(data)
            if self._head_size > HEAD_LIMIT_BYTES:
                self._refuse()
                return
        if self._timer is None:
            self._start_timer()

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        self._is_in_head = True
        self._is_unfinished = True
        self._head_size = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that its head is whole."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that all of it is here."""
        self._is_unfinished = False
        if self._timer is not None:
            self._stop_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Send a head that no body followed."""
        self._outgoing.flush()
        super().on_response_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: an offer to speak WebSocket or HTTP/2 may be ignored (RFC 9110 §7.8)."""

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(REQUEST_TIMEOUT_SECONDS, self._time_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        """Close; an endpoint that waits for the rest of the body is told that nobody is there."""
        if self._is_unfinished and not self.transport.is_closing():
            self.transport.close()

    def _refuse(self) -> None:
        """Answer 431 (RFC 6585 §5) and close."""
        if self.transport.is_closing():
            return
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
            b"content-length: 0\r\nconnection: close\r\n\r\n"
        )
        self.transport.close()
