"""Everything `sealwax.resource_server` refuses with.

    VerifierError
      InvalidConfiguration   a verifier that may not be built so            .field
      TokenRefused           401, or 403 when only a scope is missing       .reason .claim
      Unavailable            503 with Retry-After, never 401                .retry_after_seconds
        KeysUnavailable      ... because the issuer's keys could not be had
          IntrospectionUnavailable   ... because the issuer had to be asked, and could not
        ReplaysUnknown       ... because nobody can tell whether a DPoP proof comes twice
      VerifierClosed         a verifier that was closed, used all the same
      FetchFailed            a document could not be had; stays inside, is noted and tried again

The text of an error never holds a token. `description` is one of a fixed set of sentences, so it
may be sent to whoever called.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final, Literal

from sealwax.jose.errors import REASONS as JOSE_REASONS
from sealwax.jose.errors import SCOPE_INSUFFICIENT as SCOPE_INSUFFICIENT  # noqa: PLC0414  # one word

CONFIRMATION_UNSUPPORTED: Final = "confirmation_unsupported"
DPOP_BINDING_MISSING: Final = "dpop_binding_missing"
DPOP_UNEXPECTED: Final = "dpop_unexpected"
DPOP_SCHEME_NEEDED: Final = "dpop_scheme_needed"
DPOP_KEY_MISMATCH: Final = "dpop_key_mismatch"
DPOP_PROOF_MISSING: Final = "dpop_proof_missing"
DPOP_PROOF_REPLAYED: Final = "dpop_proof_replayed"
DPOP_NONCE_MISSING: Final = "dpop_nonce_missing"
DPOP_NONCE_UNKNOWN: Final = "dpop_nonce_unknown"
CERTIFICATE_BINDING_MISSING: Final = "certificate_binding_missing"
CERTIFICATE_MISSING: Final = "certificate_missing"
CERTIFICATE_MISMATCH: Final = "certificate_mismatch"
AUTHENTICATION_CONTEXT: Final = "authentication_context"
AUTHENTICATION_METHODS: Final = "authentication_methods"
AUTHENTICATION_TIME_UNKNOWN: Final = "authentication_time_unknown"
AUTHENTICATION_TOO_OLD: Final = "authentication_too_old"
TOKEN_KIND: Final = "token_kind"
TOKEN_REVOKED: Final = "token_revoked"
TOKEN_SUSPENDED: Final = "token_suspended"
STATUS_MISSING: Final = "status_missing"
STATUS_MALFORMED: Final = "status_malformed"
STATUS_URI_NOT_ALLOWED: Final = "status_uri_not_allowed"
STATUS_INDEX_OUT_OF_RANGE: Final = "status_index_out_of_range"
STATUS_VALUE_UNKNOWN: Final = "status_value_unknown"
STATUS_UNKNOWN: Final = "status_unknown"
TOKEN_INACTIVE: Final = "token_inactive"

_DPOP_PROOF: Final = "dpop_proof_"

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **JOSE_REASONS,
        **{
            f"{_DPOP_PROOF}{name}": text if "DPoP" in text else f"DPoP proof: {text}"
            for name, text in JOSE_REASONS.items()
        },
        CONFIRMATION_UNSUPPORTED: "the token is bound to a key, and that binding can't be checked",
        DPOP_BINDING_MISSING: "the token is not bound to a key, and here it has to be",
        DPOP_UNEXPECTED: "the token came with a DPoP proof or as DPoP, and is not bound to a key",
        DPOP_SCHEME_NEEDED: "the token is bound to a key and has to come as: Authorization: DPoP",
        DPOP_KEY_MISMATCH: "the token is bound to another key than that of the DPoP proof",
        DPOP_PROOF_MISSING: "the token is bound to a key, and no DPoP proof came with it",
        DPOP_PROOF_REPLAYED: "the DPoP proof was used before",
        DPOP_NONCE_MISSING: "a nonce is needed in the DPoP proof",
        DPOP_NONCE_UNKNOWN: "the nonce in the DPoP proof is too old, or not of this API",
        CERTIFICATE_BINDING_MISSING: "the token is bound to no certificate, and here it has to be",
        CERTIFICATE_MISSING: "the token is bound to a certificate, and none came with it",
        CERTIFICATE_MISMATCH: "the token is bound to another certificate",
        AUTHENTICATION_CONTEXT: "a different authentication level is required",
        AUTHENTICATION_METHODS: "other authentication methods are required",
        AUTHENTICATION_TIME_UNKNOWN: "it is not known when the person signed in",
        AUTHENTICATION_TOO_OLD: "more recent authentication is required",
        TOKEN_KIND: "the token is not an access token",
        TOKEN_REVOKED: "the token has been taken back",
        TOKEN_SUSPENDED: "the token is suspended",
        STATUS_MISSING: "the token says nothing about its status",
        STATUS_MALFORMED: "the status claim is not in the form of a status list reference",
        STATUS_URI_NOT_ALLOWED: "the status list of the token is at an address that is not allowed",
        STATUS_INDEX_OUT_OF_RANGE: "the status list of the token has no such index",
        STATUS_VALUE_UNKNOWN: "the status of the token has no meaning here",
        STATUS_UNKNOWN: "the status of the token can't be known now",
        TOKEN_INACTIVE: "the issuer says that the token is not in force",
    }
)
"""Why a token may be refused, with what it means: those of `sealwax.jose`, and our own.

