"""What is said to the token endpoint and how its answer is read (RFC 6749 §4.1.3, §4.4, §5, §6)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from sealwax.client.authorization import CodeAnswer
from sealwax.client.errors import TokenRequestRefused, TokenResponseInvalid
from sealwax.client.http import HttpRequest, HttpResponse
from sealwax.client.provider import Provider
from sealwax.client.registration import ClientRegistration
from sealwax.entropy import Entropy
from sealwax.jose.encoding import EncodingError, parse_json_object
from sealwax.secret import Secret

RESPONSE_MALFORMED: Final = "response_malformed"
TOKEN_TYPE_UNSUPPORTED: Final = "token_type_unsupported"

MAX_LIFETIME_SECONDS: Final = 366 * 24 * 3600
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """A successful answer of the token endpoint (RFC 6749 §5.1); its `repr` shows no token."""

    access_token: Secret
    expires_at: int | None
    """When the access token ends, by our clock; None: the provider did not say."""
    scopes: frozenset[str] | None
    """What was granted; None: just what was asked for (RFC 6749 §5.1)."""
    refresh_token: Secret | None = None
    id_token: Secret | None = None


def code_fields(answer: CodeAnswer, resource: str | None = None) -> dict[str, str]:
    """Give the fields that turn a code into tokens (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    return {
        "grant_type": "authorization_code",
        "code": answer.code.reveal(),
        "redirect_uri": answer.pending.redirect_uri,
        "code_verifier": answer.pending.code_verifier,
        **({"resource": resource} if resource is not None else {}),
    }


def refresh_fields(refresh_token: Secret, resource: str | None = None) -> dict[str, str]:
    """Give the fields that turn a refresh token into fresh tokens (RFC 6749 §6)."""
    return {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token.reveal(),
        **({"resource": resource} if resource is not None else {}),
    }


def client_credentials_fields(
    scopes: Collection[str] = (), resource: str | None = None
) -> dict[str, str]:
    """Give the fields with which a service asks in its own name (RFC 6749 §4.4.2, RFC 8707 §2)."""
    return {
        "grant_type": "client_credentials",
        **({"scope": " ".join(scopes)} if scopes else {}),
        **({"resource": resource} if resource is not None else {}),
    }


def token_request(
    provider: Provider,
    client: ClientRegistration,
    fields: Mapping[str, str],
    *,
    now: int,
    entropy: Entropy,
) -> HttpRequest:
    """Make the request to the token endpoint, with the client's authentication."""
    headers, own_fields = client.authenticate(issuer=provider.issuer, now=now, entropy=entropy)
    return HttpRequest(
        "POST",
        provider.token_endpoint,
        {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        },
        urlencode({**fields, **own_fields}).encode("ascii"),
    )


def read_token_response(response: HttpResponse, *, now: int) -> TokenResponse:
    """Read the answer of the token endpoint.

    Raises TokenRequestRefused for an error (RFC 6749 §5.2), and TokenResponseInvalid for what
    keeps to neither form. Only Bearer tokens are taken (RFC 6750); a lifetime is counted from
    `now`, which is best the time at which the request was sent.
    """
    try:
        members = parse_json_object(response.body)
    except EncodingError:
        if response.status != _OK:
            raise TokenRequestRefused(None, response.status) from None
        raise _malformed("the answer is not one JSON object") from None
    if response.status != _OK:
        raise TokenRequestRefused(members.get("error"), response.status)
    if str(members.get("token_type")).lower() != "bearer":
        text = "token_type is not Bearer, the only type that is understood"
        raise TokenResponseInvalid(TOKEN_TYPE_UNSUPPORTED, text)
    access_token = _secret(members, "access_token")
    if access_token is None:
        raise _malformed("the answer has no access_token")
    lifetime = _lifetime_seconds(members)
    return TokenResponse(
        access_token=access_token,
        expires_at=None if lifetime is None else now + lifetime,
        scopes=_scopes(members),
        refresh_token=_secret(members, "refresh_token"),
        id_token=_secret(members, "id_token"),
    )


def _secret(members: Mapping[str, Any], name: str) -> Secret | None:
    value = members.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise _malformed(f"{name} is not a string of printable ASCII characters")
    return Secret(value)


def _lifetime_seconds(members: Mapping[str, Any]) -> int | None:
    value = members.get("expires_in")
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:  # noqa: PLR2004 - ten digits are centuries
        value = int(value)  # some providers quote the number
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _malformed("expires_in is not a number of seconds")
    return min(value, MAX_LIFETIME_SECONDS)


def _scopes(members: Mapping[str, Any]) -> frozenset[str] | None:
    value = members.get("scope")
    if value is None:
        return None
    if not isinstance(value, str):
        raise _malformed("scope is not a string")
    return frozenset(value.split())


def _malformed(text: str) -> TokenResponseInvalid:
    return TokenResponseInvalid(RESPONSE_MALFORMED, text)
