"""People's own pages: their sign-ins are theirs alone, and so is their password."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealwax.records import Session
from tests.server.given import NOW, Issuer
from tests.server.page_browser import (
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    View,
    authorize,
    house,
    sign_in,
    signed_in,
)

pytestmark = pytest.mark.anyio
ADA = "usr_0000000000000000000001"


async def _living(given: Issuer, user_id: str = ADA) -> set[str]:
    now = given.clock.now()
    sessions = await given.services.storage.sessions.list(user_id=user_id, now=now)
    return {each.session_id for each in sessions}


def _session_ids(view: View) -> list[str]:
    return [
        each.attributes["value"]
        for each in view.document.all("input")
        if each.attributes["name"] == "session"
    ]


async def test_who_am_i(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        view = await (await signed_in(given)).open("/account")
        for words in ("Ada Lovelace", "ada", ADA, "Not changed yet.", "You are here"):
            assert words in view.document.text
        assert "Administrator" not in view.document.text
        assert (await Browser(given).open("/account")).path == "/login"


async def test_where_am_i_signed_in_and_ending_one(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        elsewhere = await signed_in(given)
        given.clock.advance(7_200 - 3_601)
        browser = await signed_in(given)
        view = await browser.open("/account")
        assert "Signed in 59 minutes ago" in view.document.text
        here, there = _session_ids(view)
        view = await browser.send(form=1, action="end_session")
        assert "That sign-in is ended." in view.document.text
        assert await _living(given) == {here}
        assert there not in view.html
        assert (await elsewhere.open("/account")).path == "/login"


async def test_ending_this_one_signs_out(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = await signed_in(given)
        old = browser.session_cookie
        await browser.open("/account")
        view = await browser.send(form=0, action="end_session")
        assert view.path == "/login"
        assert "You are signed out." in view.document.text
        assert browser.session_cookie is None
        browser.cookies["__Host-sealwax-session"] = str(old)
        assert (await browser.open("/account")).path == "/login", "the old cookie opens nothing"


async def test_signing_out_everywhere(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        elsewhere = await signed_in(given)
        bob = await signed_in(given, "bob")
        browser = await signed_in(given)
        await browser.open("/account")
        view = await browser.send(form=2, action="end_all")
        assert "You are signed out everywhere." in view.document.text
        assert await _living(given) == set()
        assert (await elsewhere.open("/account")).path == "/login"
        assert (await bob.open("/account")).path == "/account"


async def test_another_persons_sign_in_is_out_of_reach(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        bob = await signed_in(given, "bob")
        bobs = _session_ids(await bob.open("/account"))[0]
        browser = await signed_in(given)
        own = await browser.open("/account")
        assert bobs not in own.html
        for session_id in (bobs, "no-such-session", ""):
            view = await browser.send(view=own, action="end_session", session=session_id)
            assert "That sign-in is ended." in view.document.text, "told alike"
        assert (await bob.open("/account")).path == "/account"


async def test_a_direct_sign_in_is_named_for_its_application(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        for session_id, client_id in (("d" * 22, "our-own"), ("e" * 22, "gone")):
            await given.services.storage.sessions.add(
                Session(
                    session_id=session_id,
                    secret_hash=None,
                    user_id=ADA,
                    kind="direct",
                    authenticated_at=NOW,
                    amr=("pwd",),
                    created_at=NOW,
                    last_seen_at=NOW,
                    expires_at=NOW + 600,
                    client_id=client_id,
                )
            )
        text = (await (await signed_in(given)).open("/account")).document.text
        assert "Our own Signed in" in text
        assert "An application Signed in" in text


async def test_many_sign_ins_are_cut_and_said_so(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        for number in range(51):
            await given.services.storage.sessions.add(
                Session(
                    session_id=f"{number:022}",
                    secret_hash=None,
                    user_id=ADA,
                    kind="direct",
                    authenticated_at=NOW,
                    amr=("pwd",),
                    created_at=NOW,
                    last_seen_at=NOW,
                    expires_at=NOW + 600,
                    client_id="our-own",
                )
            )
        view = await (await signed_in(given)).open("/account")
        assert len(_session_ids(view)) == 50
        assert "There are more." in view.document.text


@pytest.mark.parametrize("action", ["end_all", "end_session"])
async def test_no_other_site_signs_anybody_out(tmp_path: Path, action: str) -> None:
    async with house(tmp_path) as given:
        browser = await signed_in(given)
        view = await browser.open("/account")
        fields = {**view.document.fields(), "action": action}
        attacker = await signed_in(given, "bob")
        foreign = (await attacker.open("/account")).document.fields()["form_token"]
        found = await browser.post("/account", fields, sec_fetch_site="cross-site")
        assert found.answer.status == 403
        found = await browser.post("/account", {**fields, "form_token": foreign})
        assert found.path == "/account", "shown again, nothing done"
        assert len(await _living(given)) == 1


async def test_a_form_from_before_the_sign_out_is_harmless(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = await signed_in(given)
        old = await browser.open("/account")
        await browser.send(view=old, form=1, action="end_all")
        view = await browser.send(view=old, form=1, action="end_all")
        assert view.path == "/login"
        assert view.answer.status == 200


async def _change(browser: Browser, current: str, new: str, again: str | None = None) -> View:
    await browser.open("/account/password")
    return await browser.send(
        current_password=current,
        new_password=new,
        new_password_again=new if again is None else again,
    )


async def test_changing_the_password_ends_every_other_sign_in(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        elsewhere = await signed_in(given)
        browser = await signed_in(given)
        view = await _change(browser, PASSWORD, OTHER_PASSWORD)
        assert view.path == "/account"
        assert "Your password is changed." in view.document.text
        assert "Changed today." in view.document.text
        assert (await elsewhere.open("/account")).path == "/login"
        fresh = Browser(given)
        await fresh.open("/login")
        assert (await sign_in(fresh, "ada", PASSWORD)).answer.status == 403
        assert (await sign_in(fresh, "ada", OTHER_PASSWORD)).path == "/account"


@pytest.mark.parametrize(
    ("current", "new", "again", "field", "words"),
    [
        ("wrong", OTHER_PASSWORD, None, "current_password", "That is not your current password."),
        ("", OTHER_PASSWORD, None, "current_password", "Enter your current password."),
        (PASSWORD, "", "", "new_password", "Enter a new password."),
        (PASSWORD, OTHER_PASSWORD, "x", "new_password_again", "are not the same"),
        (PASSWORD, "short", None, "new_password", "Use at least 15 characters."),
        (PASSWORD, "passwordpassword", None, "new_password", "attackers try first"),
        (PASSWORD, "Ada-Lovelace-Sealwax-1", None, "new_password", "your username"),
        (PASSWORD, "long" * 300, None, "new_password", "too long"),
    ],
)
async def test_a_password_that_is_not_accepted(
    tmp_path: Path, current: str, new: str, again: str | None, field: str, words: str
) -> None:
    async with house(tmp_path) as given:
        browser = await signed_in(given)
        view = await _change(browser, current, new, again)
        assert view.answer.status in {400, 403}
        problem = view.document.by_id(f"{field}-problem")
        assert problem is not None
        assert words in problem.text
        for secret in (current, new):
            assert not secret or f'"{secret}"' not in view.html
        given_user = await given.services.storage.users.find(ADA)
        assert given_user is not None
        assert given_user.password_changed_at is None


async def test_the_current_password_is_not_to_be_guessed_here_either(tmp_path: Path) -> None:
    async with house(tmp_path, signin__account_network_attempts=3) as given:
        browser = await signed_in(given)
        for _ in range(3):
            await _change(browser, "wrong", OTHER_PASSWORD)
        view = await _change(browser, PASSWORD, OTHER_PASSWORD)
        assert view.answer.status == 429
        assert "Too many attempts." in view.document.text
        assert int(view.answer.header("retry-after") or "") > 0
        reasons = [event["reason"] for event in given.events("password_change_refused")]
        assert reasons == ["wrong_password"] * 3 + ["throttled"]


async def test_the_password_page_is_for_whoever_is_signed_in(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        view = await Browser(given).open("/account/password")
        assert (view.path, view.url) == ("/login", "/login?next=password")
        browser = await signed_in(given)
        form = await browser.open("/account/password")
        fields = {
            **form.document.fields(),
            "current_password": PASSWORD,
            "new_password": OTHER_PASSWORD,
            "new_password_again": OTHER_PASSWORD,
        }
        view = await browser.post("/account/password", fields, sec_fetch_site="cross-site")
        assert view.answer.status == 403
        bob = await signed_in(given, "bob")
        view = await bob.post("/account/password", fields)
        assert view.document.fields()["username"] == "bob", "asked anew, as Bob"
        assert (await signed_in(given)).session_cookie


async def test_no_log_line_holds_a_password(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        await _change(await signed_in(given), PASSWORD, OTHER_PASSWORD)
        log = b"".join(given.log_lines).decode()
        assert given.events("password_changed")
        assert PASSWORD not in log
        assert OTHER_PASSWORD not in log


async def test_signing_out_takes_access_back(tmp_path: Path) -> None:
    async with house(tmp_path) as given:
        browser = await signed_in(given)
        await browser.open(authorize(client_id="our-own"))
        storage = given.services.storage
        session_id = (await _living(given)).pop()
        grant = await storage.grants.ensure("our-own", user_id=ADA, session_id=session_id, now=NOW)
        assert not await storage.status_lists.is_revoked(grant.status)
        await browser.open("/account")
        await browser.send(form=1, action="end_all")
        assert await storage.status_lists.is_revoked(grant.status)
