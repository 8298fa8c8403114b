"""The ten steps, clicked through in a real browser on a tour that really runs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from tests.tour.running import RunningTour

pytestmark = [pytest.mark.slow, pytest.mark.browser]

EXPECTED_NOISE = re.compile(
    r"Failed to load resource: the server responded with a status of (401|403) "
)
"""Chromium notes every refused request, and being refused is what this page shows."""


@dataclass
class Visit:
    """A browser at the tour's page, and everything it complained about."""

    tour: RunningTour
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def step(self, name: str) -> Locator:
        return self.page.locator(f'[data-step="{name}"]')

    def press(self, name: str, action: str) -> str:
        """Press a button, wait until all is done, and give what the step says."""
        self.step(name).locator(f'[data-action="{action}"]').click()
        return self.said(name)

    def said(self, name: str) -> str:
        step = self.step(name)
        expect(step).not_to_have_attribute("aria-busy", "true", timeout=60_000)
        return step.locator("[data-saying]").inner_text()

    def is_done(self, name: str) -> None:
        expect(self.step(name)).to_have_attribute("data-done", "", timeout=20_000)
        expect(self.page.locator(f'[data-trail="{name}"]')).to_have_class(re.compile("is-done"))

    def rows(self, name: str) -> list[list[str]]:
        """Give the cells of the first table that the step shows."""
        table = self.step(name).locator("[data-outcome] table").first
        return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]


@pytest.fixture(scope="module")
def browser(browser_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, tour: RunningTour) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    context.add_init_script(
        "addEventListener('securitypolicyviolation', (event) =>"
        " console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))"
    )
    visit = Visit(tour, context, context.new_page())

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED_NOISE.match(message.text):
            visit.complaints.append(message.text)

    context.on("console", complain)
    context.on("weberror", lambda error: visit.complaints.append(str(error.error)))
    visit.page.goto(tour.web)
    visit.page.wait_for_selector("html[data-ready]")
    yield visit
    context.close()
    assert visit.complaints == []


def test_step_1_a_token_taken_apart(visit: Visit) -> None:
    visit.step("sign-in").get_by_role("button", name="Sign in").click()

    assert re.match(
        r"Signed in\. The token has \d+ characters in three parts\.", visit.said("sign-in")
    )
    visit.is_done("sign-in")
    outcome = visit.step("sign-in").locator("[data-outcome]")
    assert outcome.locator(".apart__token .part").count() == 3
    members = {
        name: value
        for name, value, _ in (
            row.locator("th, td").all_inner_texts()
            for row in outcome.locator(".apart__part tbody tr").all()
        )
    }
    assert members["alg"] == "ES256"
    assert members["typ"] == "at+jwt"
    assert members["iss"] == visit.tour.issuer
    assert members["aud"] == visit.tour.notes
    assert members["sub"].startswith("usr_")
    assert members["scope"] == "notes:read notes:write"
    assert "Anyone can read this." in outcome.inner_text()
    assert visit.tour.password not in outcome.inner_text(), "the password is not shown again"


def test_step_1_a_wrong_password_is_refused_without_a_reason(visit: Visit) -> None:
    visit.page.fill("#password", "not the password of anybody")
    visit.step("sign-in").get_by_role("button", name="Sign in").click()

    assert visit.said("sign-in") == "The issuer refused the credentials."
    visit.complaints = [one for one in visit.complaints if "status of 400" not in one]


def test_step_2_the_injected_script_gets_one_of_three(visit: Visit) -> None:
    said = visit.press("keeping", "keep")

    assert said.startswith("From localStorage the script took the token and used it.")
    visit.is_done("keeping")
    storage, worker, server = visit.rows("keeping")
    assert storage[2].startswith("the token")
    assert "the API answered 200" in storage[2]
    assert worker[2].startswith("nothing")
    assert "asking the worker" in worker[2]
    assert server[2].startswith("nothing")
    assert all("200" in row[1] for row in (worker, server)), "the page itself can use both"
    assert visit.page.evaluate("localStorage.length") == 0, "nothing is left behind"


@pytest.mark.parametrize(
    ("step", "action", "path"),
    [("keeping", "keep", "/bff/sign-in"), ("forgery", "get-cookies", "/demo-only/get-cookies")],
)
def test_a_browser_that_keeps_no_secure_cookie_is_told_so(
    visit: Visit, step: str, action: str, path: str
) -> None:
    visit.page.route(f"**{path}", lambda route: route.fulfill(json={"coins": 1000, "results": {}}))

    said = visit.press(step, action)

    assert said.startswith("This browser keeps no Secure cookie on plain http")
    assert "--tls-cert" in said


