"""A verifier's events as counters of OpenTelemetry."""

from typing import Final

from sealwax.integrations.extras import MissingExtra
from sealwax.resource_server.events import DocumentKind, VerifierEvents

try:
    from opentelemetry.metrics import MeterProvider, get_meter_provider
except ModuleNotFoundError as error:
    raise MissingExtra("opentelemetry", error) from error

SCOPE: Final = "sealwax.resource_server"
"""The instrumentation scope of the counters."""

ISSUER: Final = "sealwax.issuer"
DOCUMENT: Final = "sealwax.document"
REASON: Final = "sealwax.reason"
NO_ISSUER: Final = "none"
"""The issuer of tokens that named none that is trusted here."""


class OpenTelemetryEvents(VerifierEvents):
    """Counts with a meter of `meter_provider`, which is the process's own unless another is given.

    `Verifier(..., events=OpenTelemetryEvents())`; any number of verifiers may share one. Attributes
    are issuers that were configured, kinds of documents and reasons, so the number of series is
    bounded whatever tokens come.
    """

    def __init__(self, meter_provider: MeterProvider | None = None) -> None:
        meter = (meter_provider or get_meter_provider()).get_meter(SCOPE)
        self._verified = meter.create_counter(
            "sealwax.tokens.verified", "{token}", "Tokens that were accepted"
        )
        self._refused = meter.create_counter(
            "sealwax.tokens.refused", "{token}", "Tokens that were refused with 401 or 403"
        )
        self._undecided = meter.create_counter(
            "sealwax.tokens.undecided",
            "{token}",
            "Tokens about which nothing could be said, answered with 503",
        )
        self._fetched = meter.create_counter(
            "sealwax.documents.fetched",
            "{document}",
            "Documents of issuers that were fetched and believed",
        )
        self._failed = meter.create_counter(
            "sealwax.fetches.failed", "{fetch}", "Documents of issuers that could not be had"
        )
        self._of_issuer: dict[str, dict[str, str]] = {}

    def token_verified(self, issuer: str) -> None:
        """Count it."""
        attributes = self._of_issuer.get(issuer)
        if attributes is None:
            attributes = self._of_issuer[issuer] = {ISSUER: issuer}
        self._verified.add(1, attributes)

    def token_refused(self, issuer: str | None, reason: str) -> None:
        """Count it."""
        self._refused.add(1, {ISSUER: issuer or NO_ISSUER, REASON: reason})

    def token_undecided(self, issuer: str, reason: str) -> None:
        """Count it."""
        self._undecided.add(1, {ISSUER: issuer, REASON: reason})

    def fetched(self, issuer: str, document: DocumentKind) -> None:
        """Count it."""
        self._fetched.add(1, {ISSUER: issuer, DOCUMENT: document})

    def fetch_failed(self, issuer: str, document: DocumentKind, reason: str) -> None:
        """Count it."""
        self._failed.add(1, {ISSUER: issuer, DOCUMENT: document, REASON: reason})
