"""The question before signing out: asked of this person, answered by them alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.page_browser import Browser, authorize, house, notes_client, signed_in

pytestmark = pytest.mark.anyio


async def test_asked_and_answered(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = await signed_in(given)
        view = await browser.open("/end_session?client_id=notes")
        assert view.title == "Sign out?"
        assert "Field Notes asks to sign you out here too." in view.document.text
        assert "You are signed in as ada." in view.document.text
        view = await browser.send(action="stay")
        assert view.title == "You are still signed in"
        await browser.open("/end_session")
        view = await browser.send(action="sign_out")
        assert view.title == "You are signed out"
        assert browser.session_cookie is None
        assert (await browser.open("/account")).path == "/login"


async def test_the_form_may_lead_to_where_the_application_wants_to_go_on(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        goodbye = "https://notes.example.net/goodbye"
        await given.services.storage.clients.replace(
            notes_client(post_logout_redirect_uris=(goodbye,))
        )
        browser = await signed_in(given)
        request = f"/end_session?client_id=notes&post_logout_redirect_uri={goodbye}"
        view = await browser.open(request)
        policy = str(view.answer.header("content-security-policy"))
        assert "form-action 'self' https://notes.example.net" in policy.split("; ")
        assert (await browser.send(action="sign_out")).leads_to == goodbye


async def test_sent_twice_nobody_strands(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = await signed_in(given)
        question = await browser.open("/end_session")
        for _ in range(2):
            view = await browser.send(view=question, action="sign_out")
            assert (view.answer.status, view.title) == (200, "You are signed out")


async def test_no_other_site_and_no_other_browser_answers(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        attacker = await signed_in(given, "bob")
        fields = {**(await attacker.open("/end_session")).document.fields(), "action": "sign_out"}
        victim = await signed_in(given)
        view = await victim.post("/end_session", fields, sec_fetch_site="cross-site")
        assert view.title == "This form came from elsewhere"
        view = await victim.post("/end_session", fields)
        assert view.title == "Sign out?", "asked, not done"
        assert (await victim.open("/account")).path == "/account"


async def test_an_image_signs_nobody_out(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = await signed_in(given)
        await browser.open("/end_session", sec_fetch_dest="image")
        assert (await browser.open("/account")).path == "/account"


async def test_an_unregistered_address_is_explained_and_not_gone_to(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = await signed_in(given)
        evil = "/end_session?client_id=notes&post_logout_redirect_uri=https://evil.example/"
        view = await browser.open(evil)
        assert (view.answer.status, view.title) == (400, "You can't be sent back")
        assert not view.leads_to
        stranger = Browser(given)
        assert (await stranger.open(authorize())).path == "/login"
