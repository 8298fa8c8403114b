"""Judging the tokens of one issuer: the order of the checks stands here, once."""

from dataclasses import dataclass

from sealwax.clock import Clock
from sealwax.entropy import Entropy
from sealwax.jose import KeySet, jwt
from sealwax.jose.errors import CLAIM_MISSING, ISSUER_MISMATCH, KeyNotFound
from sealwax.jose.jwt import PreparedVerifier
from sealwax.resource_server.access_token import AccessTokenRules, VerifiedToken
from sealwax.resource_server.errors import TokenRefused
from sealwax.resource_server.fetching import Fetcher
from sealwax.resource_server.kept import Wait
from sealwax.resource_server.key_source import FetchedKeys, GivenKeys, KeySource, TrustedKeys
from sealwax.resource_server.policy import TrustedIssuer
from sealwax.resource_server.status_source import StatusSource


@dataclass(frozen=True, slots=True)
class Services:
    """What a verifier works with: the network, the time and the random numbers."""

    fetcher: Fetcher
    clock: Clock
    entropy: Entropy


class IssuerVerifier:
    """Verifies the tokens of one trusted issuer with its keys and its status lists alone."""

    def __init__(self, trusted: TrustedIssuer, services: Services) -> None:
        self.issuer = trusted.issuer
        self.keys = _key_source(trusted, services)
        self._status = _status_source(trusted, self.keys, services)
        self._rules = AccessTokenRules(
            is_rfc_9068=trusted.is_rfc_9068,
            scope_claim=trusted.scope_claim,
            client_id_claim=trusted.client_id_claim,
        )

    def judge(self, token: str, now: int) -> VerifiedToken | Wait:
        """Give the verified token, or what has to be waited for first.

        In this order: keys at hand; size, form, algorithm, key and signature; type, issuer,
        audience and times; the rules of access tokens; status. Raises JoseError, TokenRefused or
        KeysUnavailable.
        """
        keys = self.keys.find(now)
        if keys is None:
            # Nothing is fetched for the sake of a token that is not even from this issuer.
            self.check_issuer(token)
            return self.keys.fetch(now)
        try:
            verified = keys.verifier.verify(token, now=now)
        except KeyNotFound as error:
            self.check_issuer(token)
            wait = self.keys.look_again(error, keys, now)
            if wait is None:
                raise
            return wait
        access_token = self._rules.read(verified)
        if self._status is not None:
            wait = self._status.check(verified.claims, now)
            if wait is not None:
                return wait
        return access_token

    def check_issuer(self, token: str) -> None:
        """Refuse a token that does not even claim to be from this issuer."""
        jwt.read_unverified_header(token)  # what is wrong there is named first, keys or no keys
        if read_unverified_issuer(token) != self.issuer:
            raise TokenRefused(ISSUER_MISMATCH, claim="iss")

    def close(self) -> None:
        """Stop refreshing."""
        self.keys.close()
        if self._status is not None:
            self._status.close()


def read_unverified_issuer(token: str) -> str:
    """Read which issuer a token claims to be from. Raises MalformedToken or TokenRefused."""
    issuer = jwt.read_unverified_claims(token).get("iss")
    if issuer is None:
        raise TokenRefused(CLAIM_MISSING, claim="iss")
    if type(issuer) is not str:
        raise TokenRefused(ISSUER_MISMATCH, claim="iss")
    return issuer


def _key_source(trusted: TrustedIssuer, services: Services) -> KeySource:
    policy, algorithms = trusted.token_policy, trusted.algorithms

    def prepare(key_set: KeySet) -> TrustedKeys:
        verifier = PreparedVerifier(key_set, algorithms=algorithms, policy=policy)
        return TrustedKeys(key_set, verifier)

    if trusted.key_set is not None:
        return GivenKeys(prepare(trusted.key_set))
    return FetchedKeys(
        trusted.address,
        prepare,
        jwks_uri=trusted.jwks_address,
        stale_seconds=trusted.keys_stale_seconds,
        allow_insecure_http=trusted.allow_insecure_http,
        fetcher=services.fetcher,
        clock=services.clock,
        entropy=services.entropy,
    )


def _status_source(
    trusted: TrustedIssuer, keys: KeySource, services: Services
) -> StatusSource | None:
    if trusted.status_policy is None:
        return None
    return StatusSource(
        trusted.address,
        keys,
        trusted.status_policy,
        algorithms=trusted.algorithms,
        leeway_seconds=trusted.leeway_seconds,
        allow_insecure_http=trusted.allow_insecure_http,
        fetcher=services.fetcher,
        clock=services.clock,
        entropy=services.entropy,
    )
