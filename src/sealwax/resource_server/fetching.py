"""What a fetcher is: the one door through which a verifier reaches the network.

The verifier decides what may be fetched and how large it may be; a fetcher does it. The one built
in is `HttpFetcher`; another may be handed in, to go through a proxy or to answer from memory.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from sealwax.resource_server.errors import (
    DOCUMENT_TOO_LARGE,
    FETCHER_FAILED,
    HTTP_STATUS,
    REDIRECTED,
    FetchFailed,
)
from sealwax.resource_server.freshness import retry_after_seconds
from sealwax.resource_server.web_address import Network

MAX_METADATA_SIZE_BYTES: Final = 1024 * 1024
FETCH_TIMEOUT_SECONDS: Final = 5.0

_OK: Final = 200
_REDIRECTS: Final = range(300, 400)


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one fetch may cost, and where it may go.

    `timeout_seconds` is for the whole of it, connecting included. `network` says which addresses
    may be connected to; it is checked against the address itself, after the name was resolved.
    """

    size_bytes: int
    accept: str = "application/json"
    timeout_seconds: float = FETCH_TIMEOUT_SECONDS
    network: Network = Network.ANY


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """An answer: the status, the headers under their names in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Fetcher(Protocol):
    """Something that performs a GET.

    It is called in a thread of its own and may block. It follows no redirect, sends no cookie
    and no credential, accepts no Content-Encoding, keeps to the limits, and raises FetchFailed
    or OSError when it could not be done.
    """

    def __call__(self, url: str, limits: FetchLimits, /) -> FetchedDocument:
        """GET `url` and give the answer, whatever its status."""
        ...


@runtime_checkable
class FormPoster(Protocol):
    """What a fetcher has besides when it can ask an issuer about a token (RFC 7662).

    The same is asked of it as of a Fetcher. `form` holds the token and `headers` may hold this
    API's credentials, so neither goes into a log, an error text or a second request.
    """

    def post(
        self, url: str, limits: FetchLimits, form: bytes, headers: Mapping[str, str], /
    ) -> FetchedDocument:
        """POST `form` (application/x-www-form-urlencoded) with `headers`, and give the answer."""
        ...


def fetch_document(fetcher: Fetcher, url: str, limits: FetchLimits) -> FetchedDocument:
    """Fetch `url` and insist on a 200 of the allowed size.

    Raises FetchFailed, whatever the fetcher raised.
    """
    return _insist(lambda: fetcher(url, limits), url, limits)


def post_form(
    poster: FormPoster, url: str, limits: FetchLimits, form: bytes, headers: Mapping[str, str]
) -> FetchedDocument:
    """Post a form to `url` and insist on a 200 of the allowed size. Raises FetchFailed."""
    return _insist(lambda: poster.post(url, limits, form, headers), url, limits)


def check_size(size_bytes: int, url: str, limits: FetchLimits) -> None:
    """Raise FetchFailed when a document is larger than the limits allow."""
    if size_bytes > limits.size_bytes:
        raise FetchFailed(DOCUMENT_TOO_LARGE, f"more than {limits.size_bytes} bytes at {url}")


def _insist(
    perform: Callable[[], FetchedDocument], url: str, limits: FetchLimits
) -> FetchedDocument:
    try:
        document = perform()
    except FetchFailed:
        raise
    except Exception as error:
        # A fetcher is foreign code: no failure of it may end the refreshing.
        raise FetchFailed(FETCHER_FAILED, f"{url} ({type(error).__name__})") from error
    if document.status in _REDIRECTS:
        raise FetchFailed(REDIRECTED, url, status=document.status)
    if document.status != _OK:
        raise FetchFailed(
            HTTP_STATUS,
            f"{document.status} from {url}",
            status=document.status,
            retry_after_seconds=retry_after_seconds(document.headers),
        )
    check_size(len(document.body), url, limits)
    return document
