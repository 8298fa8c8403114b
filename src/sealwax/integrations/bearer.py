"""Bearer tokens on the wire: the one header they are read from, and every answer (RFC 6750).

A token is never read from the query or the body (RFC 9700 §4.3.2), and never repeated in an answer.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sealwax.jose.compact import MAX_TOKEN_SIZE_BYTES
from sealwax.jose.errors import TOKEN_TOO_LARGE
from sealwax.resource_server.errors import KeysUnavailable, TokenRefused, VerifierError

TOKEN_MISSING: Final = "token_missing"
REQUEST_MALFORMED: Final = "request_malformed"

_DESCRIPTIONS: Final = {
    TOKEN_MISSING: "an access token is needed, as: Authorization: Bearer TOKEN",
    REQUEST_MALFORMED: "one Authorization header is accepted, as: Bearer, one space, one token",
}
# RFC 6750 §2.1; the scheme has no case (RFC 9110 §11.1).
_CREDENTIALS: Final = re.compile(r"(?i:bearer) ([A-Za-z0-9\-._~+/]+=*)")
_SCHEME: Final = "bearer"
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_JSON_HEADERS: Final = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that any framework can send."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class RequestRefused(VerifierError):
    """The request is not let through; `answer` is what to send, `reason` is for logs and tests.

    `reason` is that of the TokenRefused or KeysUnavailable behind it, `token_missing` or
    `request_malformed`; `description` is the sentence that the answer holds.
    """

    def __init__(self, reason: str, description: str, answer: Answer) -> None:
        self.reason = reason
        self.description = description
        self.answer = answer
        super().__init__(f"{answer.status}: {reason}")


class CredentialsRefused(VerifierError):
    """There is no token in the request, or not in the one form it may have."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.description = _DESCRIPTIONS[reason]
        super().__init__(self.description)


@dataclass(frozen=True, slots=True)
class Challenge:
    """The WWW-Authenticate header of one protected resource (RFC 6750 §3, RFC 9728 §5.1)."""

    realm: str
    metadata_url: str | None
    scopes: tuple[str, ...] = ()
    error: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Write the header: the error if there is one, the scopes needed, where to learn more."""
        parameters = dict(self.error)
        if self.scopes:
            parameters["scope"] = " ".join(self.scopes)
        if self.metadata_url is not None:
            parameters["resource_metadata"] = self.metadata_url
        else:
            parameters["realm"] = self.realm
        return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parameters.items())


def read_bearer_token(authorization: Sequence[str]) -> str:
    """Read the token from the values of all Authorization headers of a request.

    Raises CredentialsRefused, or TokenRefused for a token that is too large to be looked at.
    """
    if not authorization:
        raise CredentialsRefused(TOKEN_MISSING)
    if len(authorization) > 1:
        raise CredentialsRefused(REQUEST_MALFORMED)
    value = authorization[0]
    if value[: len(_SCHEME) + 1].lower().rstrip(" ") != _SCHEME:
        raise CredentialsRefused(TOKEN_MISSING)  # none of our scheme, maybe one of another
    if len(value) > MAX_TOKEN_SIZE_BYTES + len("Bearer "):
        raise TokenRefused(TOKEN_TOO_LARGE)
    credentials = _CREDENTIALS.fullmatch(value)
    if credentials is None:
        raise CredentialsRefused(REQUEST_MALFORMED)
    return credentials[1]


def answer_to(
    error: CredentialsRefused | TokenRefused | KeysUnavailable,
    challenge: Challenge,
    scopes: tuple[str, ...],
) -> RequestRefused:
    """Make the answer that RFC 6750 §3.1 gives each refusal.

    Without a token the challenge carries no error; keys that can't be had are 503 and no
    challenge at all, since no other token would help.
    """
    if isinstance(error, KeysUnavailable):
        body = {"error": error.error, "error_description": error.description}
        headers = {"Retry-After": str(error.retry_after_seconds)}
        return RequestRefused(error.reason, error.description, _answer(503, headers, body))
    status, code, shown_scopes = _verdict(error, scopes)
    body = {"error_description": error.description}
    if code is not None:
        body = {"error": code, **body}
    header = Challenge(
        challenge.realm, challenge.metadata_url, shown_scopes, body if code is not None else {}
    )
    answer = _answer(status, {"WWW-Authenticate": str(header)}, body)
    return RequestRefused(error.reason, error.description, answer)


def is_scope(text: object) -> bool:
    """True for one scope in the characters of RFC 6749 §3.3."""
    return isinstance(text, str) and _SCOPE.fullmatch(text) is not None


def is_quotable(text: str) -> bool:
    """True for a text that can stand in a quoted parameter as it is."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def _verdict(
    error: CredentialsRefused | TokenRefused, scopes: tuple[str, ...]
) -> tuple[int, str | None, tuple[str, ...]]:
    """Give the status, the error code if there is one, and the scopes to name."""
    if isinstance(error, TokenRefused):
        is_scope_missing = error.http_status == 403  # noqa: PLR2004 - the one other status of RFC 6750 §3.1
        return error.http_status, error.error, scopes if is_scope_missing else ()
    if error.reason == REQUEST_MALFORMED:
        return 400, "invalid_request", ()
    return 401, None, scopes


def _answer(status: int, headers: Mapping[str, str], body: Mapping[str, str]) -> Answer:
    return Answer(status, {**_JSON_HEADERS, **headers}, json.dumps(body).encode())
