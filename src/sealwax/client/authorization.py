"""Sending a person to the provider, and judging what comes back (RFC 6749 §4.1, RFC 9700 §2.1).

Two pure rules. `begin_authorization` makes the address to send the browser to, and what has to be
remembered meanwhile; `read_callback` takes the answer and what was remembered, and gives the code
or refuses. What is remembered is kept for the one browser that began (a cookie that leads to it):
an answer that arrives in another browser finds nothing, and is refused.
"""

import base64
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode

from sealwax.client.errors import AuthorizationDenied, CallbackRefused, InvalidConfiguration
from sealwax.client.provider import Provider, authorization_endpoint
from sealwax.client.registration import ClientRegistration
from sealwax.entropy import Entropy, random_id
from sealwax.secret import Secret

SIGN_IN_LIFETIME_SECONDS: Final = 600
MAX_CALLBACK_LENGTH: Final = 8192
MAX_CALLBACK_PARAMETERS: Final = 32

NOT_BEGUN_HERE: Final = "not_begun_here"
TOOK_TOO_LONG: Final = "took_too_long"
CALLBACK_MALFORMED: Final = "callback_malformed"
STATE_MISMATCH: Final = "state_mismatch"
ISSUER_MISSING: Final = "issuer_missing"
ISSUER_MISMATCH: Final = "issuer_mismatch"

_OWN_PARAMETERS: Final = frozenset(
    {
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    }
)


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """What one sign-in has to remember until its answer comes; for the server's eyes only."""

    issuer: str
    client_id: str
    redirect_uri: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    begun_at: int
    max_age_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """A code that answers this very sign-in: made by `read_callback` alone."""

    code: Secret
    pending: PendingSignIn


def begin_authorization(
    provider: Provider,
    client: ClientRegistration,
    *,
    redirect_uri: str,
    now: int,
    entropy: Entropy,
    scopes: Collection[str] = ("openid",),
    resource: str | None = None,
    max_age_seconds: int | None = None,
    extra: dict[str, str] | None = None,
) -> tuple[str, PendingSignIn]:
    """Make the address to send the browser to, and what to remember until it comes back.

    Always PKCE with S256 (RFC 7636), a fresh `state` and a fresh `nonce`, 256 bits each. `extra`
    may add parameters such as `prompt` or `login_hint`, and replaces none. Raises ProviderRefused
    and InvalidConfiguration.
    """
    endpoint = authorization_endpoint(provider)
    if "openid" not in scopes:
        raise InvalidConfiguration("scopes", "without openid this is no sign-in")
    if taken := _OWN_PARAMETERS & set(extra or {}):
        raise InvalidConfiguration("extra", f"{', '.join(sorted(taken))} is set by the client")
    pending = PendingSignIn(
        issuer=provider.issuer,
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        state=random_id(entropy),
        nonce=random_id(entropy),
        code_verifier=random_id(entropy),
        begun_at=now,
        max_age_seconds=max_age_seconds,
    )
    parameters = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": pending.state,
        "nonce": pending.nonce,
        "code_challenge": code_challenge(pending.code_verifier),
        "code_challenge_method": "S256",
        **({"resource": resource} if resource is not None else {}),
        **({"max_age": str(max_age_seconds)} if max_age_seconds is not None else {}),
        **(extra or {}),
    }
    separator = "&" if "?" in endpoint else "?"
    return f"{endpoint}{separator}{urlencode(parameters)}", pending


def read_callback(
    query: str, pending: PendingSignIn | None, provider: Provider, *, now: int
) -> CodeAnswer:
    """Judge the query that the browser brought to the redirect URI.

    `pending` is what this browser began (None: it began nothing). In this order: a sign-in was
    begun here and not long ago, no parameter twice, `state` is its own, `iss` names the provider
    it was sent to (RFC 9207 §2.4), and it is no error. Raises CallbackRefused, and
    AuthorizationDenied when the provider said no. Whatever is raised, the sign-in is over: what
    was remembered is to be forgotten.
    """
    if pending is None:
        raise CallbackRefused(NOT_BEGUN_HERE, "this browser began no sign-in that is under way")
    if now - pending.begun_at > SIGN_IN_LIFETIME_SECONDS:
        text = f"the sign-in took longer than {SIGN_IN_LIFETIME_SECONDS} seconds"
        raise CallbackRefused(TOOK_TOO_LONG, text)
    parameters = _parse(query)
    check_state(parameters.get("state"), pending)
    check_issuer(parameters.get("iss"), pending, provider)
    if "error" in parameters:
        raise AuthorizationDenied(parameters["error"])
    code = parameters.get("code")
    if not code:
        raise CallbackRefused(CALLBACK_MALFORMED, "the answer holds neither a code nor an error")
    return CodeAnswer(Secret(code), pending)


def check_state(state: str | None, pending: PendingSignIn) -> None:
    """Refuse an answer to another sign-in than this browser's (RFC 6749 §10.12)."""
    given = (state or "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(given, pending.state.encode()):
        text = "the answer belongs to another sign-in than the one this browser began"
        raise CallbackRefused(STATE_MISMATCH, text)


def check_issuer(issuer: str | None, pending: PendingSignIn, provider: Provider) -> None:
    """Refuse an answer from another provider than the one that was asked (RFC 9207 §2.4)."""
    if provider.issuer != pending.issuer:
        text = "the sign-in was begun with another provider"
        raise CallbackRefused(ISSUER_MISMATCH, text)
    if issuer is None:
        if provider.sends_issuer:
            raise CallbackRefused(ISSUER_MISSING, "the answer does not say who made it")
    elif issuer != pending.issuer:
        raise CallbackRefused(ISSUER_MISMATCH, "the answer is from another provider")


def code_challenge(code_verifier: str) -> str:
    """Give BASE64URL(SHA256(code_verifier)), the challenge of method S256 (RFC 7636 §4.2)."""
    digest = hashlib.sha256(code_verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _parse(query: str) -> dict[str, str]:
    if len(query) > MAX_CALLBACK_LENGTH:
        raise CallbackRefused(CALLBACK_MALFORMED, f"over {MAX_CALLBACK_LENGTH} characters")
    try:
        pairs = parse_qsl(
            query,
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_CALLBACK_PARAMETERS,
        )
    except ValueError:
        text = "the answer is not a query of UTF-8 parameters"
        raise CallbackRefused(CALLBACK_MALFORMED, text) from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise CallbackRefused(CALLBACK_MALFORMED, "the answer holds a parameter twice")
    return parameters
