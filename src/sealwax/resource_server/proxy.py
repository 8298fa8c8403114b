"""Going through an HTTP proxy that the operator named (RFC 9110 §9.3.6).

Over https the proxy sees which host is asked, and nothing else: TLS goes through it from end to
end.
"""

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final

from sealwax.resource_server.errors import ADDRESS_NOT_ALLOWED, FetchFailed, InvalidConfiguration
from sealwax.resource_server.http_connection import DeadlineSocket
from sealwax.resource_server.ip_addresses import is_public
from sealwax.resource_server.web_address import (
    Network,
    WebAddress,
    parse_web_address,
)
from sealwax.secret import Secret

MAX_TUNNEL_ANSWER_BYTES: Final = 16 * 1024

_OPENED: Final = re.compile(rb"HTTP/1\.[01] 2\d\d[ \r]")
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*")
_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is, and the header that it lets us in with."""

    address: WebAddress
    headers: dict[str, str] = field(repr=False)

    def check_target(self, target: WebAddress, network: Network) -> None:
        """Refuse what is no name of the open internet where only that may be asked.

        What a name points to is for the proxy to find and to refuse; here nobody sees it. Raises
        FetchFailed.
        """
        if network is Network.PUBLIC and not _may_be_public(target.host):
            detail = f"{target.host} is not on the {network.value} network"
            raise FetchFailed(ADDRESS_NOT_ALLOWED, detail)

    def open_tunnel(self, connection: DeadlineSocket, target: WebAddress) -> None:
        """Have the proxy connect to `target`. Raises OSError when it does not."""
        host = f"[{target.host}]" if ":" in target.host else target.host
        lines = [f"CONNECT {host}:{target.port} HTTP/1.1", f"Host: {host}:{target.port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
        answer = b""
        while not answer.endswith(_END):
            # A byte at a time: what follows belongs to TLS.
            piece = connection.receive(1)
            if not piece or len(answer) >= MAX_TUNNEL_ANSWER_BYTES:
                raise ConnectionError
            answer += piece
        if not _OPENED.match(answer):
            raise ConnectionRefusedError


def read_proxy(url: str, username: str | None, password: Secret | str | None) -> Proxy:
    """Take what was configured. Raises InvalidConfiguration."""
    try:
        address = parse_web_address(url, allow_insecure_http=True)
    except ValueError as error:
        raise InvalidConfiguration("proxy", str(error)) from None
    if address.scheme != "http" or address.path not in ("", "/") or "?" in url:
        text = 'a URL such as "http://proxy.example.com:3128" is accepted'
        raise InvalidConfiguration("proxy", text)
    if (username is None) != (password is None):
        text = "one of proxy_username and proxy_password given; both or none are accepted"
        raise InvalidConfiguration("proxy_password", text)
    if username is None or password is None:
        return Proxy(address, {})
    revealed = password.reveal() if isinstance(password, Secret) else password
    credentials = base64.b64encode(f"{username}:{revealed}".encode()).decode("ascii")
    return Proxy(address, {"Proxy-Authorization": f"Basic {credentials}"})


def _may_be_public(host: str) -> bool:
    """True for a public IP address, and for a name that is not a number in disguise."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return last != "localhost" and not _NUMBER.fullmatch(last)
    return is_public(host)
