"""The built-in fetcher, loaded with the first document: given keys need no HTTP client."""

from sealwax.resource_server.fetching import FetchedDocument, Fetcher, FetchLimits


class DefaultFetcher:
    """Fetches as `HttpFetcher` does when it is told nothing else."""

    __slots__ = ("_fetch",)

    def __init__(self) -> None:
        self._fetch: Fetcher | None = None

    def __call__(self, url: str, limits: FetchLimits, /) -> FetchedDocument:
        """GET `url` and give the answer, whatever its status. Raises FetchFailed."""
        fetch = self._fetch
        if fetch is None:
            from sealwax.resource_server.http_fetcher import (  # noqa: PLC0415  # 18 ms: TLS, HTTP
                HttpFetcher,
            )

            # Two threads may both make one; either is good.
            self._fetch = fetch = HttpFetcher()
        return fetch(url, limits)