What is wrong with a DPoP proof has the reason `sealwax.jose` gives it, behind `dpop_proof_`.
Reasons are stable; the sentences are not.
"""

ErrorCode = Literal[
    "invalid_token",
    "insufficient_scope",
    "invalid_dpop_proof",
    "use_dpop_nonce",
    "insufficient_user_authentication",
]
# By the beginning of the reason; all others are invalid_token.
_ERROR_CODES: Final[Mapping[str, ErrorCode]] = MappingProxyType(
    {
        SCOPE_INSUFFICIENT: "insufficient_scope",
        _DPOP_PROOF: "invalid_dpop_proof",
        "dpop_nonce_": "use_dpop_nonce",
        "authentication_": "insufficient_user_authentication",
    }
)

REPLAY_STORE_FAILED: Final = "replay_store_failed"

ADDRESS_NOT_ALLOWED: Final = "address_not_allowed"
UNREACHABLE: Final = "unreachable"
TIMED_OUT: Final = "timed_out"
REDIRECTED: Final = "redirected"
HTTP_STATUS: Final = "http_status"
DOCUMENT_TOO_LARGE: Final = "document_too_large"
DOCUMENT_ENCODED: Final = "document_encoded"
DOCUMENT_TRUNCATED: Final = "document_truncated"
DOCUMENT_INVALID: Final = "document_invalid"
METADATA_MISMATCH: Final = "metadata_mismatch"
STATUS_LIST_REFUSED: Final = "status_list_refused"
FETCHER_FAILED: Final = "fetcher_failed"
NO_ANSWER_YET: Final = "no_answer_yet"
TOO_BUSY: Final = "too_busy"
STORED_KEYS_REFUSED: Final = "stored_keys_refused"
KEYS_NOT_STORED: Final = "keys_not_stored"

FETCH_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ADDRESS_NOT_ALLOWED: "the address may not be fetched",
        UNREACHABLE: "nothing answered at the address",
        TIMED_OUT: "the answer took too long",
        REDIRECTED: "the answer was a redirect, and none is followed",
        HTTP_STATUS: "the answer was not 200",
        DOCUMENT_TOO_LARGE: "the document is larger than is accepted",
        DOCUMENT_ENCODED: "the document has a Content-Encoding, and none was asked for",
        DOCUMENT_TRUNCATED: "the document ended too early",
        DOCUMENT_INVALID: "the document is not in the form that is needed",
        METADATA_MISMATCH: "the issuer's metadata is that of another issuer",
        STATUS_LIST_REFUSED: "the status list token was refused",
        FETCHER_FAILED: "the fetcher failed in a way of its own",
        NO_ANSWER_YET: "the first fetch has not ended yet",
        TOO_BUSY: "too many requests are waiting already",
        STORED_KEYS_REFUSED: "the keys on disk are refused",
        KEYS_NOT_STORED: "the keys could not be written to disk",
    }
)
"""Why a document of an issuer could not be had: what KeysUnavailable and FetchFailed carry."""

KEYS_UNAVAILABLE_DESCRIPTION: Final = "tokens can't be verified now, try again"


class VerifierError(Exception):
    """Everything the verifier raises by design."""


class InvalidConfiguration(VerifierError, ValueError):
    """A verifier was not told what to accept, or told what may not be; `field` says which."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        super().__init__(f"{field}: {problem}")


