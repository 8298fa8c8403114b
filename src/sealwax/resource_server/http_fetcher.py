"""The built-in fetcher: one request with the standard library, and as little else as can be.

No redirect is followed, no proxy is taken from the environment, no cookie or compression is
offered. One deadline covers finding the address, connecting, TLS, headers and body together, so a
server that answers a byte at a time gains nothing.
"""

import http.client
import os
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from typing import Final

from sealwax.resource_server.errors import (
    ADDRESS_NOT_ALLOWED,
    DOCUMENT_ENCODED,
    DOCUMENT_TRUNCATED,
    TIMED_OUT,
    UNREACHABLE,
    FetchFailed,
    InvalidConfiguration,
)
from sealwax.resource_server.fetching import FetchedDocument, FetchLimits, check_size
from sealwax.resource_server.http_connection import Deadline, DeadlineSocket, OpenConnection
from sealwax.resource_server.ip_addresses import is_loopback, is_public
from sealwax.resource_server.name_resolution import Resolve, resolve_by_system, resolve_in_time
from sealwax.resource_server.proxy import Proxy, read_proxy
from sealwax.resource_server.web_address import (
    Network,
    WebAddress,
    parse_web_address,
)
from sealwax.secret import Secret

USER_AGENT: Final = "sealwax-verifier"
MAX_TIMEOUT_SECONDS: Final = 60

_FORM: Final = "application/x-www-form-urlencoded"


class HttpFetcher:
    """Fetches over https, with the certificates that the machine trusts.

    - `ca_file` holds the certificates to trust in place of those, in PEM; `ssl_context` decides
      everything about TLS.
    - `proxy` is the http URL of a proxy, with `proxy_username` and `proxy_password` if it wants
      them. What is on this machine is reached directly. Without it none is used: variables such as
      HTTPS_PROXY are not read, since whoever can set them would read what is fetched.
    - `timeout_seconds` is for one fetch as a whole, in place of what the verifier would allow.
    - `resolve` finds the addresses of a name in another way.

    Raises InvalidConfiguration, which names the field.
    """

    def __init__(
        self,
        *,
        ca_file: str | os.PathLike[str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        proxy_username: str | None = None,
        proxy_password: Secret | str | None = None,
        timeout_seconds: float | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._ssl_context = _trust(ca_file) if ca_file is not None else ssl_context
        if ca_file is not None and ssl_context is not None:
            raise InvalidConfiguration(
                "ca_file", "given together with ssl_context; one is accepted"
            )
        if proxy is None and (proxy_username is not None or proxy_password is not None):
            raise InvalidConfiguration("proxy", "missing, and proxy_username or -password is given")
        self._proxy = None if proxy is None else read_proxy(proxy, proxy_username, proxy_password)
        self._timeout_seconds = _check_timeout(timeout_seconds)
        self._resolve = resolve or resolve_by_system

    def __call__(self, url: str, limits: FetchLimits) -> FetchedDocument:
        """GET `url` and give the answer, whatever its status. Raises FetchFailed."""
        return self._request("GET", url, limits, None, {})

    def post(
        self, url: str, limits: FetchLimits, form: bytes, headers: Mapping[str, str]
    ) -> FetchedDocument:
        """POST a form and give the answer, whatever its status. Raises FetchFailed."""
        return self._request("POST", url, limits, form, {**headers, "Content-Type": _FORM})

    def _request(
        self,
        method: str,
        url: str,
        limits: FetchLimits,
        form: bytes | None,
        headers: Mapping[str, str],
    ) -> FetchedDocument:
        seconds = self._timeout_seconds or limits.timeout_seconds
        deadline = Deadline(seconds)
        # Whether plain http may be used was decided by whoever chose the URL.
        address = parse_web_address(url, allow_insecure_http=True)
        proxy = None if address.is_loopback else self._proxy
        target = address.request_target
        if proxy is not None and address.scheme == "http":
            target = address.url
            headers = {**headers, **proxy.headers}
        try:
            connection = OpenConnection(address, self._open(address, proxy, limits, deadline))
            with closing(connection):
                connection.request(method, target, form, _headers(limits, headers))
                return _read(connection, address, limits)
        except TimeoutError as error:
            raise FetchFailed(TIMED_OUT, f"{seconds:g} seconds at {url}") from error
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            raise FetchFailed(UNREACHABLE, f"{url} ({_cause(error)})") from error

    def _open(
        self, address: WebAddress, proxy: Proxy | None, limits: FetchLimits, deadline: Deadline
    ) -> DeadlineSocket:
        if proxy is None:
            plain = self._connect(address, limits.network, deadline)
        else:
            proxy.check_target(address, limits.network)
            plain = self._connect(proxy.address, Network.ANY, deadline)
        if address.scheme == "http":
            return DeadlineSocket(plain, deadline)
        try:
            if proxy is not None:
                proxy.open_tunnel(DeadlineSocket(plain, deadline), address)
            plain.settimeout(deadline.remaining_seconds())
            secured = self._tls().wrap_socket(plain, server_hostname=address.host)
        except BaseException:
            plain.close()
            raise
        return DeadlineSocket(secured, deadline)

    def _tls(self) -> ssl.SSLContext:
        if self._ssl_context is None:
            self._ssl_context = ssl.create_default_context()
        return self._ssl_context

    def _connect(self, address: WebAddress, network: Network, deadline: Deadline) -> socket.socket:
        """Connect to the first address of the host that is allowed and answers.

        The rule is applied to the address that is connected to, so a name can't point elsewhere
        between the check and the use. An address that does not answer leaves half of the time to
        the next.
        """
        failure: Exception = FetchFailed(
            ADDRESS_NOT_ALLOWED, f"{address.host} is not on the {network.value} network"
        )
        found = resolve_in_time(
            self._resolve, address.host, address.port, deadline.remaining_seconds()
        )
        allowed = [each for each in found if _is_allowed(each[4][0], network)]
        for position, (family, _, _, _, target) in enumerate(allowed, 1):
            plain = socket.socket(family, socket.SOCK_STREAM)
            try:
                share = 1 if position == len(allowed) else 2
                plain.settimeout(deadline.remaining_seconds() / share)
                plain.connect(target)
            except OSError as error:
                plain.close()
                failure = error
            else:
                return plain
        raise failure


def _headers(limits: FetchLimits, more: Mapping[str, str]) -> dict[str, str]:
    return {
        "Accept": limits.accept,
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        "Connection": "close",
        **more,
    }


def _read(connection: OpenConnection, address: WebAddress, limits: FetchLimits) -> FetchedDocument:
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


def _is_allowed(ip_address: str, network: Network) -> bool:
    if network is Network.PUBLIC:
        return is_public(ip_address)
    return network is Network.ANY or is_loopback(ip_address)


def _cause(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or type(error).__name__}"
    return type(error).__name__


def _trust(ca_file: str | os.PathLike[str]) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one: the file holds no certificate
        text = f"{os.fspath(ca_file)!r} can't be read as certificates in PEM ({_cause(error)})"
        raise InvalidConfiguration("ca_file", text) from None


def _check_timeout(seconds: float | None) -> float | None:
    if seconds is None:
        return None
    if type(seconds) not in (int, float) or not 0 < seconds <= MAX_TIMEOUT_SECONDS:
        problem = f"is {seconds!r:.60}; more than 0, and at most {MAX_TIMEOUT_SECONDS}, is accepted"
        raise InvalidConfiguration("timeout_seconds", problem)
    return seconds
