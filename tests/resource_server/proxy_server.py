"""An HTTP proxy on loopback that tunnels, keeps what it was asked, and can misbehave."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class ProxyServer:
    """Answers CONNECT with `answer` and joins both ends; other requests get a fixed document.

    Every host leads to `target`: what a name points to is the proxy's affair.
    """

    def __init__(self, target: tuple[str, int] | None, answer: bytes) -> None:
        self.requests: list[bytes] = []
        self._target = target
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in list(self._threads):
            thread.join(20)

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError), visitor:
                visitor.settimeout(20)
                self._welcome(visitor)

    def _welcome(self, visitor: socket.socket) -> None:
        request = visitor.recv(65536)
        self.requests.append(request)
        if not request.startswith(b"CONNECT "):
            visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nby proxy")
            return
        visitor.sendall(self._answer)
        if self._target is None:
            return
        with socket.create_connection(self._target) as server:
            back = threading.Thread(target=_copy, args=(server, visitor))
            back.start()
            _copy(visitor, server)
            back.join(20)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxying(
    target: tuple[str, int] | None = None,
    answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n",
) -> Iterator[ProxyServer]:
    """Run a proxy until the block ends."""
    server = ProxyServer(target, answer)
    try:
        yield server
    finally:
        server.stop()
