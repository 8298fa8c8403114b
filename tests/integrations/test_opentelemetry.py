"""What a verifier tells OpenTelemetry: how many, of whom, why; and nothing of any token."""

from collections.abc import Mapping

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint

from sealwax import TokenRefused, Verifier
from sealwax.integrations.opentelemetry import OpenTelemetryEvents
from sealwax.resource_server import KeysUnavailable
from sealwax.testing import TestIssuer

AUDIENCE = "https://api.example.com"


class Meter:
    """A provider whose counters can be read."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self.provider = MeterProvider([self._reader])

    def counts(self) -> dict[str, list[tuple[Mapping[str, object], float]]]:
        """Give the points of each counter by its name."""
        data = self._reader.get_metrics_data()
        assert data is not None
        found: dict[str, list[tuple[Mapping[str, object], float]]] = {}
        for resource in data.resource_metrics:
            for scope in resource.scope_metrics:
                assert scope.scope.name == "sealwax.resource_server"
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        assert isinstance(point, NumberDataPoint)
                        found.setdefault(metric.name, []).append(
                            (dict(point.attributes or {}), point.value)
                        )
        return found


@pytest.fixture
def meter() -> Meter:
    return Meter()


def test_verified_and_refused_are_counted_by_issuer_and_reason(meter: Meter) -> None:
    issuer = TestIssuer()
    events = OpenTelemetryEvents(meter.provider)
    with Verifier(issuer.issuer, AUDIENCE, fetcher=issuer.fetch, events=events) as verifier:
        for _ in range(3):
            verifier.verify_sync(issuer.token(AUDIENCE))
        for number in range(5):
            with pytest.raises(TokenRefused):
                verifier.verify_sync(issuer.token(f"https://other{number}.example"))
    counts = meter.counts()
    assert counts["sealwax.tokens.verified"] == [({"sealwax.issuer": issuer.issuer}, 3)]
    assert counts["sealwax.tokens.refused"] == [
        ({"sealwax.issuer": issuer.issuer, "sealwax.reason": "audience_mismatch"}, 5)
    ]
    documents = {labels["sealwax.document"] for labels, _ in counts["sealwax.documents.fetched"]}
    assert documents == {"keys", "status_list"}


def test_an_outage_is_counted_as_such(meter: Meter) -> None:
    issuer = TestIssuer()
    issuer.is_down = True
    events = OpenTelemetryEvents(meter.provider)
    with Verifier(issuer.issuer, AUDIENCE, fetcher=issuer.fetch, events=events) as verifier:
        for _ in range(4):
            with pytest.raises(KeysUnavailable):
                verifier.verify_sync(issuer.token(AUDIENCE))
    counts = meter.counts()
    why = {"sealwax.issuer": issuer.issuer, "sealwax.reason": "unreachable"}
    assert counts["sealwax.tokens.undecided"] == [(why, 4)]
    assert counts["sealwax.fetches.failed"] == [({**why, "sealwax.document": "keys"}, 1)]


def test_a_token_of_nobody_s_counts_for_no_issuer(meter: Meter) -> None:
    OpenTelemetryEvents(meter.provider).token_refused(None, "issuer_mismatch")
    [(labels, value)] = meter.counts()["sealwax.tokens.refused"]
    assert (labels["sealwax.issuer"], value) == ("none", 1)
