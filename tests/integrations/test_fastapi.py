"""The FastAPI integration."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Security, WebSocket

from sealwax import VerifiedToken
from sealwax.integrations.fastapi import ResourceServer
from sealwax.resource_server import InvalidConfiguration
from tests.integrations.asgi_client import open_web_socket, request, sender
from tests.integrations.contract import NONCES, VAULT, Api, Contract, NonceContract, World


def answer(token: VerifiedToken) -> dict[str, Any]:
    return {"subject": token.subject, "scopes": sorted(token.scopes)}


def build(world: World) -> tuple[FastAPI, ResourceServer]:
    notes = ResourceServer(verifier=world.verifier, scopes_supported=["notes:read", "notes:write"])
    app = FastAPI()
    notes.install(app)

    @app.get("/notes")
    async def list_notes(
        token: Annotated[VerifiedToken, Depends(notes.requires("notes:read"))],
    ) -> dict[str, Any]:
        return answer(token)

    @app.post("/notes")
    def add_note(
        token: Annotated[VerifiedToken, Depends(notes.requires("notes:read", "notes:write"))],
    ) -> dict[str, Any]:
        return answer(token)

    @app.get("/me")
    async def me(token: Annotated[VerifiedToken, Depends(notes.requires())]) -> dict[str, Any]:
        return answer(token)

    @app.get("/vault")
    async def vault(
        token: Annotated[VerifiedToken, Depends(notes.requires("notes:read", **VAULT))],
    ) -> dict[str, Any]:
        return answer(token)

    @app.get("/open")
    async def everyone() -> str:
        return "hello"

    return app, notes


@pytest.fixture
def world() -> World:
    return World()


class TestFastApi(Contract):
    @pytest.fixture
    def api(self, world: World) -> Api:
        return world.api(sender(build(world)[0]))


class TestNonces(NonceContract):
    @pytest.fixture
    def api(self) -> Api:
        world = World(dpop=NONCES)
        return world.api(sender(build(world)[0]))


def test_the_open_api_document_says_which_scopes_are_needed(world: World) -> None:
    document = build(world)[0].openapi()
    assert document["components"]["securitySchemes"] == {
        "AccessToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token (RFC 6750)",
        }
    }
    paths = document["paths"]
    assert paths["/notes"]["get"]["security"] == [{"AccessToken": ["notes:read"]}]
    assert paths["/notes"]["post"]["security"] == [{"AccessToken": ["notes:read", "notes:write"]}]
    assert paths["/me"]["get"]["security"] == [{"AccessToken": []}]
    assert "security" not in paths["/open"]["get"]
    assert not any("well-known" in path for path in paths)


@pytest.mark.anyio
async def test_scopes_asked_for_around_the_dependency_are_demanded_too(world: World) -> None:
    _, notes = build(world)
    app = FastAPI()

    @app.get("/x")
    async def endpoint(
        token: Annotated[VerifiedToken, Security(notes.requires("a"), scopes=["b"])],
    ) -> str:
        return token.subject

    statuses = []
    for scopes in (["a"], ["b"], ["a", "b"]):
        bearer = "Bearer " + world.issuer.token("https://api.example.com", scopes=scopes)
        reply = await request(app, "GET", "/x", [("Authorization", bearer)])
        statuses.append(reply.status)
    assert statuses == [403, 403, 200]


@pytest.mark.anyio
async def test_a_whole_router_can_be_protected(world: World) -> None:
    _, notes = build(world)
    router = APIRouter(dependencies=[Depends(notes.requires("a"))])

    @router.get("/x")
    async def endpoint() -> str:
        return "in"

    app = FastAPI()
    app.include_router(router)
    good = "Bearer " + world.issuer.token("https://api.example.com", scopes=["a"])
    assert (await request(app, "GET", "/x", [])).status == 401
    assert (await request(app, "GET", "/x", [("Authorization", good)])).status == 200


@pytest.mark.anyio
async def test_without_install_requests_are_refused_all_the_same(world: World) -> None:
    _, notes = build(world)
    app = FastAPI(dependencies=[Depends(notes.requires())])

    @app.get("/x")
    async def endpoint() -> str:
        return "in"

    reply = await request(app, "GET", "/x", [])
    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Bearer ")
    assert "error" not in reply.json


@pytest.mark.anyio
async def test_a_web_socket_is_protected_by_the_same_dependency(world: World) -> None:
    app, notes = build(world)

    @app.websocket("/live")
    async def live(
        websocket: WebSocket,
        token: Annotated[VerifiedToken, Depends(notes.requires("notes:read"))],
    ) -> None:
        await websocket.accept()
        await websocket.send_text(token.subject)

    refused = await open_web_socket(app, "/live", [])
    assert {message["type"] for message in refused} & {"websocket.accept"} == set()
    good = world.issuer.token("https://api.example.com", scopes=["notes:read"])
    opened = await open_web_socket(app, "/live", [("Authorization", f"Bearer {good}")])
    assert [message["type"] for message in opened][:2] == ["websocket.accept", "websocket.send"]


@pytest.mark.parametrize("scope", ["", "two scopes", 'quote"', "back\\slash", "ä", "tab\t"])
def test_a_scope_that_is_none_is_named_at_once(scope: str, world: World) -> None:
    _, notes = build(world)
    with pytest.raises(InvalidConfiguration, match="scopes"):
        notes.requires(scope)
