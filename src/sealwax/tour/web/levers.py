"""The levers behind the tour's buttons: what a page could never do by itself.

They stop and start the issuer's process, speak for its administrator and run the nightly report.
All stand behind `check_own_page`, and exist in the tour alone.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sealwax.client import (
    ClientError,
    ClientRegistration,
    Fetcher,
    HttpRequest,
    HttpResponse,
    ServiceCredentials,
)
from sealwax.clock import Clock
from sealwax.config import Settings
from sealwax.secret import Secret
from sealwax.tour import issuer
from sealwax.tour.demonstration import (
    NOTES_STATISTICS,
    SERVICE_CLIENT_ID,
    Demonstration,
    public_facts,
)
from sealwax.tour.measuring import measure
from sealwax.tour.processes import Program, ProgramFailed
from sealwax.tour.web.guards import RequestRefused, check_own_page, read_json
from sealwax.tour.web.notes_client import NotesClient

_Lever = Callable[[], Awaitable[dict[str, Any]]]


class Levers:
    """What the buttons pull."""

    def __init__(
        self,
        demonstration: Demonstration,
        settings: Settings,
        programs: dict[str, Program],
        notes: NotesClient,
        fetcher: Fetcher,
        *,
        clock: Clock,
    ) -> None:
        self._demonstration = demonstration
        self._settings = settings
        self._programs = programs
        self._notes = notes
        self._fetcher = fetcher
        self._clock = clock
        self.routes: Final = [
            Route("/demo-only/tour.json", self.facts, methods=["GET"]),
            self._lever("issuer/stop", self.stop_issuer),
            self._lever("issuer/start", self.start_issuer),
            self._lever("expired-token", self.expired_token),
            self._lever("sign-out-everywhere", self.sign_out_everywhere),
            self._lever("nightly-report", self.nightly_report),
            self._lever("measure", self.measure),
        ]

    async def facts(self, _: Request) -> Response:
        """Tell the page the addresses, the demo account and which programs run."""
        running = {name: one.process_id is not None for name, one in self._programs.items()}
        facts = {**public_facts(self._demonstration), "running": running}
        return JSONResponse(facts, headers={"Cache-Control": "no-store"})

    async def stop_issuer(self) -> dict[str, Any]:
        """End the issuer's process, and see whether anything still answers."""
        program = self._programs["issuer"]
        process_id = program.process_id
        await program.stop()
        return {
            "process_id_before": process_id,
            "answers": await program.accepts_connections(),
        }

    async def start_issuer(self) -> dict[str, Any]:
        """Start it again, on the same folder."""
        program = self._programs["issuer"]
        try:
            await program.start()
        except ProgramFailed as failure:
            raise RequestRefused(503, str(failure)) from None
        return {"process_id": program.process_id}

    async def expired_token(self) -> dict[str, Any]:
        """Have the issuer's key seal what it would have sealed an hour ago."""
        token = await issuer.expired_token(self._settings, self._demonstration, self._clock)
        return {"access_token": token}

    async def sign_out_everywhere(self) -> dict[str, Any]:
        """End every session of the demo account."""
        person = self._demonstration.ada
        ended = await issuer.sign_out_everywhere(self._settings, person, self._clock)
        return {"sessions_ended": ended}

    async def nightly_report(self) -> dict[str, Any]:
        """Run the report as a service would: one token, several calls."""
        counted = _CountingFetcher(self._fetcher)
        addresses = self._demonstration.addresses
        credentials = ServiceCredentials(
            addresses.issuer,
            ClientRegistration(
                SERVICE_CLIENT_ID, Secret(self._demonstration.service_client_secret)
            ),
            scopes=(NOTES_STATISTICS,),
            resource=addresses.notes,
            fetcher=counted,
        )
        answers = {}
        for path in ("/statistics", "/notes", "/whoami"):
            try:
                token = await credentials.access_token()
            except ClientError as error:
                raise RequestRefused(503, f"the report got no token: {error}") from None
            answers[path] = await self._notes.get(path, token)
        return {
            "whoami": answers["/whoami"][1],
            "statistics": answers["/statistics"][1],
            "statistics_status": answers["/statistics"][0],
            "notes_status": answers["/notes"][0],
            "token_requests": counted.token_requests,
            "api_requests": len(answers),
        }

    async def measure(self) -> dict[str, Any]:
        """Measure a look-up against a signature check."""
        return await measure(self._clock)

    def _lever(self, name: str, pull: _Lever) -> Route:
        async def answer(request: Request) -> Response:
            check_own_page(request, self._demonstration.addresses)
            await read_json(request)
            return JSONResponse(await pull(), headers={"Cache-Control": "no-store"})

        return Route(f"/demo-only/{name}", answer, methods=["POST"])


class _CountingFetcher:
    """Counts how often the token endpoint is asked."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self.token_requests = 0

    async def fetch(self, request: HttpRequest) -> HttpResponse:
        """Carry the request, and count it if it asks for a token."""
        self.token_requests += request.method == "POST"
        return await self._fetcher.fetch(request)
