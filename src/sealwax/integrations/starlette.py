"""Starlette: a decorator for endpoints, or a middleware in front of all of them.

    notes = ResourceServer(issuer="https://id.example.com", audience="https://api.example.com")

    @notes.requires("notes:read")
    async def list_notes(request: Request) -> JSONResponse:
        return JSONResponse({"owner": request.state.token.subject})

    app = Starlette(routes=[Route("/notes", list_notes), *notes.routes])

The rest stands in docs/reference/verifier.md.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, ParamSpec, Unpack

from sealwax.integrations.api_request import request_of_scope
from sealwax.integrations.challenge import NONCE_HEADER, Answer, RequestRefused
from sealwax.integrations.extras import MissingExtra
from sealwax.integrations.protected_resource import ProtectedResource, Requirements, SignIn
from sealwax.resource_server import InvalidConfiguration

try:
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
except ModuleNotFoundError as error:
    raise MissingExtra("fastapi", error) from error

P = ParamSpec("P")
Endpoint = Callable[P, Any]


class ResourceServer(ProtectedResource):
    """An API in Starlette; see ProtectedResource for what it is built with."""

    def requires(
        self, *scopes: str, **sign_in: Unpack[SignIn]
    ) -> Callable[[Endpoint[P]], Endpoint[P]]:
        """Protect an endpoint: a token with all of `scopes`, and of such a `sign_in`, is needed.

        The endpoint has a parameter `request` and finds the token in `request.state.token`. A
        WebSocket endpoint is protected by the middleware. Raises InvalidConfiguration.
        """
        required = Requirements.of(scopes, **sign_in)

        def protect(endpoint: Endpoint[P]) -> Endpoint[P]:
            position = _position_of_request(endpoint)

            @functools.wraps(endpoint)
            async def guarded(*args: P.args, **kwargs: P.kwargs) -> object:
                request = _request(position, args, kwargs)
                incoming = request_of_scope(request.scope, self.certificate_header)
                try:
                    token = await self.authenticate(incoming, required)
                except RequestRefused as refused:
                    return response_of(refused.answer)
                request.state.token = token
                result: Awaitable[object] = endpoint(*args, **kwargs)
                return _with_headers(await result, self.headers_for(incoming, token))

            @functools.wraps(endpoint)
            def guarded_sync(*args: P.args, **kwargs: P.kwargs) -> object:
                request = _request(position, args, kwargs)
                incoming = request_of_scope(request.scope, self.certificate_header)
                try:
                    token = self.authenticate_sync(incoming, required)
                except RequestRefused as refused:
                    return response_of(refused.answer)
                request.state.token = token
                return _with_headers(endpoint(*args, **kwargs), self.headers_for(incoming, token))

            return guarded if inspect.iscoroutinefunction(endpoint) else guarded_sync

        return protect

    @property
    def routes(self) -> list[Route]:
        """The route of the metadata (RFC 9728 §3); none when there is no metadata."""
        if self.metadata_path is None:
            return []

        async def metadata(_: Request) -> Response:
            return response_of(self.metadata_answer())

        return [Route(self.metadata_path, metadata, methods=["GET"])]

    def middleware(
        self, *scopes: str, open_paths: Collection[str] = (), **sign_in: Unpack[SignIn]
    ) -> Middleware:
        """Protect everything behind it but the paths named in `open_paths` and the metadata.

        Paths are compared as they are, whole. Raises InvalidConfiguration.
        """
        required = Requirements.of(scopes, **sign_in)
        if isinstance(open_paths, str):
            raise InvalidConfiguration("open_paths", "is one text; a collection is accepted")
        return Middleware(
            TokenMiddleware,
            resource_server=self,
            required=required,
            open_paths=frozenset(open_paths),
        )


class TokenMiddleware:
    """Lets HTTP and WebSocket requests through that have a good token, and no others."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        resource_server: ProtectedResource,
        required: Requirements,
        open_paths: frozenset[str],
    ) -> None:
        self._app = app
        self._resource_server = resource_server
        self._required = required
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate one request (ASGI 3)."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"] == self._resource_server.metadata_path:
            await response_of(self._resource_server.metadata_answer())(scope, receive, send)
            return
        if scope["path"] not in self._open_paths:
            incoming = request_of_scope(scope, self._resource_server.certificate_header)
            try:
                token = await self._resource_server.authenticate(incoming, self._required)
            except RequestRefused as refused:
                await _refuse(refused.answer, scope, receive, send)
                return
            scope.setdefault("state", {})["token"] = token
            send = _sending(send, self._resource_server.headers_for(incoming, token))
        await self._app(scope, receive, send)


class HttpRefusal(HTTPException):
    """A refusal for frameworks that answer exceptions; `answer` is the exact response."""

    def __init__(self, refused: RequestRefused) -> None:
        self.answer = refused.answer
        headers = {
            name: value
            for name, value in refused.answer.headers.items()
            if name in {"WWW-Authenticate", "Retry-After", "Cache-Control", NONCE_HEADER}
        }
        super().__init__(refused.answer.status, detail=refused.description, headers=headers)


def response_of(answer: Answer) -> Response:
    """Make Starlette's response of an answer."""
    return Response(answer.body, status_code=answer.status, headers=dict(answer.headers))


def _with_headers(response: object, headers: Mapping[str, str]) -> object:
    if isinstance(response, Response):
        for name, value in headers.items():
            response.headers.setdefault(name, value)
    return response


def _sending(send: Send, headers: Mapping[str, str]) -> Send:
    """Add headers to the response that goes out."""
    if not headers:
        return send
    added = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def send_with_headers(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.accept"}:
            there = list(message.get("headers", ()))
            names = {name.lower() for name, _ in there}
            missing = [(name, value) for name, value in added if name not in names]
            message = {**message, "headers": [*there, *missing]}
        await send(message)

    return send_with_headers


async def _refuse(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a refused request; a WebSocket is closed before it was ever open."""
    is_web_socket = scope["type"] == "websocket"
    if is_web_socket and "websocket.http.response" not in scope.get("extensions", {}):
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await response_of(answer)(scope, receive, send)


def _position_of_request(endpoint: Callable[..., Any]) -> int:
    names = list(inspect.signature(endpoint).parameters)
    if "request" not in names:
        raise InvalidConfiguration(
            "requires", f"{endpoint.__qualname__} has no parameter called request"
        )
    return names.index("request")


def _request(position: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
    request = kwargs["request"] if "request" in kwargs else args[position]
    if not isinstance(request, Request):
        raise TypeError(f"request is of the type {type(request).__name__}; a Request is needed")
    return request
