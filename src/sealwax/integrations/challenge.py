"""What an API answers to a request it does not let through (RFC 6750 §3, RFC 9449 §7, RFC 9470)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sealwax.integrations.credentials import TOKEN_MISSING, CredentialsRefused
from sealwax.resource_server.errors import TokenRefused, Unavailable, VerifierError
from sealwax.resource_server.presentation import Scheme

_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_JSON_HEADERS: Final = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
NONCE_HEADER: Final = "DPoP-Nonce"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that any framework can send."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class RequestRefused(VerifierError):
    """The request is not let through; `answer` is what to send, `reason` is for logs and tests.

    `reason` is that of the TokenRefused or Unavailable behind it, `token_missing` or
    `request_malformed`; `description` is the sentence that the answer holds.
    """

    def __init__(self, reason: str, description: str, answer: Answer) -> None:
        self.reason = reason
        self.description = description
        self.answer = answer
        super().__init__(f"{answer.status}: {reason}")


@dataclass(frozen=True, slots=True)
class Challenges:
    """The WWW-Authenticate header of one protected resource (RFC 9110 §11.6.1, RFC 9728 §5.1).

    `schemes` are those that are accepted, the usual one first; `dpop_algorithms` are what a DPoP
    proof may be signed with.
    """

    realm: str
    metadata_url: str | None
    schemes: tuple[Scheme, ...] = ("Bearer",)
    dpop_algorithms: tuple[str, ...] = field(default=())

    def write(
        self,
        parameters: Mapping[str, str],
        error: Mapping[str, str],
        schemes: tuple[Scheme, ...],
        used: Scheme | None,
    ) -> str:
        """Write a challenge for each of `schemes`; the error goes to the one that was used.

        To all of them when nobody can tell which was (RFC 9449 §7.2).
        """
        return ", ".join(
            self._write_one(scheme, {**(error if used in {None, scheme} else {}), **parameters})
            for scheme in schemes
        )

    def _write_one(self, scheme: Scheme, given: Mapping[str, str]) -> str:
        parameters = dict(given)
        if self.metadata_url is not None:
            parameters["resource_metadata"] = self.metadata_url
        else:
            parameters["realm"] = self.realm
        if scheme == "DPoP":
            parameters["algs"] = " ".join(self.dpop_algorithms)
        return f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in parameters.items())


def answer_to(
    error: CredentialsRefused | TokenRefused | Unavailable,
    challenges: Challenges,
    scopes: tuple[str, ...],
    scheme: Scheme | None,
) -> RequestRefused:
    """Make the answer to a request that came with `scheme`, as the RFCs give it for each refusal.

    Without a token the challenge carries no error. What can't be decided now is 503 and no
    challenge at all, since no other token would help.
    """
    if isinstance(error, Unavailable):
        body = {"error": error.error, "error_description": error.description}
        headers = {"Retry-After": str(error.retry_after_seconds)}
        return RequestRefused(error.reason, error.description, _answer(503, headers, body))
    used = scheme if scheme in challenges.schemes else None
    if isinstance(error, TokenRefused):
        return _answer_to_token(error, challenges, scopes, used)
    if error.reason == TOKEN_MISSING:
        header = challenges.write(_scope(scopes), {}, challenges.schemes, None)
        body = {"error_description": error.description}
        return _refused(error, 401, {"WWW-Authenticate": header}, body)
    body = {"error": "invalid_request", "error_description": error.description}
    header = challenges.write({}, body, challenges.schemes if used is None else (used,), used)
    return _refused(error, 400, {"WWW-Authenticate": header}, body)


def is_scope(text: object) -> bool:
    """True for one scope in the characters of RFC 6749 §3.3."""
    return isinstance(text, str) and _SCOPE.fullmatch(text) is not None


def is_quotable(text: str) -> bool:
    """True for a text that can stand in a quoted parameter as it is."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def _answer_to_token(
    error: TokenRefused, challenges: Challenges, scopes: tuple[str, ...], used: Scheme | None
) -> RequestRefused:
    body = {"error": error.error, "error_description": error.description}
    parameters: dict[str, str] = {}
    if error.acr_values:
        parameters["acr_values"] = " ".join(error.acr_values)
    if error.max_authentication_age_seconds is not None:
        parameters["max_age"] = str(error.max_authentication_age_seconds)
    if error.error == "insufficient_scope":
        parameters.update(_scope(scopes))
    # Another scheme is named where it may help: a bearer token that has to be bound, for one.
    schemes = challenges.schemes
    if used == "DPoP" or (used == "Bearer" and error.error != "invalid_token"):
        schemes = (used,)
    headers = {"WWW-Authenticate": challenges.write(parameters, body, schemes, used)}
    if error.dpop_nonce is not None:
        headers[NONCE_HEADER] = error.dpop_nonce
    return _refused(error, error.http_status, headers, body)


def _scope(scopes: tuple[str, ...]) -> dict[str, str]:
    return {"scope": " ".join(scopes)} if scopes else {}


def _refused(
    error: CredentialsRefused | TokenRefused,
    status: int,
    headers: Mapping[str, str],
    body: Mapping[str, str],
) -> RequestRefused:
    return RequestRefused(error.reason, error.description, _answer(status, headers, body))


def _answer(status: int, headers: Mapping[str, str], body: Mapping[str, str]) -> Answer:
    return Answer(status, {**_JSON_HEADERS, **headers}, json.dumps(body).encode())
