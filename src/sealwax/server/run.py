"""Running an issuer: socket, storage, services, signals, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from sealwax.server.app import build_app
from sealwax.server.assembly import make_services
from sealwax.server.background import Background
from sealwax.server.listener import (
    BACKLOG,
    GuardedProtocol,
    open_socket,
    tls_context,
)
from sealwax.server.logging import EventLog, LibraryHandler, standard_error_writer
from sealwax.server.password_links import first_administrator_link

if TYPE_CHECKING:
    import socket
    import ssl

    from sealwax.clock import Clock
    from sealwax.config import Settings
    from sealwax.entropy import Entropy
    from sealwax.server.services import Services
    from sealwax.storage.contracts import Storage

OpenStorage = Callable[[], Awaitable["Storage"]]
Announce = Callable[[str], None]

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_server(
    settings: Settings,
    *,
    open_storage: OpenStorage,
    clock: Clock,
    entropy: Entropy,
    announce: Announce,
) -> None:
    """Serve until a signal says to stop.

    `announce` is told what a person should see: where it listens, and on a first start the one-time
    link of the first administrator. Raises StartFailed, StorageUnavailable and
    KeyEncryptionKeyError with one sentence each; nothing is written before the port is ours.
    """
    tls = tls_context(settings)
    listener = open_socket(settings)
    _raise_file_limit()
    with contextlib.closing(listener), asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(
            serve(
                settings,
                listener,
                tls,
                open_storage=open_storage,
                clock=clock,
                entropy=entropy,
                announce=announce,
            )
        )


async def serve(
    settings: Settings,
    listener: socket.socket,
    tls: ssl.SSLContext | None,
    *,
    open_storage: OpenStorage,
    clock: Clock,
    entropy: Entropy,
    announce: Announce,
) -> None:
    """Serve on a bound socket until a signal comes; then let go of everything in order."""
    log = _event_log(settings, clock)
    stop = _Stop(log)
    with stop.listening():
        storage = await open_storage()
        try:
            services = await make_services(
                settings, storage, clock, entropy, log=log, is_patient=False
            )
            link = await first_administrator_link(
                settings, storage, entropy=entropy, now=clock.now()
            )
            server = _Server(_uvicorn_config(settings, build_app(services), tls))
            stop.applies_to(server)
            async with _background(services):
                gc.freeze()  # what is here lives as long as the process; no need to look again
                _announce_start(settings, link, announce)
                log.event("started", issuer=settings.issuer.url, port=settings.server.port)
                await server.serve(sockets=[listener])
        finally:
            await storage.close()
            log.event("stopped")


@contextlib.asynccontextmanager
async def _background(services: Services) -> AsyncIterator[None]:
    """Do the work in the background while this lasts."""
    background = Background(services)
    background.start()
    try:
        yield
    finally:
        await background.stop()
        services.passwords.close()


class _Stop:
    """Our own signals: the first one ends the server in order, a second one at once."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._count = 0
        self._server: uvicorn.Server | None = None

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to SIGINT, SIGTERM and SIGHUP; an ignored SIGHUP (nohup) stays ignored."""
        loop = asyncio.get_running_loop()
        taken = [one for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
        for one in taken:
            loop.add_signal_handler(one, self._receive, one)
        try:
            yield
        finally:
            for one in taken:
                loop.remove_signal_handler(one)

    def applies_to(self, server: uvicorn.Server) -> None:
        """End this server, also by a signal that came while it was being built."""
        self._server = server
        self._apply()

    def _receive(self, received: signal.Signals) -> None:
        self._log.event("stopping", signal=received.name)
        self._count += 1
        self._apply()

    def _apply(self) -> None:
        if self._server is not None:
            self._server.should_exit = self._count > 0
            self._server.force_exit = self._count > 1


class _Server(uvicorn.Server):
    """uvicorn's server, without its signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to us."""
        yield


def _uvicorn_config(settings: Settings, app: Any, tls: ssl.SSLContext | None) -> uvicorn.Config:  # noqa: ANN401  # uvicorn has its own types for an ASGI application
    server = settings.server
    config = uvicorn.Config(
        app,
        interface="asgi3",
        http=GuardedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        limit_concurrency=server.connections_limit,
        timeout_keep_alive=server.keep_alive_seconds,
        timeout_graceful_shutdown=server.shutdown_seconds,
    )
    config.load()
    config.ssl = tls
    return config


def _event_log(settings: Settings, clock: Clock) -> EventLog:
    wanted = settings.logging.format
    is_text = wanted == "text" or (wanted == "auto" and sys.stderr.isatty())
    log = EventLog(
        standard_error_writer(),
        clock=clock,
        format="text" if is_text else "json",
        level=settings.logging.level,
        access=settings.logging.access,
    )
    root = logging.getLogger()
    root.handlers = [LibraryHandler(log)]
    root.setLevel(logging.WARNING)
    return log


def _announce_start(settings: Settings, link: str | None, announce: Announce) -> None:
    announce(f"Sealwax serves {settings.issuer.url}")
    if link is not None:
        hours = settings.signin.password_link_seconds // 3600
        announce(
            "This is a new deployment. The first administrator sets a password here, once, "
            f"within {hours} hours:\n{link}"
        )


def _new_loop() -> asyncio.AbstractEventLoop:
    """Give uvloop's loop where there is one."""
    try:
        import uvloop  # noqa: PLC0415  # not on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _raise_file_limit() -> None:
    """Take as many file descriptors as we may: each connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
