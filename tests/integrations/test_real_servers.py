"""Requests as real servers hand them on: the URL a proof is for, and the client's certificate."""

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from flask import Flask
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from werkzeug.serving import make_server as make_werkzeug_server

from sealwax.integrations.flask import ResourceServer as FlaskServer
from sealwax.integrations.flask import current_token
from sealwax.integrations.starlette import ResourceServer as StarletteServer
from sealwax.jose import dpop
from sealwax.jose.confirmation import certificate_thumbprint
from tests.integrations.contract import AUDIENCE, CLIENT, START, World
from tests.resource_server.certificates import self_signed_files
from tests.resource_server.fakes import PATIENCE_SECONDS, eventually

PATHS = ["/items/1", "/items/a%40b", "/items/%C3%BC", "/items/a%20b", "/items/a%3Bb;c=1,2"]


def flask_app(world: World) -> Flask:
    items = FlaskServer(verifier=world.verifier)
    app = Flask("api")

    @app.get("/items/<path:name>")
    @items.requires()
    def show(name: str) -> str:
        return f"{name} of {current_token().subject}"

    return app


def starlette_app(world: World) -> Starlette:
    items = StarletteServer(verifier=world.verifier)

    @items.requires()
    async def show(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.path_params['name']} of {request.state.token.subject}")

    return Starlette(routes=[Mount("/items", routes=[Route("/{name:path}", show)])])


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(serve: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


@contextmanager
def werkzeug(world: World, context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = make_werkzeug_server("127.0.0.1", 0, flask_app(world), ssl_context=context)
    with serving(server.serve_forever, server.shutdown):
        yield server.server_port
    server.server_close()


@contextmanager
def wsgiref(world: World) -> Iterator[int]:
    with (
        make_server("127.0.0.1", 0, flask_app(world), handler_class=Quiet) as server,
        serving(server.serve_forever, server.shutdown),
    ):
        yield server.server_port


@contextmanager
def asgi(world: World) -> Iterator[int]:
    config = uvicorn.Config(starlette_app(world), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)

    def stop() -> None:
        server.should_exit = True

    with serving(server.run, stop):
        eventually(lambda: server.started)
        yield server.servers[0].sockets[0].getsockname()[1]


def ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> int:
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


@pytest.mark.parametrize("server", [werkzeug, asgi])
def test_a_proof_is_for_the_path_as_it_was_sent(server: Callable[[World], Any]) -> None:
    world = World()
    token = world.issuer.token(AUDIENCE, claims={"cnf": {"jkt": CLIENT.thumbprint()}})
    with server(world) as port:
        for number, path in enumerate([*PATHS, "/items/a%2Fb"]):
            assert status_of(port, token, path, f"{AUDIENCE}{path}", number) == 200, path
            assert status_of(port, token, path, f"{AUDIENCE}/items/x", number) == 401
            here = f"http://127.0.0.1:{port}{path}"
            assert status_of(port, token, path, here, number) == 401


def test_where_the_path_is_encoded_anew_most_paths_are_the_same() -> None:
    world = World()
    token = world.issuer.token(AUDIENCE, claims={"cnf": {"jkt": CLIENT.thumbprint()}})
    with wsgiref(world) as port:
        for path, status in (("/items/1", 200), ("/items/%C3%BC", 200), ("/items/a%2Fb", 401)):
            assert status_of(port, token, path, f"{AUDIENCE}{path}", 0) == status, path


def status_of(port: int, token: str, path: str, url: str, number: int) -> int:
    jti = f"{path}-{url}-{number}"
    proof = dpop.prove(CLIENT, method="GET", url=url, now=START, jti=jti, access_token=token)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof, "Host": "api.example.com"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    return ask(connection, f"{path}?page=2", headers)


def test_a_certificate_of_the_server_s_own_connection(tmp_path: Path) -> None:
    world = World()
    server_files = self_signed_files(tmp_path, "localhost")
    ours, theirs = (self_signed_files(tmp_path, name) for name in ("ours", "theirs"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*server_files)
    context.verify_mode = ssl.CERT_OPTIONAL
    for certificate, _ in (ours, theirs):
        context.load_verify_locations(certificate)
    pem = ours[0].read_bytes()
    der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    thumbprint = certificate_thumbprint(der)
    token = world.issuer.token(AUDIENCE, claims={"cnf": {"x5t#S256": thumbprint}})
    headers = {"Authorization": f"Bearer {token}", "Client-Cert": ":AAAA:"}
    with werkzeug(world, context) as port:
        for shown, status in ((ours, 200), (theirs, 401), (None, 401)):
            client = ssl.create_default_context(cafile=server_files[0])
            if shown is not None:
                client.load_cert_chain(*shown)
            connection = http.client.HTTPSConnection(
                "localhost", port, timeout=PATIENCE_SECONDS, context=client
            )
            assert ask(connection, "/items/1", headers) == status
