"""Which pages of other origins may read what (Fetch §3.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sealwax.server.http import Reply, Request
from sealwax.server.routes import Route
from sealwax.server.services import Services
from tests.server.given import NOW, Issuer, client, issuer

pytestmark = pytest.mark.anyio

APP = "https://app.example"


async def answer(_: Request, __: Services) -> Reply:
    return Reply.json({"secret": True})


ROUTES = (
    Route("GET", "/none", answer),
    Route("GET", "/client", answer, cors="client"),
    Route("POST", "/client", answer, cors="client"),
    Route("GET", "/public", answer, cors="public"),
)


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with issuer(tmp_path, routes=ROUTES) as opened:
        await opened.services.storage.clients.add(client(web_origins=(APP,)))
        await opened.services.storage.clients.add(
            client("gone", web_origins=("https://gone.example",), disabled_at=NOW)
        )
        yield opened


def cors_headers(headers: list[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in headers if name.startswith("access-control")}


async def test_a_registered_origin_may_read_and_is_named(given: Issuer) -> None:
    found = await given.ask("GET", "/client", headers=[("origin", APP)])
    assert found.header("access-control-allow-origin") == APP
    assert found.header("vary") == "origin"
    assert "www-authenticate" in (found.header("access-control-expose-headers") or "")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://app.example.evil.example",
        "https://evil.example/https://app.example",
        "http://app.example",
        "https://app.example:8443",
        "https://APP.example",
        "https://app.example/",
        "https://gone.example",
        "",
        "https://app.example, https://evil.example",
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_any_other_origin_may_not(given: Issuer, origin: str, method: str) -> None:
    headers = [("origin", origin), ("access-control-request-method", "POST")]
    found = await given.ask(method, "/client", headers=headers)
    assert cors_headers(found.headers) == {}
    assert found.header("vary") == "origin"


async def test_two_origins_in_one_request_are_none(given: Issuer) -> None:
    headers = [("origin", APP), ("origin", APP)]
    found = await given.ask("GET", "/client", headers=headers)
    assert cors_headers(found.headers) == {}


async def test_what_is_public_may_be_read_by_all_and_embedded(given: Issuer) -> None:
    found = await given.ask("GET", "/public", headers=[("origin", "https://evil.example")])
    assert found.header("access-control-allow-origin") == "*"
    assert found.header("cross-origin-resource-policy") == "cross-origin"


async def test_all_else_may_be_read_by_nobody(given: Issuer) -> None:
    found = await given.ask("GET", "/none", headers=[("origin", APP)])
    assert cors_headers(found.headers) == {}
    headers = [("origin", APP), ("access-control-request-method", "GET")]
    assert cors_headers((await given.ask("OPTIONS", "/none", headers=headers)).headers) == {}


async def test_no_answer_lets_cookies_count(given: Issuer) -> None:
    for path in ("/client", "/public", "/none"):
        for method in ("GET", "OPTIONS"):
            headers = [("origin", APP), ("access-control-request-method", "GET")]
            found = await given.ask(method, path, headers=headers)
            assert found.header("access-control-allow-credentials") is None


async def test_a_preflight_names_what_a_script_may_send(given: Issuer) -> None:
    headers = [("origin", APP), ("access-control-request-method", "POST")]
    found = await given.ask("OPTIONS", "/client", headers=headers)
    assert found.status == 204
    assert cors_headers(found.headers) == {
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "600",
    }


@pytest.mark.parametrize("method", ["", "DELETE", "post", "POST, GET"])
async def test_a_preflight_for_a_method_that_is_not_there_allows_nothing(
    given: Issuer, method: str
) -> None:
    headers = [("origin", APP), ("access-control-request-method", method)]
    found = await given.ask("OPTIONS", "/client", headers=headers)
    assert cors_headers(found.headers) == {}


async def test_an_origin_that_was_taken_away_is_refused_once_that_is_noticed(given: Issuer) -> None:
    headers = [("origin", APP)]
    assert cors_headers((await given.ask("GET", "/client", headers=headers)).headers)
    await given.services.storage.clients.replace(client(web_origins=()))
    await given.services.changes.look()
    assert not cors_headers((await given.ask("GET", "/client", headers=headers)).headers)


async def test_errors_can_be_read_by_the_registered_origin_too(tmp_path: Path) -> None:
    async with issuer(tmp_path) as opened:
        await opened.services.storage.clients.add(client(web_origins=(APP,)))
        headers = [("origin", APP), ("content-type", "application/x-www-form-urlencoded")]
        found = await opened.ask("POST", "/token", body=b"grant_type=x", headers=headers)
        assert found.status >= 400
        assert found.header("access-control-allow-origin") == APP
