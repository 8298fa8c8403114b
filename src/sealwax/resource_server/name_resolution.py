"""Finding the addresses of a name in time: the resolver of the system knows no deadline."""

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

Resolve = Callable[[str, int], Iterable[tuple[Any, ...]]]
"""Gives the addresses of a host and port, in the form of `socket.getaddrinfo`."""


def resolve_by_system(host: str, port: int) -> Iterable[tuple[Any, ...]]:
    """Ask the operating system. Raises OSError."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def resolve_in_time(
    resolve: Resolve, host: str, port: int, timeout_seconds: float
) -> list[tuple[Any, ...]]:
    """Give what `resolve` gives, or raise TimeoutError when that takes too long.

    It runs in a thread of its own, which is left behind when it hangs and ends by itself: the
    system's resolver gives up after some seconds too. Raises whatever `resolve` raises.
    """
    if _is_ip_address(host):
        return list(resolve(host, port))
    resolution = _Resolution(resolve, host, port)
    resolution.start()
    resolution.join(timeout_seconds)
    if resolution.outcome is None:
        raise TimeoutError
    if isinstance(resolution.outcome, BaseException):
        raise resolution.outcome
    return resolution.outcome


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Resolution(threading.Thread):
    def __init__(self, resolve: Resolve, host: str, port: int) -> None:
        super().__init__(name="sealwax-resolve", daemon=True)
        self.outcome: list[tuple[Any, ...]] | BaseException | None = None
        self._resolve = resolve
        self._host = host
        self._port = port

    def run(self) -> None:
        try:
            self.outcome = list(self._resolve(self._host, self._port))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            self.outcome = error
