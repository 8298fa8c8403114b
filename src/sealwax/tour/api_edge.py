"""What surrounds both APIs of the tour: who may reach them, from where, and the log of it.

- The Host header has to be a name of this machine: a page of the open web that points its own name
  at 127.0.0.1 (DNS rebinding) gets nothing.
- Scripts of any origin may call (`Access-Control-Allow-Origin: *`). That gives nothing away: these
  APIs know no cookie, and without a token there is no answer.
- Every request is noted as `Evidence`, which `/demo-only/evidence` shows.
"""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sealwax.tour.evidence import REQUEST_NUMBER_HEADER, Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

EVIDENCE_PATH: Final = "/demo-only/evidence"
_PREFLIGHT_HEADERS: Final = (
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
    ("Access-Control-Max-Age", "600"),
)
_WRONG_HOST: Final = "this demonstration answers to localhost and 127.0.0.1 alone\n"

Headers = tuple[tuple[str, str], ...]


def is_own_host(host: str, port: int) -> bool:
    """Tell whether a Host header names this machine and this port (RFC 9110 §7.2)."""
    return host.lower() in {f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"}


def direct_answer(
    evidence: Evidence, method: str, path: str, host: str, port: int
) -> tuple[int, Headers, bytes] | None:
    """Give the answer that needs no API behind it; None when the API is to answer."""
    text = ("Content-Type", "text/plain; charset=utf-8")
    if not is_own_host(host, port):
        return 421, (text,), _WRONG_HOST.encode()
    if method == "OPTIONS":
        return 204, (*_every(), *_PREFLIGHT_HEADERS), b""
    if path == EVIDENCE_PATH and method == "GET":
        body = json.dumps(evidence.to_json()).encode()
        return 200, (*_every(), ("Content-Type", "application/json")), body
    return None


class AsgiEdge:
    """The surroundings of an ASGI application."""

    def __init__(self, app: "ASGIApp", evidence: Evidence, *, port: int) -> None:
        self._app = app
        self._evidence = evidence
        self._port = port

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer, or let the application answer, with what is always added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        host = _header(scope, b"host") or ""
        answer = direct_answer(self._evidence, method, path, host, self._port)
        if answer is not None:
            await _send_answer(send, *answer)
            return
        with self._evidence.request(method, path, _header(scope, b"origin")) as record:

            async def send_noted(message: "Message") -> None:
                if message["type"] == "http.response.start":
                    record.status = message["status"]
                    given = {name.lower() for name, _ in message["headers"]}
                    added = [one for one in _raw(_every(record.number)) if one[0] not in given]
                    message["headers"] = [*message["headers"], *added]
                await send(message)

            await self._app(scope, receive, send_noted)


class WsgiEdge:
    """The surroundings of a WSGI application."""

    def __init__(self, app: "WSGIApplication", evidence: Evidence, *, port: int) -> None:
        self._app = app
        self._evidence = evidence
        self._port = port

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer, or let the application answer, with what is always added."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        host = environ.get("HTTP_HOST", "")
        answer = direct_answer(self._evidence, method, path, host, self._port)
        if answer is not None:
            status, headers, body = answer
            start_response(f"{status} {_PHRASES[status]}", [*headers, _length(body)])
            return [body]
        with self._evidence.request(method, path, environ.get("HTTP_ORIGIN")) as record:

            def start_noted(
                status: str,
                headers: list[tuple[str, str]],
                exc_info: "OptExcInfo | None" = None,
                /,
            ) -> "Callable[[bytes], object]":
                record.status = int(status.split(" ", 1)[0])
                given = {name.lower() for name, _ in headers}
                added = [one for one in _every(record.number) if one[0].lower() not in given]
                return start_response(status, [*headers, *added], exc_info)

            body_parts = self._app(environ, start_noted)
            try:
                return [b"".join(body_parts)]
            finally:
                if hasattr(body_parts, "close"):
                    body_parts.close()


_PHRASES: Final = {200: "OK", 204: "No Content", 421: "Misdirected Request"}


def _header(scope: "Scope", wanted: bytes) -> str | None:
    """Give the one header of this name; None when there is none, or more than one."""
    values = [value for name, value in scope["headers"] if name == wanted]
    return values[0].decode("latin-1") if len(values) == 1 else None


def _every(number: int | None = None) -> Headers:
    """Give what every answer carries."""
    always = (
        ("Access-Control-Allow-Origin", "*"),
        (
            "Access-Control-Expose-Headers",
            f"WWW-Authenticate, Retry-After, {REQUEST_NUMBER_HEADER}",
        ),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return always if number is None else (*always, (REQUEST_NUMBER_HEADER, str(number)))


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers]


def _length(body: bytes) -> tuple[str, str]:
    return ("Content-Length", str(len(body)))


async def _send_answer(send: "Send", status: int, headers: Headers, body: bytes) -> None:
    raw = _raw((*headers, _length(body)))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
