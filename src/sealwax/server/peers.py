"""Who is at the other end: the client's address, and whether it may speak plain http to us."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sealwax.config.hosts import is_loopback_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.config import Settings

UNKNOWN_PEER: Final = "0.0.0.0"  # noqa: S104  # the name of "nobody in particular", not bound to
"""Stands for a connection without an address (a Unix socket), so that all of those share one
throttle."""

_HOPS_LIMIT: Final = 32


class PeerRule:
    """Takes an address from `X-Forwarded-For` only as far as the configured proxies wrote it."""

    def __init__(self, settings: Settings) -> None:
        server = settings.server
        self._trusted = tuple(ipaddress.ip_network(text) for text in server.trusted_proxies)
        self._header = server.forwarded_header
        self._is_open_plaintext = not server.is_tls and not is_loopback_host(server.host)

    def may_connect(self, address: str) -> bool:
        """Tell whether this neighbour may speak to us.

        Over plain http only loopback and the trusted proxies may.
        """
        if not self._is_open_plaintext:
            return True
        parsed = _parse(address)
        return parsed is not None and (parsed.is_loopback or self._is_trusted(parsed))

    def client_address(self, address: str, headers: Mapping[str, str]) -> str:
        """Give the client's address in canonical form.

        The forwarded list is read from its end, where our proxies wrote; the first address that is
        none of them is the client. What stands before it was written by the client, and is not
        read.
        """
        if not self._trusted:
            return canonical_address(address)
        parsed = _parse(address)
        if parsed is None or not self._is_trusted(parsed):
            return canonical_address(address)
        for hop in reversed(headers.get(self._header, "").split(",")[-_HOPS_LIMIT:]):
            forwarded = _parse(_without_port(hop.strip()))
            if forwarded is None:
                break
            parsed = forwarded
            if not self._is_trusted(forwarded):
                break
        return str(parsed)

    def _is_trusted(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


@lru_cache(maxsize=4096)
def canonical_address(address: str) -> str:
    """Give one spelling for each address; an IPv4 address inside IPv6 is the IPv4 address."""
    parsed = _parse(address)
    return UNKNOWN_PEER if parsed is None else str(parsed)


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1 : hop.find("]")]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
