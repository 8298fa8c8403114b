"""The Django integration: its decorator, sync and async, and its middleware."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import django
import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.test import AsyncClient, Client, override_settings
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views import View

from sealwax.integrations.django import ResourceServer
from sealwax.resource_server import InvalidConfiguration
from tests.integrations.contract import (
    AUDIENCE,
    METADATA_PATH,
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

CSRF = "django.middleware.csrf.CsrfViewMiddleware"

if not settings.configured:
    settings.configure(ALLOWED_HOSTS=["*"], MIDDLEWARE=[CSRF], SECRET_KEY="of these tests only")
    django.setup()


def answer(request: HttpRequest) -> JsonResponse:
    token: Any = getattr(request, "token", None)
    return JsonResponse({"subject": token.subject, "scopes": sorted(token.scopes)})


def everyone(_: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


def resource_server(world: World) -> ResourceServer:
    return ResourceServer(verifier=world.verifier, scopes_supported=["notes:read", "notes:write"])


def sync_urls(world: World) -> list[URLPattern]:
    notes = resource_server(world)

    def read(request: HttpRequest) -> JsonResponse:
        return answer(request)

    list_notes = notes.requires("notes:read")(read)
    add_note = notes.requires("notes:read", "notes:write")(read)

    class Notes(View):
        def get(self, request: HttpRequest) -> HttpResponseBase:
            return list_notes(request)  # type: ignore[no-any-return]  # a view may return anything

        def post(self, request: HttpRequest) -> HttpResponseBase:
            return add_note(request)  # type: ignore[no-any-return]  # a view may return anything

    notes_view = Notes.as_view()
    vars(notes_view)["csrf_exempt"] = True  # what is protected stands one level further in
    return [
        path("notes", notes_view),
        path("me", notes.requires()(read)),
        path("vault", notes.requires("notes:read", **VAULT)(read)),
        path("open", everyone),
        *notes.urls,
    ]


def async_urls(world: World) -> list[URLPattern]:
    notes = resource_server(world)

    @notes.requires("notes:read")
    async def list_notes(request: HttpRequest) -> JsonResponse:
        await asyncio.sleep(0)
        return answer(request)

    @notes.requires("notes:read", "notes:write")
    async def add_note(request: HttpRequest) -> JsonResponse:
        await asyncio.sleep(0)
        return answer(request)

    async def by_method(request: HttpRequest) -> HttpResponseBase:
        view = add_note if request.method == "POST" else list_notes
        response: HttpResponseBase = await view(request)
        return response

    vars(by_method)["csrf_exempt"] = True  # what is protected stands one level further in

    @notes.requires()
    async def me(request: HttpRequest) -> JsonResponse:
        await asyncio.sleep(0)
        return answer(request)

    @notes.requires("notes:read", **VAULT)
    async def vault(request: HttpRequest) -> JsonResponse:
        await asyncio.sleep(0)
        return answer(request)

    return [
        path("notes", by_method),
        path("me", me),
        path("vault", vault),
        path("open", everyone),
        *notes.urls,
    ]


@contextmanager
def serving(urls: list[URLPattern], *middleware: str) -> Iterator[None]:
    module = ModuleType("urls_of_a_test")
    vars(module)["urlpatterns"] = urls
    with override_settings(ROOT_URLCONF=module, MIDDLEWARE=[*middleware, CSRF]):
        yield


def joined(headers: Sequence[Header]) -> dict[str, str]:
    """Put headers of one name together, as every WSGI and ASGI server does."""
    names: dict[str, list[str]] = {}
    for name, value in headers:
        names.setdefault(name, []).append(value)
    return {name: ",".join(values) for name, values in names.items()}


def reply_of(response: HttpResponseBase) -> Reply:
    names = {name.lower(): value for name, value in response.headers.items()}
    assert isinstance(response, HttpResponse)
    return Reply(response.status_code, names, response.content)


def send_in_a_thread(method: str, where: str, headers: Sequence[Header]) -> Reply:
    client = Client(enforce_csrf_checks=True, raise_request_exception=True)
    return reply_of(client.generic(method, where, headers=joined(headers)))


def send_in_a_loop(method: str, where: str, headers: Sequence[Header]) -> Reply:
    async def send() -> Reply:
        client = AsyncClient(enforce_csrf_checks=True, raise_request_exception=True)
        return reply_of(await client.generic(method, where, headers=joined(headers)))

    return asyncio.run(send())


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=[send_in_a_thread, send_in_a_loop], ids=["wsgi", "asgi"])
def send(request: pytest.FixtureRequest) -> Send:
    way: Send = request.param
    return way


class TestSync(Contract):
    @pytest.fixture
    def api(self, world: World) -> Iterator[Api]:
        with serving(sync_urls(world)):
            yield world.api(send_in_a_thread)


class TestAsync(Contract):
    @pytest.fixture
    def api(self, world: World) -> Iterator[Api]:
        with serving(async_urls(world)):
            yield world.api(send_in_a_loop)


class TestNonces(NonceContract):
    @pytest.fixture(params=["wsgi", "asgi"])
    def api(self, request: pytest.FixtureRequest) -> Iterator[Api]:
        world = World(dpop=NONCES)
        urls, way = {
            "wsgi": (sync_urls(world), send_in_a_thread),
            "asgi": (async_urls(world), send_in_a_loop),
        }[request.param]
        with serving(urls):
            yield world.api(way)


def bearer(world: World, *scopes: str) -> list[Header]:
    return [("Authorization", "Bearer " + world.issuer.token(AUDIENCE, scopes=scopes))]


def test_a_post_with_a_bearer_token_needs_no_csrf_token(world: World, send: Send) -> None:
    notes = resource_server(world)
    urls = [path("x", notes.requires()(answer)), path("unprotected", answer)]
    with serving(urls):
        assert send("POST", "/x", bearer(world)).status == 200
        assert send("POST", "/unprotected", bearer(world)).status == 403


class SyncView(View):
    def get(self, request: HttpRequest) -> JsonResponse:
        return answer(request)

    post = get


class AsyncView(View):
    async def get(self, request: HttpRequest) -> JsonResponse:
        await asyncio.sleep(0)
        return answer(request)

    post = get


@pytest.mark.parametrize("view", [SyncView, AsyncView])
def test_a_class_based_view_is_protected_as_as_view_gives_it(
    view: type[View], world: World, send: Send
) -> None:
    with serving([path("x", resource_server(world).requires("a")(view.as_view()))]):
        assert send("GET", "/x", []).status == 401
        assert send("GET", "/x", bearer(world)).status == 403
        assert send("GET", "/x", bearer(world, "a")).json["subject"] == "user-1"
        assert send("POST", "/x", bearer(world, "a")).status == 200
        assert send("DELETE", "/x", bearer(world, "a")).status == 405


@pytest.mark.parametrize("view", [SyncView, AsyncView])
def test_a_class_based_view_is_protected_by_decorating_its_dispatch(
    view: type[View], world: World, send: Send
) -> None:
    guard = method_decorator(resource_server(world).requires("a"), name="dispatch")
    protected: type[View] = guard(type("Protected", (view,), {}))
    with serving([path("x", protected.as_view())]):
        assert send("GET", "/x", []).status == 401
        assert send("GET", "/x", bearer(world, "a")).json["subject"] == "user-1"
        assert send("POST", "/x", bearer(world, "a")).status == 200


def test_arguments_of_the_path_reach_the_view(world: World, send: Send) -> None:
    def show(request: HttpRequest, number: int) -> JsonResponse:
        return JsonResponse({"number": number, "path": request.path})

    with serving([path("notes/<int:number>", resource_server(world).requires()(show))]):
        assert send("GET", "/notes/7", bearer(world)).json == {"number": 7, "path": "/notes/7"}


# MIDDLEWARE holds dotted names, so the middleware of these tests is found here.
WORLD = World()
notes_middleware = resource_server(WORLD).middleware("a", open_paths=["/open"])
MIDDLEWARE = f"{__name__}.notes_middleware"


def test_the_middleware_stands_before_everything_but_the_open_paths(send: Send) -> None:
    urls = [path("open", everyone), path("x", answer), path("open/inner", answer)]
    with serving(urls, MIDDLEWARE):
        assert send("GET", "/open", []).status == 200
        for where in ("/x", "/open/inner", "/open/", "/OPEN", "/missing", "//open"):
            assert send("GET", where, []).status == 401
        assert send("OPTIONS", "/x", []).status == 401
        assert send("GET", "/x", bearer(WORLD)).status == 403
        assert send("GET", "/x", bearer(WORLD, "a")).json["subject"] == "user-1"


def test_the_middleware_serves_the_metadata(send: Send) -> None:
    with serving([path("x", answer)], MIDDLEWARE):
        assert send("GET", METADATA_PATH, []).json["resource"] == AUDIENCE
        assert send("HEAD", METADATA_PATH, []).status == 200
        assert send("POST", METADATA_PATH, []).status == 401


def test_open_paths_as_one_text_are_a_mistake_that_is_named(world: World) -> None:
    with pytest.raises(InvalidConfiguration, match="open_paths"):
        resource_server(world).middleware(open_paths="/open")
