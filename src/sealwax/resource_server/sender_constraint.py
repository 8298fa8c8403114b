"""Whether a token came from whom it was issued to (RFC 9449 §7, RFC 8705 §3).

A token that names a key in `cnf` is worth nothing to whoever does not hold that key. This is
looked at with every use of a token, whatever else of it is remembered.
"""

import inspect
from collections.abc import Awaitable
from dataclasses import dataclass

from sealwax.jose.confirmation import certificate_thumbprint
from sealwax.jose.errors import (
    REPLAY_STORE_FULL,
    TARGET_URI_MISMATCH,
    JoseError,
    ReplayStoreFull,
)
from sealwax.jose.replay import MemoryReplayStore
from sealwax.jose.target_uri import MAX_TARGET_URI_LENGTH, without_query
from sealwax.resource_server.access_token import VerifiedToken
from sealwax.resource_server.dpop_nonce import DpopNonces
from sealwax.resource_server.dpop_policy import DpopPolicy, ProofStore
from sealwax.resource_server.errors import (
    CERTIFICATE_BINDING_MISSING,
    CERTIFICATE_MISMATCH,
    CERTIFICATE_MISSING,
    CONFIRMATION_UNSUPPORTED,
    DPOP_BINDING_MISSING,
    DPOP_KEY_MISMATCH,
    DPOP_NONCE_MISSING,
    DPOP_NONCE_UNKNOWN,
    DPOP_PROOF_MISSING,
    DPOP_PROOF_REPLAYED,
    DPOP_SCHEME_NEEDED,
    DPOP_UNEXPECTED,
    REPLAY_STORE_FAILED,
    InvalidConfiguration,
    ReplaysUnknown,
    TokenRefused,
)
from sealwax.resource_server.policy import TrustedIssuer
from sealwax.resource_server.presentation import Presentation


@dataclass(frozen=True, slots=True)
class UnspentProof:
    """A token that may be used once its proof was noted as used, which only the first can do."""

    token: VerifiedToken
    issuer: str
    name: str
    expires_at: int
    now: int
    store: ProofStore

    def spend(self) -> VerifiedToken:
        """Note the proof as used. Raises TokenRefused if it was before, or ReplaysUnknown."""
        noted = self._add()
        if inspect.isawaitable(noted):
            if inspect.iscoroutine(noted):
                noted.close()
            problem = "is asynchronous; verify_sync needs one that is not"
            raise InvalidConfiguration("dpop.replay_store", problem)
        return self._admit(noted)

    async def spend_async(self) -> VerifiedToken:
        """Do the same, waiting for a store that is asynchronous."""
        noted = self._add()
        if not inspect.isawaitable(noted):
            return self._admit(noted)
        try:
            is_first = await noted
        except Exception as error:
            raise ReplaysUnknown(self.issuer, _why(error)) from error
        return self._admit(is_first)

    def _add(self) -> bool | Awaitable[bool]:
        try:
            return self.store.add(self.name, expires_at=self.expires_at, now=self.now)
        except Exception as error:
            raise ReplaysUnknown(self.issuer, _why(error)) from error

    def _admit(self, is_first: object) -> VerifiedToken:
        if is_first is not True:
            raise TokenRefused(DPOP_PROOF_REPLAYED)
        return self.token


