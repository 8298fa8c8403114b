"""A test issuer in the place of the one that an API trusts, for as long as a test runs."""

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, Unpack

from sealwax.clock import Clock
from sealwax.resource_server import TrustedIssuer, Verifier
from sealwax.testing.faults import faulty_token
from sealwax.testing.headers import token_headers
from sealwax.testing.issuer import TestIssuer, TokenDetails, fetcher_for


class HasVerifier(Protocol):
    """What is given another verifier: the ResourceServer of any framework."""

    verifier: Verifier


@dataclass(frozen=True, slots=True)
class StandIn:
    """What a test of one API needs: its issuer, and tokens made for it.

    `issuer` is the only one that the API trusts, or the first; `issuers` has all of them by URL.
    """

    issuer: TestIssuer
    audience: str
    issuers: Mapping[str, TestIssuer]

    def token(self, *scopes: str, **details: Unpack[TokenDetails]) -> str:
        """Mint a token for this API; see TestIssuer.token."""
        return self.issuer.token(self.audience, scopes=scopes, **details)

    def headers(self, *scopes: str, **details: Unpack[TokenDetails]) -> dict[str, str]:
        """Give the headers of a request with such a token."""
        return token_headers(self.token(*scopes, **details))

    def faulty_headers(
        self, fault: str, *scopes: str, **details: Unpack[TokenDetails]
    ) -> dict[str, str]:
        """Give the headers of a request whose token has one fault of FAULTS."""
        token = faulty_token(self.issuer, fault, self.audience, scopes=scopes, **details)
        return token_headers(token)


@contextmanager
def stand_in(resource_server: HasVerifier, *, clock: Clock | None = None) -> Iterator[StandIn]:
    """Have an API trust test issuers in place of its own, by the settings that it has.

    Its verifier is replaced by one that accepts the same (audience, algorithms, token type, age
    and so on) of issuers with the same URLs, and reaches no network. The block's end puts the old
    one back. Keys and addresses that were configured give way to the test issuer's, and a store of
    DPoP proofs to one in memory; a shared secret stays, and signs.
    """
    before = resource_server.verifier
    issuers = {each.issuer: _issuer_for(each, clock) for each in before.trusted_issuers}
    trusted = [_reachable(each) for each in before.trusted_issuers]
    first = before.trusted_issuers[0]
    verifier = Verifier(issuers=trusted, fetcher=fetcher_for(*issuers.values()), clock=clock)
    with verifier:
        resource_server.verifier = verifier
        try:
            yield StandIn(issuers[first.issuer], first.audiences[0], issuers)
        finally:
            resource_server.verifier = before


def _issuer_for(trusted: TrustedIssuer, clock: Clock | None) -> TestIssuer:
    key = trusted.key_set.keys[0] if _has_secret(trusted) and trusted.key_set else None
    preferred = "ES256" if "ES256" in trusted.algorithms else next(iter(trusted.algorithms))
    issuer = TestIssuer(
        trusted.issuer,
        algorithm=preferred,
        clock=clock,
        token_type=trusted.token_type,
        scope_claim=trusted.scope_claim,
        client_id_claim=trusted.client_id_claim,
    )
    if key is not None:
        issuer.keys = [key]
    return issuer


def _reachable(trusted: TrustedIssuer) -> TrustedIssuer:
    """Take away what would lead past the test issuer, or to another machine."""
    introspection, dpop = trusted.introspection, trusted.dpop
    if introspection is not None:
        introspection = dataclasses.replace(introspection, endpoint=None)
    if not isinstance(dpop, bool):
        dpop = dataclasses.replace(dpop, replay_store=None)
    within = dataclasses.replace(trusted, introspection=introspection, dpop=dpop)
    if _has_secret(trusted):
        return within
    return dataclasses.replace(within, keys=None, jwks_uri=None)


def _has_secret(trusted: TrustedIssuer) -> bool:
    return trusted.key_set is not None and trusted.key_set.keys[0].key_type == "oct"
