"""Whose address a request has, and who may speak plain http."""

from __future__ import annotations

import pytest

from sealwax.server.peers import UNKNOWN_PEER, PeerRule, canonical_address
from tests.server.given import settings

PROXY = "10.0.0.2"


def rule(**overrides: object) -> PeerRule:
    return PeerRule(settings(**overrides))


def behind_proxy(**overrides: object) -> PeerRule:
    return rule(server__trusted_proxies=[PROXY, "10.1.0.0/16", "2001:db8:1::/48"], **overrides)


def test_without_a_trusted_proxy_the_header_is_not_read() -> None:
    headers = {"x-forwarded-for": "198.51.100.7", "forwarded": "for=198.51.100.7"}
    assert rule().client_address("203.0.113.9", headers) == "203.0.113.9"


def test_from_anybody_but_the_proxy_the_header_is_not_read() -> None:
    headers = {"x-forwarded-for": "198.51.100.7"}
    assert behind_proxy().client_address("203.0.113.9", headers) == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        # what the client wrote stands in front, and is not believed
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.2, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1,198.51.100.7", "198.51.100.7"),
        # a chain of our own proxies is walked through
        ("198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.1.2.3, 10.0.0.2", "198.51.100.7"),
        ("10.1.2.3, 10.1.2.4", "10.1.2.3"),
        # spellings
        (" 198.51.100.7 ", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("2001:0DB8::0007", "2001:db8::7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        # nonsense ends the walk at the last hop that is known
        ("", PROXY),
        ("unknown", PROXY),
        ("198.51.100.7, nonsense", PROXY),
        ("nonsense, 10.1.2.3", "10.1.2.3"),
        ("[", PROXY),
        ("198.51.100.7,", PROXY),
        (", ".join(["1.1.1.1"] * 10_000), "1.1.1.1"),
    ],
)
def test_from_the_proxy_the_last_foreign_hop_is_the_client(forwarded: str, client: str) -> None:
    headers = {"x-forwarded-for": forwarded}
    assert behind_proxy().client_address(PROXY, headers) == client


def test_a_proxy_that_sends_no_header_is_its_own_client() -> None:
    assert behind_proxy().client_address(PROXY, {}) == PROXY


def test_only_the_configured_header_is_read() -> None:
    headers = {"x-forwarded-for": "1.1.1.1", "x-real-ip": "198.51.100.7"}
    by_real_ip = behind_proxy(server__forwarded_header="x-real-ip")
    assert by_real_ip.client_address(PROXY, headers) == "198.51.100.7"
    assert behind_proxy().client_address(PROXY, headers) == "1.1.1.1"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:DB8:0::9", "2001:db8::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
        ("", UNKNOWN_PEER),
        ("testclient", UNKNOWN_PEER),
    ],
)
def test_an_address_has_one_spelling(text: str, canonical: str) -> None:
    assert canonical_address(text) == canonical


def test_on_loopback_and_over_tls_anybody_may_connect() -> None:
    assert rule().may_connect("203.0.113.9")
    tls = {"server__tls_certificate_file": "c", "server__tls_key_file": "k"}
    assert rule(server__host="0.0.0.0", **tls).may_connect("203.0.113.9")  # noqa: S104  # a test of it


@pytest.mark.parametrize(
    ("address", "may"),
    [
        (PROXY, True),
        ("10.1.9.9", True),
        ("::ffff:10.0.0.2", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("203.0.113.9", False),
        ("10.0.0.3", False),
        ("2001:db8:2::1", False),
        ("", False),
    ],
)
def test_plain_http_beyond_loopback_is_for_the_proxy_alone(address: str, *, may: bool) -> None:
    assert behind_proxy(server__host="0.0.0.0").may_connect(address) is may  # noqa: S104  # a test of it