def test_step_3_no_call_is_made_for_a_request(visit: Visit) -> None:
    said = visit.press("sending", "send")

    if "happened to fall" in said:  # a background refresh in that very moment
        said = visit.press("sending", "send")
    assert said == "Answered, and no call was made for this request."
    calls, who, _ = visit.rows("sending")
    assert calls[1] == calls[2]
    assert int(calls[1]) >= 2, "the keys were fetched, but not for this request"
    assert re.fullmatch(r"usr_[\w-]{22}, through tour", who[2])
    assert "Buy sealing wax" in visit.step("sending").inner_text()


def test_step_4_six_forgeries_are_refused_by_the_right_check(visit: Visit) -> None:
    said = visit.press("tampering", "forge")

    assert said == "All six were refused with 401, each by the check that was meant for it."
    visit.is_done("tampering")
    rows = visit.rows("tampering")
    assert [(row[1], row[2]) for row in rows] == [
        ("200", "every check passed"),
        ("401", "signature_invalid"),
        ("401", "token_expired"),
        ("401", "audience_mismatch"),
        ("401", "algorithm_not_allowed"),
        ("401", "signature_invalid"),
        ("401", "algorithm_not_allowed"),
    ]
    assert all(row[3] for row in rows[1:])


def test_step_5_both_apis_go_on_without_the_issuer(visit: Visit) -> None:
    assert "knowing only the issuer" in visit.press("strangers", "ask-stranger")

    said = visit.press("strangers", "stop-issuer")

    assert said.startswith("The issuer is gone, and both APIs go on answering.")
    issuer, notes, parcels = visit.rows("strangers")
    assert issuer[2] == "connection refused"
    assert (notes[2], parcels[2]) == ("200 OK", "200 OK")
    assert "is-stopped" in (
        visit.page.locator('[data-program="issuer"]').get_attribute("class") or ""
    )
    visit.page.reload()
    expect(visit.page.locator('[data-program="issuer"] [data-state]')).to_have_text("stopped")

    assert visit.press("strangers", "start-issuer") == "The issuer is back."
    assert visit.press("services", "report").startswith("The API saw the service"), "it works"


def test_step_6_a_session_cookie_and_no_token(visit: Visit) -> None:
    with visit.context.expect_page() as opened:
        visit.step("web-app").locator('[data-opens="web-app"]').click()
    app = opened.value
    app.fill("[name=username]", "ada")
    app.fill("[name=password]", visit.tour.password)
    app.get_by_role("button", name="Sign in").click()
    app.get_by_role("button", name="Allow", exact=True).click()
    app.wait_for_url(f"{visit.tour.web}/app?arrived")
    expect(app.get_by_role("heading")).to_have_text("Hello, Ada")
    expect(app.locator(".notes li").first).to_have_text("Buy sealing wax, the red one.")

    # The page waits for the other tab and sees it by itself.
    visit.page.bring_to_front()
    visit.is_done("web-app")
    assert visit.said("web-app") == "Ada is signed in to the web app; no token is in the browser."
    cookie = next(one for one in visit.context.cookies() if one.get("name") == "__Host-notebook")
    assert cookie.get("httpOnly")
    assert cookie.get("secure")
    assert cookie.get("sameSite") == "Strict"
    assert len(cookie.get("value", "")) == 43
    assert not any("eyJ" in one.get("value", "") for one in visit.context.cookies())
    assert visit.page.evaluate("document.cookie") == ""

    # Signing out ends it, also for whoever kept a copy of the cookie.
    assert visit.press("web-app", "sign-out").startswith("Signed out")
    visit.context.add_cookies([cookie])  # type: ignore[list-item]  # a cookie as the browser gave it
    app.reload()
    expect(app.get_by_role("heading")).to_have_text("Your notes are a sign-in away")


def test_step_6_the_app_signs_out_of_the_issuer_too(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.tour.web}/app")
    page.get_by_role("button", name="Sign in with Sealwax").click()
    if "/login" in page.url:
        page.fill("[name=username]", "ada")
        page.fill("[name=password]", visit.tour.password)
        page.get_by_role("button", name="Sign in").click()
    if "/consent" in page.url:
        page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url(f"{visit.tour.web}/app?arrived")

    page.get_by_role("button", name="Sign out").click()
    assert page.url.startswith(f"{visit.tour.issuer}/end_session")
    assert "eyJ" not in page.url, "no ID token stands in the browser's history"
    page.get_by_role("button", name=re.compile("sign out", re.IGNORECASE)).first.click()
    page.wait_for_url(f"{visit.tour.web}/app")

    page.get_by_role("button", name="Sign in with Sealwax").click()
    expect(page.locator("[name=password]")).to_be_visible()


