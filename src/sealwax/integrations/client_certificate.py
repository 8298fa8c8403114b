"""The client certificate of a request: of our own TLS connection, or in the words of a proxy.

A header with a certificate is worth what its sender is: anybody can write one. So it is read only
where a proxy is configured, and only from that proxy (RFC 9440 §3, §4).
"""

import base64
import binascii
import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import unquote_to_bytes

from sealwax.resource_server import InvalidConfiguration
from sealwax.resource_server.setting_checks import check_text, read_texts

MAX_CERTIFICATE_HEADER_SIZE_BYTES: Final = 48 * 1024
UNIX_SOCKET: Final = "unix"

_FORMS: Final = ("rfc9440", "url_encoded_pem")
_NAME_CHARACTERS: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
)
_Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


@dataclass(frozen=True)
class CertificateHeader:
    """The header in which a proxy that ends TLS hands on the client's certificate.

    It is read from requests that come directly from one of `trusted_proxies`, which are IP
    addresses, networks, or "unix" for a socket of this machine. The proxy has to remove or
    replace what the client itself sends under this name, with underscores too. `form` is the one
    of RFC 9440, or "url_encoded_pem" (nginx: `$ssl_client_escaped_cert`).
    """

    trusted_proxies: Collection[str]
    name: str = "Client-Cert"
    form: Literal["rfc9440", "url_encoded_pem"] = "rfc9440"
    networks: _Networks = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the settings. Raises InvalidConfiguration."""
        proxies = read_texts("trusted_proxies", self.trusted_proxies, at_least_one=True)
        object.__setattr__(self, "trusted_proxies", proxies)
        object.__setattr__(self, "networks", tuple(map(_network, set(proxies) - {UNIX_SOCKET})))
        check_text("name", self.name)
        if not set(self.name) <= _NAME_CHARACTERS:
            problem = f"is {self.name!r:.60}; letters, digits and hyphens are accepted"
            raise InvalidConfiguration("name", problem)
        if self.form not in _FORMS:
            problem = f"is {self.form!r:.60}; {' or '.join(_FORMS)} is accepted"
            raise InvalidConfiguration("form", problem)

    def is_trusted(self, peer: str | None) -> bool:
        """True when the address at the other end of the connection is that of a trusted proxy."""
        if not peer:
            return UNIX_SOCKET in self.trusted_proxies
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self.networks)

    def read(self, values: Collection[str], peer: str | None) -> bytes | None:
        """Read the certificate out of all headers of the name; None without one, or from others.

        What can't be read comes out empty: that is the certificate of no token.
        """
        if not values or not self.is_trusted(peer):
            return None
        (value, *others) = values
        if others or len(value) > MAX_CERTIFICATE_HEADER_SIZE_BYTES:
            return b""
        if not value.strip():
            return None  # the proxy's way to say that the client showed none
        return _read_form(self.form, value.strip())


def certificate_of_scope(scope: Mapping[str, Any]) -> bytes | None:
    """Read the certificate of a server's own TLS connection (the TLS extension of ASGI)."""
    tls = (scope.get("extensions") or {}).get("tls") or {}
    chain = tuple(tls.get("client_cert_chain") or ())
    if not chain or tls.get("client_cert_error"):
        return None
    return str(chain[0]).encode()


def certificate_of_environ(environ: Mapping[str, Any]) -> bytes | None:
    """Read the certificate of a server's own TLS connection (SSL_CLIENT_CERT of CGI and WSGI).

    No client can set it: what clients send begins with HTTP_ there.
    """
    pem = environ.get("SSL_CLIENT_CERT")
    is_refused = environ.get("SSL_CLIENT_VERIFY", "SUCCESS") not in {"SUCCESS", "GENEROUS"}
    return None if not pem or is_refused else str(pem).encode()


def _read_form(form: str, value: str) -> bytes:
    if form == "url_encoded_pem":
        return unquote_to_bytes(value)
    if len(value) < len("::") or value[0] != ":" or value[-1] != ":":
        return b""
    try:
        return base64.b64decode(value[1:-1], validate=True)
    except (binascii.Error, ValueError):
        return b""


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        problem = f"holds {text!r:.60}; an IP address, a network or {UNIX_SOCKET!r} is accepted"
        raise InvalidConfiguration("trusted_proxies", problem) from None
