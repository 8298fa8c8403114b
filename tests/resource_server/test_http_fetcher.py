"""The built-in fetcher against servers on loopback that do what servers should not."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sealwax.resource_server import FetchedDocument, FetchLimits, HttpFetcher
from sealwax.resource_server.errors import FetchFailed
from sealwax.resource_server.fetching import fetch_document, post_form
from sealwax.resource_server.http_connection import Deadline
from sealwax.resource_server.web_address import Network
from tests.resource_server.web_server import certificate, response, serving

LIMITS = FetchLimits(1000, timeout_seconds=20)
HASTY = FetchLimits(1000, timeout_seconds=0.2)
ENDLESS_SECONDS = 15


def refusal(url: str, limits: FetchLimits = LIMITS) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        fetch_document(HttpFetcher(), url, limits)
    assert len(str(failed.value)) < 300
    return failed.value


def test_a_document_comes_with_its_headers_in_lower_case() -> None:
    with serving(response(b"{}", "Cache-Control: max-age=5", "X-Twice: a", "X-Twice: b")) as server:
        document = HttpFetcher()(server.url, LIMITS)
    assert document.status == 200
    assert document.body == b"{}"
    assert document.headers["cache-control"] == "max-age=5"


def test_the_request_says_little() -> None:
    with serving(response(b"")) as server:
        HttpFetcher()(server.url, FetchLimits(10, accept="application/json"))
    head, *headers = server.requests[0].decode().strip().split("\r\n")
    assert head == "GET /document?x=1 HTTP/1.1"
    assert sorted(headers) == [
        "Accept-Encoding: identity",
        "Accept: application/json",
        "Connection: close",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: sealwax-verifier",
    ]


def test_chunks_are_put_together() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    with serving(chunked) as server:
        assert HttpFetcher()(server.url, LIMITS).body == b"abc"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 T", "308 P"])
def test_no_redirect_is_followed(status: str) -> None:
    with serving(response(b"secret")) as target:
        location = f"Location: {target.url}"
        with serving(response(b"", location, status=status)) as server:
            failed = refusal(server.url)
    assert failed.reason == "redirected"
    assert target.requests == []


@pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "500 Broken"])
def test_only_200_is_an_answer(status: str) -> None:
    with serving(response(b"", status=status)) as server:
        failed = refusal(server.url)
    assert (failed.reason, failed.status) == ("http_status", int(status[:3]))


def test_what_a_server_asks_for_with_retry_after_is_kept() -> None:
    with serving(response(b"", "Retry-After: 77", status="503 Busy")) as server:
        assert refusal(server.url).retry_after_seconds == 77


def test_a_document_at_the_limit_is_accepted_and_one_byte_more_is_not() -> None:
    with serving(response(b"x" * 1000)) as server:
        assert len(HttpFetcher()(server.url, LIMITS).body) == 1000
    with serving(response(b"x" * 1001)) as server:
        assert refusal(server.url).reason == "document_too_large"


def test_a_stated_length_beyond_the_limit_is_refused_before_the_body() -> None:
    def never_ends(stopped: threading.Event) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"
        stopped.wait(ENDLESS_SECONDS)

    started = time.monotonic()
    with serving(never_ends) as server:
        assert refusal(server.url).reason == "document_too_large"
    assert time.monotonic() - started < ENDLESS_SECONDS


def test_a_body_without_end_is_cut_off_at_the_limit() -> None:
    def never_ends(stopped: threading.Event) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while not stopped.is_set():
            yield b"x" * 4096

    with serving(never_ends) as server:
        assert refusal(server.url).reason == "document_too_large"


def test_a_body_that_ends_too_early_is_refused() -> None:
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") as server:
        assert refusal(server.url).reason == "document_truncated"


def test_chunks_that_end_too_early_are_refused() -> None:
    cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
    with serving(cut) as server:
        assert refusal(server.url).reason == "unreachable"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity", "x"])
def test_compression_nobody_asked_for_is_refused_unread(encoding: str) -> None:
    bomb = gzip.compress(b"\0" * 1_000_000, 9)[:900]
    with serving(response(bomb, f"Content-Encoding: {encoding}")) as server:
        assert refusal(server.url).reason == "document_encoded"


@pytest.mark.parametrize("header", ["identity", "Identity", ""])
def test_naming_no_compression_is_fine(header: str) -> None:
    with serving(response(b"ok", f"Content-Encoding: {header}")) as server:
        assert HttpFetcher()(server.url, LIMITS).body == b"ok"


def test_headers_a_byte_at_a_time_run_into_the_one_deadline() -> None:
    def drips(stopped: threading.Event) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nX: "
        while not stopped.wait(0.01):
            yield b"x"

    with serving(drips) as server:
        assert refusal(server.url, HASTY).reason == "timed_out"


def test_a_body_a_byte_at_a_time_runs_into_the_one_deadline() -> None:
    def drips(stopped: threading.Event) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"
        while not stopped.wait(0.01):
            yield b"x"

    with serving(drips) as server:
        assert refusal(server.url, HASTY).reason == "timed_out"


def test_a_server_that_says_nothing_runs_into_the_deadline() -> None:
    def silent(stopped: threading.Event) -> Iterator[bytes]:
        stopped.wait(ENDLESS_SECONDS)
        yield b""

    with serving(silent) as server:
        assert refusal(server.url, HASTY).reason == "timed_out"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/9.9 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: y\r\n" % number for number in range(200)),
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_unreachable(answer: bytes) -> None:
    with serving(answer) as server:
        assert refusal(server.url).reason == "unreachable"


def test_a_closed_port_is_unreachable() -> None:
    with serving(b"") as server:
        url = server.url
    assert refusal(url).reason == "unreachable"


def test_a_name_that_can_not_be_resolved_is_unreachable() -> None:
    assert refusal("https://" + "a" * 64 + ".invalid").reason == "unreachable"


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(response(b"from the proxy")) as proxy, serving(response(b"direct")) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        assert HttpFetcher()(server.url, LIMITS).body == b"direct"
    assert proxy.requests == []


def test_a_certificate_nobody_trusts_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path, "localhost"))
    with serving(response(b"{}"), context) as server:
        failed = refusal(server.url.replace("127.0.0.1", "localhost"))
    assert failed.reason == "unreachable"
    assert "CERTIFICATE_VERIFY_FAILED" in str(failed)
    assert server.requests == []


def test_a_trusted_certificate_counts_for_its_own_name_only(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    path = certificate(tmp_path, "localhost")
    context.load_cert_chain(path)
    fetcher = HttpFetcher(ssl_context=ssl.create_default_context(cafile=path))
    with serving(response(b"{}"), context) as server:
        assert fetcher(server.url.replace("127.0.0.1", "localhost"), LIMITS).body == b"{}"
        with pytest.raises(FetchFailed, match="CERTIFICATE_VERIFY_FAILED"):
            fetcher(server.url, LIMITS)


def test_the_open_network_is_not_this_machine() -> None:
    with serving(response(b"internal")) as server:
        failed = refusal(server.url, FetchLimits(10, network=Network.PUBLIC))
    assert failed.reason == "address_not_allowed"
    assert server.requests == []


def resolving_to(*targets: tuple[str, int]) -> HttpFetcher:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", target) for target in targets]
    return HttpFetcher(resolve=lambda _host, _port: found)


def test_a_public_name_that_resolves_to_this_machine_is_not_connected_to() -> None:
    with serving(response(b"internal")) as server:
        rebinding = resolving_to(("127.0.0.1", server.port), ("169.254.169.254", 80))
        with pytest.raises(FetchFailed) as failed:
            rebinding("https://public.example", FetchLimits(10, network=Network.PUBLIC))
    assert failed.value.reason == "address_not_allowed"
    assert server.requests == []


def test_the_loopback_network_is_only_this_machine() -> None:
    elsewhere = resolving_to(("192.0.2.1", 80))
    with pytest.raises(FetchFailed) as failed:
        elsewhere("http://localhost/", FetchLimits(10, network=Network.LOOPBACK))
    assert failed.value.reason == "address_not_allowed"


def test_the_next_address_of_a_name_is_tried() -> None:
    with serving(b"") as closed:
        pass
    with serving(response(b"second")) as server:
        fetcher = resolving_to(("127.0.0.1", closed.port), ("127.0.0.1", server.port))
        assert fetcher("http://localhost/", LIMITS).body == b"second"


def test_a_fetcher_that_fails_in_its_own_way_is_a_failed_fetch_and_no_more() -> None:
    def broken(_url: str, _limits: FetchLimits) -> FetchedDocument:
        raise KeyError("internal detail")

    with pytest.raises(FetchFailed) as failed:
        fetch_document(broken, "https://id.example.com", LIMITS)
    assert failed.value.reason == "fetcher_failed"
    assert "internal detail" not in str(failed.value)


def test_a_resolver_that_hangs_runs_into_the_one_deadline() -> None:
    released = threading.Event()

    def hangs(_host: str, _port: int) -> list[tuple[object, ...]]:
        released.wait(ENDLESS_SECONDS)
        return []

    started = time.monotonic()
    with pytest.raises(FetchFailed) as failed:
        HttpFetcher(resolve=hangs)("https://keys.example.com/", HASTY)
    released.set()
    assert failed.value.reason == "timed_out"
    assert time.monotonic() - started < ENDLESS_SECONDS


def test_an_address_that_does_not_answer_leaves_time_for_the_next() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        target = full.getsockname()
        queued = [socket.socket() for _ in range(4)]
        for each in queued:  # fill the backlog, so that the next to connect is left hanging
            each.setblocking(False)  # noqa: FBT003 - the name of the standard library
            each.connect_ex(target)
        with serving(response(b"second")) as server:
            fetcher = resolving_to(target, ("127.0.0.1", server.port))
            limits = FetchLimits(1000, timeout_seconds=2)
            assert fetcher("http://localhost/", limits).body == b"second"
        for each in queued:
            each.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%1", "fd00::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::10.0.0.1", "::10.0.0.1",
    ],
)  # fmt: skip # one list of what is inside
def test_a_name_from_outside_that_leads_inside_is_not_connected_to(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    fetcher = HttpFetcher(resolve=lambda _host, _port: found)
    with pytest.raises(FetchFailed) as failed:
        fetcher("https://keys.example.com/", FetchLimits(10, network=Network.PUBLIC))
    assert failed.value.reason == "address_not_allowed"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "0"])
def test_a_number_that_the_system_reads_as_this_machine_is_not_connected_to(host: str) -> None:
    with serving(response(b"internal")) as server:
        url = f"https://{host}:{server.port}/"
        failed = refusal(url, FetchLimits(10, timeout_seconds=20, network=Network.PUBLIC))
    assert failed.reason in {"address_not_allowed", "unreachable"}
    assert server.requests == []


def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    asked: list[str] = []

    def rebinds(host: str, port: int) -> list[tuple[object, ...]]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    with serving(response(b"{}")) as server:
        url = f"http://localhost:{server.port}/"
        limits = FetchLimits(10, timeout_seconds=20, network=Network.LOOPBACK)
        assert HttpFetcher(resolve=rebinds)(url, limits).body == b"{}"
    assert asked == ["localhost"]


def test_the_operator_s_timeout_counts_in_place_of_the_verifier_s() -> None:
    def silent(stopped: threading.Event) -> Iterator[bytes]:
        stopped.wait(ENDLESS_SECONDS)
        yield b""

    with serving(silent) as server, pytest.raises(FetchFailed) as failed:
        HttpFetcher(timeout_seconds=0.1)(server.url, LIMITS)
    assert failed.value.reason == "timed_out"
    assert "0.1 seconds" in str(failed.value)


def test_a_ca_file_is_trusted_and_nothing_else(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    path = certificate(tmp_path, "localhost")
    context.load_cert_chain(path)
    with serving(response(b"{}"), context) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        assert HttpFetcher(ca_file=path)(url, LIMITS).body == b"{}"
        other = certificate(tmp_path, "other.example")
        with pytest.raises(FetchFailed, match="CERTIFICATE_VERIFY_FAILED"):
            HttpFetcher(ca_file=other)(url, LIMITS)


FORM = b"token=2YotnFZFEjr1zCsicMWpAA&token_type_hint=access_token"


def test_a_form_is_posted_with_the_headers_that_were_given() -> None:
    with serving(response(b'{"active":false}')) as server:
        document = HttpFetcher().post(server.url, LIMITS, FORM, {"Authorization": "Basic eDp5"})
    assert document.body == b'{"active":false}'
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    assert (first, body) == ("POST /document?x=1 HTTP/1.1", FORM)
    assert {
        "Authorization: Basic eDp5",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(FORM)}",
        "Accept: application/json",
        "Accept-Encoding: identity",
    } <= set(headers)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 T", "308 P"])
def test_no_token_and_no_credential_is_sent_after_a_redirect(status: str) -> None:
    with serving(response(b'{"active":true}')) as target:
        location = f"Location: //{target.url.partition('//')[2]}"
        answer, headers = response(b"", location, status=status), {"Authorization": "Basic eDp5"}
        with serving(answer) as server, pytest.raises(FetchFailed) as failed:
            post_form(HttpFetcher(), server.url, LIMITS, FORM, headers)
    assert failed.value.reason == "redirected"
    assert target.requests == []
    assert "2YotnFZFEjr1zCsicMWpAA" not in str(failed.value)


def test_a_post_that_fails_shows_neither_token_nor_credential() -> None:
    with serving(b"") as server, pytest.raises(FetchFailed) as failed:
        post_form(HttpFetcher(), server.url, LIMITS, FORM, {"Authorization": "Basic eDp5"})
    assert failed.value.reason == "unreachable"
    assert "2YotnFZFEjr1zCsicMWpAA" not in str(failed.value)
    assert "eDp5" not in str(failed.value)


def test_a_deadline_that_is_over_ends_everything() -> None:
    with pytest.raises(TimeoutError):
        Deadline(0).remaining_seconds()
