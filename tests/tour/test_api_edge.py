"""What surrounds the APIs of the tour: names, origins, and the log that counts their calls."""

import json
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from werkzeug.test import Client

from sealwax.clock import ManualClock
from sealwax.resource_server.fetching import FetchedDocument, FetchLimits
from sealwax.tour.api_edge import AsgiEdge, WsgiEdge, is_own_host
from sealwax.tour.evidence import KEPT, Evidence

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from starlette.types import Receive, Scope, Send

PORT = 8001
LIMITS = FetchLimits(size_bytes=100)


def fetch(url: str, _: FetchLimits) -> FetchedDocument:
    if url.endswith("down"):
        raise OSError("refused")
    return FetchedDocument(200, {}, b"")


class Ask:
    """Asks an API behind an edge, whichever kind it is; the API fetches when told to."""

    def __init__(self, kind: str) -> None:
        self.evidence = Evidence(ManualClock(7))
        self.fetch = self.evidence.counting(fetch)
        self.client: Any = (
            TestClient(
                AsgiEdge(self.asgi, self.evidence, port=PORT), base_url=f"http://localhost:{PORT}"
            )
            if kind == "asgi"
            else Client(WsgiEdge(self.wsgi, self.evidence, port=PORT))
        )

    def __call__(
        self, method: str, path: str, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], Any]:
        given = {"Host": f"localhost:{PORT}", **(headers or {})}
        if isinstance(self.client, TestClient):
            answer = self.client.request(method, path, headers=given)
            text, found = answer.text, dict(answer.headers)
        else:
            answer = self.client.open(path, method=method, headers=given)
            text, found = answer.get_data(as_text=True), dict(answer.headers)
        names = {name.lower(): value for name, value in found.items()}
        is_json = names.get("content-type") == "application/json"
        return answer.status_code, names, json.loads(text) if is_json else text

    def answer(self, path: str) -> dict[str, str]:
        if path == "/fetching":
            self.fetch("http://issuer/jwks", LIMITS)
        if path == "/refused":
            self.evidence.on_refused("token_expired", "http://issuer")
        self.evidence.caller("usr_ada", "tour")
        return {"path": path}

    async def asgi(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        await JSONResponse(self.answer(scope["path"]))(scope, receive, send)

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        body = json.dumps(self.answer(environ["PATH_INFO"])).encode()
        start_response(
            "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        )
        return [body]


@pytest.fixture(params=["asgi", "wsgi"])
def ask(request: pytest.FixtureRequest) -> Ask:
    return Ask(request.param)


def test_an_answer_goes_through_and_may_be_read_from_any_origin(ask: Ask) -> None:
    status, headers, body = ask("GET", "/plain", {"Origin": "https://page.example"})

    assert (status, body) == (200, {"path": "/plain"})
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert headers["x-request-number"] == "1"
    assert "X-Request-Number" in headers["access-control-expose-headers"]
    assert headers["cache-control"] == "no-store"


def test_a_script_asks_first_and_may_send_a_token(ask: Ask) -> None:
    status, headers, _ = ask("OPTIONS", "/plain", {"Origin": "https://page.example"})

    assert status == 204
    assert "Authorization" in headers["access-control-allow-headers"]
    assert ask.evidence.to_json()["requests_answered"] == 0


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8001", "localhost", "localhost:80010"]
)
@pytest.mark.parametrize("path", ["/plain", "/demo-only/evidence"])
def test_another_name_gets_nothing(ask: Ask, host: str, path: str) -> None:
    status, headers, _ = ask("GET", path, {"Host": host})

    assert status == 421
    assert "access-control-allow-origin" not in headers
    assert ask.evidence.to_json()["requests_answered"] == 0


@pytest.mark.parametrize(
    "host", ["localhost:8001", "LOCALHOST:8001", "127.0.0.1:8001", "[::1]:8001"]
)
def test_the_names_of_this_machine(host: str) -> None:
    assert is_own_host(host, PORT)


def test_the_log_says_what_became_of_each_request(ask: Ask) -> None:
    ask("GET", "/refused", {"Origin": "https://page.example"})
    ask("GET", "/plain")

    _, _, evidence = ask("GET", "/demo-only/evidence")
    first, second = evidence["requests"]
    assert first["number"] == 1
    assert first["reason"] == "token_expired"
    assert first["origin"] == "https://page.example"
    assert first["at"] == 7
    assert second["reason"] is None, "a reason belongs to its request"
    assert (second["subject"], second["client_id"]) == ("usr_ada", "tour")
    assert second["milliseconds"] > 0


def test_calls_are_counted_with_the_request_that_made_them(ask: Ask) -> None:
    ask("GET", "/plain")
    ask("GET", "/fetching")

    plain, fetching = ask.evidence.to_json()["requests"]
    assert (plain["calls_before"], plain["calls_after"]) == (0, 0)
    assert (fetching["calls_before"], fetching["calls_after"]) == (0, 1)
    assert ask.evidence.to_json()["calls"] == [
        {"at": 7, "url": "http://issuer/jwks", "outcome": "200"}
    ]


def test_a_call_that_failed_is_counted_too() -> None:
    evidence = Evidence(ManualClock(7))
    with pytest.raises(OSError, match="refused"):
        evidence.counting(fetch)("http://issuer/down", LIMITS)

    assert evidence.to_json()["calls"][0]["outcome"] == "failed"


def test_the_log_keeps_the_last_and_counts_all() -> None:
    evidence = Evidence(ManualClock(7))
    counted = evidence.counting(fetch)
    for number in range(KEPT + 5):
        with evidence.request("GET", f"/{number}"):
            counted("http://issuer/jwks", LIMITS)

    log = evidence.to_json()
    assert (log["requests_answered"], log["calls_made"]) == (KEPT + 5, KEPT + 5)
    assert len(log["requests"]) == len(log["calls"]) == KEPT
    assert log["requests"][-1]["path"] == f"/{KEPT + 4}"


def test_requests_in_many_threads_do_not_mix() -> None:
    evidence = Evidence(ManualClock(7))
    barrier = threading.Barrier(8)

    def one(number: int) -> None:
        with evidence.request("GET", f"/{number}"):
            barrier.wait(timeout=10)
            evidence.on_refused(f"reason-{number}", None)
            evidence.caller(f"usr_{number}", None)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for request in evidence.to_json()["requests"]:
        number = request["path"].removeprefix("/")
        assert (request["reason"], request["subject"]) == (f"reason-{number}", f"usr_{number}")
    assert sorted(one["number"] for one in evidence.to_json()["requests"]) == list(range(1, 9))


def test_what_happens_outside_of_a_request_is_nobodys() -> None:
    evidence = Evidence(ManualClock(7))

    evidence.on_refused("token_expired", None)
    evidence.caller("usr_ada", None)

    assert evidence.to_json()["requests"] == []