class SenderConstraint:
    """What one issuer's tokens need besides themselves to be used."""

    def __init__(self, trusted: TrustedIssuer) -> None:
        self._issuer = trusted.issuer
        self._policy = trusted.dpop_policy
        self._is_dpop_required = trusted.require_dpop
        self._is_certificate_required = trusted.require_certificate
        self._nonces: DpopNonces | None = None
        # Made now: two first uses at once must not make two.
        self._store: ProofStore = MemoryReplayStore()
        if self._policy is not None:
            if self._policy.replay_store is not None:
                self._store = self._policy.replay_store
            if self._policy.nonce_secret is not None:
                self._nonces = DpopNonces(self._policy.nonce_secret, self._policy.nonce_seconds)
        self.is_always_looked_at = self._is_dpop_required or self._is_certificate_required

    def nonce(self, now: int) -> str | None:
        """Give the nonce for the next proof; None where none is needed."""
        return None if self._nonces is None else self._nonces.current(now)

    def check(
        self, text: str, token: VerifiedToken, presented: Presentation | None, now: int
    ) -> UnspentProof | None:
        """Accept a token from whoever can show what it is bound to.

        Asked for tokens that are bound or have to be, and for those that came with a proof. Gives
        the proof that is still to be spent, if it took one. Raises TokenRefused, or JoseError for a
        `cnf` or a certificate that can't be read.
        """
        confirmation = token.confirmation
        jkt = confirmation.jkt if confirmation is not None else None
        certificate = confirmation.x5t_s256 if confirmation is not None else None
        if jkt is None and self._is_dpop_required:
            raise TokenRefused(DPOP_BINDING_MISSING, claim="cnf")
        if certificate is None and self._is_certificate_required:
            raise TokenRefused(CERTIFICATE_BINDING_MISSING, claim="cnf")
        if presented is None:
            raise TokenRefused(CONFIRMATION_UNSUPPORTED, claim="cnf")
        if certificate is not None:
            _check_certificate(certificate, presented)
        if jkt is None:
            if presented.has_proof:
                raise TokenRefused(DPOP_UNEXPECTED)
            return None
        if self._policy is None:
            raise TokenRefused(CONFIRMATION_UNSUPPORTED, claim="cnf")
        return self._check_proof(jkt, self._policy, text, token, presented, now)

    def _check_proof(
        self,
        jkt: str,
        policy: DpopPolicy,
        text: str,
        token: VerifiedToken,
        presented: Presentation,
        now: int,
    ) -> UnspentProof:
        from sealwax.jose import dpop  # noqa: PLC0415 - most tokens are not bound to a key

        if presented.scheme != "DPoP":
            raise TokenRefused(DPOP_SCHEME_NEEDED, claim="cnf")
        if presented.dpop_proof is None:
            raise TokenRefused(DPOP_PROOF_MISSING)
        if len(without_query(presented.url)) > MAX_TARGET_URI_LENGTH:
            raise TokenRefused.of_dpop_proof(TARGET_URI_MISMATCH)
        try:
            proof = dpop.check(
                presented.dpop_proof,
                method=presented.method,
                url=presented.url,
                now=now,
                access_token=text,
                algorithms=policy.algorithms,
                max_age_seconds=policy.max_age_seconds,
                leeway_seconds=policy.leeway_seconds,
            )
        except JoseError as error:
            raise TokenRefused.of_dpop_proof(error.reason) from error
        if proof.thumbprint != jkt:  # neither is a secret
            raise TokenRefused(DPOP_KEY_MISMATCH, claim="cnf")
        self._check_nonce(proof.nonce, now)
        return UnspentProof(
            token, self._issuer, proof.replay_name, proof.expires_at, now, self._store
        )

    def _check_nonce(self, found: str | None, now: int) -> None:
        if self._nonces is None or (found is not None and self._nonces.is_accepted(found, now)):
            return
        reason = DPOP_NONCE_MISSING if found is None else DPOP_NONCE_UNKNOWN
        raise TokenRefused(reason, dpop_nonce=self._nonces.current(now))


def _check_certificate(thumbprint: str, presented: Presentation) -> None:
    if presented.client_certificate is None:
        raise TokenRefused(CERTIFICATE_MISSING, claim="cnf")
    if certificate_thumbprint(presented.client_certificate) != thumbprint:  # nor is it
        raise TokenRefused(CERTIFICATE_MISMATCH, claim="cnf")


def _why(error: Exception) -> str:
    return REPLAY_STORE_FULL if isinstance(error, ReplayStoreFull) else REPLAY_STORE_FAILED
