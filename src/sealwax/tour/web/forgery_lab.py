"""Step 7: a bank with three ways to move coins, and an account of what strangers made of them.

The addresses that are not safe say so, and exist in the tour alone.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sealwax.clock import Clock
from sealwax.entropy import Entropy
from sealwax.tour.addresses import Addresses
from sealwax.tour.attack_page import (
    NEIGHBOUR,
    OTHER_SITE,
    TRANSFER_PATHS,
    Answer,
    attack_file,
    attack_page,
    page_of,
)
from sealwax.tour.web.cookie_sessions import CookieSessions
from sealwax.tour.web.guards import RequestRefused, check_own_page, is_from_own_page, read_form

FIRST_COINS: Final = 1000
COINS_AT_ONCE: Final = 100
PURSE_SECONDS: Final = 3600


@dataclass
class Purse:
    """Somebody's coins."""

    coins: int = FIRST_COINS


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of a stranger's request."""

    moved: bool
    why: str


@dataclass
class Ledger:
    """The purse that was opened last, and what strangers have tried since."""

    purse: Purse = field(default_factory=Purse)
    attempts: dict[str, dict[str, Attempt]] = field(default_factory=dict)


class ForgeryLab:
    """The bank, its two cookies, and the other site."""

    def __init__(self, addresses: Addresses, *, clock: Clock, entropy: Entropy) -> None:
        self._addresses = addresses
        self._ledger = Ledger()
        # Said in so many words: a cookie without the attribute behaves like None for two minutes
        # in some browsers and like Lax afterwards.
        self._open: CookieSessions[Purse] = CookieSessions(
            "DEMO-UNGUARDED-purse",
            same_site="none",
            lifetime_seconds=PURSE_SECONDS,
            clock=clock,
            entropy=entropy,
        )
        self._strict: CookieSessions[Purse] = CookieSessions(
            "demo-strict-purse",
            same_site="strict",
            lifetime_seconds=PURSE_SECONDS,
            clock=clock,
            entropy=entropy,
        )
        self.routes: Final = [
            Route("/demo-only/get-cookies", self.get_cookies, methods=["POST"]),
            Route("/demo-only/forgery-results", self.results, methods=["GET"]),
            Route(TRANSFER_PATHS["unguarded"], self.unguarded, methods=["POST"]),
            Route(TRANSFER_PATHS["same-site"], self.same_site, methods=["POST"]),
            Route(TRANSFER_PATHS["origin-checked"], self.origin_checked, methods=["POST"]),
            Route("/demo-only/other-site", self.other_site, methods=["GET"]),
            Route("/demo-only/{name}", self.attack_file, methods=["GET"]),
        ]

    async def get_cookies(self, request: Request) -> Response:
        """Open a purse and give the browser both cookies to it."""
        check_own_page(request, self._addresses)
        self._ledger = Ledger()
        response = JSONResponse(self._account(), headers={"Cache-Control": "no-store"})
        self._open.begin(response, self._ledger.purse)
        self._strict.begin(response, self._ledger.purse)
        return response

    async def results(self, request: Request) -> Response:
        """Tell what strangers have tried, how many coins are left, and what this browser kept."""
        has_cookies = bool(self._open.find(request) and self._strict.find(request))
        told = {**self._account(), "has_cookies": has_cookies}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    async def unguarded(self, request: Request) -> Response:
        """DANGEROUS, on purpose: whoever's page it was, the cookie alone decides."""
        session = self._open.find(request)
        if session is None:
            return await self._answer(request, "unguarded", Attempt(moved=False, why="no cookie"))
        return await self._pay(request, "unguarded", session.data)

    async def same_site(self, request: Request) -> Response:
        """Trust a cookie with SameSite=Strict, and look no further."""
        session = self._strict.find(request)
        if session is None:
            why = "the browser left the cookie at home"
            return await self._answer(request, "same-site", Attempt(moved=False, why=why))
        return await self._pay(request, "same-site", session.data)

    async def origin_checked(self, request: Request) -> Response:
        """Take the unguarded cookie, but only from a page of our own."""
        session = self._open.find(request)
        if not is_from_own_page(request.headers, self._addresses.web):
            fetch_site = request.headers.get("sec-fetch-site")
            said = f"Sec-Fetch-Site: {fetch_site}" if fetch_site else "a foreign Origin"
            came = "came along" if session else "was not there"
            why = f"the cookie {came}; refused for {said}"
            return await self._answer(request, "origin-checked", Attempt(moved=False, why=why))
        if session is None:
            why = "no cookie"
            return await self._answer(request, "origin-checked", Attempt(moved=False, why=why))
        return await self._pay(request, "origin-checked", session.data)

    async def other_site(self, _: Request) -> Response:
        """Be the other site; the host guard lets 127.0.0.1 have this."""
        return _response(attack_page(OTHER_SITE, self._addresses))

    async def attack_file(self, request: Request) -> Response:
        """Give the script and the style sheet of the other site."""
        answer = attack_file(request.url.path)
        if answer is None:
            raise RequestRefused(404, "there is no such file")
        return _response(answer)

    async def _pay(self, request: Request, endpoint: str, purse: Purse) -> Response:
        purse.coins -= COINS_AT_ONCE
        why = "the browser attached the cookie by itself"
        return await self._answer(request, endpoint, Attempt(moved=True, why=why))

    async def _answer(self, request: Request, endpoint: str, attempt: Attempt) -> Response:
        """Note the attempt, and send a stranger's page on to its next one."""
        attacker = (await read_form(request)).get("attacker", "")
        if attacker not in {OTHER_SITE, NEIGHBOUR}:
            status = HTTPStatus.OK if attempt.moved else HTTPStatus.FORBIDDEN
            return JSONResponse({"moved": attempt.moved, "why": attempt.why}, status)
        self._ledger.attempts.setdefault(endpoint, {})[attacker] = attempt
        following = list(TRANSFER_PATHS).index(endpoint) + 1
        return RedirectResponse(f"{page_of(attacker, self._addresses)}?next={following}", 303)

    def _account(self) -> dict[str, object]:
        results = {
            endpoint: {
                attacker: {"moved": attempt.moved, "why": attempt.why}
                for attacker, attempt in attempts.items()
            }
            for endpoint, attempts in self._ledger.attempts.items()
        }
        return {"coins": self._ledger.purse.coins, "results": results}


def _response(answer: Answer) -> Response:
    content_type, body, headers = answer
    return Response(body, media_type=content_type, headers=headers)
