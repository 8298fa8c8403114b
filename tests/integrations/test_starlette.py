"""The Starlette integration: its decorator, and its middleware."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from sealwax.integrations.starlette import ResourceServer
from sealwax.resource_server import InvalidConfiguration
from tests.integrations.asgi_client import open_web_socket, request, sender
from tests.integrations.contract import (
    AUDIENCE,
    METADATA_PATH,
    NONCES,
    VAULT,
    Api,
    Contract,
    NonceContract,
    World,
)


def answer(request: Request) -> JSONResponse:
    token = request.state.token
    return JSONResponse({"subject": token.subject, "scopes": sorted(token.scopes)})


async def everyone(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


def resource_server(world: World) -> ResourceServer:
    return ResourceServer(verifier=world.verifier, scopes_supported=["notes:read", "notes:write"])


def decorated(world: World) -> Starlette:
    notes = resource_server(world)

    @notes.requires("notes:read")
    async def list_notes(request: Request) -> JSONResponse:
        return answer(request)

    @notes.requires("notes:read", "notes:write")
    def add_note(request: Request) -> JSONResponse:
        return answer(request)

    @notes.requires("notes:read", **VAULT)
    async def vault(request: Request) -> JSONResponse:
        return answer(request)

    class Me(HTTPEndpoint):
        @notes.requires()
        async def get(self, request: Request) -> JSONResponse:
            return answer(request)

    return Starlette(
        routes=[
            Route("/notes", list_notes, methods=["GET"]),
            Route("/notes", add_note, methods=["POST"]),
            Route("/me", Me),
            Route("/vault", vault),
            Route("/open", everyone),
            *notes.routes,
        ]
    )


async def everything(request: Request) -> JSONResponse:
    return answer(request)


async def live(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.state.token.subject)


def guarded(world: World, *scopes: str) -> Starlette:
    notes = resource_server(world)
    return Starlette(
        routes=[
            Route("/open", everyone),
            Route("/open/inner", everything),
            Route("/x", everything, methods=["GET", "OPTIONS"]),
            WebSocketRoute("/live", live),
        ],
        middleware=[notes.middleware(*scopes, open_paths=["/open"])],
    )


@pytest.fixture
def world() -> World:
    return World()


class TestDecorator(Contract):
    @pytest.fixture
    def api(self, world: World) -> Api:
        return world.api(sender(decorated(world)))


class TestNonces(NonceContract):
    @pytest.fixture(params=["decorator", "middleware"])
    def api(self, request: pytest.FixtureRequest) -> Api:
        world = World(dpop=NONCES)
        if request.param == "decorator":
            return world.api(sender(decorated(world)))
        notes = resource_server(world).middleware("notes:read")
        routes = [Route("/notes", everything)]
        return world.api(sender(Starlette(routes=routes, middleware=[notes])))


def bearer(world: World, *scopes: str) -> list[tuple[str, str]]:
    return [("Authorization", "Bearer " + world.issuer.token(AUDIENCE, scopes=scopes))]


def test_an_endpoint_without_a_request_can_not_be_protected_by_the_decorator(world: World) -> None:
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()

    with pytest.raises(InvalidConfiguration, match="parameter called request"):
        resource_server(world).requires()(socket)


@pytest.mark.anyio
async def test_what_is_no_request_is_not_taken_for_one(world: World) -> None:
    async def odd(request: object) -> None:
        """Be protected, and called in a way that Starlette does not."""

    with pytest.raises(TypeError, match="of the type dict"):
        await resource_server(world).requires()(odd)({"headers": []})
    with pytest.raises(TypeError, match="of the type NoneType"):
        await resource_server(world).requires()(odd)(request=None)


@pytest.mark.anyio
async def test_the_middleware_stands_before_everything_but_the_open_paths(world: World) -> None:
    app = guarded(world, "a")
    assert (await request(app, "GET", "/open", [])).status == 200
    for path in ("/x", "/open/inner", "/open/", "//open", "/OPEN", "/missing", "/open%2f"):
        assert (await request(app, "GET", path, [])).status == 401
    assert (await request(app, "OPTIONS", "/x", [])).status == 401
    assert (await request(app, "GET", "/x", bearer(world))).status == 403
    assert (await request(app, "GET", "/x", bearer(world, "a"))).json["subject"] == "user-1"


@pytest.mark.anyio
async def test_the_middleware_serves_the_metadata(world: World) -> None:
    reply = await request(guarded(world), "GET", METADATA_PATH, [])
    assert reply.json["resource"] == AUDIENCE


@pytest.mark.anyio
async def test_a_web_socket_does_not_slip_past_the_middleware(world: World) -> None:
    app = guarded(world)
    assert await open_web_socket(app, "/live", []) == [{"type": "websocket.close", "code": 1008}]
    opened = await open_web_socket(app, "/live", bearer(world))
    assert [message["type"] for message in opened][:2] == ["websocket.accept", "websocket.send"]
    assert opened[1]["text"] == "user-1"


@pytest.mark.anyio
async def test_a_server_that_can_answer_a_web_socket_sends_the_challenge(world: World) -> None:
    sent = await open_web_socket(guarded(world), "/live", [], {"websocket.http.response": {}})
    assert sent[0]["type"] == "websocket.http.response.start"
    assert sent[0]["status"] == 401


@pytest.mark.anyio
async def test_the_start_of_the_application_passes_the_middleware(world: World) -> None:
    started = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        started.append(True)
        yield

    notes = resource_server(world)
    app = Starlette(lifespan=lifespan, middleware=[notes.middleware()])
    sent: list[Message] = []
    incoming: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
    assert started == [True]
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


@pytest.mark.anyio
async def test_any_asgi_application_can_stand_behind_the_middleware(world: World) -> None:
    async def bare(scope: Scope, _receive: Receive, send: Send) -> None:
        subject = scope["state"]["token"].subject.encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": subject})

    middleware = resource_server(world).middleware()
    app = middleware.cls(bare, *middleware.args, **middleware.kwargs)
    assert (await request(app, "GET", "/", bearer(world))).body == b"user-1"


def test_open_paths_as_one_text_are_a_mistake_that_is_named(world: World) -> None:
    with pytest.raises(InvalidConfiguration, match="open_paths"):
        resource_server(world).middleware(open_paths="/open")