class VerifierClosed(VerifierError):
    """The verifier was closed and is used all the same."""

    def __init__(self) -> None:
        super().__init__("the verifier is closed; build another one to verify with")


class TokenRefused(VerifierError):
    """The token is not accepted, or not from whoever sent it.

    `reason` is one of REASONS and stable, for logs, counters and tests. `error`, `http_status`
    and `description` are what the API answers. `claim` names the claim that was wrong, where it
    was one. The rest is for the challenge: `required_scopes` when a scope was missing, `acr_values`
    and `max_authentication_age_seconds` when somebody has to sign in anew (RFC 9470 §3), and
    `dpop_nonce`, the one to send, when a nonce is needed (RFC 9449 §9).
    """

    def __init__(
        self,
        reason: str,
        *,
        claim: str | None = None,
        required_scopes: tuple[str, ...] = (),
        acr_values: tuple[str, ...] = (),
        max_authentication_age_seconds: int | None = None,
        dpop_nonce: str | None = None,
    ) -> None:
        self.reason = reason
        self.description = REASONS[reason]
        self.claim = claim
        self.required_scopes = required_scopes
        self.acr_values = acr_values
        self.max_authentication_age_seconds = max_authentication_age_seconds
        self.dpop_nonce = dpop_nonce
        super().__init__(self.description + (f" ({claim})" if claim else ""))

    @classmethod
    def of_dpop_proof(cls, reason: str) -> "TokenRefused":
        """Make the refusal of a DPoP proof that `sealwax.jose` refused for `reason`."""
        return cls(_DPOP_PROOF + reason)

    @property
    def error(self) -> ErrorCode:
        """The error code of RFC 6750 §3.1, RFC 9449 §7.1 and §9, or RFC 9470 §3."""
        for beginning, code in _ERROR_CODES.items():
            if self.reason.startswith(beginning):
                return code
        return "invalid_token"

    @property
    def http_status(self) -> Literal[401, 403]:
        """The status code that goes with that error."""
        return 403 if self.reason == SCOPE_INSUFFICIENT else 401


class Unavailable(VerifierError):
    """Nothing can be said about the token now, and that is no fault of the caller.

    The API answers 503 with `retry_after_seconds`, never 401, which would have clients throw good
    tokens away. `reason` and the text are for the operator, `description` may be sent.
    """

    error: Final = "temporarily_unavailable"
    http_status: Final = 503
    description: Final = KEYS_UNAVAILABLE_DESCRIPTION

    def __init__(self, issuer: str, reason: str, text: str, retry_after_seconds: int) -> None:
        self.issuer = issuer
        self.reason = reason
        self.retry_after_seconds = max(1, retry_after_seconds)
        super().__init__(text)


class KeysUnavailable(Unavailable):
    """The issuer's keys could not be had; `reason` is one of FETCH_REASONS."""

    _what: ClassVar[str] = "the keys of {} are not at hand"

    def __init__(self, issuer: str, failure: "FetchFailed", retry_after_seconds: int) -> None:
        text = f"{self._what.format(issuer)}: {failure}"
        super().__init__(issuer, failure.reason, text, retry_after_seconds)


class IntrospectionUnavailable(KeysUnavailable):
    """The issuer could not be asked about a token, so nothing can be said about it (RFC 7662)."""

    _what = "{} can't be asked about the token"


class ReplaysUnknown(Unavailable):
    """The store of DPoP proofs that were used is full, or failed; no proof can be accepted.

    `reason` is `replay_store_full` or `replay_store_failed`.
    """

    def __init__(self, issuer: str, reason: str) -> None:
        text = f"whether a DPoP proof for {issuer} comes twice can't be known: {reason}"
        super().__init__(issuer, reason, text, 1)


class FetchFailed(VerifierError):
    """A document could not be fetched, or was not what it has to be.

    `reason` is one of FETCH_REASONS, `status` the HTTP status where there was one, and
    `retry_after_seconds` what the server asked for, if it did.
    """

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        status: int | None = None,
        retry_after_seconds: int = 0,
    ) -> None:
        self.reason = reason
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        super().__init__(FETCH_REASONS[reason] + (f": {detail}" if detail else ""))
