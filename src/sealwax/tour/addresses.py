"""Where the four programs of the tour answer: four ports in a row, on this machine only."""

import contextlib
import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LOOPBACK_HOST: Final = "127.0.0.1"
PROGRAM_COUNT: Final = 4
LAST_FIRST_PORT: Final = 65_535 - PROGRAM_COUNT + 1


class PortUnusable(Exception):
    """A port can't be had; the text is one sentence that names the flag."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses that follow from the first port."""

    port: int

    @property
    def issuer(self) -> str:
        """The issuer, the authorization server itself."""
        return f"http://localhost:{self.port}"

    @property
    def notes(self) -> str:
        """The notes API, which is also the audience of its tokens."""
        return f"http://localhost:{self.port + 1}"

    @property
    def parcels(self) -> str:
        """The other company's API, which is also the audience of its tokens."""
        return f"http://localhost:{self.port + 2}"

    @property
    def web(self) -> str:
        """The tour's page and the web app."""
        return f"http://localhost:{self.port + 3}"

    @property
    def other_site(self) -> str:
        """The same port under a name that is another site to a browser."""
        return f"http://{LOOPBACK_HOST}:{self.port + 3}"


def check_ports(port: int) -> Addresses:
    """Make sure that all four ports can be had.

    Each is tried on both loopback addresses: `localhost` may lead to either, and a stranger who
    listens on the other one would get half of the requests. Raises PortUnusable.
    """
    if not 1 <= port <= LAST_FIRST_PORT:
        raise PortUnusable(
            f"--port is {port}; a number from 1 to {LAST_FIRST_PORT} is accepted, "
            f"the first of {PROGRAM_COUNT} in a row"
        )
    for one in range(port, port + PROGRAM_COUNT):
        for family, host in _loopback_addresses():
            _check_port(one, family, host, first=port)
    return Addresses(port)


def _check_port(port: int, family: socket.AddressFamily, host: str, *, first: int) -> None:
    needed = f"the tour needs {first} to {first + PROGRAM_COUNT - 1}"
    other = 9000 if first < 8990 or first > 9010 else 8000  # noqa: PLR2004 - any range that is not this one
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except PermissionError:
        text = f"port {port} may not be used by this account ({needed}); choose others with --port"
        raise PortUnusable(f"{text}, for example --port {other}") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            text = f"port {port} is taken by another program ({needed}); choose others with --port"
            raise PortUnusable(f"{text}, for example --port {other}") from None
        if family == socket.AF_INET:
            text = f"port {port} can't be used: {error.strerror} ({needed}, chosen with --port)"
            raise PortUnusable(text) from None


def _loopback_addresses() -> Iterator[tuple[socket.AddressFamily, str]]:
    yield socket.AF_INET, LOOPBACK_HOST
    if socket.has_ipv6:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            yield socket.AF_INET6, "::1"
