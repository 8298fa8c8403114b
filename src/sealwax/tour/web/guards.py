"""Who may press what: the Host header, where a request came from, and how much it may say.

`is_from_own_page` is the guard that step 7 of the tour shows at work; the tour's own levers and the
web app stand behind the same one.
"""

import json
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sealwax.tour.addresses import Addresses

BODY_LIMIT_BYTES: Final = 16 * 1024
OTHER_SITE_PATHS: Final = frozenset(
    {"/demo-only/other-site", "/demo-only/attack.js", "/demo-only/attack.css"}
)
_FIELD_LIMIT: Final = 20


class RequestRefused(Exception):
    """A request that is not answered; the text says why."""

    def __init__(self, status: int, problem: str) -> None:
        self.status = status
        super().__init__(problem)


def is_from_own_page(headers: Headers, own_origin: str) -> bool:
    """Tell whether a page of our own sent this request, in the browser's words.

    Browsers say so themselves in `Sec-Fetch-Site`, which no script can set; only `same-origin`
    counts, for `same-site` is what a neighbour on another port is. `Origin` stands in for browsers
    that don't. Who sends neither is no browser of today, and is refused.
    """
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    return headers.get("origin") == own_origin


def check_own_page(request: Request, addresses: Addresses) -> None:
    """Refuse what none of our own pages sent. Raises RequestRefused."""
    if not is_from_own_page(request.headers, addresses.web):
        raise RequestRefused(403, "only the pages of this tour may do that")


async def read_json(request: Request) -> dict[str, Any]:
    """Read one JSON object, sent as such: a plain form can't. Raises RequestRefused."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise RequestRefused(415, "Content-Type: application/json is accepted")
    try:
        value = json.loads(await _body(request))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise RequestRefused(400, "one JSON object is accepted")
    return value


async def read_form(request: Request) -> dict[str, str]:
    """Read a form. Raises RequestRefused."""
    try:
        body = (await _body(request)).decode()
        return dict(parse_qsl(body, errors="strict", max_num_fields=_FIELD_LIMIT))
    except ValueError:
        raise RequestRefused(400, "a form of UTF-8 fields is accepted") from None


async def show_refusal(_: Request, error: Exception) -> Response:
    """Answer for a RequestRefused."""
    status = error.status if isinstance(error, RequestRefused) else 500
    return JSONResponse({"problem": str(error)}, status, {"Cache-Control": "no-store"})


class HostGuard:
    """Answers to the tour's own names alone, and sends visitors from 127.0.0.1 to localhost.

    The names are the defence against DNS rebinding. 127.0.0.1 plays the other site, and has but the
    pages that this needs.
    """

    def __init__(self, app: ASGIApp, addresses: Addresses) -> None:
        self._app = app
        self._own = addresses.web.removeprefix("http://")
        self._other = addresses.other_site.removeprefix("http://")
        self._web = addresses.web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, send it to localhost, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hosts = Headers(scope=scope).getlist("host")
        host = hosts[0].lower() if len(hosts) == 1 else ""
        is_other_site = scope["path"] in OTHER_SITE_PATHS
        if host == self._own or (host == self._other and is_other_site):
            await self._app(scope, receive, send)
        elif host in {self._other, f"[::1]:{self._own.rpartition(':')[2]}"}:
            answer: Response = RedirectResponse(self._web + scope["path"], 307)
            if scope["method"] not in {"GET", "HEAD"}:
                answer = PlainTextResponse(f"this demonstration is at {self._web}\n", 421)
            await answer(scope, receive, send)
        else:
            text = f"this demonstration answers to {self._own} alone\n"
            await PlainTextResponse(text, 421)(scope, receive, send)


class DocumentHeaders:
    """Puts the headers on every answer that hold a page to what it is meant to do."""

    def __init__(self, app: ASGIApp, addresses: Addresses) -> None:
        self._app = app
        self._always = [
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"referrer-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
        ]
        self._policy = (b"content-security-policy", page_policy(addresses).encode("ascii"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add what the answer does not bring itself."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                added = [one for one in (*self._always, self._policy) if one[0] not in given]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def page_policy(addresses: Addresses) -> str:
    """Give the Content-Security-Policy of the tour's own pages and scripts."""
    apis = f"{addresses.issuer} {addresses.notes} {addresses.parcels}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "worker-src 'self'",
            f"connect-src 'self' {apis}",
            f"form-action 'self' {addresses.issuer}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types vault",
        )
    )


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise RequestRefused(413, f"at most {BODY_LIMIT_BYTES} bytes are accepted")
    return bytes(body)
