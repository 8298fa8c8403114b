"""Which part of the network an IP address belongs to."""

import ipaddress
from typing import Final

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# What IANA's registries call special, and the tables of some Python versions do not have yet.
_SPECIAL: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16")
)
# The last half of an address that holds an IPv4 one (ISATAP, RFC 5214 §6.1), but for one bit.
_ISATAP: Final = 0x5EFE


def is_public(ip_address: str) -> bool:
    """True for an address of the open internet, whichever way it is written.

    An IPv4 address inside of an IPv6 one (mapped, 6to4, Teredo, NAT64, ISATAP) counts as what it
    holds.
    """
    address = ipaddress.ip_address(ip_address.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.is_site_local:
            return False
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None or address in _NAT64:
            return is_public(str(inner or last))
        if (int(address) >> 32) & 0xFDFFFFFF == _ISATAP and not is_public(str(last)):
            return False
    if any(address in network for network in _SPECIAL if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_loopback(ip_address: str) -> bool:
    """True for an address of this machine."""
    return ipaddress.ip_address(ip_address.partition("%")[0]).is_loopback
