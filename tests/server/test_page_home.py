"""The start page, what the pages are made of, and errors as a person meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sealwax.pages.assets import STATIC_PATH, asset_path, assets
from sealwax.server.http import Reply, Request
from sealwax.server.routes import Route
from sealwax.server.services import Services
from sealwax.storage.contracts import StorageUnavailable
from tests.pages import html_check
from tests.server.given import ISSUER, issuer
from tests.server.page_browser import Browser, house, signed_in

pytestmark = pytest.mark.anyio
PERSON = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("accept-language", "en")]


async def test_what_this_is(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        view = await Browser(given).open("/")
        assert view.title == "id.example.com"
        assert ISSUER in view.document.text
        links = {each.attributes["href"] for each in view.document.all("a")}
        assert {"/login", "/jwks", "/.well-known/openid-configuration"} <= links
        for link in links - {"/login"}:
            assert (await given.ask("GET", link)).status == 200
        view = await (await signed_in(given)).open("/")
        assert "You are signed in as ada." in view.document.text
        assert "/account" in {each.attributes["href"] for each in view.document.all("a")}


async def test_what_a_page_is_made_of_may_be_kept_for_good(tmp_path: Path) -> None:
    async with issuer(tmp_path) as given:
        for name, asset in assets().items():
            answer = await given.ask("GET", STATIC_PATH + name)
            assert (answer.status, answer.body) == (200, asset.body)
            assert answer.header("cache-control") == "public, max-age=31536000, immutable"
            assert answer.header("content-type") == asset.content_type
            assert answer.header("x-content-type-options") == "nosniff"
        style_sheet = asset_path("sealwax.css")
        page = (await given.ask("GET", "/")).body.decode()
        assert f'href="{style_sheet}"' in page


@pytest.mark.parametrize(
    "path", ["sealwax.css", "sealwax.000000000000.css", "contexts.py", "..%2fcontexts.py", "../x"]
)
async def test_nothing_else_is_served(tmp_path: Path, path: str) -> None:
    async with issuer(tmp_path) as given:
        answer = await given.ask("GET", f"{STATIC_PATH}{path}", headers=PERSON)
        assert answer.status == 404


async def _broken(_: Request, __: Services) -> Reply:
    raise RuntimeError("a secret in an error text")


async def _full(_: Request, __: Services) -> Reply:
    raise StorageUnavailable("the disk is full")


ROUTES = (
    Route("GET", "/broken", _broken),
    Route("GET", "/full", _full),
    Route("POST", "/only-post", _broken),
    Route("GET", "/health/ready", _full),
)


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/nowhere", 404, "There is no page here"),
        ("/only-post", 405, "This can't be opened like this"),
        ("/broken", 500, "Something went wrong here"),
        ("/full", 503, "Just a moment"),
    ],
)
async def test_errors_are_pages_for_people_and_json_for_programs(
    tmp_path: Path, path: str, status: int, title: str
) -> None:
    async with issuer(tmp_path, routes=ROUTES) as given:
        answer = await given.ask("GET", path, headers=PERSON)
        html = answer.body.decode()
        assert answer.status == status
        assert answer.header("content-type") == "text/html; charset=utf-8"
        assert answer.header("cache-control") == "no-store"
        assert "default-src 'none'" in str(answer.header("content-security-policy"))
        assert html_check.faults(html) == []
        assert html_check.read(html).all("h1")[0].text == title
        assert "secret" not in html
        program = await given.ask("GET", path, headers=[("accept", "*/*")])
        assert (program.status, program.header("content-type")) == (status, "application/json")
        assert json.loads(program.body)["error"]
        for name in ("allow", "retry-after"):
            assert answer.header(name) == program.header(name)


async def test_errors_in_german_and_at_another_name(tmp_path: Path) -> None:
    async with issuer(tmp_path, issuer__url="http://localhost:8000") as given:
        german = [("accept", "text/html"), ("accept-language", "de"), ("host", "localhost:8000")]
        assert b'<html lang="de">' in (await given.ask("GET", "/nowhere", headers=german)).body
        german[2] = ("host", "rebound.evil.example")
        answer = await given.ask("GET", "/", headers=german)
        assert answer.status == 421
        assert b'href="http://localhost:8000"' in answer.body


async def test_a_probe_reads_json_whatever_it_accepts(tmp_path: Path) -> None:
    async with issuer(tmp_path, routes=ROUTES) as given:
        answer = await given.ask("GET", "/health/ready", headers=PERSON)
        assert answer.header("content-type") == "application/json"


async def test_when_the_page_fails_too_the_plain_answer_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> str:
        raise OSError("no template")

    async with issuer(tmp_path, routes=ROUTES) as given:
        monkeypatch.setattr(type(given.services.pages), "render", fails)
        answer = await given.ask("GET", "/nowhere", headers=PERSON)
        assert (answer.status, answer.header("content-type")) == (404, "application/json")
        assert given.events("unexpected_error")
