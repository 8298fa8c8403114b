"""The third place of step 2: a server of one's own keeps the token, the browser a cookie.

A backend for a frontend (RFC 10017 §6.1): the page signs in here, and asks here; the token goes no
further than this process.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sealwax.client import ClientError, Fetcher, HttpRequest
from sealwax.clock import Clock
from sealwax.entropy import Entropy
from sealwax.secret import Secret
from sealwax.tour.addresses import Addresses
from sealwax.tour.demonstration import PAGE_CLIENT_ID
from sealwax.tour.web.cookie_sessions import CookieSessions
from sealwax.tour.web.guards import RequestRefused, check_own_page, read_json
from sealwax.tour.web.notes_client import NotesClient

SESSION_SECONDS: Final = 600
"""As long as the token behind it."""

_OK: Final = 200
_NO_STORE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class KeptToken:
    """What the server keeps."""

    access_token: Secret


class BackendForFrontend:
    """Sign in, ask for notes, sign out: with a cookie."""

    def __init__(
        self,
        addresses: Addresses,
        notes: NotesClient,
        fetcher: Fetcher,
        *,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._addresses = addresses
        self._notes = notes
        self._fetcher = fetcher
        self._sessions: CookieSessions[KeptToken] = CookieSessions(
            "bff",
            same_site="strict",
            lifetime_seconds=SESSION_SECONDS,
            clock=clock,
            entropy=entropy,
        )
        self.routes: Final = [
            Route("/bff/sign-in", self.sign_in, methods=["POST"]),
            Route("/bff/notes", self.get_notes, methods=["GET"]),
            Route("/bff/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def sign_in(self, request: Request) -> Response:
        """Take credentials to the issuer, keep the token, and answer with a cookie."""
        check_own_page(request, self._addresses)
        asked = await read_json(request)
        answer = await self._ask_issuer(asked.get("username"), asked.get("password"))
        response = JSONResponse({"signed_in": True}, headers=_NO_STORE)
        self._sessions.begin(response, KeptToken(Secret(answer["access_token"])))
        return response

    async def get_notes(self, request: Request) -> Response:
        """Ask the notes API in the name of whoever has the cookie."""
        session = self._sessions.find(request)
        if session is None:
            raise RequestRefused(401, "sign in first")
        status, notes = await self._notes.get("/notes", session.data.access_token)
        return JSONResponse(notes, status, _NO_STORE)

    async def sign_out(self, request: Request) -> Response:
        """Forget the token."""
        check_own_page(request, self._addresses)
        response = JSONResponse({"signed_in": False}, headers=_NO_STORE)
        self._sessions.end(request, response)
        return response

    async def _ask_issuer(self, username: object, password: object) -> dict[str, Any]:
        members = {
            "client_id": PAGE_CLIENT_ID,
            "username": username,
            "password": password,
            "resource": self._addresses.notes,
        }
        request = HttpRequest(
            "POST",
            f"{self._addresses.issuer}/signin",
            {"Content-Type": "application/json"},
            json.dumps(members).encode(),
        )
        try:
            answer = await self._fetcher.fetch(request)
        except ClientError:
            raise RequestRefused(503, "the issuer does not answer") from None
        if answer.status != _OK:
            raise RequestRefused(401, "the issuer refused the credentials")
        given: dict[str, Any] = json.loads(answer.body)
        return given
