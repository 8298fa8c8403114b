"""The pages in a real browser: by keyboard, without scripts, at 320 pixels, in both schemes."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sealwax.clock import ManualClock
from tests.server.page_browser import PASSWORD, authorize, house, notes_client

pytestmark = pytest.mark.browser
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip # one flag to a line says no more


@dataclass
class Site:
    """An issuer that listens, and the application it sends people back to."""

    issuer: str
    callback: str
    returned: list[str]
    clock: ManualClock

    def authorize(self, **changes: str | None) -> str:
        self.clock.advance(1)  # what was allowed for an earlier request is not from now
        return self.issuer + authorize(redirect_uri=self.callback, **changes)


class _Application(BaseHTTPRequestHandler):
    """Shows that the person came back; a class attribute of its own keeps with what."""

    returned: list[str]

    def do_GET(self) -> None:
        """Take an answer by redirect."""
        self._welcome(self.path)

    def do_POST(self) -> None:
        """Take an answer by form."""
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self._welcome(f"POST {body}")

    def _welcome(self, what: str) -> None:
        if "favicon" not in what:
            self.returned.append(what)
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>back</title><h1>back at the application</h1>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _application() -> Iterator[tuple[str, list[str]]]:
    returned: list[str] = []
    handler = type("Application", (_Application,), {"returned": returned})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/callback", returned
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _listening_issuer(folder: Path) -> Iterator[tuple[str, ManualClock]]:
    """Serve an issuer from a thread of its own until the test is through."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://localhost:{listener.getsockname()[1]}"
    started = threading.Event()
    servers: list[uvicorn.Server] = []
    clocks: list[ManualClock] = []

    async def serve() -> None:
        async with house(folder, issuer__url=url) as given:
            await given.services.storage.clients.replace(
                notes_client(redirect_uris=("http://127.0.0.1/callback",))
            )
            config = uvicorn.Config(given.app, log_level="error", lifespan="off")
            servers.append(uvicorn.Server(config))
            clocks.append(given.clock)
            started.set()
            await servers[0].serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(30), "the issuer did not start"
        yield url, clocks[0]
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(30)
        listener.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("pages")
    with _application() as (callback, returned), _listening_issuer(folder) as (url, clock):
        yield Site(url, callback, returned, clock)


@pytest.fixture(scope="module")
def chromium(browser_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _page(browser: Browser, *, objects_to: str = "", **options: object) -> Iterator[Page]:
    """Give a fresh page; whatever else the browser objects to (CSP, a missing file) is a fault."""
    context = browser.new_context(**{"locale": "en-GB", **options})  # type: ignore[arg-type]  # Playwright's own options
    page = context.new_page()
    page.set_default_timeout(15_000)
    objections: list[str] = []
    page.on("console", lambda message: objections.append(message.text))
    page.on("pageerror", lambda error: objections.append(str(error)))
    yield page
    context.close()
    assert [
        text for text in objections if not re.search(f"status of 40.|{objects_to}$", text)
    ] == []
    assert not objects_to or objections, f"the browser did not object: {objects_to}"


def _sign_in(page: Page, username: str = "ada") -> None:
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")


def test_by_keyboard_alone_from_the_application_and_back(site: Site, chromium: Browser) -> None:
    with _page(chromium) as page:
        page.goto(site.authorize())
        page.wait_for_selector("#username:focus")
        page.keyboard.type("ada")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/consent?**")
        for focused in ("Use another account", "Don't allow", "Allow"):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.textContent") == focused
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(outline) == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url("**/callback?**")
        assert "code=swc_" in site.returned[-1]


def test_without_scripts(site: Site, chromium: Browser) -> None:
    with _page(chromium, java_script_enabled=False) as page:
        page.goto(site.authorize(response_mode="form_post"))
        _sign_in(page)
        page.wait_for_url("**/consent?**")
        page.click("button[value=deny]")
        page.click("text=Go on")
        page.wait_for_url("**/callback")
        assert site.returned[-1].startswith("POST error=access_denied")


def test_with_scripts_a_form_goes_on_by_itself(site: Site, chromium: Browser) -> None:
    with _page(chromium) as page:
        page.goto(site.authorize(response_mode="form_post"))
        page.click("text=Cancel")
        page.wait_for_url("**/callback")
        assert site.returned[-1].startswith("POST error=access_denied")


def test_a_refusal_takes_the_focus_and_keeps_the_address(site: Site, chromium: Browser) -> None:
    with _page(chromium) as page:
        page.goto(site.authorize())
        address = page.url
        page.fill("#username", "ada")
        page.fill("#password", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("#problems")
        page.wait_for_selector("#problems:focus")
        assert page.url == address
        assert page.input_value("#username") == "ada"
        assert page.input_value("#password") == ""


def test_a_double_click_signs_in(site: Site, chromium: Browser) -> None:
    with _page(chromium) as page:
        page.goto(site.issuer + "/login")
        page.fill("#username", "ada")
        page.fill("#password", PASSWORD)
        page.dblclick("button[value=sign_in]")
        expect(page).to_have_url(f"{site.issuer}/account")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_on_a_small_phone(site: Site, chromium: Browser, scheme: str, locale: str) -> None:
    viewport = {"width": 320, "height": 568}
    with _page(chromium, viewport=viewport, color_scheme=scheme, locale=locale) as page:
        page.goto(site.authorize(login_hint="x" * 200))
        _look(page)
        _sign_in(page)
        page.wait_for_url("**/consent?**")
        _look(page)
        paths = ("/account", "/account/password", "/", "/end_session", "/login?i=x", "/nowhere")
        for path in paths:
            page.goto(site.issuer + path)
            _look(page)


def _look(page: Page) -> None:
    """Nothing runs off the side, and whatever can be pressed is large enough (WCAG 2.2 §2.5.8)."""
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    small = page.evaluate(
        """[...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
           .map(each => [each.textContent, each.getBoundingClientRect()])
           .filter(([, box]) => box.height < 24 || box.width < 24)
           .map(([text]) => text)"""
    )
    assert small == [], page.url


def test_no_other_page_frames_ours(site: Site, chromium: Browser) -> None:
    with _page(chromium, objects_to="frame-ancestors.*\n?") as page:
        page.goto(f"{site.callback}?framing")
        loaded = page.evaluate(
            """async (address) => {
                const frame = document.createElement("iframe");
                const done = new Promise(resolve => { frame.onload = resolve; });
                frame.src = address;
                document.body.append(frame);
                await done;
                return frame.contentDocument === null;
            }""",
            site.issuer + "/login",
        )
        assert loaded, "a refused frame is an opaque error page"
        assert page.frames[-1].query_selector("#username") is None
