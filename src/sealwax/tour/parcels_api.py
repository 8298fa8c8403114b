"""The other company's API: Flask. It is told the issuer's URL and its own name, and nothing else.

It imports nothing that belongs to the issuer. What it shares with it is a URL.
"""

import argparse
import contextlib
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sealwax.clock import SystemClock
from sealwax.integrations.flask import ResourceServer, current_token
from sealwax.resource_server import KeysUnavailable, Verifier
from sealwax.resource_server.http_fetcher import HttpFetcher
from sealwax.tour.addresses import LOOPBACK_HOST
from sealwax.tour.api_edge import WsgiEdge
from sealwax.tour.evidence import Evidence
from sealwax.tour.lifeline import end_with_parent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PARCELS = ("A golden pen, at the customs office.", "Ten sticks of sealing wax, on the ship.")


def build_parcels_api(issuer: str, audience: str, port: int) -> "WSGIApplication":
    """Give the API: who has a parcel in the harbour."""
    evidence = Evidence(SystemClock())
    verifier = Verifier(
        issuer=issuer,
        audience=audience,
        fetcher=evidence.counting(HttpFetcher()),
        on_refused=evidence.on_refused,
    )
    api = ResourceServer(verifier=verifier)
    app = Flask(__name__)
    api.install(app)

    @app.get("/health")
    def health() -> tuple[dict[str, bool], int]:
        with contextlib.suppress(KeysUnavailable):
            verifier.prefetch_sync()
        return {"has_keys": verifier.is_ready}, 200 if verifier.is_ready else 503

    @app.get("/parcels")
    @api.requires("parcels:read")
    def list_parcels() -> dict[str, Any]:
        token = current_token()
        evidence.caller(token.subject, token.client_id)
        return {"parcels": PARCELS, "for": token.subject, "vouched_for_by": token.issuer}

    return WsgiEdge(app, evidence, port=port)


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's own name
        """Say nothing: the log of this API is its evidence."""


def main(arguments: list[str] | None = None) -> int:
    """Run the API until it is told to stop, or the tour is gone."""
    parser = argparse.ArgumentParser(prog="sealwax.tour.parcels_api")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--issuer", required=True)
    parser.add_argument("--audience", required=True)
    given = parser.parse_args(arguments)
    end_with_parent(given.parent)
    app = build_parcels_api(given.issuer, given.audience, given.port)
    server = make_server(
        LOOPBACK_HOST, given.port, app, threaded=True, request_handler=_QuietHandler
    )
    _serve_until_told_to_stop(server)
    return 0


def _serve_until_told_to_stop(server: BaseWSGIServer) -> None:
    """Serve in a thread, and wait for a signal in the main one, which alone gets them."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    stop.wait()
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    sys.exit(main())
