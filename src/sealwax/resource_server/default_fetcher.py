"""The built-in fetcher, loaded with the first document: given keys need no HTTP client."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sealwax.resource_server.fetching import FetchedDocument, FetchLimits

if TYPE_CHECKING:
    from sealwax.resource_server.http_fetcher import HttpFetcher


class DefaultFetcher:
    """Fetches as `HttpFetcher` does when it is told nothing else."""

    __slots__ = ("_fetch",)

    def __init__(self) -> None:
        self._fetch: HttpFetcher | None = None

    def __call__(self, url: str, limits: FetchLimits, /) -> FetchedDocument:
        """GET `url` and give the answer, whatever its status. Raises FetchFailed."""
        return self._load()(url, limits)

    def post(
        self, url: str, limits: FetchLimits, form: bytes, headers: Mapping[str, str], /
    ) -> FetchedDocument:
        """POST a form and give the answer, whatever its status. Raises FetchFailed."""
        return self._load().post(url, limits, form, headers)

    def _load(self) -> "HttpFetcher":
        fetch = self._fetch
        if fetch is None:
            from sealwax.resource_server.http_fetcher import (  # noqa: PLC0415  # 18 ms: TLS, HTTP
                HttpFetcher,
            )

            # Two threads may both make one; either is good.
            self._fetch = fetch = HttpFetcher()
        return fetch
