"""Reading a request within limits, before anything else looks at it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sealwax.config.hosts import is_loopback_host
from sealwax.server.error_responses import error_reply
from sealwax.server.peers import PeerRule

if TYPE_CHECKING:
    from sealwax.config import Settings
    from sealwax.server.http import Reply
    from sealwax.server.routes import Route

QUERY_LIMIT_BYTES: Final = 32 * 1024

_CONTENT_TYPES: Final = {"form": "application/x-www-form-urlencoded", "json": "application/json"}

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class RequestRefused(Exception):
    """The request never reaches its handler; `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


class ClientGone(Exception):
    """The connection closed while the body was read; nobody is there to answer."""


class Head(NamedTuple):
    """What came before the body."""

    headers: Mapping[str, str]
    repeated: frozenset[str]
    peer: str


class RequestReader:
    """Reads head and body as the settings of the server allow."""

    def __init__(self, settings: Settings) -> None:
        self._peers = PeerRule(settings)
        self._is_loopback_issuer = is_loopback_host(settings.issuer.host)

    def read_head(self, scope: Mapping[str, Any], *, is_health: bool) -> Head:
        """Give headers and client address.

        Raises RequestRefused: 414 for a query beyond the limit, 421 for a foreign Host on a
        loopback issuer (DNS rebinding), 403 for whoever comes around the trusted proxy over plain
        http.
        """
        headers, repeated = _headers(scope["headers"])
        if len(scope["query_string"]) > QUERY_LIMIT_BYTES:
            raise RequestRefused(
                error_reply(414, "invalid_request", "the query is longer than accepted")
            )
        if self._is_loopback_issuer and not _is_loopback_host_header(headers.get("host")):
            raise RequestRefused(
                error_reply(421, "invalid_request", "this issuer answers under loopback names only")
            )
        client = scope.get("client")
        address = client[0] if client else ""
        if not is_health and not self._peers.may_connect(address):
            raise RequestRefused(
                error_reply(403, "access_denied", "plain http is accepted from the proxy only")
            )
        return Head(headers, repeated, self._peers.client_address(address, headers))

    async def read_body(self, head: Head, route: Route, receive: Receive) -> bytes:
        """Give the whole body.

        Raises RequestRefused: 415 for another content type than the route's, 413 beyond its limit.
        Raises ClientGone; how long a body may take is for the listener to say.
        """
        length = head.headers.get("content-length")
        if length is not None and (not length.isascii() or not length.isdigit()):
            raise RequestRefused(error_reply(400, "invalid_request", "Content-Length is no number"))
        if length is not None and int(length[:20]) > route.body_limit:
            raise _too_large(route)
        _check_content_type(head, route, has_body=length not in {None, "0"})
        return await _receive_body(receive, route)


_CLOSE: Final = ((b"connection", b"close"),)


async def _receive_body(receive: Receive, route: Route) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > route.body_limit:
            raise _too_large(route)
        if not message.get("more_body", False):
            return b"".join((*chunks, chunk)) if chunks else chunk
        chunks.append(chunk)


def _check_content_type(head: Head, route: Route, *, has_body: bool) -> None:
    """Hold the body to the route's type.

    A form of text/plain needs no preflight (Fetch §3.2.5), so it is never read as JSON.
    """
    wanted = _CONTENT_TYPES.get(route.accepts)
    value = head.headers.get("content-type")
    if value is None and not has_body and "transfer-encoding" not in head.headers:
        return
    kind, _, parameters = (value or "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if (
        "content-encoding" in head.headers
        or kind.strip().lower() != wanted
        or charset not in {"", "utf-8"}
    ):
        accepted = f"{wanted} in UTF-8" if wanted else "a request without a body"
        raise RequestRefused(error_reply(415, "invalid_request", f"accepted is {accepted}"))


def _headers(raw: list[tuple[bytes, bytes]]) -> tuple[dict[str, str], frozenset[str]]:
    headers: dict[str, str] = {}
    repeated: set[str] | None = None
    for raw_name, raw_value in raw:
        name = raw_name.decode("latin-1")
        value = raw_value.decode("latin-1")
        if name in headers:
            repeated = repeated or set()
            repeated.add(name)
            headers[name] += f"; {value}" if name == "cookie" else f", {value}"
        else:
            headers[name] = value
    return headers, frozenset(repeated) if repeated else _NONE


_NONE: Final[frozenset[str]] = frozenset()


def _is_loopback_host_header(value: str | None) -> bool:
    if value is None:
        return False
    host = value[: value.find("]") + 1] if value.startswith("[") else value.partition(":")[0]
    return is_loopback_host(host.strip("[]").lower())


def _too_large(route: Route) -> RequestRefused:
    description = f"a body of at most {route.body_limit} bytes is accepted"
    return RequestRefused(error_reply(413, "invalid_request", description, headers=_CLOSE))
