"""One HTTP connection of which every operation is under the same deadline."""

import http.client
import io
import socket
import time
from typing import Any

from sealwax.resource_server.web_address import WebAddress


class Deadline:
    """One moment by which everything has to be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining_seconds(self) -> float:
        """Give what is left. Raises TimeoutError when nothing is."""
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return remaining


class DeadlineSocket:
    """What `http.client` asks of a socket, every operation under the one deadline."""

    def __init__(self, real: socket.socket, deadline: Deadline) -> None:
        self._real = real
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send everything."""
        self._real.settimeout(self._deadline.remaining_seconds())
        self._real.sendall(data)

    def receive(self, size_bytes: int) -> bytes:
        """Give at most so many bytes, none at the end."""
        self._real.settimeout(self._deadline.remaining_seconds())
        return self._real.recv(size_bytes)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Give a reader of what comes."""
        return io.BufferedReader(_Reader(self._real, self._deadline))

    def close(self) -> None:
        """Close the connection."""
        self._real.close()


class _Reader(io.RawIOBase):
    """Reads from a socket, each time with what is left until the deadline."""

    def __init__(self, real: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._real = real
        self._deadline = deadline
        self._raw = real.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - typeshed's WriteableBuffer is not there at run time
        self._real.settimeout(self._deadline.remaining_seconds())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class OpenConnection(http.client.HTTPConnection):
    """An HTTP connection over a socket that is connected already."""

    def __init__(self, address: WebAddress, connected: DeadlineSocket) -> None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        super().__init__(host, address.port)
        self.default_port = {"https": 443, "http": 80}[address.scheme]
        self.sock = connected
        self.auto_open = 0
