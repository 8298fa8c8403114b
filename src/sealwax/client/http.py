"""How a client reaches its provider: requests and answers as plain values, and who carries them.

The rules of this package never touch the network; they make an `HttpRequest` and read an
`HttpResponse`. A `Fetcher` stands between. `UrllibFetcher` is the one built in; another may be
handed in, to use a connection pool, a proxy, or answers from memory.
"""

import asyncio
import http.client
import ssl
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from sealwax.client.errors import FetchFailed

MAX_RESPONSE_SIZE_BYTES: Final = 1024 * 1024
FETCH_TIMEOUT_SECONDS: Final = 10.0

UNREACHABLE: Final = "unreachable"
TIMED_OUT: Final = "timed_out"
REDIRECTED: Final = "redirected"
RESPONSE_TOO_LARGE: Final = "response_too_large"
RESPONSE_TRUNCATED: Final = "response_truncated"

_REDIRECTS: Final = range(300, 400)
_CHUNK_SIZE_BYTES: Final = 64 * 1024
_USER_AGENT: Final = "sealwax"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to the provider. Its `repr` shows where it goes, and nothing it carries."""

    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer: the status, the headers under their names in lower case, and the body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Fetcher(Protocol):
    """Something that carries a request to the provider and brings back the answer.

    It follows no redirect (the request may hold a secret), keeps no cookie, and raises
    FetchFailed when no whole answer could be had. Answers with an error status are answers.
    """

    async def fetch(self, request: HttpRequest) -> HttpResponse:
        """Send `request` and give the answer, whatever its status."""
        ...


class UrllibFetcher:
    """The standard library's client, in a thread of its own for each request.

    No redirect is followed, no proxy is taken from the environment, certificates are checked, and
    at most `max_size_bytes` are read.
    """

    def __init__(
        self,
        *,
        timeout_seconds: float = FETCH_TIMEOUT_SECONDS,
        max_size_bytes: int = MAX_RESPONSE_SIZE_BYTES,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._max_size_bytes = max_size_bytes
        # An opener without the usual handlers: none for redirects, proxies, errors, files or FTP.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=tls or ssl.create_default_context()),
            urllib.request.UnknownHandler(),
        ):
            self._opener.add_handler(handler)

    async def fetch(self, request: HttpRequest) -> HttpResponse:
        """Send `request` in a thread. Raises FetchFailed, also when it took too long in all."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await asyncio.to_thread(self._fetch, request)
        except TimeoutError:
            raise _timed_out(request.url, self._timeout_seconds) from None

    def _fetch(self, request: HttpRequest) -> HttpResponse:
        wire_request = urllib.request.Request(  # noqa: S310 - every URL went through parse_web_address: https, or http to this machine
            request.url,
            data=request.body,
            headers={"User-Agent": _USER_AGENT, **request.headers},
            method=request.method,
        )
        try:
            with self._opener.open(wire_request, timeout=self._timeout_seconds) as answer:
                body = self._read(answer, request.url)
                status: int = answer.status
                headers = {name.lower(): value for name, value in answer.headers.items()}
        except TimeoutError:
            raise _timed_out(request.url, self._timeout_seconds) from None
        except http.client.IncompleteRead:
            text = f"the answer of {_shown(request.url)} ended too early"
            raise FetchFailed(RESPONSE_TRUNCATED, text) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            if isinstance(getattr(error, "reason", None), TimeoutError):
                raise _timed_out(request.url, self._timeout_seconds) from None
            text = f"no answer from {_shown(request.url)} ({type(error).__name__})"
            raise FetchFailed(UNREACHABLE, text) from error
        return HttpResponse(status, headers, body)

    def _read(self, answer: http.client.HTTPResponse, url: str) -> bytes:
        """Read the body within the size and, all in all, within the time that are allowed."""
        ends_at = time.monotonic() + self._timeout_seconds
        stated = answer.length
        chunks: list[bytes] = []
        size_bytes = 0
        while chunk := answer.read1(_CHUNK_SIZE_BYTES):
            chunks.append(chunk)
            size_bytes += len(chunk)
            if size_bytes > self._max_size_bytes:
                text = f"the answer of {_shown(url)} has over {self._max_size_bytes} bytes"
                raise FetchFailed(RESPONSE_TOO_LARGE, text, status=answer.status)
            if time.monotonic() > ends_at:
                raise _timed_out(url, self._timeout_seconds)
        if stated is not None and size_bytes < stated:
            raise http.client.IncompleteRead(b"", stated - size_bytes)
        return b"".join(chunks)


def refuse_redirect(response: HttpResponse, url: str) -> None:
    """Raise FetchFailed when the answer is a redirect: what was sent there may hold a secret."""
    if response.status in _REDIRECTS:
        text = f"{_shown(url)} answered with a redirect, and none is followed"
        raise FetchFailed(REDIRECTED, text, status=response.status)


def _timed_out(url: str, seconds: float) -> FetchFailed:
    return FetchFailed(TIMED_OUT, f"{_shown(url)} did not answer within {seconds:g} seconds")


def _shown(url: str) -> str:
    """Give the URL without its query, which may hold what is nobody's business."""
    return url.partition("?")[0]
