"""Serving an ASGI application on one loopback port, with signals or without."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from sealwax.tour.addresses import LOOPBACK_HOST

STOP_SECONDS: Final = 2
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=LOOPBACK_HOST,
                port=port,
                access_log=False,
                log_level="warning",
                lifespan="auto",
                server_header=False,
                proxy_headers=False,
                ws="none",
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and let it be known."""
        await super().startup(sockets)
        self.is_up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


def serve(app: ASGIApp, *, port: int) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP."""
    asyncio.run(_serve(app, port))


async def _serve(app: ASGIApp, port: int) -> None:
    server = Server(app, port=port)

    def stop() -> None:
        server.should_exit = True

    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await server.serve()
