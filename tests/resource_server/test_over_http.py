"""The whole way once, over a real connection, with the fetcher that is built in."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sealwax import KeysUnavailable, TokenRefused, Verifier
from sealwax.resource_server import FetchLimits
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import AUDIENCE, Check


class Site:
    """A test issuer behind an HTTP server on loopback."""

    def __init__(self) -> None:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = f"{site.issuer.issuer}{self.path}"
                document = site.issuer.fetch(url, FetchLimits(1))
                self.send_response(document.status)
                for name, value in document.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(document.body)))
                self.end_headers()
                self.wfile.write(document.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.issuer = TestIssuer(f"http://127.0.0.1:{self.server.server_port}")

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(20)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.stop()


def test_an_issuer_on_this_machine_is_believed_by_its_url_alone(site: Site, check: Check) -> None:
    with Verifier(site.issuer.issuer, AUDIENCE) as verifier:
        good, revoked = site.issuer.token(AUDIENCE), site.issuer.token(AUDIENCE)
        site.issuer.revoke(revoked)
        assert check(verifier, good).subject == "user-1"
        with pytest.raises(TokenRefused, match="taken back"):
            check(verifier, revoked)
        site.stop()
        assert check(verifier, good).subject == "user-1"


def test_an_issuer_that_is_not_there_is_503(site: Site, check: Check) -> None:
    site.stop()
    with Verifier(site.issuer.issuer, AUDIENCE) as verifier:
        with pytest.raises(KeysUnavailable) as unavailable:
            check(verifier, site.issuer.token(AUDIENCE))
        assert unavailable.value.reason == "unreachable"
