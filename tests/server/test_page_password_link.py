"""One-time links: they set a password once, and their token stays nowhere."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sealwax.server.password_links import new_password_link
from tests.server.given import ISSUER, Issuer
from tests.server.page_browser import (
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    View,
    house,
    sign_in,
    signed_in,
)

pytestmark = pytest.mark.anyio
CAROL = "usr_0000000000000000000003"


async def _link(given: Issuer, username: str = "carol") -> str:
    """Give a link without the issuer's origin."""
    services = given.services
    person = await services.storage.users.find_by_username(username)
    assert person is not None
    now = services.clock.now()
    link = await new_password_link(
        services.settings, services.storage, person, entropy=services.entropy, now=now
    )
    return link.removeprefix(services.settings.issuer.url)


async def _set(browser: Browser, new: str = PASSWORD, *, view: View | None = None) -> View:
    return await browser.send(view=view, new_password=new, new_password_again=new)


async def test_the_token_leaves_the_address_and_stays_nowhere(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        link = await _link(given)
        token = link.partition("=")[2]
        browser = Browser(given)
        view = await browser.open(link)
        assert view.url == "/password"
        assert view.title == "Set your password"
        assert view.document.fields()["username"] == "carol"
        assert token.startswith("swl_")
        assert token not in view.html
        assert all(token not in cookie for cookie in view.set_cookies)
        await _set(browser)
        assert token not in b"".join(given.log_lines).decode()


async def test_the_redirect_tells_the_token_to_nobody(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        answer = await given.ask("GET", await _link(given))
        assert (answer.status, answer.header("location")) == (303, "/password")
        assert answer.header("referrer-policy") == "no-referrer"
        assert answer.header("cache-control") == "no-store"
        cookie = str(answer.header("set-cookie"))
        assert cookie.startswith("__Host-sealwax-link=")
        assert cookie.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax")


async def test_it_sets_the_password_once_and_ends_what_was(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        before = await signed_in(given)
        link = await _link(given, "ada")
        browser = Browser(given)
        await browser.open(link)
        view = await _set(browser, OTHER_PASSWORD)
        assert view.path == "/login"
        assert "Your password is set. Sign in with it now." in view.document.text
        assert "__Host-sealwax-link" not in browser.cookies
        assert (await before.open("/account")).path == "/login"
        await browser.open("/login")
        assert (await sign_in(browser, "ada", PASSWORD)).answer.status == 403
        assert (await sign_in(browser, "ada", OTHER_PASSWORD)).path == "/account"
        view = await browser.open(link)
        assert (view.answer.status, view.title) == (404, "This link can't be used")


async def test_looking_does_not_spend_it(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        link = await _link(given)
        for _ in range(3):
            assert (await Browser(given).open(link)).title == "Set your password"
        answer = await given.ask("HEAD", link)
        assert answer.status == 303
        browser = Browser(given)
        await browser.open(link)
        assert (await _set(browser)).path == "/login"


async def test_every_link_that_is_none_reads_the_same(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        replaced = await _link(given)
        expired = await _link(given)
        disabled = await _link(given, "dan")
        pages = set()
        given.clock.advance(86_401)
        for link in (
            replaced,
            expired,
            disabled,
            "/password?link=swl_" + "A" * 43,
            "/password?link=swc_" + "A" * 43,
            "/password?link=%22%3E%3Cscript%3E",
        ):
            view = await Browser(given).open(link)
            assert view.answer.status == 404
            pages.add(view.html)
        assert len(pages) == 1


async def test_of_many_at_once_one_sets_it(tmp_path: Path) -> None:
    async with house(tmp_path, signin__account_network_attempts=1000) as given:
        link = await _link(given)
        browsers = [Browser(given) for _ in range(20)]
        for browser in browsers:
            await browser.open(link)
        passwords = [f"{OTHER_PASSWORD} {number}" for number in range(20)]
        views = await asyncio.gather(
            *(_set(browser, new) for browser, new in zip(browsers, passwords, strict=True))
        )
        winners = [new for new, view in zip(passwords, views, strict=True) if view.path == "/login"]
        assert len(winners) == 1
        assert [view.answer.status for view in views].count(404) == 19
        browser = Browser(given)
        await browser.open("/login")
        assert (await sign_in(browser, "carol", winners[0])).path == "/account"


async def test_sent_twice_it_is_done_twice(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        form = await browser.open(await _link(given))
        cookies = dict(browser.cookies)
        assert (await _set(browser, view=form)).path == "/login"
        browser.cookies = cookies
        assert (await _set(browser, view=form)).path == "/login"
        browser.cookies = cookies
        assert (await _set(browser, OTHER_PASSWORD, view=form)).answer.status == 404


async def test_a_spent_link_is_no_way_to_guess(tmp_path: Path) -> None:
    async with house(tmp_path, signin__account_network_attempts=3) as given:
        browser = Browser(given)
        form = await browser.open(await _link(given))
        cookies = dict(browser.cookies)
        await _set(browser, view=form)
        for guess in (*("wrong and wrong again",) * 3, PASSWORD):
            browser.cookies = dict(cookies)
            assert (await _set(browser, guess, view=form)).answer.status == 404


@pytest.mark.parametrize("new", ["", "short", "carol carol carol"])
async def test_a_password_that_is_not_accepted_does_not_spend_it(tmp_path: Path, new: str) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        await browser.open(await _link(given))
        view = await _set(browser, new)
        assert view.answer.status == 400
        assert view.document.by_id("new_password-problem") is not None
        assert (await _set(browser)).path == "/login"


async def test_a_foreign_form_sets_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = Browser(given)
        view = await browser.open(await _link(given))
        fields = {
            **view.document.fields(),
            "new_password": OTHER_PASSWORD,
            "new_password_again": OTHER_PASSWORD,
        }
        found = await browser.post("/password", fields, sec_fetch_site="cross-site")
        assert found.answer.status == 403
        found = await browser.post("/password", {**fields, "form_token": "x"})
        assert found.title == "Set your password", "asked again"
        carol = await given.services.storage.users.find(CAROL)
        assert carol is not None
        assert carol.password_hash is None


@pytest.mark.parametrize("url", ["http://localhost:8000", ISSUER])
async def test_without_the_cookie_the_page_says_so(tmp_path: Path, url: str) -> None:
    async with house(tmp_path, issuer__url=url) as given:
        host = url.partition("//")[2]
        answer = await given.ask("GET", "/password", headers=[("host", host)])
        assert answer.status == 400
        assert b"Open your link once more" in answer.body
        assert (b"--tls-cert" in answer.body) is (url != ISSUER)


async def test_a_cookie_that_we_did_not_seal_opens_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        for value in ("x", given.services.interactions.seal("authorization", {"token": "x"})):
            browser = Browser(given, cookies={"__Host-sealwax-link": value})
            assert (await browser.open("/password")).answer.status == 404
        browser = Browser(given)
        await browser.open(await _link(given))
        given.clock.advance(3_601)
        assert (await browser.open("/password")).answer.status == 404
