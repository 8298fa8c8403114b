"""Which URLs a verifier will fetch, and from which part of the network.

An issuer's URL is configuration. What follows from it is not: `jwks_uri` is what a document says,
and the address of a status list is what a token says. So each is read by one strict rule (https,
no userinfo, no fragment, only the characters of RFC 3986), and what does not share the issuer's
origin may be fetched from public addresses only, decided on the address that is connected to.
"""

import re
from enum import Enum
from typing import Final, NamedTuple
from urllib.parse import urlsplit

MAX_URL_LENGTH: Final = 2048

_CHARACTERS: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_HOST_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?\.?")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class Network(Enum):
    """Which IP addresses a fetch may connect to."""

    ANY = "any"
    PUBLIC = "public"
    LOOPBACK = "loopback"


class WebAddress(NamedTuple):
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
        import ipaddress  # noqa: PLC0415 - few hosts are addresses

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


def _is_host(host: str, netloc: str) -> bool:
    """True for a name, an IPv4 address, or an IPv6 address in brackets."""
    if "[" not in netloc:
        return bool(_HOST_NAME.fullmatch(host)) and ".." not in host
    import ipaddress  # noqa: PLC0415 - few hosts are addresses

    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True
