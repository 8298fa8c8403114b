"""The programs of the tour that run as processes of their own: started, watched, stopped."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

from sealwax.client import FetchFailed, HttpRequest, UrllibFetcher
from sealwax.tour.addresses import LOOPBACK_HOST

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 4.0
_POLL_SECONDS: Final = 0.03
_LOG_TAIL_LINES: Final = 12


class ProgramFailed(Exception):
    """A program did not start, or ended by itself; the text ends with its last words."""


class Program:
    """One program of the tour in a process of its own, on one port."""

    def __init__(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        *,
        port: int,
        health: str,
        folder: Path,
    ) -> None:
        self.name = name
        self.port = port
        self._health = HttpRequest("GET", f"http://localhost:{port}{health}")
        self._fetcher = UrllibFetcher(timeout_seconds=START_SECONDS)
        self._command = (sys.executable, "-m", module, *arguments)
        self._log_file = folder / f"{module.rpartition('.')[2]}.log"
        self._process: asyncio.subprocess.Process | None = None
        self._is_wanted = False
        self._changing = asyncio.Lock()
        self._ended_by_itself = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int | None:
        """The id of the running process; None when it is stopped."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start the process and wait until it answers. Raises ProgramFailed."""
        await self.launch()
        await self.wait_until_healthy()

    async def launch(self) -> None:
        """Start the process, and don't wait for it."""
        async with self._changing:
            if self.process_id is not None:
                return
            self._is_wanted = True
            with self._log_file.open("ab") as log:
                # A group of its own, so that Ctrl-C reaches the tour alone, which then stops us.
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    "--parent",
                    str(os.getpid()),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    process_group=0,
                )
            self._watching = asyncio.create_task(self._watch(self._process))

    async def wait_until_healthy(self) -> None:
        """Wait until it says that it is fit for work. Raises ProgramFailed."""
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._is_healthy():
                    if self.process_id is None:
                        raise ProgramFailed(f"{self.name} did not start; {self._last_words()}")
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            text = f"{self.name} did not answer within {START_SECONDS:.0f} seconds"
            raise ProgramFailed(f"{text}; {self._last_words()}") from None

    async def stop(self) -> None:
        """End the process: politely, and when it does not listen, for good."""
        async with self._changing:
            self._is_wanted = False
            process = self._process
            if process is None or process.returncode is not None:
                return
            _signal(process, signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                _signal(process, signal.SIGKILL)
                await process.wait()

    async def watch(self) -> None:
        """Wait for as long as all is well; raise ProgramFailed when the process ends by itself."""
        await self._ended_by_itself.wait()
        raise ProgramFailed(f"{self.name} ended by itself; {self._last_words()}")

    async def accepts_connections(self) -> bool:
        """Try the port."""
        try:
            _, writer = await asyncio.open_connection(LOOPBACK_HOST, self.port)
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        if self._is_wanted:
            self._ended_by_itself.set()

    async def _is_healthy(self) -> bool:
        try:
            return (await self._fetcher.fetch(self._health)).status == HTTPStatus.OK
        except FetchFailed:
            return False

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._log_file.read_text(errors="replace").splitlines()
            if lines:
                return "its last words were:\n  " + "\n  ".join(lines[-_LOG_TAIL_LINES:])
        return "it said nothing"


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
