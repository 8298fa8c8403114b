"""What server tests begin with: settings, an issuer in process, and a way to ask it."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sealwax.clock import ManualClock
from sealwax.config import Settings, load
from sealwax.entropy import SystemEntropy
from sealwax.jose import Key
from sealwax.records import Client, User
from sealwax.server.app import App, build_app
from sealwax.server.assembly import make_services
from sealwax.server.http import Request
from sealwax.server.logging import EventLog
from sealwax.server.routes import ROUTES, Route
from sealwax.server.services import Services
from sealwax.storage.sqlite import open_storage

NOW = 1_800_000_000
ISSUER = "https://id.example.com"
RawHeaders = Sequence[tuple[str, str]]


def settings(folder: Path | None = None, /, **overrides: object) -> Settings:
    """Give the settings of an issuer; `table__key=value` sets one."""
    values: dict[str, object] = {
        "issuer.url": ISSUER,
        "signin.argon2_memory_kib": 7168,
        "signin.argon2_iterations": 1,
        "storage.data_folder": None if folder is None else folder / "data",
    }
    values.update({name.replace("__", "."): value for name, value in overrides.items()})
    return load(None, {}, values)


@functools.cache
def _ready_made(algorithm: str) -> list[Key]:
    """Make RSA keys once for all tests: each takes a good part of a second."""
    return [Key.generate(algorithm) for _ in range(2)]


def key_maker() -> Callable[[str], Key]:
    """Give a maker of keys that hands out ready-made RSA keys first."""
    handed_out: dict[str, int] = {}

    def generate(algorithm: str) -> Key:
        if not algorithm.startswith(("RS", "PS")):
            return Key.generate(algorithm)
        number = handed_out.get(algorithm, 0)
        handed_out[algorithm] = number + 1
        ready = _ready_made(algorithm)
        return ready[number] if number < len(ready) else Key.generate(algorithm)

    return generate


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Give a header; fail if it was sent twice."""
        found = [value for key, value in self.headers if key == name]
        assert len(found) < 2, f"{name} was sent {len(found)} times"
        return found[0] if found else None

    def json(self) -> Any:  # noqa: ANN401  # whatever JSON holds
        """Give the body as JSON."""
        return json.loads(self.body)


@dataclass
class Issuer:
    """An issuer in process, with its clock, its log and its storage."""

    services: Services
    app: App
    clock: ManualClock
    log_lines: list[bytes] = field(default_factory=list)

    async def ask(
        self,
        method: str,
        target: str,
        *,
        body: bytes = b"",
        headers: RawHeaders = (),
        peer: str = "203.0.113.9",
        chunks: Sequence[bytes] | None = None,
    ) -> Answer:
        """Send one request straight to the application."""
        return await ask(
            self.app, method, target, body=body, headers=headers, peer=peer, chunks=chunks
        )

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """Give what was logged, or the events of one name."""
        found = [json.loads(line) for line in self.log_lines]
        return [event for event in found if name is None or event["event"] == name]


async def ask(
    app: App,
    method: str,
    target: str,
    *,
    body: bytes = b"",
    headers: RawHeaders = (),
    peer: str = "203.0.113.9",
    chunks: Sequence[bytes] | None = None,
) -> Answer:
    """Speak ASGI to an application; an empty list of `chunks` is a client that went away."""
    path, _, query = target.partition("?")
    sent = {name for name, _ in headers}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    if "host" not in sent:
        raw.append((b"host", b"id.example.com"))
    if body and "content-length" not in sent and chunks is None:
        raw.append((b"content-length", str(len(body)).encode()))
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": raw,
        "client": (peer, 50_000),
    }
    parts = list(chunks) if chunks is not None else [body]

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    messages: list[Mapping[str, Any]] = []

    async def send(message: Mapping[str, Any]) -> None:
        messages.append(message)

    await app(scope, receive, send)
    if not messages:
        return Answer(0, [], b"")
    start, *rest = messages
    decoded = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
    return Answer(start["status"], decoded, b"".join(part["body"] for part in rest))


@asynccontextmanager
async def issuer(
    folder: Path, *, routes: Sequence[Route] = ROUTES, **overrides: object
) -> AsyncIterator[Issuer]:
    """Give a fresh issuer, closed at the end."""
    chosen = settings(folder, **overrides)
    clock = ManualClock(NOW)
    entropy = SystemEntropy()
    lines: list[bytes] = []
    storage = await open_storage(chosen.storage.data_folder, entropy=entropy, exclusive=True)
    try:
        services = await make_services(
            chosen,
            storage,
            clock,
            entropy,
            log=EventLog(lines.append, clock=clock),
            generate_key=key_maker(),
        )
        yield Issuer(services, build_app(services, routes), clock, lines)
        services.passwords.close()
    finally:
        await storage.close()


def request(*, peer: str = "203.0.113.9", **headers: str) -> Request:
    """Give a GET request with these headers (`x_y` is `x-y`)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("GET", "/", b"", named, b"", peer)


def user(number: int = 1, **changes: Any) -> User:  # noqa: ANN401  # fields of every type
    """Give a person."""
    values: dict[str, Any] = {
        "user_id": f"usr_{number:022}",
        "username": f"person-{number}",
        "display_name": f"Person {number}",
        "email": None,
        "email_verified": False,
        "password_hash": None,
        "is_administrator": False,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return User(**{**values, **changes})


def client(client_id: str = "client-1", **changes: Any) -> Client:  # noqa: ANN401  # the same
    """Give a public client."""
    values: dict[str, Any] = {
        "client_id": client_id,
        "client_name": "A client",
        "token_endpoint_auth_method": "none",
        "created_at": NOW,
    }
    return Client(**{**values, **changes})
