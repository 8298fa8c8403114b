"""Which URLs a verifier will fetch, and from which part of the network.

An issuer's URL is configuration. What follows from it is not: `jwks_uri` is what a document says,
and the address of a status list is what a token says. So each is read by one strict rule (https,
no userinfo, no fragment, only the characters of RFC 3986), and what does not share the issuer's
origin may be fetched from public addresses only, decided on the address that is connected to.
"""

import ipaddress
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

MAX_URL_LENGTH: Final = 2048

_CHARACTERS: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_HOST_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?\.?")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# What IANA's registries call special, and the tables of some Python versions do not have yet.
_SPECIAL: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16")
)
# The last half of an address that holds an IPv4 one (ISATAP, RFC 5214 §6.1), but for one bit.
_ISATAP: Final = 0x5EFE
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class Network(Enum):
    """Which IP addresses a fetch may connect to."""

    ANY = "any"
    PUBLIC = "public"
    LOOPBACK = "loopback"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A URL that kept the rules of `parse_web_address`."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port (RFC 6454 §4)."""
        return (self.scheme, self.host, self.port)

    @property
    def request_target(self) -> str:
        """What stands behind GET (RFC 9112 §3.2.1)."""
        return (self.path or "/") + (f"?{self.query}" if self.query else "")

    @property
    def is_loopback(self) -> bool:
        """True when the host names this machine: `localhost` or a loopback address."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def network_for(self, trusted: "WebAddress") -> Network:
        """Tell where this may be fetched from, when the operator configured `trusted`.

        Plain http to this machine stays on this machine whatever its names resolve to.
        """
        if self.origin != trusted.origin:
            return Network.PUBLIC
        return Network.LOOPBACK if self.scheme == "http" and self.is_loopback else Network.ANY


def parse_web_address(url: object, *, allow_insecure_http: bool = False) -> WebAddress:
    """Read an absolute URL by the strict rule.

    Plain http is accepted for this machine only, unless `allow_insecure_http`. Raises ValueError
    with a sentence that can follow the name of the field.
    """
    if not isinstance(url, str) or not url:
        raise ValueError(f"{type(url).__name__} given; a URL is accepted")
    if len(url) > MAX_URL_LENGTH or not _CHARACTERS.fullmatch(url):
        raise ValueError(f"a URL of at most {MAX_URL_LENGTH} characters of RFC 3986 is accepted")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("the host or the port can't be read") from None
    scheme, host = parts.scheme, parts.hostname or ""
    if scheme not in _DEFAULT_PORTS:
        raise ValueError(f"the scheme is {scheme[:16]!r}; https is accepted")
    if "@" in parts.netloc or "#" in url:
        raise ValueError("a URL without userinfo and without fragment is accepted")
    if not _is_host(host, parts.netloc) or parts.netloc.endswith(":") or port == 0:
        raise ValueError("a host name or an IP address, and a port up to 65535, are accepted")
    address = WebAddress(url, scheme, host, port or _DEFAULT_PORTS[scheme], parts.path, parts.query)
    if scheme == "http" and not (allow_insecure_http or address.is_loopback):
        raise ValueError("plain http to another machine; https is accepted")
    return address


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


def _is_host(host: str, netloc: str) -> bool:
    """True for a name, an IPv4 address, or an IPv6 address in brackets."""
    if "[" not in netloc:
        return bool(_HOST_NAME.fullmatch(host)) and ".." not in host
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True
