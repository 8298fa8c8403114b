"""A verifier's events as counters of Prometheus."""

from typing import Final

from sealwax.integrations.extras import MissingExtra
from sealwax.resource_server.events import DocumentKind, VerifierEvents

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter
except ModuleNotFoundError as error:
    raise MissingExtra("prometheus", error) from error

NO_ISSUER: Final = "none"
"""The label of tokens that named no issuer that is trusted here."""


class PrometheusEvents(VerifierEvents):
    """Counts in `registry`, which is the process's own unless another is given.

    `Verifier(..., events=PrometheusEvents())`. A registry takes one of these: hand the same one to
    all verifiers. Labels are issuers that were configured, kinds of documents and reasons, so their
    number is bounded whatever tokens come. Raises ValueError when the registry has these counters.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._verified = Counter(
            "sealwax_tokens_verified", "Tokens that were accepted", ["issuer"], registry=registry
        )
        self._refused = Counter(
            "sealwax_tokens_refused",
            "Tokens that were refused with 401 or 403",
            ["issuer", "reason"],
            registry=registry,
        )
        self._undecided = Counter(
            "sealwax_tokens_undecided",
            "Tokens about which nothing could be said, answered with 503",
            ["issuer", "reason"],
            registry=registry,
        )
        self._fetched = Counter(
            "sealwax_documents_fetched",
            "Documents of issuers that were fetched and believed",
            ["issuer", "document"],
            registry=registry,
        )
        self._failed = Counter(
            "sealwax_fetches_failed",
            "Documents of issuers that could not be had",
            ["issuer", "document", "reason"],
            registry=registry,
        )
        self._of_issuer: dict[str, Counter] = {}

    def token_verified(self, issuer: str) -> None:
        """Count it."""
        counter = self._of_issuer.get(issuer)
        if counter is None:
            counter = self._of_issuer[issuer] = self._verified.labels(issuer)
        counter.inc()

    def token_refused(self, issuer: str | None, reason: str) -> None:
        """Count it."""
        self._refused.labels(issuer or NO_ISSUER, reason).inc()

    def token_undecided(self, issuer: str, reason: str) -> None:
        """Count it."""
        self._undecided.labels(issuer, reason).inc()

    def fetched(self, issuer: str, document: DocumentKind) -> None:
        """Count it."""
        self._fetched.labels(issuer, document).inc()

    def fetch_failed(self, issuer: str, document: DocumentKind, reason: str) -> None:
        """Count it."""
        self._failed.labels(issuer, document, reason).inc()
