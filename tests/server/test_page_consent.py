"""Consent: a person sees who asks for what and for how long; nobody answers in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sealwax.records import Consent, Resource
from tests.server.given import ISSUER, NOW, Issuer
from tests.server.page_browser import (
    API,
    CALLBACK,
    STATE,
    Browser,
    View,
    authorize,
    house,
    notes_client,
    sign_in,
    signed_in,
)

pytestmark = pytest.mark.anyio
ADA, BOB = "usr_0000000000000000000001", "usr_0000000000000000000002"


async def _consent_of(given: Issuer, user_id: str) -> Consent | None:
    return await given.services.storage.consents.find(user_id, "notes")


async def _asked(given: Issuer, **request: str | None) -> tuple[Browser, View]:
    """Give a browser at which Ada is being asked."""
    browser = await signed_in(given)
    view = await browser.open(authorize(**request))
    assert view.path == "/consent", view.html
    return browser, view


async def test_who_asks_for_what_where_and_for_how_long(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        _, view = await _asked(given)
        text = view.document.text
        for words in (
            "Field Notes asks to act for you.",
            "notes.example.net",
            "You are signed in as Ada Lovelace.",
            "See your name and username",
            "At Notes API, it can",
            API,
            "Read “notes” notes:read",
            "It lasts for 8 hours at most, and ends when you sign out.",
        ):
            assert words in text
        assert "e-mail" not in text, "it was not asked for"
        assert "notes:write" not in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grant_types": ("authorization_code",)}, "10 minutes at most"),
        (
            {
                "token_endpoint_auth_method": "client_secret_basic",
                "client_secret_hashes": ("0" * 64,),
            },
            "30 days at most",
        ),
    ],
)
async def test_how_long_depends_on_the_client(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    async with house(tmp_path) as given:
        await given.services.storage.clients.replace(notes_client(**changes))
        _, view = await _asked(given)
        assert words in view.document.text


async def test_several_apis_are_told_apart(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        other = "https://other.example.com"
        storage = given.services.storage
        await storage.resources.add(Resource(other, "Other API", ("other",), 600, NOW))
        await storage.clients.replace(notes_client(scopes=("openid", "notes:read", "other")))
        browser = await signed_in(given)
        target = authorize(scope="openid notes:read other")
        view = await browser.open(f"{target}&{urlencode({'resource': other})}")
        headings = [each.text for each in view.document.all("h2")]
        assert headings[1:3] == ["At Notes API, it can", "At Other API, it can"]


async def test_a_yes_gives_a_code_and_is_remembered(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser, _ = await _asked(given)
        view = await browser.send(action="allow")
        assert view.leads_to.startswith(CALLBACK)
        assert "code" in view.parameters
        assert (await _consent_of(given, ADA)) == Consent(
            ADA, "notes", ("openid", "profile", "notes:read"), (API,), NOW
        )
        assert "code" in (await browser.open(authorize())).parameters
        view = await browser.open(authorize(scope="openid notes:read notes:write"))
        assert view.path == "/consent", "more than was allowed"


async def test_a_no_goes_back_and_nothing_is_remembered(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser, _ = await _asked(given)
        view = await browser.send(action="deny")
        assert view.leads_to.startswith(CALLBACK)
        assert view.parameters == {
            "error": "access_denied",
            "error_description": "the person declined",
            "state": STATE,
            "iss": ISSUER,
        }
        assert await _consent_of(given, ADA) is None
        assert (await browser.open(authorize())).path == "/consent"


async def test_a_no_reaches_a_client_that_wants_a_form(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser, _ = await _asked(given, response_mode="form_post")
        view = await browser.send(action="deny")
        assert view.document.all("form")[0].attributes["action"] == CALLBACK
        assert view.document.fields()["error"] == "access_denied"


async def test_nobody_answers_for_another_person(tmp_path: Path) -> None:
    """Bob signs in at the browser where Ada was asked; her page is then sent."""
    async with house(tmp_path) as given:
        browser, hers = await _asked(given)
        await browser.open(authorize(prompt="login"))
        await sign_in(browser, "bob")
        view = await browser.send(view=hers, action="allow")
        assert view.path == "/consent"
        assert "You are signed in as Bob." in view.document.text
        assert await _consent_of(given, ADA) is None
        assert await _consent_of(given, BOB) is None


async def test_a_page_from_another_browser_is_no_answer(tmp_path: Path) -> None:
    """A confused deputy: the attacker's own question, pushed into another person's browser."""
    async with house(tmp_path) as given:
        _, attackers = await _asked(given)
        victim = await signed_in(given, "bob")
        fields = {**attackers.document.fields(), "action": "allow"}
        view = await victim.post("/consent", fields, sec_fetch_site="cross-site")
        assert view.answer.status == 403
        view = await victim.post("/consent", fields)
        assert view.path == "/consent", "asked anew"
        assert await _consent_of(given, BOB) is None


async def test_an_address_alone_allows_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser, view = await _asked(given)
        fields = {**view.document.fields(), "action": "allow"}
        assert (await browser.open(f"/consent?{urlencode(fields)}")).path == "/consent"
        assert await _consent_of(given, ADA) is None


async def test_without_a_sign_in_the_sign_in_comes_first(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser, question = await _asked(given)
        await browser.open("/account")
        await browser.send(form=1, action="end_all")
        assert (await browser.open(question.url)).path == "/login"
        view = await browser.send(view=question, action="allow")
        assert view.path == "/login"
        assert await _consent_of(given, ADA) is None


async def test_the_request_in_the_form_can_not_be_changed(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser, view = await _asked(given)
        sealed = view.document.fields()["i"]
        for text in (sealed[:-3] + "AAA", sealed.swapcase(), ""):
            await browser.open(view.url)
            found = await browser.send(action="allow", i=text)
            assert found.answer.status == 400
            assert not found.leads_to
        assert await _consent_of(given, ADA) is None


async def test_a_form_without_an_answer_asks_again(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser, _ = await _asked(given)
        assert (await browser.send(action="")).path == "/consent"
        assert (await browser.send(action="maybe")).path == "/consent"
        assert await _consent_of(given, ADA) is None


async def test_sent_twice_it_only_goes_on_twice(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser, question = await _asked(given)
        one = await browser.send(view=question, action="allow")
        other = await browser.send(view=question, action="allow")
        assert one.parameters["code"] != other.parameters["code"]


async def test_another_account_can_be_chosen(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser, question = await _asked(given)
        link = next(each for each in question.document.all("a") if "another" in each.text)
        view = await browser.open(link.attributes["href"])
        assert view.document.fields()["username"] == ""
        view = await sign_in(browser, "bob")
        assert "You are signed in as Bob." in view.document.text
        view = await browser.send(action="allow")
        assert "code" in view.parameters
        assert await _consent_of(given, BOB) is not None


async def test_the_seal_in_the_address_is_the_only_thing_there(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        _, view = await _asked(given, state="a-state-nobody-reads")
        query = parse_qs(urlsplit(view.url).query)
        assert set(query) == {"i"}
        assert "a-state-nobody-reads" not in view.html
