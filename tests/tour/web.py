"""The fourth program of the tour in this process: its application, and what stands around it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from starlette.testclient import TestClient

from sealwax.client import FetchFailed, HttpRequest, HttpResponse
from sealwax.clock import ManualClock
from sealwax.entropy import SeededEntropy, SystemEntropy
from sealwax.tour.addresses import Addresses
from sealwax.tour.demonstration import WEB_CLIENT_ID, Demonstration, make_demonstration
from sealwax.tour.issuer import issuer_settings
from sealwax.tour.web.app import build_web
from tests.client.provider import NOW, ProviderInMemory, metadata

ADDRESSES = Addresses(8000)
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": ADDRESSES.web}
"""What a browser says of a request that our own page sends."""
CROSS_SITE = {"Sec-Fetch-Site": "cross-site", "Origin": ADDRESSES.other_site}
NEIGHBOUR = {"Sec-Fetch-Site": "same-site", "Origin": ADDRESSES.notes}


@dataclass
class World:
    """The issuer and the notes API, as far as the web app meets them."""

    provider: ProviderInMemory
    is_issuer_up: bool = True
    notes_status: int = 200
    asked_notes: list[HttpRequest] = field(default_factory=list)

    async def fetch(self, request: HttpRequest) -> HttpResponse:
        target = urlsplit(request.url)
        if request.url.startswith(ADDRESSES.notes):
            self.asked_notes.append(request)
            body = json.dumps({"notes": ["a note"]}).encode()
            return HttpResponse(self.notes_status, {}, body)
        if not self.is_issuer_up:
            raise FetchFailed("unreachable", "no answer")
        if target.path == "/signin":
            asked = json.loads(request.body or b"{}")
            if asked["password"] != "right":
                return HttpResponse(400, {}, b'{"error":"invalid_grant"}')
            return HttpResponse(200, {}, b'{"access_token":"token-of-the-bff"}')
        return await self.provider.fetch(request)


@dataclass
class Web:
    """The application, and a browser of its own for it."""

    demonstration: Demonstration
    world: World
    clock: ManualClock
    browser: TestClient

    def another_browser(self) -> TestClient:
        """Give a browser that has none of the cookies of the first."""
        return browser_of(self.browser.app)


def make_web(folder: Path) -> Web:
    """Build the application around a provider in memory."""
    demonstration = make_demonstration(ADDRESSES, SeededEntropy(1))
    clock = ManualClock(NOW)
    provider = ProviderInMemory(
        metadata=metadata(ADDRESSES.issuer),
        claims={
            "iss": ADDRESSES.issuer,
            "aud": WEB_CLIENT_ID,
            "sub": demonstration.ada.user_id,
        },
        userinfo=(200, {"sub": demonstration.ada.user_id, "name": "Ada"}),
    )
    world = World(provider)
    app = build_web(
        demonstration,
        issuer_settings(ADDRESSES, folder),
        {},
        clock=clock,
        entropy=SystemEntropy(),
        fetcher=world,
    )
    return Web(demonstration, world, clock, browser_of(app))


def browser_of(app: object) -> TestClient:
    """Give a client that keeps Secure cookies, for which it wants https: the path is the same."""
    return TestClient(
        app,  # type: ignore[arg-type]  # any ASGI application
        base_url=ADDRESSES.web.replace("http:", "https:"),
        follow_redirects=False,
    )
