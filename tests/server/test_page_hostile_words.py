"""Hostile words through every field that reaches a page, end to end: none becomes markup."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealwax.records import Resource
from tests.pages.samples import HOSTILE
from tests.server.given import NOW, Issuer, user
from tests.server.page_browser import API, Browser, View, authorize, house, notes_client, sign_in

pytestmark = pytest.mark.anyio


async def _furnish(given: Issuer, word: str, scope: str) -> None:
    """Name everything that has a name after `word`."""
    storage = given.services.storage
    hashed = await given.services.passwords.hash("a password of some length")
    await storage.users.add(
        user(9, username="eve", display_name=word, email=word, password_hash=hashed)
    )
    await storage.resources.delete(API)
    await storage.resources.add(Resource(API, word, (scope, f"{scope}:read"), 600, NOW))
    await storage.clients.replace(
        notes_client(client_name=word, scopes=("openid", scope, f"{scope}:read"))
    )


def _shape(view: View) -> list[tuple[str, list[str]]]:
    return [(each.tag, sorted(each.attributes)) for each in view.document.elements]


async def _journey(given: Issuer, word: str, scope: str) -> list[View]:
    """Go through the pages; `View.html` fails at any fault, such as an inline handler."""
    browser = Browser(given)
    request = authorize(
        state=word, login_hint=word, ui_locales=word, scope=f"openid {scope} {scope}:read"
    )
    views = [await browser.open(request)]
    views.append(await sign_in(browser, word, word))
    views.append(await sign_in(browser, "", ""))
    views.append(await sign_in(browser, "eve", "a password of some length"))
    assert views[-1].path == "/consent", views[-1].html
    views.append(await browser.open("/account"))
    views.append(await browser.open("/account/password"))
    views.append(await browser.open("/"))
    views.append(await browser.open("/end_session?client_id=notes"))
    given.clock.advance(3_601)
    views.append(await browser.open(views[0].url))
    return views


@pytest.mark.parametrize("word", HOSTILE)
async def test_hostile_words_stay_words(tmp_path: Path, word: str) -> None:
    printable = [c for c in word if "!" <= c <= "~" and c not in '"\\']
    async with house(tmp_path / "plain") as given:
        await _furnish(given, "word", "scope")
        plain = await _journey(given, "word", "scope")
    async with house(tmp_path / "hostile") as given:
        scope = "".join(printable).replace(":", ".")
        await _furnish(given, word, scope)
        hostile = await _journey(given, word, scope)

    assert [_shape(view) for view in hostile] == [_shape(view) for view in plain]
    assert [view.path for view in hostile] == [view.path for view in plain]
