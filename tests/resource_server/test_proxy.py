"""Fetching through a proxy that the operator named, and nothing else through it."""

import base64
import socket
import ssl
from pathlib import Path

import pytest

from sealwax.resource_server import FetchLimits, HttpFetcher, InvalidConfiguration
from sealwax.resource_server.errors import FetchFailed
from sealwax.resource_server.web_address import Network
from sealwax.secret import Secret
from tests.resource_server.proxy_server import proxying
from tests.resource_server.web_server import WebServer, certificate, response, serving

LIMITS = FetchLimits(1000, timeout_seconds=20)
PUBLIC = FetchLimits(1000, timeout_seconds=20, network=Network.PUBLIC)
HOST = "keys.example.com"


def failure(fetcher: HttpFetcher, url: str, limits: FetchLimits = LIMITS) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        fetcher(url, limits)
    return failed.value


def tls_for(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    path = certificate(folder, host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, path


def at(server: WebServer) -> tuple[str, int]:
    return ("127.0.0.1", server.port)


def test_https_goes_through_the_proxy_and_stays_sealed(tmp_path: Path) -> None:
    context, path = tls_for(tmp_path, HOST)
    with serving(response(b"{}"), context) as server, proxying(at(server)) as proxy:
        fetcher = HttpFetcher(proxy=proxy.url, ca_file=path)
        assert fetcher(f"https://{HOST}/jwks", PUBLIC).body == b"{}"
    assert proxy.requests == [f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode()]
    assert server.requests[0].startswith(b"GET /jwks HTTP/1.1\r\n")


def test_the_name_is_resolved_by_the_proxy_alone(tmp_path: Path) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[tuple[object, ...]]:
        asked.append(host)
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    context, path = tls_for(tmp_path, HOST)
    with serving(response(b"{}"), context) as server, proxying(at(server)) as proxy:
        HttpFetcher(proxy=proxy.url, ca_file=path, resolve=resolve)(f"https://{HOST}/", LIMITS)
    assert asked == ["127.0.0.1"]


def test_a_proxy_that_shows_another_certificate_is_not_believed(tmp_path: Path) -> None:
    context, path = tls_for(tmp_path, "attacker.example.com")
    with serving(response(b"{}"), context) as server, proxying(at(server)) as proxy:
        failed = failure(HttpFetcher(proxy=proxy.url, ca_file=path), f"https://{HOST}/")
    assert failed.reason == "unreachable"
    assert server.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://x.example\r\n\r\n",
        b"HTTP/1.1 200",
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000,
    ],
)
def test_a_tunnel_that_was_not_opened_is_not_used(answer: bytes) -> None:
    with proxying(answer=answer) as proxy:
        assert failure(HttpFetcher(proxy=proxy.url), f"https://{HOST}/").reason == "unreachable"


def test_the_proxy_s_password_is_sent_to_the_proxy_alone(tmp_path: Path) -> None:
    context, path = tls_for(tmp_path, HOST)
    with serving(response(b"{}"), context) as server, proxying(at(server)) as proxy:
        fetcher = HttpFetcher(
            proxy=proxy.url, proxy_username="ada", proxy_password=Secret("pw"), ca_file=path
        )
        fetcher(f"https://{HOST}/", LIMITS)
    credentials = base64.b64encode(b"ada:pw")
    assert b"Proxy-Authorization: Basic " + credentials in proxy.requests[0]
    assert credentials not in server.requests[0]


def test_what_is_on_this_machine_is_reached_directly() -> None:
    with proxying() as proxy, serving(response(b"direct")) as server:
        assert HttpFetcher(proxy=proxy.url)(server.url, LIMITS).body == b"direct"
    assert proxy.requests == []


def test_plain_http_to_elsewhere_is_asked_of_the_proxy() -> None:
    with proxying() as proxy:
        assert HttpFetcher(proxy=proxy.url)(f"http://{HOST}/a?b=c", LIMITS).body == b"by proxy"
    assert proxy.requests[0].startswith(f"GET http://{HOST}/a?b=c HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "127.0.0.2",
        "169.254.169.254",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0",
        "a.0x7f",
        "[::ffff:10.0.0.1]",
        "[2002:0a00:0001::1]",
        "[fd00::1]",
        "x.localhost",
    ],
)
def test_an_address_from_outside_is_no_number_of_the_inside(host: str) -> None:
    with proxying() as proxy:
        failed = failure(HttpFetcher(proxy=proxy.url), f"https://{host}/", PUBLIC)
    assert failed.reason == "address_not_allowed"
    assert proxy.requests == []


def test_a_proxy_that_hangs_runs_into_the_one_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fetcher = HttpFetcher(
            proxy=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=0.2
        )
        assert failure(fetcher, f"https://{HOST}/").reason == "timed_out"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"proxy": "https://proxy.example.com"}, "proxy"),
        ({"proxy": "http://ada:pw@proxy.example.com"}, "proxy"),
        ({"proxy": "http://proxy.example.com/path"}, "proxy"),
        ({"proxy": "socks5://proxy.example.com"}, "proxy"),
        ({"proxy": "proxy.example.com:3128"}, "proxy"),
        ({"proxy_username": "ada", "proxy_password": "pw"}, "proxy"),
        ({"proxy": "http://p.example", "proxy_username": "ada"}, "proxy_password"),
        ({"ca_file": "/nowhere/ca.pem"}, "ca_file"),
        ({"ca_file": __file__}, "ca_file"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"timeout_seconds": True}, "timeout_seconds"),
        ({"timeout_seconds": 61}, "timeout_seconds"),
    ],
)
def test_a_setting_that_can_not_be_is_named(settings: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidConfiguration) as invalid:
        HttpFetcher(**settings)  # type: ignore[arg-type] # what may not be
    assert invalid.value.field == field
    assert "pw" not in str(invalid.value)


def test_certificates_are_trusted_by_file_or_by_context(tmp_path: Path) -> None:
    path = certificate(tmp_path, "localhost")
    with pytest.raises(InvalidConfiguration, match="ssl_context"):
        HttpFetcher(ca_file=path, ssl_context=ssl.create_default_context())
