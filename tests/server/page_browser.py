"""A browser as far as our pages go: cookies, forms, redirects; and people and clients to use it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from sealwax.records import Client, Resource, User
from sealwax.server.routes import ROUTES
from tests.pages import html_check
from tests.pages.html_check import Document
from tests.server.given import ISSUER, NOW, Answer, Issuer, client, issuer, user

PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "another battery, another staple"
CALLBACK = "https://notes.example.net/callback"
API = "https://api.example.com"
STATE = "state-of-the-client"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")


@dataclass
class View:
    """What the browser shows after following redirects within the issuer."""

    url: str
    answer: Answer
    leads_to: str = ""
    """An address outside the issuer to which the last answer redirected."""
    set_cookies: list[str] = field(default_factory=list)

    @property
    def html(self) -> str:
        """The page; a fault in it fails the test that looks."""
        text = self.answer.body.decode()
        assert html_check.faults(text) == []
        return text

    @property
    def document(self) -> Document:
        return html_check.read(self.html)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def title(self) -> str:
        return self.document.all("h1")[0].text

    @property
    def parameters(self) -> dict[str, str]:
        """The query of the address that this leads to."""
        query = parse_qs(urlsplit(self.leads_to).query, strict_parsing=True)
        return {name: values[0] for name, values in query.items()}


@dataclass
class Browser:
    """One browser at one issuer."""

    issuer: Issuer
    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "en"
    peer: str = "203.0.113.9"
    view: View = field(default_factory=lambda: View("", Answer(0, [], b"")))

    async def open(self, target: str, **headers: str) -> View:
        """Open an address, by a link from anywhere."""
        return await self._go("GET", target, b"", {"sec-fetch-site": "cross-site", **headers})

    async def send(
        self, *, view: View | None = None, action: str | None = None, form: int = 0, **values: str
    ) -> View:
        """Send a form of the page that is shown, or of one kept from before."""
        view = view or self.view
        document = view.document
        chosen = document.all("form")[form]
        fields = {
            each.attributes["name"]: each.attributes.get("value", "")
            for each in document.all("input")
            if each.parent and _form_of(each) is chosen
        }
        fields.update(values)
        if action is not None:
            fields["action"] = action
        target = urljoin(view.url, chosen.attributes["action"])
        return await self.post(target, fields)

    async def post(self, target: str, fields: dict[str, str], **headers: str) -> View:
        """Send a form as a page of ours would."""
        ours = {
            "sec-fetch-site": "same-origin",
            "origin": ISSUER,
            "content-type": "application/x-www-form-urlencoded",
        }
        body = urlencode(fields).encode()
        return await self._go("POST", target, body, {**ours, **_dashed(headers)})

    async def _go(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> View:
        url, cookies = target, list[str]()
        sent = {"accept": "text/html", "accept-language": self.language, **_dashed(headers)}
        for _ in range(10):
            answer = await self.issuer.ask(
                method, _target(url), body=body, headers=self._headers(sent), peer=self.peer
            )
            cookies += self._take_cookies(answer)
            self.view = View(url, answer, set_cookies=cookies)
            if answer.status != 303:
                return self.view
            location = urljoin(ISSUER + url, str(answer.header("location")))
            if not location.startswith(f"{ISSUER}/"):
                self.view.leads_to = location
                return self.view
            method, url, body = "GET", location.removeprefix(ISSUER), b""
            sent = {
                name: value
                for name, value in sent.items()
                if name not in {"origin", "content-type"}
            }
        raise AssertionError(f"{target} redirects in a circle")

    def _headers(self, headers: dict[str, str]) -> list[tuple[str, str]]:
        given = list(headers.items())
        if self.cookies:
            given.append(("cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items())))
        return given

    def _take_cookies(self, answer: Answer) -> list[str]:
        found = [value for name, value in answer.headers if name == "set-cookie"]
        for text in found:
            pair, *attributes = text.split("; ")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return found

    @property
    def session_cookie(self) -> str | None:
        return self.cookies.get("__Host-sealwax-session")


def _target(url: str) -> str:
    return url.removeprefix(ISSUER)


def _form_of(element: html_check.Element) -> html_check.Element | None:
    parent = element.parent
    while parent is not None and parent.tag != "form":
        parent = parent.parent
    return parent


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@asynccontextmanager
async def house(folder: Path, **settings: object) -> AsyncIterator[Issuer]:
    """Give an issuer with two people, an API, a third party's client and one of our own."""
    async with issuer(folder, routes=ROUTES, **settings) as given:
        storage = given.services.storage
        for person in await people(given):
            await storage.users.add(person)
        await storage.resources.add(
            Resource(API, "Notes API", ("notes:read", "notes:write"), 600, NOW)
        )
        await storage.clients.add(notes_client())
        await storage.clients.add(
            notes_client("our-own", client_name="Our own", is_first_party=True)
        )
        yield given


async def people(given: Issuer) -> Sequence[User]:
    """Give Ada and Bob, who have a password, Carol, who has none yet, and Dan, who is disabled."""
    hashed = await given.services.passwords.hash(PASSWORD)
    return (
        user(1, username="ada", display_name="Ada Lovelace", password_hash=hashed),
        user(2, username="bob", display_name="Bob", password_hash=hashed),
        user(3, username="carol"),
        user(4, username="dan", password_hash=hashed, disabled_at=NOW),
    )


def notes_client(client_id: str = "notes", **changes: Any) -> Client:  # noqa: ANN401  # the fields of a record, each of its own type
    """Give a client that may ask for everything."""
    values: dict[str, Any] = {
        "client_name": "Field Notes",
        "redirect_uris": (CALLBACK,),
        "grant_types": ("authorization_code", "refresh_token"),
        "scopes": ("openid", "profile", "email", "notes:read", "notes:write"),
    }
    return client(client_id, **{**values, **changes})


def authorize(**changes: str | None) -> str:
    """Give the address to which a client sends a person."""
    parameters: dict[str, str | None] = {
        "response_type": "code",
        "client_id": "notes",
        "redirect_uri": CALLBACK,
        "scope": "openid profile notes:read",
        "resource": API,
        "code_challenge": CHALLENGE.decode(),
        "code_challenge_method": "S256",
        "state": STATE,
        **changes,
    }
    return f"/authorize?{urlencode({k: v for k, v in parameters.items() if v is not None})}"


async def sign_in(browser: Browser, username: str = "ada", password: str = PASSWORD) -> View:
    """Fill in the sign-in page that is shown."""
    assert browser.view.path == "/login", browser.view.url
    return await browser.send(action="sign_in", username=username, password=password)


async def signed_in(given: Issuer, username: str = "ada") -> Browser:
    """Give a browser at which a person has signed in."""
    browser = Browser(given)
    await browser.open("/login")
    view = await sign_in(browser, username)
    assert view.path == "/account", view.html
    return browser


def without_tokens(html: str) -> str:
    """Take out what differs from one showing of a form to the next."""
    return re.sub(r'(name="form_token" value|\?i)="?[^"]*', r"\1", html)
