"""Which URLs may be fetched, and which IP addresses are the open internet."""

import pytest

from sealwax.resource_server.ip_addresses import is_loopback, is_public
from sealwax.resource_server.web_address import (
    Network,
    parse_web_address,
)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://id.example.com", ("https", "id.example.com", 443)),
        ("https://ID.Example.COM:443/a", ("https", "id.example.com", 443)),
        ("https://id.example.com:8443/tenant/1?x=y", ("https", "id.example.com", 8443)),
        ("https://[2001:db8::1]/", ("https", "2001:db8::1", 443)),
        ("http://localhost:8000", ("http", "localhost", 8000)),
        ("http://127.0.0.1", ("http", "127.0.0.1", 80)),
        ("http://127.8.9.1:1", ("http", "127.8.9.1", 1)),
        ("http://[::1]:8000/x", ("http", "::1", 8000)),
    ],
)
def test_an_absolute_url_is_taken_apart(url: str, origin: tuple[str, str, int]) -> None:
    assert parse_web_address(url).origin == origin


@pytest.mark.parametrize(
    "url",
    [
        None,
        17,
        b"https://id.example.com",
        "",
        "id.example.com",
        "//id.example.com",
        "/jwks",
        "https://",
        "https:///jwks",
        "https:id.example.com",
        "file:///etc/passwd",
        "ftp://id.example.com",
        "data:,x",
        "javascript:alert(1)",
        "http://id.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://2130706433",
        "http://[::ffff:10.0.0.1]",
        "https://user@id.example.com",
        "https://user:pw@id.example.com",
        "https://id.example.com@evil.example",
        "https://id.example.com#fragment",
        "https://id.example.com/#",
        "https://id.example.com:0",
        "https://id.example.com:",
        "https://id.example.com:65536",
        "https://id.example.com:port",
        "https://id.example.com:-1",
        "https://id .example.com",
        " https://id.example.com",
        "https://id.example.com\n",
        "https://id.example.com/\r\nHost: evil",
        "https://id.example.com/\tx",
        "https://id.example.com\\@evil.example",
        "https://id.exämple.com",
        "https://id%2eexample.com",
        "https://-id.example.com",
        "https://id..example.com",
        "https://[::1",
        "https://[::g]",
        "https://[v1.x]",
        "https://[id.example.com]",
        "https://[127.0.0.1]",
        "https://id.example.com/" + "a" * 2048,
    ],
)
def test_anything_else_is_refused_in_one_sentence(url: object) -> None:
    with pytest.raises(ValueError, match=r"accepted|read") as refused:
        parse_web_address(url)
    assert len(str(refused.value)) < 120


def test_plain_http_to_another_machine_needs_the_loud_name() -> None:
    assert parse_web_address("http://id.internal", allow_insecure_http=True).port == 80


def test_a_url_of_the_issuers_origin_may_be_anywhere() -> None:
    issuer = parse_web_address("https://10.0.0.1/tenant")
    same = parse_web_address("https://10.0.0.1/jwks")
    assert same.network_for(issuer) is Network.ANY


@pytest.mark.parametrize("url", ["https://10.0.0.2/jwks", "https://10.0.0.1:8443/jwks"])
def test_a_url_of_another_origin_is_fetched_from_the_open_internet_only(url: str) -> None:
    issuer = parse_web_address("https://10.0.0.1/tenant")
    assert parse_web_address(url).network_for(issuer) is Network.PUBLIC


def test_plain_http_to_this_machine_stays_on_it() -> None:
    issuer = parse_web_address("http://localhost:8000")
    assert issuer.network_for(issuer) is Network.LOOPBACK


def test_an_https_issuer_can_not_send_the_verifier_to_a_port_of_this_machine() -> None:
    issuer = parse_web_address("https://id.example.com")
    elsewhere = parse_web_address("http://localhost:6379/")
    assert elsewhere.network_for(issuer) is Network.PUBLIC


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"],
)
def test_addresses_of_the_open_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse, not to listen on
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fd00::1",
        "ff02::1",
        "2001:db8::1",
        "192.0.0.8",
        "192.88.99.1",
        "198.18.0.1",
        "64:ff9b:1::7f00:1",
        "3fff::1",
        "5f00::1",
        "100::1",
        "::ffff:0:127.0.0.1",
        "2001:4860::5efe:10.0.0.1",
        "2001:4860::200:5efe:10.0.0.1",
        "fe80::5efe:8.8.8.8",
        "fd00::5efe:8.8.8.8",
    ],
)
def test_addresses_of_no_open_network_however_written(address: str) -> None:
    assert not is_public(address)


def test_addresses_of_this_machine() -> None:
    assert is_loopback("127.0.0.53")
    assert is_loopback("::1")
    assert not is_loopback("10.0.0.1")
