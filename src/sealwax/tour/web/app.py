"""The fourth program put together: one ASGI application on the tour's last port."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sealwax.client import Fetcher, UrllibFetcher
from sealwax.clock import Clock
from sealwax.config import Settings
from sealwax.entropy import Entropy
from sealwax.tour.addresses import Addresses
from sealwax.tour.demonstration import Demonstration
from sealwax.tour.processes import Program
from sealwax.tour.snippets import curl_snippets, python_snippets
from sealwax.tour.web.backend_for_frontend import BackendForFrontend
from sealwax.tour.web.documents import DOCUMENTS, document_html, find_document
from sealwax.tour.web.forgery_lab import ForgeryLab
from sealwax.tour.web.guards import DocumentHeaders, HostGuard, RequestRefused, show_refusal
from sealwax.tour.web.levers import Levers
from sealwax.tour.web.notes_client import NotesClient
from sealwax.tour.web.rendering import Pages, serve_static, static_files
from sealwax.tour.web.web_app import WebApp

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class StepName:
    """One of the ten steps: its anchor, and what the list of steps calls it."""

    id: str
    name: str


STEPS: Final = (
    StepName("sign-in", "What a JWT is"),
    StepName("keeping", "Where to keep it"),
    StepName("sending", "Sending it"),
    StepName("tampering", "Changing it"),
    StepName("strangers", "Strangers"),
    StepName("web-app", "Web sites"),
    StepName("forgery", "CSRF"),
    StepName("taking-back", "Taking it back"),
    StepName("services", "Between servers"),
    StepName("when-not", "When not"),
)


def build_web(
    demonstration: Demonstration,
    settings: Settings,
    programs: dict[str, Program],
    *,
    clock: Clock,
    entropy: Entropy,
    fetcher: Fetcher | None = None,
) -> ASGIApp:
    """Give the application: the page, the web app, the lab and the levers."""
    addresses = demonstration.addresses
    fetcher = fetcher or UrllibFetcher()
    notes = NotesClient(addresses.notes, fetcher)
    pages = Pages(
        addresses=addresses,
        account={"username": demonstration.ada.username, "password": demonstration.password},
        documents=DOCUMENTS,
    )
    rooms = (
        WebApp(demonstration, pages, notes, fetcher, clock=clock, entropy=entropy),
        BackendForFrontend(addresses, notes, fetcher, clock=clock, entropy=entropy),
        Levers(demonstration, settings, programs, notes, fetcher, clock=clock),
        ForgeryLab(addresses, clock=clock, entropy=entropy),
    )
    starlette = Starlette(
        routes=[
            Route("/", _front_page(demonstration, settings, pages), methods=["GET"]),
            Route("/static/{path:path}", serve_static, methods=["GET"]),
            Route("/docs/{name}", _document_page(pages), methods=["GET"]),
            *(route for room in rooms for route in room.routes),
        ],
        exception_handlers={RequestRefused: show_refusal},
    )
    return HostGuard(DocumentHeaders(starlette, addresses), addresses)


def _front_page(demonstration: Demonstration, settings: Settings, pages: Pages) -> Endpoint:
    async def front_page(_: Request) -> Response:
        return pages.response(
            "tour.html",
            steps=STEPS,
            programs=_programs(demonstration.addresses),
            curl=curl_snippets(demonstration, settings.storage.data_folder),
            python=python_snippets(demonstration),
            injected_script=static_files()["injected-script.js"].body.decode(),
        )

    return front_page


def _document_page(pages: Pages) -> Endpoint:
    async def document_page(request: Request) -> Response:
        document = find_document(request.path_params["name"])
        html = None if document is None else document_html(document)
        status = 200 if html else 404
        return pages.response("document.html", status, document=document, html=html)

    return document_page


def _programs(addresses: Addresses) -> tuple[dict[str, str], ...]:
    return (
        {
            "id": "issuer",
            "role": "The issuer",
            "name": "Sealwax",
            "address": addresses.issuer,
            "knows": "Signs people and services in. Has the private key.",
        },
        {
            "id": "notes",
            "role": "A receiver",
            "name": "The notes API",
            "address": addresses.notes,
            "knows": "FastAPI. Knows the issuer's URL.",
        },
        {
            "id": "parcels",
            "role": "A stranger",
            "name": "Harbour Parcels",
            "address": addresses.parcels,
            "knows": "Another company's API, in Flask. Knows the issuer's URL, too.",
        },
        {
            "id": "web",
            "role": "A bearer",
            "name": "Notebook",
            "address": addresses.web,
            "knows": "A web app that signs people in, and this page.",
        },
    )
