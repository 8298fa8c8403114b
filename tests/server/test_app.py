"""Every request passes the same limits, and every answer carries the same headers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sealwax.oauth.errors import InvalidGrant, InvalidToken, TooManyAttempts
from sealwax.server import request_reader
from sealwax.server.error_responses import ServerBusy
from sealwax.server.http import Reply, Request
from sealwax.server.routes import ROUTES, Route
from sealwax.server.services import Services
from sealwax.storage.contracts import StorageUnavailable
from tests.server.given import Answer, Issuer, issuer

pytestmark = pytest.mark.anyio

FORM = ("content-type", "application/x-www-form-urlencoded")
JSON = ("content-type", "application/json")
CANARY = "canary-secret-of-a-broken-endpoint"


async def echo(request: Request, _: Services) -> Reply:
    """Say what arrived."""
    return Reply.json(
        {
            "method": request.method,
            "path": request.path,
            "query": request.query.decode(),
            "body": request.body.decode(),
            "peer": request.peer,
            "parameter": request.path_parameter,
            "repeated": sorted(request.repeated),
            "cookie": request.header("cookie"),
            "x": request.header("x"),
        }
    )


async def page(_: Request, __: Services) -> Reply:
    return Reply.html("<p>a page</p>")


async def broken(request: Request, _: Services) -> Reply:
    errors = {
        b"grant": InvalidGrant("code_expired", "the code has expired"),
        b"token": InvalidToken("token_expired", "the token has expired"),
        b"many": TooManyAttempts("throttled", "too many attempts", retry_after_seconds=77),
        b"busy": ServerBusy(),
        b"storage": StorageUnavailable("the disk is full"),
        b"bug": ValueError(CANARY),
        b"recursion": RecursionError(CANARY),
    }
    raise errors[request.query]


TEST_ROUTES = (
    Route("GET", "/echo", echo),
    Route("POST", "/echo", echo, body_limit=100),
    Route("POST", "/json", echo, accepts="json", body_limit=100),
    Route("POST", "/nothing", echo, accepts="nothing"),
    Route("GET", "/status/{list}", echo),
    Route("GET", "/page", page),
    Route("GET", "/broken", broken),
)


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with issuer(tmp_path, routes=TEST_ROUTES) as opened:
        yield opened


def assert_is_error(answer: Answer, status: int, error: str) -> None:
    assert answer.status == status
    assert answer.json()["error"] == error
    assert answer.header("content-type") == "application/json"


async def test_an_endpoint_gets_what_was_sent(given: Issuer) -> None:
    answer = await given.ask(
        "POST",
        "/echo?a=1&a=2",
        body=b"x=y",
        headers=[FORM, ("cookie", "a=1"), ("cookie", "b=2"), ("x", "1"), ("x", "2")],
    )
    assert answer.json() == {
        "method": "POST",
        "path": "/echo",
        "query": "a=1&a=2",
        "body": "x=y",
        "peer": "203.0.113.9",
        "parameter": "",
        "repeated": ["cookie", "x"],
        "cookie": "a=1; b=2",
        "x": "1, 2",
    }


async def test_a_varying_part_is_handed_over(given: Issuer) -> None:
    assert (await given.ask("GET", "/status/abc")).json()["parameter"] == "abc"


async def test_a_body_in_parts_is_put_together(given: Issuer) -> None:
    answer = await given.ask("POST", "/echo", headers=[FORM], chunks=[b"a=", b"", b"b"])
    assert answer.json()["body"] == "a=b"


async def test_a_get_reads_no_body(given: Issuer) -> None:
    answer = await given.ask("GET", "/echo", body=b"x" * 1000)
    assert answer.json()["body"] == ""


async def test_head_is_get_without_the_body(given: Issuer) -> None:
    answer, get = await given.ask("HEAD", "/page"), await given.ask("GET", "/page")
    assert answer.status == 200
    assert answer.body == b""
    assert answer.headers == get.headers
    assert answer.header("content-length") == str(len(get.body))


async def test_an_unknown_path_is_404(given: Issuer) -> None:
    assert_is_error(await given.ask("GET", "/nowhere"), 404, "not_found")
    assert_is_error(await given.ask("OPTIONS", "/nowhere"), 404, "not_found")


async def test_an_unknown_method_is_405_and_says_which_are_known(given: Issuer) -> None:
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "QUERY", "get"):
        answer = await given.ask(method, "/echo")
        assert_is_error(answer, 405, "method_not_allowed")
        assert answer.header("allow") == "GET, HEAD, OPTIONS, POST"
    assert (await given.ask("HEAD", "/json")).status == 405


async def test_options_says_what_is_allowed(given: Issuer) -> None:
    answer = await given.ask("OPTIONS", "/json")
    assert answer.status == 204
    assert answer.header("allow") == "OPTIONS, POST"
    assert answer.header("content-length") is None


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read(given: Issuer) -> None:
    headers = [FORM, ("content-length", "101")]
    answer = await given.ask("POST", "/echo", headers=headers, chunks=[])
    assert_is_error(answer, 413, "invalid_request")
    assert answer.header("connection") == "close"


async def test_a_body_that_does_not_tell_its_size_is_read_up_to_the_limit(given: Issuer) -> None:
    chunks = [b"x" * 60] * 1000
    headers = [FORM, ("transfer-encoding", "chunked")]
    answer = await given.ask("POST", "/echo", headers=headers, chunks=chunks)
    assert_is_error(answer, 413, "invalid_request")
    exactly = await given.ask("POST", "/echo", headers=headers, chunks=[b"x" * 60, b"y" * 40])
    assert exactly.status == 200


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "", " 7", "٣", "1, 1"])
async def test_a_length_that_is_no_number_is_refused(given: Issuer, length: str) -> None:
    headers = [FORM, ("content-length", length.encode().decode("latin-1"))]
    answer = await given.ask("POST", "/echo", headers=headers, body=b"x")
    assert_is_error(answer, 400, "invalid_request")


async def test_a_length_of_many_digits_is_just_too_large(given: Issuer) -> None:
    headers = [FORM, ("content-length", "9" * 10_000)]
    assert_is_error(await given.ask("POST", "/echo", headers=headers), 413, "invalid_request")


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/echo", "application/x-www-form-urlencoded"),
        ("/echo", "application/x-www-form-urlencoded;charset=UTF-8"),
        ("/echo", 'Application/X-WWW-Form-Urlencoded; charset="utf-8"'),
        ("/json", "application/json"),
        ("/json", "application/json; charset=utf-8"),
    ],
)
async def test_the_content_type_of_a_route_is_accepted(
    given: Issuer, path: str, content_type: str
) -> None:
    answer = await given.ask("POST", path, body=b"x", headers=[("content-type", content_type)])
    assert answer.status == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        # what a form of another site can send without a preflight is no JSON (ASVS 3.5.2)
        ("/json", [("content-type", "text/plain")]),
        ("/json", [("content-type", "application/x-www-form-urlencoded")]),
        ("/json", [("content-type", "multipart/form-data; boundary=x")]),
        ("/json", []),
        ("/json", [("content-type", "text/plain; application/json")]),
        ("/json", [("content-type", "application/json"), ("content-type", "text/plain")]),
        ("/echo", [("content-type", "multipart/form-data; boundary=x")]),
        ("/echo", [("content-type", "application/json")]),
        ("/echo", [("content-type", "application/x-www-form-urlencoded; charset=utf-16")]),
        ("/echo", [FORM, ("content-encoding", "gzip")]),
        ("/nothing", [FORM]),
    ],
)
async def test_any_other_content_type_is_415(
    given: Issuer, path: str, headers: list[tuple[str, str]]
) -> None:
    answer = await given.ask("POST", path, body=b"x", headers=headers)
    assert_is_error(answer, 415, "invalid_request")


async def test_no_body_needs_no_content_type(given: Issuer) -> None:
    for path in ("/echo", "/json", "/nothing"):
        answer = await given.ask("POST", path, headers=[("content-length", "0")])
        assert answer.status == 200, path


async def test_a_client_that_went_away_gets_no_answer_and_runs_no_endpoint(given: Issuer) -> None:
    answer = await given.ask("POST", "/echo", headers=[FORM, ("content-length", "9")], chunks=[])
    assert answer.status == 0
    assert given.events() == []


async def test_a_query_beyond_the_limit_is_414(given: Issuer) -> None:
    answer = await given.ask("GET", "/echo?" + "x" * (request_reader.QUERY_LIMIT_BYTES + 1))
    assert_is_error(answer, 414, "invalid_request")


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("grant", 400, "invalid_grant"),
        ("token", 401, "invalid_token"),
        ("many", 429, "temporarily_unavailable"),
        ("busy", 503, "temporarily_unavailable"),
        ("storage", 503, "temporarily_unavailable"),
        ("bug", 500, "server_error"),
        ("recursion", 500, "server_error"),
    ],
)
async def test_each_error_has_its_answer(
    given: Issuer, query: str, status: int, error: str
) -> None:
    answer = await given.ask("GET", f"/broken?{query}")
    assert_is_error(answer, status, error)
    assert (answer.header("retry-after") is not None) == (status in {429, 503})
    assert (answer.header("www-authenticate") is not None) == (status == 401)
    assert answer.header("cache-control") == "no-store"


async def test_what_broke_is_told_to_the_log_and_not_to_the_caller(given: Issuer) -> None:
    answer = await given.ask("GET", "/broken?bug")
    assert CANARY.encode() not in answer.body
    (event,) = given.events("unexpected_error")
    assert event["level"] == "error"
    assert event["error_type"] == "ValueError"
    assert any("test_app.py" in frame for frame in event["traceback"])
    assert CANARY.encode() not in b"".join(given.log_lines)


async def test_a_refusal_is_logged_with_its_reason(given: Issuer) -> None:
    await given.ask("GET", "/broken?grant")
    (event,) = given.events("request_refused")
    assert event["reason"] == "code_expired"
    assert event["error"] == "invalid_grant"


async def test_a_request_is_logged_by_its_route_and_nothing_that_was_sent(given: Issuer) -> None:
    await given.ask("GET", f"/status/{CANARY}?code={CANARY}")
    await given.ask("GET", f"/{CANARY}")
    first, second = given.events("request")
    assert first["route"] == "/status/{list}"
    assert first["status"] == 200
    assert second["route"] == "(unknown)"
    assert CANARY.encode() not in b"".join(given.log_lines)


ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/echo"),
        ("GET", "/page"),
        ("HEAD", "/page"),
        ("OPTIONS", "/echo"),
        ("PUT", "/echo"),
        ("GET", "/nowhere"),
        ("POST", "/json"),
        ("GET", "/broken?bug"),
        ("GET", "/broken?storage"),
        ("GET", "/broken?token"),
    ],
)
async def test_every_answer_carries_the_security_headers(
    given: Issuer, method: str, target: str
) -> None:
    answer = await given.ask(method, target, body=b"x" if method == "POST" else b"")
    for name, value in ALWAYS.items():
        assert answer.header(name) == value, name
    assert answer.header("cache-control") == "no-store"
    policy = answer.header("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    is_page = target == "/page"
    assert answer.header("referrer-policy") == ("same-origin" if is_page else "no-referrer")
    assert ("sandbox" in policy) is not is_page
    assert answer.header("server") is None


async def test_over_plain_http_no_browser_is_told_to_come_back_by_https(tmp_path: Path) -> None:
    async with issuer(tmp_path, issuer__url="http://localhost:8000") as opened:
        answer = await opened.ask("GET", "/health/live", headers=[("host", "localhost:8000")])
        assert answer.status == 200
        assert answer.header("strict-transport-security") is None


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200),
        ("localhost", 200),
        ("localhost:9999", 200),  # forwarded over SSH
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("LOCALHOST:8000", 200),
        ("evil.example", 421),
        ("evil.example:8000", 421),
        ("localhost.evil.example", 421),
        ("localhost@evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("[::2]", 421),
        ("", 421),
    ],
)
async def test_a_loopback_issuer_answers_under_loopback_names_only(
    tmp_path: Path, host: str, status: int
) -> None:
    """A page whose name was bound to 127.0.0.1 gets nothing (DNS rebinding)."""
    async with issuer(tmp_path, issuer__url="http://localhost:8000") as opened:
        answer = await opened.ask("GET", "/jwks", headers=[("host", host)])
        assert answer.status == status


async def test_the_host_header_shapes_nothing(tmp_path: Path) -> None:
    async with issuer(tmp_path) as opened:
        headers = [
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "http"),
            ("forwarded", "host=evil.example"),
            ("x-original-url", "/nowhere"),
        ]
        for target in ("/.well-known/openid-configuration", "/jwks", "/health/ready", "/login"):
            answer = await opened.ask("GET", target, headers=headers)
            assert b"evil.example" not in answer.body
            assert "evil.example" not in str(answer.headers)


async def test_around_the_proxy_only_health_is_answered(tmp_path: Path) -> None:
    async with issuer(
        tmp_path,
        server__host="0.0.0.0",  # noqa: S104  # a test of it
        server__trusted_proxies=["10.0.0.2"],
    ) as opened:
        assert (await opened.ask("GET", "/jwks", peer="203.0.113.9")).status == 403
        assert (await opened.ask("GET", "/jwks", peer="10.0.0.2")).status == 200
        assert (await opened.ask("GET", "/health/live", peer="203.0.113.9")).status == 200


async def test_every_route_of_the_issuer_answers_anything_with_the_headers(tmp_path: Path) -> None:
    """Whatever a route makes of an empty request, it is no 500 and has the headers."""
    async with issuer(tmp_path) as opened:
        for route in ROUTES:
            kind = JSON if route.accepts == "json" else FORM
            headers = [kind] if route.method == "POST" else []
            target = route.path.replace("{list}", "x").replace("{file}", "x")
            answer = await opened.ask(route.method, target, headers=headers)
            assert 200 <= answer.status < 500, (route.method, route.path, answer.body)
            for name, value in ALWAYS.items():
                is_shared = route.cors == "public" and name.endswith("resource-policy")
                expected = "cross-origin" if is_shared else value
                assert answer.header(name) == expected, (route.path, name)


async def test_lifespan_is_acknowledged(given: Issuer) -> None:
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive() -> dict[str, str]:
        return messages.pop(0)

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await given.app({"type": "lifespan"}, receive, send)  # type: ignore[arg-type]  # plain dicts are messages
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_websocket_is_not_served(given: Issuer) -> None:
    with pytest.raises(NotImplementedError):
        await given.app({"type": "websocket"}, None, None)  # type: ignore[arg-type]  # never reached
