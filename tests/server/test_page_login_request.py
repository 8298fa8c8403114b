"""Signing in for an application: its request is held to, and answered to nobody else."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.server.given import ISSUER
from tests.server.page_browser import (
    CALLBACK,
    PASSWORD,
    STATE,
    Browser,
    authorize,
    house,
    notes_client,
    sign_in,
    signed_in,
)

pytestmark = pytest.mark.anyio


async def test_cancelling_goes_back_with_access_denied(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        await browser.open(authorize())
        view = await browser.send(action="cancel")
        assert view.leads_to.startswith(CALLBACK)
        assert view.parameters["error"] == "access_denied"
        assert (view.parameters["state"], view.parameters["iss"]) == (STATE, ISSUER)
        browser = Browser(given)
        await browser.open("/login")
        view = await browser.send(action="cancel")
        assert view.answer.status == 400, "nothing to go back to: the form is asked for"


async def test_prompt_login_asks_again_and_keeps_who_it_was(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = await signed_in(given)
        before = browser.session_cookie
        view = await browser.open(authorize(client_id="our-own", prompt="login"))
        assert view.document.fields()["username"] == "ada"
        assert "You are signed in as" not in view.document.text
        view = await sign_in(browser)
        assert "code" in view.parameters
        assert browser.session_cookie != before


async def test_a_hint_is_filled_in(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        view = await browser.open(authorize(login_hint="ada@example.com"))
        assert view.document.fields()["username"] == "ada@example.com"
        focused = [each for each in view.document.all("input") if "autofocus" in each.attributes]
        assert [each.attributes["id"] for each in focused] == ["password"]


async def test_a_changed_or_foreign_seal_opens_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        view = await browser.open(authorize())
        sealed = parse_qs(urlsplit(view.url).query)["i"][0]
        for text in (
            "x",
            sealed[:-1],
            sealed[:-2] + "AA",
            sealed.swapcase(),
            sealed + "=",
            "%22%3E",
        ):
            view = await browser.open(f"/login?{urlencode({'i': text})}")
            assert view.answer.status == 400
            assert view.title == "This sign-in is no longer open"
            assert not view.leads_to


async def test_left_open_too_long_it_leads_back_to_where_it_began(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        form = await browser.open(authorize())
        given.clock.advance(3_601)
        for view in (
            await browser.send(view=form, action="sign_in", username="ada", password=PASSWORD),
            await browser.open(form.url),
        ):
            assert view.answer.status == 400
            link = next(
                each for each in view.document.all("a") if "button" in each.attributes["class"]
            )
            assert link.attributes["href"] == "https://notes.example.net/"
            assert link.text == "Start again at Field Notes"
        assert browser.session_cookie is None
        given.clock.advance(31 * 86_400)
        view = await browser.open(form.url)
        assert "Field Notes" not in view.document.text


async def test_a_client_that_changed_meanwhile_is_checked_anew(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        form = await browser.open(authorize())
        await given.services.storage.clients.replace(
            notes_client(redirect_uris=("https://elsewhere.example/",))
        )
        await given.services.catalogue.drop()
        view = await browser.send(view=form, action="sign_in", username="ada", password=PASSWORD)
        assert view.title == "This sign-in can't go on"
        assert not view.leads_to
        assert browser.session_cookie is None


async def test_two_sign_ins_side_by_side_each_go_back_with_their_own_state(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        one = await browser.open(authorize(client_id="our-own", state="one"))
        other = await browser.open(authorize(client_id="our-own", state="other"))
        view = await browser.send(view=one, action="sign_in", username="ada", password=PASSWORD)
        assert view.parameters["state"] == "one"
        view = await browser.send(view=other, action="sign_in", username="ada", password=PASSWORD)
        assert view.parameters["state"] == "other"


@pytest.mark.parametrize(
    ("redirect_uri", "source"),
    [
        (CALLBACK, "https://notes.example.net"),
        ("http://127.0.0.1/cb", "http://127.0.0.1"),
        ("com.example.notes:/cb", "com.example.notes:"),
    ],
)
async def test_the_form_may_lead_to_the_application_and_nowhere_else(
    tmp_path: Path, redirect_uri: str, source: str
) -> None:
    async with house(tmp_path) as given:
        await given.services.storage.clients.replace(notes_client(redirect_uris=(redirect_uri,)))
        view = await Browser(given).open(authorize(redirect_uri=redirect_uri))
        policy = str(view.answer.header("content-security-policy"))
        assert f"form-action 'self' {source}" in policy.split("; ")
        assert "unsafe" not in policy
        view = await Browser(given).open("/login")
        assert str(view.answer.header("content-security-policy")).endswith("form-action 'self'")


async def test_language_is_the_applications_choice_then_the_browsers(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        view = await Browser(given, language="de-AT, en;q=0.5").open(authorize())
        assert view.title == "Anmelden"
        view = await Browser(given, language="en").open(authorize(ui_locales="fr de"))
        assert view.title == "Anmelden"
        browser = Browser(given, language="en")
        await browser.open(authorize(ui_locales="de"))
        assert "passen nicht zusammen" in (await sign_in(browser, "ada", "wrong")).document.text
