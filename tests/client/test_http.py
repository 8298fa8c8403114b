import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sealwax.client import FetchFailed, HttpRequest, UrllibFetcher
from sealwax.client.http import refuse_redirect


class Handler(BaseHTTPRequestHandler):
    """Answers as its path asks for; keeps what it saw."""

    seen: list[tuple[str, str, dict[str, str], bytes]] = []  # noqa: RUF012 - one list for one server, made anew by `server`

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append((self.command, self.path, headers, body))
        if self.path.startswith("/redirect"):
            self.reply(302, b"", Location="/target")
        elif self.path == "/large":
            self.reply(200, b"x" * 5000)
        elif self.path == "/short":
            self.reply(200, b"half", **{"Content-Length": "9"})
        elif self.path == "/endless":
            self.drip()
        elif self.path == "/error":
            self.reply(400, b'{"error":"invalid_grant"}')
        else:
            self.reply(200, b"hello", **{"X-One": "1"})

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x")
                time.sleep(0.02)
        except OSError:
            pass

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server calls
        pass


@contextmanager
def running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen = []
    with running(Handler) as url:
        yield url


pytestmark = pytest.mark.anyio


async def test_an_answer_with_its_headers(server: str) -> None:
    request = HttpRequest("POST", f"{server}/hello", {"Content-Type": "text/x"}, b"a=b")

    response = await UrllibFetcher().fetch(request)

    assert (response.status, response.body) == (200, b"hello")
    assert response.headers["x-one"] == "1"
    (method, path, headers, body) = Handler.seen[0]
    assert (method, path, body) == ("POST", "/hello", b"a=b")
    assert headers["content-type"] == "text/x"
    assert headers["user-agent"] == "sealwax"


async def test_an_error_is_an_answer(server: str) -> None:
    response = await UrllibFetcher().fetch(HttpRequest("GET", f"{server}/error"))

    assert (response.status, response.body) == (400, b'{"error":"invalid_grant"}')


async def test_no_redirect_is_followed(server: str) -> None:
    url = f"{server}/redirect?code=the-code"
    response = await UrllibFetcher().fetch(HttpRequest("GET", url, {"Authorization": "Basic x"}))

    assert response.status == 302
    assert len(Handler.seen) == 1
    with pytest.raises(FetchFailed) as failure:
        refuse_redirect(response, url)
    assert failure.value.reason == "redirected"
    assert "the-code" not in str(failure.value)


async def test_no_proxy_is_taken_from_the_environment(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)

    assert (await UrllibFetcher().fetch(HttpRequest("GET", f"{server}/x"))).status == 200


@pytest.mark.parametrize(
    ("path", "reason"), [("/large", "response_too_large"), ("/short", "response_truncated")]
)
async def test_a_body_of_the_wrong_size_is_refused(server: str, path: str, reason: str) -> None:
    with pytest.raises(FetchFailed) as failure:
        await UrllibFetcher(max_size_bytes=4999).fetch(HttpRequest("GET", server + path))
    assert failure.value.reason == reason


async def test_a_body_of_the_largest_size_is_accepted(server: str) -> None:
    fetcher = UrllibFetcher(max_size_bytes=5000)

    assert len((await fetcher.fetch(HttpRequest("GET", f"{server}/large"))).body) == 5000


async def test_a_body_that_drips_ends_with_the_time(server: str) -> None:
    started = time.monotonic()

    with pytest.raises(FetchFailed) as failure:
        await UrllibFetcher(timeout_seconds=0.3).fetch(HttpRequest("GET", f"{server}/endless"))
    assert failure.value.reason == "timed_out"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "ftp://127.0.0.1/", "file:///etc/hostname"],
)
async def test_what_does_not_answer_or_is_no_http_is_a_failure(url: str) -> None:
    with pytest.raises(FetchFailed) as failure:
        await UrllibFetcher(timeout_seconds=2).fetch(HttpRequest("GET", f"{url}?secret=1"))
    assert failure.value.reason == "unreachable"
    assert "secret" not in str(failure.value)


async def test_plain_text_where_tls_is_due_is_a_failure(server: str) -> None:
    fetcher = UrllibFetcher(timeout_seconds=2, tls=ssl.create_default_context())

    with pytest.raises(FetchFailed):
        await fetcher.fetch(HttpRequest("GET", server.replace("http:", "https:")))
