"""Starting, watching and ending the whole tour."""

import asyncio
import contextlib
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sealwax.clock import SystemClock
from sealwax.config import Settings
from sealwax.entropy import SystemEntropy
from sealwax.tour import issuer
from sealwax.tour.addresses import LOOPBACK_HOST, Addresses, PortUnusable, check_ports
from sealwax.tour.announcement import announcement
from sealwax.tour.demonstration import Demonstration, make_demonstration, write_notes
from sealwax.tour.processes import Program, ProgramFailed
from sealwax.tour.serving import Server
from sealwax.tour.web.app import build_web

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_MISUSE: Final = 2


def run_tour(port: int) -> int:
    """Run the tour on four ports from `port` on, until it is told to stop; give the exit code.

    Everything runs on this machine alone, on data that is thrown away. What can go wrong is said
    in one sentence on standard error.
    """
    try:
        addresses = check_ports(port)
    except PortUnusable as problem:
        print(f"sealwax tour: {problem}", file=sys.stderr)
        return _MISUSE
    try:
        asyncio.run(_run(addresses))
    except ProgramFailed as failure:
        print(f"sealwax tour: {failure}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"sealwax tour: {error.strerror or error} ({error.filename})", file=sys.stderr)
        return 1
    return 0


async def _run(addresses: Addresses) -> None:
    """Listen to signals first, then make the folder, run everything in it, and remove it."""
    with (
        _told_to_stop() as told,
        tempfile.TemporaryDirectory(prefix="sealwax-tour-", ignore_cleanup_errors=True) as folder,
    ):
        await _run_in(Path(folder), addresses, told)


async def _run_in(folder: Path, addresses: Addresses, told: "asyncio.Future[None]") -> None:
    """Start everything, say so, and wait for a signal or for something to fail."""
    clock, entropy = SystemClock(), SystemEntropy()
    demonstration = make_demonstration(addresses, entropy)
    settings = issuer.issuer_settings(addresses, folder)
    programs = _programs(demonstration, folder)
    web = Server(
        build_web(demonstration, settings, programs, clock=clock, entropy=entropy),
        port=addresses.port + 3,
    )
    listener = _listener(addresses.port + 3)
    starting = asyncio.create_task(_start(demonstration, settings, programs, folder))
    try:
        await _first_of(starting, told)
        if not told.done():
            await _serve(web, listener, programs, demonstration, told)
    finally:
        listener.close()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await asyncio.gather(*(program.stop() for program in programs.values()))


async def _start(
    demonstration: Demonstration, settings: Settings, programs: dict[str, Program], folder: Path
) -> None:
    """Fill the folder, then start the three processes side by side. Raises ProgramFailed.

    The APIs fetch the issuer's keys when they are first asked how they are, which is why they are
    asked after the issuer: a fetch that fails would be tried again only seconds later.
    """
    write_notes(demonstration, folder / "notes.json")
    await issuer.fill(settings, demonstration, SystemClock())
    await asyncio.gather(*(program.launch() for program in programs.values()))
    await programs["issuer"].wait_until_healthy()
    await asyncio.gather(*(program.wait_until_healthy() for program in programs.values()))


async def _serve(
    web: Server,
    listener: socket.socket,
    programs: dict[str, Program],
    demonstration: Demonstration,
    told: "asyncio.Future[None]",
) -> None:
    """Serve the page until told to stop. Raises ProgramFailed when a process ends by itself."""
    serving = asyncio.create_task(web.serve(sockets=[listener]))
    watching = [asyncio.create_task(program.watch()) for program in programs.values()]
    is_up = asyncio.create_task(web.is_up.wait())
    try:
        await _first_of(is_up, serving)
        _say(announcement(demonstration))
        await _first_of(serving, *watching, told)
    finally:
        web.should_exit = True
        for task in (*watching, is_up):
            task.cancel()
        await asyncio.gather(serving, *watching, is_up, return_exceptions=True)


async def _first_of(*waited: "asyncio.Future[Any]") -> None:
    """Wait for the first to end, and raise what it raised."""
    done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    for one in done:
        one.result()


@contextlib.contextmanager
def _told_to_stop() -> Iterator["asyncio.Future[None]"]:
    """Give a future that is done with the first signal; an ignored SIGHUP (nohup) stays ignored."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        if not told.done():
            told.set_result(None)

    taken = [one for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    for one in taken:
        loop.add_signal_handler(one, stop)
    try:
        yield told
    finally:
        for one in taken:
            loop.remove_signal_handler(one)


def _programs(demonstration: Demonstration, folder: Path) -> dict[str, Program]:
    addresses = demonstration.addresses
    port = addresses.port
    return {
        "issuer": Program(
            "the issuer",
            "sealwax.tour.issuer",
            ("--port", str(port), "--folder", str(folder)),
            port=port,
            health="/health/ready",
            folder=folder,
        ),
        "notes": Program(
            "the notes API",
            "sealwax.tour.notes_api",
            ("--first-port", str(port), "--notes", str(folder / "notes.json")),
            port=port + 1,
            health="/health",
            folder=folder,
        ),
        "parcels": Program(
            "the other company's API",
            "sealwax.tour.parcels_api",
            (
                "--port",
                str(port + 2),
                "--issuer",
                addresses.issuer,
                "--audience",
                addresses.parcels,
            ),
            port=port + 2,
            health="/health",
            folder=folder,
        ),
    }


def _listener(port: int) -> socket.socket:
    """Bind the page's port before anything else is started. Raises ProgramFailed."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK_HOST, port))
    except OSError as error:
        listener.close()
        text = f"port {port} can't be used: {error.strerror}; choose others with --port"
        raise ProgramFailed(text) from None
    return listener


def _say(text: str) -> None:
    """Print; whoever closed the other end does not want to know."""
    with contextlib.suppress(BrokenPipeError):
        print(text, flush=True)
