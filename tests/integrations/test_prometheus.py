"""What a verifier tells Prometheus: how many, of whom, why; and nothing of any token."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from sealwax import TokenRefused, TrustedIssuer, Verifier
from sealwax.integrations.prometheus import PrometheusEvents
from sealwax.resource_server import KeysUnavailable
from sealwax.testing import TestIssuer, fetcher_for

AUDIENCE = "https://api.example.com"


def count(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"sealwax_{name}_total", labels)


def refuse(verifier: Verifier, token: str) -> None:
    with pytest.raises(TokenRefused):
        verifier.verify_sync(token)


def test_verified_refused_and_undecided_are_counted_by_issuer_and_reason() -> None:
    registry, issuer = CollectorRegistry(), TestIssuer()
    with Verifier(
        issuer.issuer, AUDIENCE, fetcher=issuer.fetch, events=PrometheusEvents(registry)
    ) as verifier:
        issuer.is_down = True
        with pytest.raises(KeysUnavailable):
            verifier.verify_sync(issuer.token(AUDIENCE))
    undecided = count(registry, "tokens_undecided", issuer=issuer.issuer, reason="unreachable")
    assert undecided == 1
    issuer.is_down = False
    registry = CollectorRegistry()
    with Verifier(
        issuer.issuer, AUDIENCE, fetcher=issuer.fetch, events=PrometheusEvents(registry)
    ) as verifier:
        for _ in range(3):
            verifier.verify_sync(issuer.token(AUDIENCE))
        refuse(verifier, issuer.token("https://other.example"))
        assert count(registry, "tokens_verified", issuer=issuer.issuer) == 3
        refused = count(
            registry, "tokens_refused", issuer=issuer.issuer, reason="audience_mismatch"
        )
        assert refused == 1
        for document in ("keys", "status_list"):
            assert (
                count(registry, "documents_fetched", issuer=issuer.issuer, document=document) == 1
            )


def test_a_failed_fetch_is_counted_with_its_document_and_reason() -> None:
    registry = CollectorRegistry()
    events = PrometheusEvents(registry)
    events.fetch_failed("https://id.example.com", "introspection", "timed_out")
    labels = {
        "issuer": "https://id.example.com",
        "document": "introspection",
        "reason": "timed_out",
    }
    assert count(registry, "fetches_failed", **labels) == 1


def test_whatever_tokens_come_the_labels_are_few_and_show_nothing() -> None:
    registry = CollectorRegistry()
    issuers = [TestIssuer(f"https://i{number}.example") for number in range(2)]
    stranger = TestIssuer("https://attacker.example")
    trusted = [TrustedIssuer(issuer=each.issuer, audience=AUDIENCE) for each in issuers]
    with Verifier(
        issuers=trusted, fetcher=fetcher_for(*issuers), events=PrometheusEvents(registry)
    ) as verifier:
        for number in range(200):
            refuse(verifier, stranger.token(AUDIENCE, subject=f"user-{number}"))
            refuse(verifier, issuers[0].token(f"https://api{number}.example"))
            refuse(verifier, f"junk{number}")
    shown = generate_latest(registry).decode()
    assert 'sealwax_tokens_refused_total{issuer="none",reason="issuer_mismatch"} 200.0' in shown
    assert "attacker" not in shown
    assert "user-" not in shown
    assert "junk" not in shown
    assert len(shown.splitlines()) < 50


def test_a_registry_takes_one_and_verifiers_share_it() -> None:
    registry = CollectorRegistry()
    PrometheusEvents(registry)
    with pytest.raises(ValueError, match="Duplicated"):
        PrometheusEvents(registry)
