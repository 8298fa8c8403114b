"""Sends one request to an ASGI application and reads the response, header by header."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

from tests.integrations.contract import Header, Reply, Send


def sender(app: ASGIApp) -> Send:
    def send(method: str, path: str, headers: Sequence[Header]) -> Reply:
        return asyncio.run(request(app, method, path, headers))

    return send


async def request(app: ASGIApp, method: str, path: str, headers: Sequence[Header]) -> Reply:
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    await app(_scope("http", path, headers) | {"method": method}, receive, send)
    start, *bodies = sent
    return Reply(
        start["status"],
        {name.decode().lower(): value.decode() for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in bodies),
    )


async def open_web_socket(
    app: ASGIApp, path: str, headers: Sequence[Header], extensions: dict[str, Any] | None = None
) -> list[Message]:
    """Ask for a WebSocket, hang up at once, and give what the application sent."""
    sent: list[Message] = []
    incoming: list[Message] = [
        {"type": "websocket.connect"},
        {"type": "websocket.disconnect", "code": 1000},
    ]

    async def receive() -> Message:
        await asyncio.sleep(0)
        return incoming.pop(0)

    async def send(message: Message) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    scope = _scope("websocket", path, headers)
    await app(scope | {"extensions": extensions or {}, "subprotocols": []}, receive, send)
    return sent


def _scope(kind: str, path: str, headers: Sequence[Header]) -> dict[str, Any]:
    plain, _, query = path.partition("?")
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "https" if kind == "http" else "wss",
        "path": unquote(plain),
        "raw_path": plain.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        "client": ("127.0.0.1", 1),
        "server": ("api.example.com", 443),
        "state": {},
    }
