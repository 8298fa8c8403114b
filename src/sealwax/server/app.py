"""The issuer as a raw ASGI application: limits, routing, CORS, headers, and the last resort.

Order for each request: find the route, refuse who may not reach it, read head and body within
limits, run the handler, add headers. A handler's declared errors become their replies here, so no
endpoint can answer them differently; anything else is `server_error`, told to the log and not to
the caller.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sealwax.oauth.errors import OAuthError
from sealwax.server import cors, error_responses
from sealwax.server.error_pages import as_page
from sealwax.server.error_responses import ServerBusy
from sealwax.server.http import Reply, Request
from sealwax.server.request_reader import ClientGone, Head, RequestReader, RequestRefused
from sealwax.server.routes import ROUTES, Route
from sealwax.server.routing import Address, Router
from sealwax.server.security_headers import ALWAYS, STRICT_TRANSPORT_SECURITY, UNLESS_SET
from sealwax.storage.contracts import StorageUnavailable

if TYPE_CHECKING:
    from sealwax.server.http import RawHeader
    from sealwax.server.services import Services

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_WITHOUT_LENGTH: Final = frozenset({204, 304})


def build_app(services: Services, routes: Sequence[Route] = ROUTES) -> App:
    """Give the ASGI application of an issuer."""
    return App(services, routes)


class App:
    """An ASGI 3 application for `http`.

    `lifespan` is only acknowledged: `server.run` starts and ends the work in the background.
    """

    def __init__(self, services: Services, routes: Sequence[Route]) -> None:
        self._services = services
        self._router = Router(routes)
        self._reader = RequestReader(services.settings)
        self._always: tuple[RawHeader, ...] = (
            (*ALWAYS, STRICT_TRANSPORT_SECURITY) if services.settings.issuer.is_https else ALWAYS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or acknowledge the start and end of the server."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _acknowledge_lifespan(receive, send)
        else:
            message = f"a connection of type {scope['type']!r} is not served; http is accepted"
            raise NotImplementedError(message)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        address, parameter = self._router.find(scope)
        try:
            reply = await self._reply(scope, receive, address, parameter)
        except ClientGone:
            return
        reply = self._for_its_reader(reply, scope)
        await self._send(send, reply, is_head=scope["method"] == "HEAD")
        self._services.log.access(scope["method"], address.template, reply.status, started)

    async def _reply(
        self, scope: Scope, receive: Receive, address: Address, parameter: str
    ) -> Reply:
        method: str = scope["method"]
        try:
            head = self._reader.read_head(scope, is_health=address.template.startswith("/health/"))
            if method == "OPTIONS" and address.routes:
                return await cors.preflight(address, head, self._services)
            route = address.route(method)
            if route is None:
                return _no_route(address)
            body = await self._reader.read_body(head, route, receive) if method == "POST" else b""
        except RequestRefused as refused:
            return refused.reply
        reply = await self._run(route, _request(scope, route, head, body, parameter))
        if route.cors == "none":
            return reply
        return await cors.readable(reply, route.cors, head, self._services)

    async def _run(self, route: Route, request: Request) -> Reply:
        log = self._services.log
        try:
            return await route.handler(request, self._services)
        except OAuthError as error:
            log.event("request_refused", route=route.path, error=error.error, reason=error.reason)
            return error_responses.oauth_error_reply(error)
        except ServerBusy:
            log.event("server_busy", route=route.path)
            return error_responses.temporarily_unavailable("the server is busy")
        except StorageUnavailable as error:
            log.failure("storage_unavailable", error, route=route.path)
            return error_responses.temporarily_unavailable("storage can't be reached")
        except Exception as error:  # noqa: BLE001  # the last resort: nothing may escape to the caller
            log.failure("unexpected_error", error, route=route.path)
            return error_responses.server_error()

    def _for_its_reader(self, reply: Reply, scope: Scope) -> Reply:
        """Give an error as a page to a person; if that fails too, the plain answer goes."""
        try:
            return as_page(reply, scope, self._services)
        except Exception as error:  # noqa: BLE001  # the last resort: nothing may escape to the caller
            self._services.log.failure("unexpected_error", error)
            return reply

    async def _send(self, send: Send, reply: Reply, *, is_head: bool) -> None:
        headers = [*reply.headers, *self._always]
        names = {name for name, _ in reply.headers}
        headers.extend(header for header in UNLESS_SET if header[0] not in names)
        if reply.status not in _WITHOUT_LENGTH:
            headers.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if is_head else reply.body})


def _request(scope: Scope, route: Route, head: Head, body: bytes, parameter: str) -> Request:
    return Request(
        route.method,
        scope["path"],
        scope["query_string"],
        head.headers,
        body,
        head.peer,
        head.repeated,
        parameter,
    )


def _no_route(address: Address) -> Reply:
    if not address.routes:
        return error_responses.error_reply(404, "not_found", "there is nothing at this address")
    description = "this address does not know the method; Allow names those it knows"
    return error_responses.error_reply(
        405, "method_not_allowed", description, headers=(address.allow,)
    )


async def _acknowledge_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
