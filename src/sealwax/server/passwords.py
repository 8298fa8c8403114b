"""Hashing passwords beside the event loop: few at a time, few waiting, and always the same work."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from sealwax.identity import password as rules
from sealwax.identity.password import HashParameters, PasswordVerdict
from sealwax.server.error_responses import ServerBusy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sealwax.config import Settings
    from sealwax.entropy import Entropy
    from sealwax.records import User

PRODUCT_NAME: Final = "sealwax"
_BLOCKLIST_LIMIT_BYTES: Final = 64 * 1024 * 1024
_Result = TypeVar("_Result")


class Passwords:
    """Hashes and checks passwords in as many threads as there are cores.

    One hash takes 19 MiB and some 20 ms by default, so what is under way is bounded by the threads
    and what waits by `signin.hash_queue_limit`; beyond it ServerBusy is raised before any memory is
    taken.
    """

    def __init__(self, settings: Settings, entropy: Entropy) -> None:
        signin = settings.signin
        self._parameters = HashParameters(
            signin.argon2_memory_kib, signin.argon2_iterations, signin.argon2_lanes
        )
        self._minimum_length = signin.password_minimum_length
        self._blocklist_file = signin.password_blocklist_file
        self._issuer_host = settings.issuer.host
        self._entropy = entropy
        self._threads = _usable_cores()
        self._limit = signin.hash_queue_limit + self._threads
        self._lock = threading.Lock()
        self._under_way = 0
        self._executor: ThreadPoolExecutor | None = None
        self._dummy: str | None = None
        self._blocklist: frozenset[str] | None = None

    async def hash(self, password: str) -> str:
        """Give the PHC string of a password. Raises ServerBusy."""
        salt = self._entropy.token_bytes(rules.SALT_SIZE_BYTES)
        return await self._run(
            lambda: rules.hash_password(password, salt=salt, parameters=self._parameters)
        )

    async def verify(self, password: str, user: User | None) -> PasswordVerdict:
        """Say whether a password is this person's. Raises ServerBusy.

        Without a person, or before they have set a password, the same work is done on a hash that
        no password fits, so the time tells nothing (ASVS 6.3.8).
        """
        stored = None if user is None else user.password_hash
        password_hash = stored or await self._dummy_hash()
        is_match = await self._run(lambda: rules.matches(password, password_hash))
        if not is_match or stored is None:
            return PasswordVerdict(is_correct=False)
        return PasswordVerdict(
            is_correct=True, is_rehash_due=rules.is_rehash_due(stored, self._parameters)
        )

    async def check_new(self, password: str, user: User) -> None:
        """Accept a new password for a person. Raises PasswordRefused."""
        if self._blocklist is None:
            self._blocklist = await asyncio.to_thread(read_blocklist, self._blocklist_file)
        rules.check_new_password(
            password,
            minimum_length=self._minimum_length,
            context=(
                user.username,
                user.display_name,
                user.email or "",
                PRODUCT_NAME,
                self._issuer_host,
            ),
            blocklist=self._blocklist,
        )

    def close(self) -> None:
        """Let the threads end; what waits is dropped."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    async def _dummy_hash(self) -> str:
        """Give a hash that nothing fits, made once with today's parameters."""
        if self._dummy is None:
            salt = self._entropy.token_bytes(rules.SALT_SIZE_BYTES)
            unknown = self._entropy.token_bytes(32).hex()
            self._dummy = await self._run(
                lambda: rules.hash_password(unknown, salt=salt, parameters=self._parameters)
            )
        return self._dummy

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        with self._lock:
            if self._under_way >= self._limit:
                raise ServerBusy
            self._under_way += 1
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="argon2id")
        future = self._executor.submit(work)
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _done(self, _: object) -> None:
        """Count down when a thread is through, also if the request that asked has gone away."""
        with self._lock:
            self._under_way -= 1


def read_blocklist(path: Path | None) -> frozenset[str]:
    """Read forbidden passwords, one in each line; whatever no password may be is passed over."""
    if path is None:
        return frozenset()
    text = path.read_bytes()[:_BLOCKLIST_LIMIT_BYTES].decode("utf-8", errors="ignore")
    return frozenset(line.casefold() for line in text.splitlines() if line)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
