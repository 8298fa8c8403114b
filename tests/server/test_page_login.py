"""Signing in on the page: who gets in, what an attacker learns, and that nobody strands."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sealwax.identity import password as password_rules
from tests.server.given import ISSUER
from tests.server.page_browser import (
    CALLBACK,
    PASSWORD,
    STATE,
    Browser,
    authorize,
    house,
    sign_in,
    signed_in,
    without_tokens,
)

pytestmark = pytest.mark.anyio


async def test_from_the_application_and_back_with_a_code(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        view = await browser.open(authorize(client_id="our-own"))
        assert view.title == "Sign in"
        assert "to continue to Our own" in view.document.text

        view = await sign_in(browser)

        assert view.leads_to.startswith(f"{CALLBACK}?")
        assert view.parameters["code"].startswith("swc_")
        assert (view.parameters["state"], view.parameters["iss"]) == (STATE, ISSUER)


async def test_by_oneself_to_the_account_and_nowhere_else(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        for target in ("", "account", "https://evil.example", "//evil.example", "/\\evil.example"):
            browser = Browser(given)
            await browser.open(f"/login?{urlencode({'next': target})}")
            assert (await sign_in(browser)).path == "/account"
        browser = Browser(given)
        await browser.open("/account/password")
        assert (await sign_in(browser)).path == "/account/password"
        assert (await browser.open("/login")).path == "/account"


@pytest.mark.parametrize(
    ("username", "password", "reason"),
    [
        ("ada", "not her password at all", "wrong_password"),
        ("nobody", PASSWORD, "unknown_user"),
        ("no such / name", PASSWORD, "unknown_user"),
        ("carol", PASSWORD, "no_password_yet"),
        ("dan", PASSWORD, "user_disabled"),
    ],
)
async def test_every_refusal_reads_the_same_and_takes_the_same_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, username: str, password: str, reason: str
) -> None:
    looked_at: list[str] = []
    really = password_rules.matches

    def matches(given_password: str, password_hash: str) -> bool:
        looked_at.append(password_hash[:30])
        return really(given_password, password_hash)

    async with house(tmp_path) as given:
        monkeypatch.setattr(password_rules, "matches", matches)
        expected = await _refused(Browser(given), "ada", "wrong")
        found = await _refused(Browser(given), username, password)

        assert found[0].replace(f'value="{username}"', 'value="ada"') == expected[0]
        assert found[1:] == expected[1:] == (403, [])
        assert len(looked_at) == 2
        assert looked_at[0] == looked_at[1], "made with the same parameters"
        assert given.events("sign_in_refused")[-1]["reason"] == reason


async def _refused(browser: Browser, username: str, password: str) -> tuple[str, int, list[str]]:
    await browser.open("/login")
    view = await sign_in(browser, username, password)
    assert browser.session_cookie is None
    return without_tokens(view.html), view.answer.status, view.set_cookies


async def test_empty_fields_are_named_and_cost_no_attempt(tmp_path: Path) -> None:
    async with house(tmp_path, signin__account_network_attempts=1) as given:
        browser = Browser(given)
        await browser.open("/login")
        view = await sign_in(browser, "", "")
        assert view.answer.status == 400
        assert view.document.all("title")[0].text.startswith("Problem: Sign in")
        links = [each.attributes["href"] for each in view.document.all("a")]
        assert links[:2] == ["#username", "#password"]
        view = await sign_in(browser, "ada", "")
        assert view.document.fields()["username"] == "ada"
        assert (await sign_in(browser)).path == "/account"


async def test_guessing_is_slowed_down_and_says_for_how_long(tmp_path: Path) -> None:
    async with house(tmp_path, signin__account_network_attempts=3) as given:
        for username in ("ada", "nobody"):
            browser = Browser(given)
            await browser.open("/login")
            for _ in range(3):
                await sign_in(browser, username, "wrong")
            view = await sign_in(browser, username)
            assert view.answer.status == 429
            wait_seconds = int(view.answer.header("retry-after") or "")
            assert 0 < wait_seconds <= 900
            assert "Too many attempts. Wait 15 minutes, then try again." in view.document.text
            assert browser.session_cookie is None
        given.clock.advance(901)
        browser = Browser(given)
        await browser.open("/login")
        assert (await sign_in(browser)).path == "/account"


async def test_one_account_does_not_lock_out_another(tmp_path: Path) -> None:
    async with house(tmp_path, signin__account_network_attempts=1) as given:
        browser = Browser(given)
        await browser.open("/login")
        await sign_in(browser, "ada", "wrong")
        assert (await sign_in(browser, "ada")).answer.status == 429
        assert (await sign_in(browser, "bob")).path == "/account"


async def test_a_planted_session_cookie_is_worth_nothing_after_the_sign_in(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        attacker = await signed_in(given, "bob")
        planted = attacker.session_cookie
        assert planted is not None
        victim = Browser(given, cookies={"__Host-sealwax-session": planted})
        await victim.open(authorize(prompt="login"))
        await sign_in(victim)
        assert victim.session_cookie not in {None, planted}
        attacker.cookies["__Host-sealwax-session"] = planted
        assert (await attacker.open("/account")).path == "/login"


async def test_a_foreign_form_signs_nobody_in(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        await browser.open("/login")
        fields = {**browser.view.document.fields(), "username": "ada", "password": PASSWORD}
        for headers in (
            {"sec_fetch_site": "cross-site"},
            {"sec_fetch_site": "same-site"},
        ):
            view = await browser.post("/login", fields, **headers)
            assert view.answer.status == 403
            assert view.title == "This form came from elsewhere"
        other = Browser(given)
        await other.open("/login")
        view = await other.post("/login", fields)
        assert "open for too long" in view.document.text
        view = await other.post("/login", {**fields, "form_token": ""})
        assert view.answer.status == 403
        view = await Browser(given).open(f"/login?{urlencode(fields)}")
        assert view.title == "Sign in"
        assert browser.session_cookie is other.session_cookie is None


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://id.example.com.evil"])
async def test_without_fetch_metadata_the_origin_decides(tmp_path: Path, origin: str) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        await browser.open("/login")
        fields = {**browser.view.document.fields(), "username": "ada", "password": PASSWORD}
        body = urlencode(fields).encode()
        headers = [
            ("origin", origin),
            ("content-type", "application/x-www-form-urlencoded"),
            ("cookie", "; ".join(f"{k}={v}" for k, v in browser.cookies.items())),
        ]
        answer = await given.ask("POST", "/login", body=body, headers=headers)
        assert answer.status == 403
        headers[0] = ("origin", ISSUER)
        answer = await given.ask("POST", "/login", body=body, headers=headers)
        assert answer.status == 303


@pytest.mark.parametrize("url", ["http://localhost:8000", ISSUER])
async def test_a_browser_that_drops_the_cookie_is_told_why(tmp_path: Path, url: str) -> None:
    async with house(tmp_path, issuer__url=url) as given:
        host = urlsplit(url).netloc
        headers = [("host", host), ("content-type", "application/x-www-form-urlencoded")]
        headers += [("origin", url), ("accept", "text/html")]
        answer = await given.ask("POST", "/login", body=b"form_token=x&username=a", headers=headers)
        assert answer.status == 403
        assert ("--tls-cert" in answer.body.decode()) is (url != ISSUER)
        assert 'href="/login"' in answer.body.decode()


async def test_sent_twice_it_signs_in_again_or_goes_on(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        form = await browser.open(authorize(client_id="our-own"))
        before = dict(browser.cookies)
        first = await sign_in(browser)
        second = await browser.send(view=form, action="sign_in", username="ada", password=PASSWORD)
        assert "code" in second.parameters, "with the cookie of the first"
        impatient = Browser(given, cookies=before)
        third = await impatient.send(view=form, action="sign_in", username="ada", password=PASSWORD)
        assert "code" in third.parameters, "without it"
        codes = {view.parameters["code"] for view in (first, second, third)}
        assert len(codes) == 3


async def test_the_back_button_offers_to_go_on(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        form = await browser.open(authorize(client_id="our-own"))
        await sign_in(browser)
        view = await browser.open(form.url)
        assert "You are signed in as ada." in view.document.text
        link = next(each for each in view.document.all("a") if "Go on" in each.text)
        assert "code" in (await browser.open(link.attributes["href"])).parameters
        await browser.open(form.url)
        await sign_in(browser, "bob")
        account = await browser.open("/account")
        assert "bob" in account.document.text


async def test_cookies_have_their_guards_and_pages_are_not_kept(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        view = await browser.open("/login")
        assert view.answer.header("cache-control") == "no-store"
        assert view.answer.header("referrer-policy") == "same-origin"
        cookies = list(view.set_cookies)
        cookies += (await sign_in(browser)).set_cookies
        assert {each.partition("=")[0] for each in cookies} == {
            "__Host-sealwax-form",
            "__Host-sealwax-session",
        }
        for cookie in cookies:
            assert cookie.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax")


async def test_what_no_form_sends_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        await browser.open("/login")
        headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")]
        for body in (b"username=%ff", b"username=a&username=b", b"x%00=1", b"password=%0a"):
            answer = await given.ask("POST", "/login", body=body, headers=headers)
            assert answer.status == 400
            assert b"This could not be read" in answer.body


async def test_an_old_hash_is_made_anew_at_the_sign_in(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        before = await given.services.storage.users.find_by_username("ada")
    async with house(tmp_path / "again", signin__argon2_iterations=2) as given:
        assert before is not None
        assert before.password_hash is not None
        users = given.services.storage.users
        now = given.clock.now()
        await users.set_password(before.user_id, before.password_hash, now=now)
        await signed_in(given)
        after = await users.find(before.user_id)
        assert after is not None
        assert "t=1" in before.password_hash
        assert "t=2" in str(after.password_hash)
        await signed_in(given)


async def test_no_log_line_holds_a_secret(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        await browser.open(authorize(login_hint="hinted-name"))
        form = browser.view.document.fields()["form_token"]
        await sign_in(browser, "ada", "a-wrong-password")
        view = await sign_in(browser)
        log = b"".join(given.log_lines).decode()
        assert given.events("signed_in")
        for secret in (
            PASSWORD,
            "a-wrong-password",
            "hinted-name",
            form,
            *browser.cookies.values(),
            parse_qs(urlsplit(view.url).query).get("i", ["?i="])[0],
        ):
            assert secret not in log