def test_step_7_who_is_protected_by_what(visit: Visit) -> None:
    assert "You have 1000 coins" in visit.press("forgery", "get-cookies")
    for stranger in ("other-site", "neighbour"):
        with visit.context.expect_page() as opened:
            visit.step("forgery").locator(f'[data-opens="{stranger}"]').click()
        attacker = opened.value
        attacker.get_by_role("button", name="Claim your prize").click()
        attacker.wait_for_selector("#back:not([hidden])")
        attacker.close()
    visit.page.bring_to_front()

    visit.is_done("forgery")
    assert visit.said("forgery").startswith("Of 1000 coins 700 are left.")
    verdicts = [
        (row[0].split("\n")[0], row[1].split("\n")[0], row[2].split("\n")[0])
        for row in visit.rows("forgery")
    ]
    assert verdicts == [
        ("Cookie, no guard", "100 coins gone", "100 coins gone"),
        ("Cookie, SameSite=Strict", "safe", "100 coins gone"),
        ("Cookie, and the server looks at Sec-Fetch-Site and Origin", "safe", "safe"),
        ("Authorization: Bearer", "safe", "safe"),
    ]


def test_step_8_taken_back_within_the_time_to_live(visit: Visit) -> None:
    said = visit.press("taking-back", "sign-out-everywhere")

    found = re.match(r"Refused by both after ([\d.]+) seconds\. By the clock .* (\d+) min", said)
    assert found is not None, said
    assert float(found[1]) <= 15 + 10, "the list's time to live, and a busy machine"
    assert int(found[2]) >= 8
    assert [row[3] for row in visit.rows("taking-back")] == ["token_revoked"] * 2


def test_step_9_the_api_sees_the_service(visit: Visit) -> None:
    said = visit.press("services", "report")

    assert said == "The API saw the service by itself, and you with the application you use."
    shown = visit.step("services").inner_text()
    assert "no: a service" in shown
    assert "for 3 calls to the API" in shown
    service, you = (
        dict(row.locator("th, td").all_inner_texts() for row in card.locator("tbody tr").all())
        for card in visit.step("services").locator(".card").all()
    )
    assert service["sub"] == service["client_id"] == "nightly-report"
    assert you["sub"].startswith("usr_")
    assert you["client_id"] == "tour"


def test_step_10_measures_and_leads_on(visit: Visit) -> None:
    assert "look-ups in a local database" in visit.press("when-not", "measure")

    visit.step("when-not").get_by_role("link", name=re.compile("Where JWT fits")).click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Where JWT fits")
    assert visit.page.locator("table tbody tr").count() >= 9


def test_by_keyboard_alone(visit: Visit) -> None:
    keyboard = visit.page.keyboard
    keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.className") == "skip"
    keyboard.press("Enter")
    for _ in range(12):
        keyboard.press("Tab")
        if visit.page.evaluate("document.activeElement.id") == "password":
            break
    keyboard.press("Enter")
    visit.is_done("sign-in")

    # Every control of the page can be reached, and shows where the focus is.
    reached = set()
    for _ in range(150):
        keyboard.press("Tab")
        place = visit.page.evaluate(
            "(() => { const e = document.activeElement; return e === document.body ? null :"
            " [e.dataset.action ?? e.dataset.copy ?? e.dataset.opens ?? '',"
            "  getComputedStyle(e).outlineStyle] })()"
        )
        if place is None:
            break
        assert place[1] != "none"
        reached.add(place[0])
    actions = visit.page.locator("[data-action]").evaluate_all(
        "all => all.map(e => e.dataset.action)"
    )
    assert set(actions) <= reached
    assert {"web-app", "other-site", "neighbour"} <= reached


def test_snippets_open_and_copy(visit: Visit) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    step = visit.step("sending")
    step.get_by_text("The same from a terminal", exact=True).click()
    copy = step.locator('[data-copy="snippet-sending"]')
    copy.click()

    expect(copy).to_contain_text("Copied")
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f'curl -s {visit.tour.notes}/notes -H "Authorization: Bearer $TOKEN"')


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 768])
def test_nothing_is_wider_than_the_screen(visit: Visit, width: int, scheme: str) -> None:
    visit.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.step("sign-in").get_by_role("button", name="Sign in").click()
    visit.said("sign-in")
    for step, action in (("keeping", "keep"), ("tampering", "forge"), ("services", "report")):
        visit.press(step, action)
    visit.page.locator("details").evaluate_all("all => all.forEach(e => { e.open = true })")

    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_names_labels_and_landmarks(visit: Visit) -> None:
    visit.press("tampering", "forge")
    problems = visit.page.evaluate((Path(__file__).parent / "page_audit.js").read_text())
    assert problems == []
    assert visit.page.locator("main").count() == 1
    assert visit.page.locator("html").get_attribute("lang") == "en"
