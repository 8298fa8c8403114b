"""A server on loopback that answers with exactly the bytes a test gives it."""

import datetime as dt
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[threading.Event], Iterable[bytes]]


class WebServer:
    """Sends the pieces of an answer to whoever connects, and keeps what it was asked."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.stopped = threading.Event()
        self._answer = answer
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}/document?x=1"

    def stop(self) -> None:
        self.stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(20)

    def _serve(self) -> None:
        while not self.stopped.is_set():
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError), visitor:
                visitor.settimeout(20)
                self._welcome(visitor)

    def _welcome(self, visitor: socket.socket) -> None:
        connection = visitor
        if self._tls is not None:
            connection = self._tls.wrap_socket(visitor, server_side=True)
        with connection:
            self.requests.append(_read_request(connection))
            for piece in self._answer(self.stopped):
                connection.sendall(piece)


def _read_request(connection: socket.socket) -> bytes:
    """Read the head of a request, and the body if its length is stated."""
    request = connection.recv(65536)
    head, _, body = request.partition(b"\r\n\r\n")
    stated = re.search(rb"\r\nContent-Length: (\d+)", head)
    while stated and request and len(body) < int(stated[1]):
        more = connection.recv(65536)
        if not more:
            break
        body += more
        request += more
    return request


@contextmanager
def serving(answer: bytes | Answer, tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """Serve an answer until the block ends."""
    fixed = (lambda _: [answer]) if isinstance(answer, bytes) else answer
    server = WebServer(fixed, tls)
    try:
        yield server
    finally:
        server.stop()


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Write an HTTP/1.1 response with its Content-Length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def certificate(folder: Path, host: str) -> Path:
    """Make a certificate for `host` that signed itself, with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{host}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
