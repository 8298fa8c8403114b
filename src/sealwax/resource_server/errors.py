"""Everything `sealwax.resource_server` refuses with.

    VerifierError
      InvalidConfiguration   a verifier that may not be built so            .field
      TokenRefused           401, or 403 when only a scope is missing       .reason .claim
      KeysUnavailable        503 with Retry-After, never 401                .retry_after_seconds
        IntrospectionUnavailable   the same, where the issuer had to be asked
      VerifierClosed         a verifier that was closed, used all the same
      FetchFailed            a document could not be had; stays inside, is noted and tried again

The text of an error never holds a token. `description` is one of a fixed set of sentences, so it
may be sent to whoever called.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final, Literal

from sealwax.jose.errors import REASONS as JOSE_REASONS

CONFIRMATION_UNSUPPORTED: Final = "confirmation_unsupported"
TOKEN_KIND: Final = "token_kind"
SCOPE_INSUFFICIENT: Final = "scope_insufficient"
TOKEN_REVOKED: Final = "token_revoked"
TOKEN_SUSPENDED: Final = "token_suspended"
STATUS_MISSING: Final = "status_missing"
STATUS_MALFORMED: Final = "status_malformed"
STATUS_URI_NOT_ALLOWED: Final = "status_uri_not_allowed"
STATUS_INDEX_OUT_OF_RANGE: Final = "status_index_out_of_range"
STATUS_VALUE_UNKNOWN: Final = "status_value_unknown"
STATUS_UNKNOWN: Final = "status_unknown"
TOKEN_INACTIVE: Final = "token_inactive"

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **JOSE_REASONS,
        CONFIRMATION_UNSUPPORTED: "the token is bound to a key, and that binding can't be checked",
        TOKEN_KIND: "the token is not an access token",
        SCOPE_INSUFFICIENT: "the token lacks a scope that is needed here",
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

Reasons are stable; the sentences are not.
"""

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
    """The token is not accepted.

    `reason` is one of REASONS and stable, for logs, counters and tests. `error`, `http_status`
    and `description` are what RFC 6750 §3.1 has the API answer. `claim` names the claim that was
    wrong, where it was one. `required_scopes` holds what was needed when a scope was missing.
    """

    def __init__(
        self, reason: str, *, claim: str | None = None, required_scopes: tuple[str, ...] = ()
    ) -> None:
        self.reason = reason
        self.description = REASONS[reason]
        self.claim = claim
        self.required_scopes = required_scopes
        super().__init__(self.description + (f" ({claim})" if claim else ""))

    @property
    def error(self) -> Literal["invalid_token", "insufficient_scope"]:
        """The error code of RFC 6750 §3.1."""
        return "insufficient_scope" if self.reason == SCOPE_INSUFFICIENT else "invalid_token"

    @property
    def http_status(self) -> Literal[401, 403]:
        """The status code that RFC 6750 §3.1 gives that error."""
        return 403 if self.reason == SCOPE_INSUFFICIENT else 401


class KeysUnavailable(VerifierError):
    """The issuer's keys could not be had, so nothing can be said about the token.

    That is no fault of the caller: the API answers 503 with `retry_after_seconds`, never 401,
    which would have clients throw good tokens away. The text is for the operator.
    """

    error: Final = "temporarily_unavailable"
    http_status: Final = 503
    description: Final = KEYS_UNAVAILABLE_DESCRIPTION
    _what: ClassVar[str] = "the keys of {} are not at hand"

    def __init__(self, issuer: str, failure: "FetchFailed", retry_after_seconds: int) -> None:
        self.issuer = issuer
        self.reason = failure.reason
        self.retry_after_seconds = max(1, retry_after_seconds)
        super().__init__(f"{self._what.format(issuer)}: {failure}")


class IntrospectionUnavailable(KeysUnavailable):
    """The issuer could not be asked about a token, so nothing can be said about it (RFC 7662)."""

    _what = "{} can't be asked about the token"


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
