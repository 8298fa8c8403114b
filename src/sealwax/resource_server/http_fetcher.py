"""The built-in fetcher: one GET with the standard library, and as little else as can be.

No redirect is followed, no proxy is taken from the environment, no cookie, credential or
compression is offered. One deadline covers connecting, TLS, headers and body together, so a
server that answers a byte at a time gains nothing.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any, Final

from sealwax.resource_server.errors import (
    ADDRESS_NOT_ALLOWED,
    DOCUMENT_ENCODED,
    DOCUMENT_TRUNCATED,
    TIMED_OUT,
    UNREACHABLE,
    FetchFailed,
)
from sealwax.resource_server.fetching import FetchedDocument, FetchLimits, check_size
from sealwax.resource_server.web_address import (
    Network,
    WebAddress,
    is_loopback,
    is_public,
    parse_web_address,
)

USER_AGENT: Final = "sealwax-verifier"


Resolve = Callable[[str, int], Iterable[tuple[Any, ...]]]
"""Gives the addresses of a host and port, in the form of `socket.getaddrinfo`."""


class HttpFetcher:
    """Fetches over https, with the certificates the machine trusts or those of `ssl_context`.

    `resolve` finds the addresses of a name in another way. The deadline does not cover it: the
    resolver of the operating system has one of its own.
    """

    def __init__(
        self,
        *,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._ssl_context = ssl_context
        self._resolve = resolve or _resolve

    def __call__(self, url: str, limits: FetchLimits) -> FetchedDocument:
        """GET `url` and give the answer, whatever its status. Raises FetchFailed."""
        deadline = _Deadline(limits.timeout_seconds)
        # Whether plain http may be used was decided by whoever chose the URL.
        address = parse_web_address(url, allow_insecure_http=True)
        try:
            connection = _Connection(address, self._open(address, limits.network, deadline))
            with closing(connection):
                return _get(connection, address, limits)
        except TimeoutError as error:
            detail = f"{limits.timeout_seconds:g} seconds at {url}"
            raise FetchFailed(TIMED_OUT, detail) from error
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            raise FetchFailed(UNREACHABLE, f"{url} ({_cause(error)})") from error

    def _open(self, address: WebAddress, network: Network, deadline: "_Deadline") -> "_Socket":
        plain = self._connect(address, network, deadline)
        if address.scheme == "http":
            return _Socket(plain, deadline)
        if self._ssl_context is None:
            self._ssl_context = ssl.create_default_context()
        try:
            plain.settimeout(deadline.remaining_seconds())
            secured = self._ssl_context.wrap_socket(plain, server_hostname=address.host)
        except BaseException:
            plain.close()
            raise
        return _Socket(secured, deadline)

    def _connect(
        self, address: WebAddress, network: Network, deadline: "_Deadline"
    ) -> socket.socket:
        """Connect to the first address of the host that is allowed and answers.

        The rule is applied to the address that is connected to, so a name can't point elsewhere
        between the check and the use.
        """
        failure: Exception = FetchFailed(
            ADDRESS_NOT_ALLOWED, f"{address.host} is not on the {network.value} network"
        )
        for family, _, _, _, target in self._resolve(address.host, address.port):
            if not _is_allowed(target[0], network):
                continue
            plain = socket.socket(family, socket.SOCK_STREAM)
            try:
                plain.settimeout(deadline.remaining_seconds())
                plain.connect(target)
            except OSError as error:
                plain.close()
                failure = error
            else:
                return plain
        raise failure


def _get(connection: "_Connection", address: WebAddress, limits: FetchLimits) -> FetchedDocument:
    headers = {
        "Accept": limits.accept,
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        "Connection": "close",
    }
    connection.request("GET", address.request_target, headers=headers)
    with closing(connection.getresponse()) as response:
        encoding = response.getheader("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise FetchFailed(DOCUMENT_ENCODED, address.url)
        check_size(response.length or 0, address.url, limits)
        body = response.read(limits.size_bytes + 1)
        check_size(len(body), address.url, limits)
        if response.length:
            raise FetchFailed(DOCUMENT_TRUNCATED, address.url)
        return FetchedDocument(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            body=body,
        )


def _resolve(host: str, port: int) -> Iterable[tuple[Any, ...]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _is_allowed(ip_address: str, network: Network) -> bool:
    if network is Network.PUBLIC:
        return is_public(ip_address)
    return network is Network.ANY or is_loopback(ip_address)


def _cause(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or type(error).__name__}"
    return type(error).__name__


class _Deadline:
    """One moment by which everything has to be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining_seconds(self) -> float:
        """Give what is left. Raises TimeoutError when nothing is."""
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return remaining


class _Socket:
    """What `http.client` asks of a socket, every operation under the one deadline."""

    def __init__(self, real: socket.socket, deadline: _Deadline) -> None:
        self._real = real
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._real.settimeout(self._deadline.remaining_seconds())
        self._real.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._real, self._deadline))

    def close(self) -> None:
        self._real.close()


class _Reader(io.RawIOBase):
    """Reads from a socket, each time with what is left until the deadline."""

    def __init__(self, real: socket.socket, deadline: _Deadline) -> None:
        super().__init__()
        self._real = real
        self._deadline = deadline
        self._raw = real.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - typeshed's WriteableBuffer is not there at run time
        self._real.settimeout(self._deadline.remaining_seconds())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(http.client.HTTPConnection):
    """An HTTP connection over a socket that is connected already."""

    def __init__(self, address: WebAddress, connected: _Socket) -> None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        super().__init__(host, address.port)
        self.default_port = {"https": 443, "http": 80}[address.scheme]
        self.sock = connected
        self.auto_open = 0
