"""No token, code, password, cookie or link in any log of any flow.

Every value that opens a door is collected as it passes between client and server, in either
direction; then the log is searched for each. Flows go wrong on purpose too: that is when careless
lines are written.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from sealwax.entropy import SystemEntropy
from sealwax.server.password_links import new_password_link
from tests.flows.world import ADA, SECRET, World, assertion, authorize, basic, flipped, world
from tests.server.given import Answer, Issuer, RawHeaders
from tests.server.page_browser import OTHER_PASSWORD, PASSWORD, Browser, sign_in

pytestmark = pytest.mark.anyio

WRONG_PASSWORD = "a wrong password that is a canary"
NEW_PASSWORD = "pelican weather behind nine doors"
SECRET_NAMES = {
    "access_token", "refresh_token", "id_token", "token", "code", "code_verifier", "client_secret",
    "client_assertion", "password", "new_password", "new_password_again", "current_password", "i",
    "form_token", "link", "id_token_hint", "state", "nonce",
}  # fmt: skip
EXPECTED_EVENTS = {
    "request", "request_refused", "signed_in", "sign_in_refused", "token_issued", "code_issued",
    "grant_reused", "password_changed", "password_change_refused", "password_set_by_link",
    "form_refused", "authorization_refused", "access_tokens_revoked", "unexpected_error",
}  # fmt: skip
SHORTEST = 8
KNOWN_SHAPE = re.compile(r"sw[a-z]_[\w-]{16,}|eyJ[\w-]+\.[\w-]+\.[\w-]*")


@dataclass
class Watched(Issuer):
    """An issuer whose every secret is noted as it passes."""

    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    async def ask(
        self,
        method: str,
        target: str,
        *,
        body: bytes = b"",
        headers: RawHeaders = (),
        peer: str = "203.0.113.9",
        chunks: Sequence[bytes] | None = None,
    ) -> Answer:
        self._note_text(body.decode("latin-1"))
        self._note_text(urlsplit(target).query)
        for name, value in headers:
            if name == "authorization":
                self._note("authorization", value.partition(" ")[2])
            if name == "cookie":
                for pair in value.split("; "):
                    self._note("cookie", pair.partition("=")[2])
        answer = await super().ask(
            method, target, body=body, headers=headers, peer=peer, chunks=chunks
        )
        self._note_text(answer.body.decode("latin-1"))
        for name, value in answer.headers:
            if name == "set-cookie":
                self._note("cookie", value.partition(";")[0].partition("=")[2])
            if name == "location":
                self._note_text(urlsplit(value).query)
        return answer

    def _note_text(self, text: str) -> None:
        """Note secrets in a form, a query, a JSON document or a page."""
        for found in KNOWN_SHAPE.findall(text):
            self._note("shape", found)
        for name, value in parse_qsl(text):
            if name in SECRET_NAMES:
                self._note(name, value)
        for name, value in re.findall(r'"(\w+)":\s*"([^"]*)"', text):
            if name in SECRET_NAMES:
                self._note(name, value)

    def _note(self, kind: str, value: str) -> None:
        if len(value) >= SHORTEST:
            self.seen[kind].add(value)


@dataclass
class Scene:
    """The world, watched."""

    world: World
    watched: Watched

    def browser(self) -> Browser:
        return Browser(self.watched)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with world(tmp_path) as opened:
        given = opened.issuer
        watched = Watched(given.services, given.app, given.clock, given.log_lines)
        yield Scene(World(watched), watched)


def leaks(watched: Watched) -> list[str]:
    """Give what of all that was noted stands in the log, in any of its spellings."""
    log = b"".join(watched.log_lines).decode()
    found = []
    for kind, values in watched.seen.items():
        for value in values:
            spellings = {value, quote(value), json.dumps(value)[1:-1], value[: len(value) // 2]}
            if any(len(each) >= SHORTEST and each in log for each in spellings):
                found.append(f"{kind}: {value}")
    return found


async def sign_in_flows(scene: Scene) -> None:
    browser = scene.browser()
    await browser.open(authorize())
    await sign_in(browser, "ada", WRONG_PASSWORD)
    await sign_in(browser, PASSWORD, "ada")  # the password in the wrong field
    await sign_in(browser, "nobody", WRONG_PASSWORD)
    view = await sign_in(browser, "ada", PASSWORD)
    if view.path == "/consent":
        view = await browser.send(action="allow")
    code = view.parameters["code"]
    await scene.world.redeem(code[:-1])
    await scene.world.redeem(code, code_verifier="x" * 43)
    assert (await scene.world.redeem(code)).status == 200
    assert (await scene.world.redeem(code)).status == 400  # spent
    await browser.open(f"/authorize/continue?i={'A' * 60}")
    await browser.open(authorize(redirect_uri="https://evil.example/?code=swc_" + "A" * 43))


async def account_flows(scene: Scene) -> None:
    services, browser = scene.world.services, scene.browser()
    await browser.open("/login")
    await sign_in(browser)
    for current in (WRONG_PASSWORD, PASSWORD):
        await browser.open("/account/password")
        await browser.send(
            current_password=current, new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD
        )
    person = await services.storage.users.find(ADA)
    assert person is not None
    link = await new_password_link(
        services.settings,
        services.storage,
        person,
        entropy=SystemEntropy(),
        now=scene.watched.clock.now(),
    )
    await browser.open(f"/password?link=swl_{'A' * 43}")
    await browser.open(link.removeprefix(services.settings.issuer.url))
    await browser.send(new_password=OTHER_PASSWORD, new_password_again=OTHER_PASSWORD)
    forger = scene.browser()
    await forger.post(
        "/login", {"username": "ada", "password": WRONG_PASSWORD, "form_token": "x" * 43}
    )


async def service_flows(scene: Scene) -> None:
    given = scene.world
    form = {"grant_type": "client_credentials"}
    token = (await given.as_client("service", "/token", form)).json()["access_token"]
    await given.post("/token", {**form, "client_id": "service", "client_secret": SECRET[:-1] + "x"})
    await given.post("/token", form, authorization=basic("web", "sws_wrong" + "A" * 40))
    await given.post("/token", form, authorization="Basic " + "A" * 60)
    assert (await given.post("/token", {**form, **assertion("j1")})).status == 200
    await given.post("/token", {**form, **assertion("j1")})  # spent
    await given.post("/token", {**form, **assertion("j2", aud="https://other.example")})
    assert (await given.introspect(token))["active"]
    await given.introspect(flipped(token, "sub", "other"))
    await given.as_client("service", "/revoke", {"token": token})
    await given.as_client("service", "/revoke", {"token": "swr_" + "B" * 43})


async def token_flows(scene: Scene) -> None:
    given = scene.world
    found = await given.tokens("spa", scope="openid profile offline_access", resource=None)
    await given.userinfo(found["access_token"])
    await given.userinfo(flipped(found["access_token"], "sub", "usr_other"))
    await scene.watched.ask("GET", f"/userinfo?access_token={found['access_token']}")
    await scene.watched.ask("GET", f"/{found['access_token']}")
    await scene.watched.ask("GET", f"/status/{found['refresh_token']}")
    assert (await given.refresh(found["refresh_token"])).status == 200
    assert (await given.refresh(found["refresh_token"])).status == 400  # spent: the family dies
    await scene.browser().open(
        f"/end_session?id_token_hint={found['id_token']}&state=canary-state-1"
    )
    await scene.browser().open(f"/end_session?id_token_hint={found['id_token'][:-4]}AAAA")


async def direct_flows(scene: Scene) -> None:
    good = {"client_id": "front", "username": "ada", "password": PASSWORD}
    for members in (good, {**good, "password": WRONG_PASSWORD}, {**good, "username": PASSWORD}):
        await scene.world.send("POST", "/signin", json.dumps(members).encode(), "application/json")
    torn = json.dumps(good).encode()[:-1]
    await scene.world.send("POST", "/signin", torn, "application/json")
    await scene.world.send("POST", "/signin", torn, "text/plain")


async def broken_flows(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug beneath an endpoint: what it quotes must not reach the log either."""

    async def broken(client_id: str, **_: object) -> None:
        raise ValueError(f"{client_id} {SECRET} {PASSWORD}")

    with monkeypatch.context() as patch:
        patch.setattr(scene.world.services.client_grants, "of", broken)
        form = {"grant_type": "client_credentials"}
        assert (await scene.world.as_client("service", "/token", form)).status == 500
    assert scene.watched.events("unexpected_error")


async def test_no_secret_of_any_flow_is_in_the_log(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await direct_flows(scene)
    await sign_in_flows(scene)
    await token_flows(scene)
    await service_flows(scene)
    await broken_flows(scene, monkeypatch)
    await account_flows(scene)
    seen = scene.watched.seen
    assert {
        "shape",
        "cookie",
        "authorization",
        "password",
        "code",
        "i",
        "form_token",
    } <= seen.keys()
    assert {PASSWORD, WRONG_PASSWORD, NEW_PASSWORD, OTHER_PASSWORD} <= set().union(*seen.values())
    assert sum(map(len, seen.values())) > 60
    assert leaks(scene.watched) == []
    happened = {event["event"] for event in scene.watched.events()}
    assert not EXPECTED_EVENTS - happened


async def test_the_search_finds_what_is_there(scene: Scene) -> None:
    """The test above can fail: a line with a secret is found."""
    await direct_flows(scene)
    scene.watched.log_lines.append(f'{{"reason": "{WRONG_PASSWORD}"}}\n'.encode())
    assert leaks(scene.watched) == [f"password: {WRONG_PASSWORD}"]
