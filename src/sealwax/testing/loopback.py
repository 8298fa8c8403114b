"""A test issuer behind a real address of this machine, for an API that runs in another process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from sealwax.clock import Clock
from sealwax.resource_server import FetchedDocument, FetchLimits
from sealwax.resource_server.errors import FetchFailed
from sealwax.testing.issuer import TestIssuer

_ANY_SIZE: Final = FetchLimits(1 << 30)
_POLL_SECONDS: Final = 0.02


@contextmanager
def serve_issuer(*, algorithm: str = "ES256", clock: Clock | None = None) -> Iterator[TestIssuer]:
    """Serve a new TestIssuer over http on a free port of 127.0.0.1 until the block ends.

    Its `issuer` is that address, which a verifier takes without further ado since it is on this
    machine. While it `is_down`, connections are closed without an answer.
    """
    with _Server(("127.0.0.1", 0), _Handler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        server.test_issuer = TestIssuer(address, algorithm=algorithm, clock=clock)
        thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
        thread.start()
        try:
            yield server.test_issuer
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    """Knows the issuer it answers for."""

    test_issuer: TestIssuer


class _Handler(BaseHTTPRequestHandler):
    """Answers with what the issuer would."""

    server: _Server

    def do_GET(self) -> None:
        issuer = self.server.test_issuer
        self._answer(lambda: issuer.fetch(issuer.issuer + self.path, _ANY_SIZE))

    def do_POST(self) -> None:
        issuer = self.server.test_issuer
        form = self.rfile.read(int(self.headers["content-length"]))
        self._answer(lambda: issuer.introspect(issuer.issuer + self.path, form))

    def _answer(self, ask: Callable[[], FetchedDocument]) -> None:
        try:
            document = ask()
        except FetchFailed:
            self.close_connection = True
            return
        self.send_response(document.status)
        for name, value in document.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(document.body)))
        self.end_headers()
        self.wfile.write(document.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Say nothing: `requests` of the issuer tells what was asked for."""
