"""Judging the tokens of one issuer: the order of the checks stands here, once."""

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from sealwax.clock import Clock
from sealwax.entropy import Entropy
from sealwax.jose import KeySet, jwt
from sealwax.jose.errors import ISSUER_MISMATCH, KeyNotFound
from sealwax.jose.jwt import PreparedVerifier
from sealwax.resource_server.access_token import AccessTokenRules, VerifiedToken
from sealwax.resource_server.claimed_issuer import is_signed_form, read_unverified_issuer
from sealwax.resource_server.errors import TokenRefused
from sealwax.resource_server.events import NO_EVENTS, VerifierEvents
from sealwax.resource_server.fetching import Fetcher
from sealwax.resource_server.kept import Wait
from sealwax.resource_server.policy import TrustedIssuer
from sealwax.resource_server.presentation import Presentation
from sealwax.resource_server.sender_constraint import SenderConstraint, UnspentProof
from sealwax.resource_server.status_source import StatusSource
from sealwax.resource_server.step_up import AuthenticationDemands
from sealwax.resource_server.trusted_keys import GivenKeys, KeySource, TrustedKeys

if TYPE_CHECKING:
    from sealwax.resource_server.introspection import IntrospectionSource
    from sealwax.resource_server.key_store import KeyStore


Demands = tuple[Collection[str], Presentation | None, AuthenticationDemands | None]
"""What a caller asks of one use of a token: scopes, how it came, and of its sign-in."""


class Services(NamedTuple):
    """What a verifier works with: the network, the time, random numbers, a disk, and who counts."""

    fetcher: Fetcher
    clock: Clock
    entropy: Entropy
    events: VerifierEvents = NO_EVENTS
    key_store: "KeyStore | None" = None


class IssuerVerifier:
    """Verifies the tokens of one trusted issuer with its keys and its status lists alone."""

    def __init__(self, trusted: TrustedIssuer, services: Services) -> None:
        self.issuer = trusted.issuer
        self.keys = _key_source(trusted, services)
        self._status = _status_source(trusted, self.keys, services)
        self._introspection = _introspection_source(trusted, self.keys, services)
        self.takes_opaque_tokens = self._introspection is not None
        self.needs_keys = trusted.introspection is None or not trusted.introspection.always
        self._sender = SenderConstraint(trusted)
        self._leeway_seconds = trusted.leeway_seconds
        self._rules = AccessTokenRules(
            is_rfc_9068=trusted.is_rfc_9068,
            scope_claim=trusted.scope_claim,
            client_id_claim=trusted.client_id_claim,
        )

    def judge(self, token: str, now: int, waited: Wait | None = None) -> VerifiedToken | Wait:
        """Give the verified token, or what has to be waited for first.

        In this order: keys at hand; size, form, algorithm, key and signature; type, issuer,
        audience and times; the rules of access tokens; status. Where the issuer is asked, its
        answer stands for key, signature and status; `waited` is what was waited for. Raises
        JoseError, TokenRefused or KeysUnavailable.
        """
        if self._introspection is not None:
            is_signed = is_signed_form(token)
            if is_signed and not self.needs_keys:
                self.check_issuer(token)  # no issuer is shown a token of another
            if not is_signed or not self.needs_keys:
                return self._introspection.judge(token, now, waited)
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
        access_token = self._rules.read(verified.claims, verified.header)
        if self._status is not None:
            wait = self._status.check(verified.claims, now)
            if wait is not None:
                return wait
        return access_token

    def admit(
        self, text: str, token: VerifiedToken, demands: Demands, now: int
    ) -> VerifiedToken | UnspentProof:
        """Give a verified token to whoever sent it, if that is who may use it, and for this.

        In this order: sender, sign-in, scopes; a proof is spent last of all. Nothing of this is
        remembered from one use to the next. Raises TokenRefused or JoseError.
        """
        scopes, presented, sign_in = demands
        proof: UnspentProof | None = None
        if (
            "cnf" in token.claims
            or self._sender.is_always_looked_at
            or (presented is not None and presented.has_proof)
        ):
            proof = self._sender.check(text, token, presented, now)
        if sign_in is not None:
            sign_in.check(token, now, self._leeway_seconds)
        if scopes:
            if isinstance(scopes, str):
                raise TypeError(f"scopes is the text {scopes!r}; a collection of texts is accepted")
            token.require_scopes(*scopes)
        return token if proof is None else proof

    def dpop_nonce(self, now: int) -> str | None:
        """Give the nonce for the next DPoP proof; None where none is needed."""
        return self._sender.nonce(now)

    def check_issuer(self, token: str) -> None:
        """Refuse a token that does not even claim to be from this issuer."""
        jwt.read_unverified_header(token)  # what is wrong there is named first, keys or no keys
        if read_unverified_issuer(token) != self.issuer:
            raise TokenRefused(ISSUER_MISMATCH, claim="iss")

    def close(self) -> None:
        """Stop refreshing."""
        self.keys.close()
        if self._introspection is not None:
            self._introspection.close()
        if self._status is not None:
            self._status.close()


def _key_source(trusted: TrustedIssuer, services: Services) -> KeySource:
    policy, algorithms = trusted.token_policy, trusted.algorithms

    def prepare(key_set: KeySet) -> TrustedKeys:
        # New keys begin with an empty cache: what a key that left has signed is known no more.
        verifier = PreparedVerifier(
            key_set, algorithms=algorithms, policy=policy, cache=trusted.token_cache
        )
        return TrustedKeys(key_set, verifier)

    if trusted.key_set is not None:
        return GivenKeys(prepare(trusted.key_set))
    from sealwax.resource_server.key_source import FetchedKeys  # noqa: PLC0415 - not for given keys

    return FetchedKeys(
        trusted.address,
        prepare,
        jwks_uri=trusted.jwks_address,
        stale_seconds=trusted.keys_stale_seconds,
        allow_insecure_http=trusted.allow_insecure_http,
        fetcher=services.fetcher,
        clock=services.clock,
        entropy=services.entropy,
        store=services.key_store,
        events=services.events,
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
        store=services.key_store,
        events=services.events,
    )


def _introspection_source(
    trusted: TrustedIssuer, keys: KeySource, services: Services
) -> "IntrospectionSource | None":
    settings = trusted.introspection
    if settings is None:
        return None
    from sealwax.resource_server.introspection import (  # noqa: PLC0415 - most ask nobody
        IntrospectionSource,
    )
    from sealwax.resource_server.introspection_answer import (  # noqa: PLC0415 - the same
        AnswerRules,
        SignedAnswers,
    )

    rules = AccessTokenRules(
        is_rfc_9068=False,
        scope_claim=trusted.scope_claim,
        client_id_claim=trusted.client_id_claim,
    )
    signed = SignedAnswers(
        trusted.issuer,
        audiences=(settings.client_id, *trusted.audiences),
        algorithms=trusted.algorithms,
        leeway_seconds=trusted.leeway_seconds,
    )
    return IntrospectionSource(
        trusted.address,
        settings,
        AnswerRules(
            trusted.introspection_policy,
            lambda claims: rules.read(claims, {}),
            allow_missing_audience=settings.allow_missing_audience,
        ),
        allow_insecure_http=trusted.allow_insecure_http,
        fetcher=services.fetcher,
        clock=services.clock,
        entropy=services.entropy,
        signed_answers=signed if settings.signed_answers else None,
        keys=keys,
        events=services.events,
    )
