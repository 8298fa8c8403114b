"""The notes API of the tour: FastAPI, and a verifier that knows the issuer's URL."""

import argparse
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from sealwax.clock import SystemClock
from sealwax.integrations.fastapi import ResourceServer
from sealwax.resource_server import KeysUnavailable, VerifiedToken, Verifier
from sealwax.resource_server.http_fetcher import HttpFetcher
from sealwax.tour.addresses import Addresses
from sealwax.tour.api_edge import AsgiEdge
from sealwax.tour.attack_page import NEIGHBOUR, Answer, attack_file, attack_page
from sealwax.tour.demonstration import NOTES_READ, NOTES_STATISTICS, NOTES_WRITE, read_notes
from sealwax.tour.evidence import Evidence
from sealwax.tour.lifeline import end_with_parent
from sealwax.tour.serving import serve

Notes = dict[str, list[str]]


def build_notes_api(addresses: Addresses, notes: Notes, evidence: Evidence) -> ASGIApp:
    """Give the API: everyone's notes, filed under the `sub` of their tokens."""
    verifier = Verifier(
        issuer=addresses.issuer,
        audience=addresses.notes,
        fetcher=evidence.counting(HttpFetcher()),
        on_refused=evidence.on_refused,
    )
    api = ResourceServer(verifier=verifier)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await verifier.aclose()

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    api.install(app)

    @app.get("/health")
    async def health(response: Response) -> dict[str, bool]:
        with contextlib.suppress(KeysUnavailable):
            await verifier.prefetch()
        response.status_code = 200 if verifier.is_ready else 503
        return {"has_keys": verifier.is_ready}

    @app.get("/notes")
    async def list_notes(
        token: Annotated[VerifiedToken, Depends(api.requires(NOTES_READ))],
    ) -> dict[str, Any]:
        evidence.caller(token.subject, token.client_id)
        return {"notes": notes.get(token.subject, []), "of": token.subject}

    @app.post("/notes", status_code=201)
    async def add_note(
        token: Annotated[VerifiedToken, Depends(api.requires(NOTES_WRITE))],
        body: dict[str, str],
    ) -> dict[str, Any]:
        evidence.caller(token.subject, token.client_id)
        notes.setdefault(token.subject, []).append(body.get("text", "")[:200])
        return {"notes": notes[token.subject], "of": token.subject}

    @app.get("/statistics")
    async def statistics(
        token: Annotated[VerifiedToken, Depends(api.requires(NOTES_STATISTICS))],
    ) -> dict[str, int]:
        evidence.caller(token.subject, token.client_id)
        return {"people": len(notes), "notes": sum(len(each) for each in notes.values())}

    @app.get("/whoami")
    async def whoami(token: Annotated[VerifiedToken, Depends(api.requires())]) -> dict[str, Any]:
        evidence.caller(token.subject, token.client_id)
        return {
            "caller": "service" if token.subject == token.client_id else "person",
            "subject": token.subject,
            "client_id": token.client_id,
            "scopes": sorted(token.scopes),
        }

    _add_neighbour(app, addresses)
    return AsgiEdge(app, evidence, port=addresses.port + 1)


def _add_neighbour(app: FastAPI, addresses: Addresses) -> None:
    """Add the attacker of step 7 that is on the same site, on another port."""

    @app.get(f"/demo-only/{NEIGHBOUR}")
    async def neighbour() -> Response:
        return _response(attack_page(NEIGHBOUR, addresses))

    @app.get("/demo-only/{name}")
    async def file(name: str) -> Response:
        answer = attack_file(f"/demo-only/{name}")
        return JSONResponse({}, 404) if answer is None else _response(answer)


def _response(answer: Answer) -> Response:
    content_type, body, headers = answer
    return Response(body, media_type=content_type, headers=headers)


def main(arguments: list[str] | None = None) -> int:
    """Run the API until it is told to stop, or the tour is gone."""
    parser = argparse.ArgumentParser(prog="sealwax.tour.notes_api")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--first-port", type=int, required=True)
    parser.add_argument("--notes", type=Path, required=True)
    given = parser.parse_args(arguments)
    end_with_parent(given.parent)
    addresses = Addresses(given.first_port)
    app = build_notes_api(addresses, read_notes(given.notes), Evidence(SystemClock()))
    serve(app, port=addresses.port + 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
