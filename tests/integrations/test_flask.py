"""The Flask integration."""

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView

from sealwax.integrations.flask import ResourceServer, current_token
from tests.integrations.contract import (
    AUDIENCE,
    NONCES,
    VAULT,
    Api,
    Contract,
    Header,
    NonceContract,
    Reply,
    Send,
    World,
)


def answer() -> dict[str, Any]:
    token = current_token()
    return {"subject": token.subject, "scopes": sorted(token.scopes)}


def build(world: World) -> tuple[Flask, ResourceServer]:
    notes = ResourceServer(verifier=world.verifier, scopes_supported=["notes:read", "notes:write"])
    app = Flask("api")
    notes.install(app)

    @app.get("/notes")
    @notes.requires("notes:read")
    def list_notes() -> dict[str, Any]:
        return answer()

    @app.post("/notes")
    @notes.requires("notes:read", "notes:write")
    def add_note() -> dict[str, Any]:
        return answer()

    class Me(MethodView):
        decorators = [notes.requires()]  # noqa: RUF012 - a list is what Flask says it is

        def get(self) -> dict[str, Any]:
            return answer()

    app.add_url_rule("/me", view_func=Me.as_view("me"))

    @app.get("/vault")
    @notes.requires("notes:read", **VAULT)
    def vault() -> dict[str, Any]:
        return answer()

    @app.get("/open")
    def everyone() -> str:
        return "hello"

    return app, notes


def sender(app: Flask) -> Send:
    def send(method: str, path: str, headers: Sequence[Header]) -> Reply:
        response = app.test_client().open(path, method=method, headers=list(headers))
        names = {name.lower(): value for name, value in response.headers}
        return Reply(response.status_code, names, response.data)

    return send


@pytest.fixture
def world() -> World:
    return World()


class TestFlask(Contract):
    @pytest.fixture
    def api(self, world: World) -> Api:
        return world.api(sender(build(world)[0]))


class TestNonces(NonceContract):
    @pytest.fixture
    def api(self) -> Api:
        world = World(dpop=NONCES)
        return world.api(sender(build(world)[0]))


def test_a_whole_blueprint_can_be_protected(world: World) -> None:
    app, notes = build(world)
    blueprint = Blueprint("admin", "api", url_prefix="/admin")

    @blueprint.before_request
    @notes.requires("admin")
    def guard() -> None:
        """Let through whoever has the scope."""

    @blueprint.get("/x")
    def endpoint() -> dict[str, Any]:
        return answer()

    app.register_blueprint(blueprint)
    send = sender(app)
    good = "Bearer " + world.issuer.token(AUDIENCE, scopes=["admin"])
    assert send("GET", "/admin/x", []).status == 401
    assert send("GET", "/admin/x", [("Authorization", good)]).json["subject"] == "user-1"


def test_an_async_view_is_protected_and_runs(world: World) -> None:
    app, notes = build(world)

    @app.get("/async")
    @notes.requires()
    async def endpoint() -> dict[str, Any]:
        return answer()

    send = sender(app)
    good = "Bearer " + world.issuer.token(AUDIENCE)
    assert send("GET", "/async", []).status == 401
    assert send("GET", "/async", [("Authorization", good)]).json["subject"] == "user-1"


def test_the_token_of_one_request_is_not_that_of_the_next(world: World) -> None:
    app, _ = build(world)
    send = sender(app)
    for subject in ("a", "b"):
        token = world.issuer.token(AUDIENCE, subject=subject)
        assert send("GET", "/me", [("Authorization", f"Bearer {token}")]).json["subject"] == subject


def test_there_is_no_token_in_a_view_that_is_not_protected(world: World) -> None:
    app, _ = build(world)
    with app.test_request_context("/open"), pytest.raises(RuntimeError, match="requires"):
        current_token()
