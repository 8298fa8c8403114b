"""Signing out: OpenID Connect RP-Initiated Logout 1.0, ASVS 10.6.2."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.flows.world import BYE, World, authorize, flipped, query_of, world
from tests.server.page_browser import Browser, View, signed_in

pytestmark = pytest.mark.anyio


def _end_session(**parameters: str) -> str:
    return f"/end_session?{urlencode(parameters)}"


async def _at_the_client(here: World) -> tuple[Browser, dict[str, str]]:
    """Give a browser with a session, and what the client got."""
    browser = Browser(here.issuer)
    view = await here.authorized(browser)
    found: dict[str, str] = (await here.redeem(view.parameters["code"])).json()
    return browser, found


async def _is_signed_in(browser: Browser) -> bool:
    view = await browser.open(authorize(prompt="none"))
    return "login_required" not in view.leads_to


class TestWithProof:
    async def test_out_and_back_to_the_client(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, tokens = await _at_the_client(here)
            cookie = browser.session_cookie

            view = await browser.open(
                _end_session(
                    id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="s 1"
                )
            )

            assert view.leads_to == f"{BYE}?state=s+1"
            assert browser.session_cookie is None
            browser.cookies["__Host-sealwax-session"] = str(cookie)
            assert not await _is_signed_in(browser), "the old cookie opens nothing"
            assert await here.introspect(tokens["access_token"]) == {"active": False}
            refreshed = await here.refresh(tokens["refresh_token"], "web")
            assert refreshed.json()["error"] == "invalid_grant"

    async def test_an_expired_id_token_is_proof_enough(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, tokens = await _at_the_client(here)
            here.issuer.clock.advance(3_000)

            view = await browser.open(_end_session(id_token_hint=tokens["id_token"]))

            assert view.title == "You are signed out"
            assert not await _is_signed_in(browser)

    async def test_by_post_from_the_clients_site(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, tokens = await _at_the_client(here)
            form = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}
            answer = await here.post("/end_session", form, sec_fetch_site="cross-site")
            location = answer.header("location") or ""
            assert answer.status == 303
            assert tokens["id_token"] not in location

            view = await browser.open(location)

            assert view.leads_to == BYE
            assert not await _is_signed_in(browser)

    async def test_when_nobody_is_signed_in(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            _, tokens = await _at_the_client(here)

            view = await Browser(here.issuer).open(
                _end_session(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE)
            )

            assert view.leads_to == BYE


class TestWithoutProof:
    @pytest.mark.parametrize(
        "parameters",
        [
            pytest.param({}, id="nothing"),
            pytest.param({"client_id": "web"}, id="a client that says who it is"),
            pytest.param({"id_token_hint": "forged"}, id="no token"),
        ],
    )
    async def test_the_person_is_asked(self, tmp_path: Path, parameters: dict[str, str]) -> None:
        async with world(tmp_path) as here:
            browser, _ = await _at_the_client(here)

            view = await browser.open(_end_session(**parameters))

            assert view.title == "Sign out?"
            assert await _is_signed_in(browser)

    async def test_and_goes_where_the_client_registered(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, _ = await _at_the_client(here)
            await browser.open(_end_session(client_id="web", post_logout_redirect_uri=BYE))
            assert "https://app.example" in str(
                browser.view.answer.header("content-security-policy")
            )

            view = await browser.send(action="sign_out")

            assert view.leads_to == BYE
            assert not await _is_signed_in(browser)

    async def test_or_stays(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, _ = await _at_the_client(here)
            await browser.open(_end_session(client_id="web", post_logout_redirect_uri=BYE))

            view = await browser.send(action="stay")

            assert (view.title, view.leads_to) == ("You are still signed in", "")
            assert await _is_signed_in(browser)

    @pytest.mark.parametrize("claim", ["sub", "sid", "aud"])
    async def test_a_changed_id_token_proves_nothing(self, tmp_path: Path, claim: str) -> None:
        async with world(tmp_path) as here:
            browser, tokens = await _at_the_client(here)
            forged = flipped(tokens["id_token"], claim, "web")

            view = await browser.open(
                _end_session(id_token_hint=forged, client_id="web", post_logout_redirect_uri=BYE)
            )

            assert view.title == "Sign out?"
            view = await browser.send(action="sign_out")
            assert (view.title, view.leads_to) == ("You are signed out", "")

    async def test_an_access_token_is_no_proof(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, tokens = await _at_the_client(here)

            view = await browser.open(_end_session(id_token_hint=tokens["access_token"]))

            assert view.title == "Sign out?"

    async def test_another_persons_id_token_is_no_proof(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            _, adas = await _at_the_client(here)
            bob = await signed_in(here.issuer, "bob")

            view = await bob.open(_end_session(id_token_hint=adas["id_token"]))

            assert view.title == "Sign out?"
            assert await _is_signed_in(bob)


class TestForgery:
    async def _asked(self, here: World) -> tuple[Browser, View]:
        browser, _ = await _at_the_client(here)
        return browser, await browser.open("/end_session")

    async def test_a_form_of_another_site(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, view = await self._asked(here)
            fields = {
                each.attributes["name"]: each.attributes["value"]
                for each in view.document.all("input")
            }

            view = await browser.post(
                "/end_session", {**fields, "action": "sign_out"}, sec_fetch_site="cross-site"
            )

            assert view.answer.status == 403
            assert await _is_signed_in(browser)

    async def test_a_made_up_token(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, _ = await self._asked(here)

            view = await browser.send(action="sign_out", form_token="made-up")

            assert view.title == "Sign out?", "asked once more"
            assert await _is_signed_in(browser)

    async def test_a_question_about_another_session(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            _, adas = await self._asked(here)
            sealed = {
                each.attributes["name"]: each.attributes["value"]
                for each in adas.document.all("input")
            }["i"]
            bob = await signed_in(here.issuer, "bob")
            await bob.open("/end_session")

            view = await bob.send(action="sign_out", i=sealed)

            assert view.answer.status == 400
            assert await _is_signed_in(bob)

    async def test_a_broken_seal(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, _ = await self._asked(here)

            view = await browser.send(action="sign_out", i="broken")

            assert view.answer.status == 400
            assert (await browser.open("/end_session?i=broken")).answer.status == 400
            assert await _is_signed_in(browser)

    async def test_a_session_that_ended_meanwhile(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, view = await self._asked(here)
            other = Browser(here.issuer, cookies=dict(browser.cookies))
            await other.open("/end_session")
            await other.send(action="sign_out")

            view = await browser.send(view=view, action="sign_out")

            assert view.title == "You are signed out"


class TestWayBack:
    @pytest.mark.parametrize(
        "uri",
        ["https://evil.example/", f"{BYE}/", "//evil.example", "https://app.example/callback"],
    )
    async def test_any_other_address_is_shown_and_nobody_signed_out(
        self, tmp_path: Path, uri: str
    ) -> None:
        async with world(tmp_path) as here:
            browser, tokens = await _at_the_client(here)

            view = await browser.open(
                _end_session(id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri)
            )

            assert (view.answer.status, view.leads_to) == (400, "")
            assert await _is_signed_in(browser)

    @pytest.mark.parametrize(
        "parameters", [{}, {"id_token_hint": "forged"}, {"client_id": "nobody"}]
    )
    async def test_without_a_client_it_is_ignored(
        self, tmp_path: Path, parameters: dict[str, str]
    ) -> None:
        async with world(tmp_path) as here:
            view = await Browser(here.issuer).open(
                _end_session(post_logout_redirect_uri=BYE, **parameters)
            )

            assert (view.title, view.leads_to) == ("You are signed out", "")

    @pytest.mark.parametrize(
        "target",
        [
            "/end_session?state=a&state=b",
            "/end_session?state=%00",
            f"/end_session?state={'a' * 3_000}",
            f"/end_session?x={'a' * 9_000}",
        ],
    )
    async def test_what_can_not_be_read_is_shown(self, tmp_path: Path, target: str) -> None:
        async with world(tmp_path) as here:
            assert (await Browser(here.issuer).open(target)).answer.status == 400
            body = target.partition("?")[2].encode()
            answer = await here.send("POST", "/end_session", body)
            if answer.status == 303:
                view = await Browser(here.issuer).open(str(answer.header("location")))
                assert view.answer.status == 400
            else:
                assert answer.status == 400

    async def test_the_token_is_not_in_our_own_addresses(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser, tokens = await _at_the_client(here)
            answer = await here.post("/end_session", {"id_token_hint": tokens["id_token"]})

            assert set(query_of(str(answer.header("location")))) == {"i"}
            assert browser.session_cookie is not None
