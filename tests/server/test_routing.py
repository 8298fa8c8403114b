"""Which address a path is."""

from __future__ import annotations

import pytest

from sealwax.server.http import Reply, Request
from sealwax.server.routes import ROUTES, Route
from sealwax.server.routing import NO_ADDRESS, Router
from sealwax.server.services import Services


async def handler(_: Request, __: Services) -> Reply:
    return Reply.empty(200)


ROUTER = Router(
    (
        Route("GET", "/a", handler),
        Route("POST", "/a", handler),
        Route("POST", "/b", handler),
        Route("GET", "/status/{list}", handler),
    )
)


def find(path: str) -> tuple[str, str]:
    address, parameter = ROUTER.find({"raw_path": path.encode("latin-1"), "path": path})
    return address.template, parameter


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/a", ("/a", "")),
        ("/status/x", ("/status/{list}", "x")),
        ("/status/A-b_c.7", ("/status/{list}", "A-b_c.7")),
        ("/status/-x", ("/status/{list}", "-x")),
        ("/status/_x", ("/status/{list}", "_x")),
    ],
)
def test_a_known_path_is_found(path: str, found: tuple[str, str]) -> None:
    assert find(path) == found


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/a/",
        "//a",
        "/A",
        "/%61",
        "/a;x=1",
        "/a%00",
        "/b/../a",
        "/./a",
        "/status",
        "/status/",
        "/status/a/b",
        "/status/../a",
        "/status/%2e%2e",
        "/status/.hidden",
        "/status/" + "x" * 129,
        "/status/a b",
        "/status/a\n",
    ],
)
def test_every_other_spelling_is_no_address(path: str) -> None:
    assert find(path) == (NO_ADDRESS.template, "")


def test_head_is_served_by_get_and_allow_names_everything() -> None:
    address, _ = ROUTER.find({"raw_path": b"/a"})
    assert address.route("HEAD") is address.route("GET")
    assert address.allow == (b"allow", b"GET, HEAD, OPTIONS, POST")
    only_post, _ = ROUTER.find({"raw_path": b"/b"})
    assert only_post.route("HEAD") is None
    assert only_post.allow == (b"allow", b"OPTIONS, POST")


def test_a_server_that_gives_no_raw_path_is_served_by_the_decoded_one() -> None:
    assert ROUTER.find({"path": "/a"})[0].template == "/a"


def test_one_method_of_one_path_has_one_handler() -> None:
    with pytest.raises(ValueError, match="twice"):
        Router((Route("GET", "/a", handler), Route("GET", "/a", handler)))


def test_the_table_of_routes_is_whole() -> None:
    Router(ROUTES)
    varying = {route.path for route in ROUTES if "{" in route.path}
    assert varying == {"/status/{list}", "/static/{file}"}
    assert all(route.path.endswith("}") for route in ROUTES if "{" in route.path)


def test_what_is_a_secret_is_never_readable_from_everywhere() -> None:
    public = {route.path for route in ROUTES if route.cors == "public"}
    assert public == {
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/jwks",
        "/status/{list}",
    }
    by_client = {route.path for route in ROUTES if route.cors == "client"}
    assert by_client == {"/token", "/userinfo", "/signin"}
