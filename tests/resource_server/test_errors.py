"""The errors: fixed sentences that may be sent, reasons that stay."""

import re

import pytest

from sealwax import KeysUnavailable, TokenRefused, VerifierError
from sealwax.resource_server import VerifierClosed
from sealwax.resource_server.errors import (
    FETCH_REASONS,
    KEYS_UNAVAILABLE_DESCRIPTION,
    REASONS,
    FetchFailed,
)
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import AUDIENCE, Check, new_issuer

# RFC 6750 §3: what may stand in error_description, without the quote and the backslash.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{10,100}")


@pytest.mark.parametrize("reason", REASONS)
def test_every_refusal_can_be_put_into_a_challenge(reason: str) -> None:
    refused = TokenRefused(reason)
    assert DESCRIPTION.fullmatch(refused.description)
    assert re.fullmatch(r"[a-z][a-z_]+", refused.reason)
    assert refused.http_status == (403 if reason == "scope_insufficient" else 401)
    assert isinstance(refused, VerifierError)


@pytest.mark.parametrize("reason", FETCH_REASONS)
def test_every_failed_fetch_becomes_a_503_that_says_nothing_to_the_caller(reason: str) -> None:
    unavailable = KeysUnavailable("https://id.example.com", FetchFailed(reason, "detail"), 0)
    assert unavailable.reason == reason
    assert unavailable.retry_after_seconds == 1
    assert unavailable.description == KEYS_UNAVAILABLE_DESCRIPTION
    assert DESCRIPTION.fullmatch(unavailable.description)
    assert isinstance(unavailable, VerifierError)


def test_a_reason_is_one_of_the_table() -> None:
    with pytest.raises(KeyError):
        TokenRefused("whatever")


def test_refusals_are_counted_with_the_trusted_issuer_they_claimed(
    issuer: TestIssuer, check: Check
) -> None:
    seen: list[tuple[str, str | None]] = []
    verifier = issuer.verifier(
        AUDIENCE, on_refused=lambda reason, claimed: seen.append((reason, claimed))
    )
    for token in (issuer.token("https://other.example"), "x", issuer.token(AUDIENCE)):
        try:
            check(verifier, token, ["a"])
        except TokenRefused:
            continue
    assert seen == [
        ("audience_mismatch", issuer.issuer),
        ("token_parts", issuer.issuer),
        ("scope_insufficient", issuer.issuer),
    ]


def test_a_closed_verifier_says_so(issuer: TestIssuer, check: Check) -> None:
    with issuer.verifier(AUDIENCE) as verifier:
        check(verifier, issuer.token(AUDIENCE))
    with pytest.raises(VerifierClosed, match="closed"):
        check(verifier, issuer.token(AUDIENCE))


@pytest.mark.anyio
async def test_a_verifier_can_be_used_as_an_async_context() -> None:
    issuer = new_issuer()
    async with issuer.verifier(AUDIENCE) as verifier:
        await verifier.prefetch()
        assert verifier.is_ready
        assert (await verifier.verify(issuer.token(AUDIENCE))).subject == "user-1"
    await verifier.aclose()
    with pytest.raises(VerifierClosed):
        await verifier.verify(issuer.token(AUDIENCE))
