"""Opening what most commands work on: the settings and the storage of a deployment."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sealwax.cli.errors import CommandFailed
from sealwax.clock import Clock, SystemClock
from sealwax.config import ConfigurationError, Settings, load
from sealwax.entropy import Entropy, SystemEntropy
from sealwax.oauth.registration import RegistrationInvalid
from sealwax.storage.contracts import Storage, StorageError
from sealwax.storage.sqlite import open_storage


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment as a command sees it; a server may be running beside it."""

    settings: Settings
    storage: Storage
    clock: Clock
    entropy: Entropy

    @property
    def now(self) -> int:
        """The time, in seconds since the epoch."""
        return self.clock.now()


_ISSUER_FILE = "issuer-url"

Work = Callable[[Deployment, argparse.Namespace], Coroutine[Any, Any, int]]


def load_settings(
    arguments: argparse.Namespace, overrides: Mapping[str, object] | None = None
) -> Settings:
    """Read the settings of --config, --data and the environment. Raises CommandFailed."""
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    if arguments.data is not None:
        given["storage.data_folder"] = arguments.data
    config = None if arguments.config is None else Path(arguments.config)
    try:
        return load(config, os.environ, given)  # noqa: TID251 -- the composition root hands it in
    except ConfigurationError as error:
        raise CommandFailed(str(error), exit_code=2) from error


def load_deployment(arguments: argparse.Namespace) -> Settings:
    """Read the settings as a command beside the server does. Raises CommandFailed.

    Where nothing names the issuer, it is the one that the last server of the folder had.
    """
    settings = load_settings(arguments)
    if settings.issuer.url != f"http://localhost:{settings.server.port}":
        return settings
    try:
        issuer = (settings.storage.data_folder / _ISSUER_FILE).read_text("ascii").strip()
        return load_settings(arguments, {"issuer.url": issuer})
    except (OSError, UnicodeDecodeError, CommandFailed):
        return settings


def remember_issuer(settings: Settings) -> None:
    """Note in the data folder under which address the server runs. Raises OSError.

    Commands beside a server that was told its address by flags then print links that lead to it.
    """
    path = settings.storage.data_folder / _ISSUER_FILE
    path.write_text(settings.issuer.url + "\n", "ascii")
    path.chmod(0o600)


def run_on_deployment(
    arguments: argparse.Namespace, work: Work, *, may_create: bool = False
) -> int:
    """Run one command on its deployment; turn what can go wrong into one sentence.

    Raises CommandFailed.
    """
    settings = load_deployment(arguments)
    if not may_create and not settings.storage.data_folder.exists():
        raise CommandFailed(
            f"--data: there is no folder {str(settings.storage.data_folder)!r}; "
            "'sealwax serve' makes one, or name the folder of your server"
        )
    try:
        return asyncio.run(_run(settings, arguments, work))
    except (StorageError, RegistrationInvalid) as error:
        raise CommandFailed(str(error)) from error


def confirm(question: str, arguments: argparse.Namespace) -> None:
    """Ask before something that can't be undone. Raises CommandFailed unless the answer is yes."""
    if arguments.yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed(f"{question} Give --yes to do it without being asked.", exit_code=2)
    if input(f"{question} [y/N] ").strip().lower() not in {"y", "yes"}:
        raise CommandFailed("nothing was changed")


async def _run(settings: Settings, arguments: argparse.Namespace, work: Work) -> int:
    async with _opened(settings) as storage:
        deployment = Deployment(settings, storage, SystemClock(), SystemEntropy())
        return await work(deployment, arguments)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Storage]:
    storage = await open_storage(
        settings.storage.data_folder, entropy=SystemEntropy(), exclusive=False
    )
    try:
        yield storage
    finally:
        await storage.close()
