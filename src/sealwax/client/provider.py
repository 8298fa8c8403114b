"""What a provider says about itself (OIDC Discovery §3, RFC 8414 §2), checked once.

A client is told the issuer's URL and nothing else; every other address comes from the metadata.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sealwax.client.errors import ProviderRefused
from sealwax.jose.encoding import EncodingError, parse_json_object
from sealwax.resource_server.web_address import WebAddress, parse_web_address

METADATA_INVALID: Final = "metadata_invalid"
METADATA_MISMATCH: Final = "metadata_mismatch"
PKCE_UNSUPPORTED: Final = "pkce_unsupported"

_DISCOVERY: Final = "/.well-known/openid-configuration"
_DEFAULT_AUTHENTICATION: Final = ("client_secret_basic",)


@dataclass(frozen=True, slots=True)
class Provider:
    """The metadata of one provider, as far as a client needs them."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    authorization_endpoint: str | None = None
    end_session_endpoint: str | None = None
    revocation_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    sends_issuer: bool = False
    """Every answer of the authorization endpoint must carry `iss` (RFC 9207 §3)."""
    supports_pkce: bool = False
    authentication_methods: tuple[str, ...] = _DEFAULT_AUTHENTICATION


def metadata_url(issuer: str, *, allow_insecure_http: bool = False) -> str:
    """Give the address of the provider's metadata (OIDC Discovery §4).

    Raises ProviderRefused when `issuer` is no https URL (plain http is for this machine only).
    """
    address = _address(issuer, "issuer", allow_insecure_http=allow_insecure_http)
    if address.query or "?" in issuer:
        raise ProviderRefused(METADATA_INVALID, "issuer: a URL without query is accepted")
    return issuer.rstrip("/") + _DISCOVERY


def read_metadata(document: bytes, issuer: str, *, allow_insecure_http: bool = False) -> Provider:
    """Read the metadata document of `issuer`.

    The document must name the very issuer it was asked for, character for character (OIDC
    Discovery §4.3, RFC 8414 §3.3). Raises ProviderRefused.
    """
    try:
        metadata = parse_json_object(document)
    except EncodingError as error:
        raise ProviderRefused(METADATA_INVALID, f"the metadata: {error}") from None
    if metadata.get("issuer") != issuer:
        text = f"the metadata are not those of {issuer}"
        raise ProviderRefused(METADATA_MISMATCH, text)

    def endpoint(name: str) -> str | None:
        if name not in metadata:
            return None
        return _address(metadata[name], name, allow_insecure_http=allow_insecure_http).url

    return Provider(
        issuer=issuer,
        token_endpoint=_required(endpoint("token_endpoint"), "token_endpoint"),
        jwks_uri=_required(endpoint("jwks_uri"), "jwks_uri"),
        authorization_endpoint=endpoint("authorization_endpoint"),
        end_session_endpoint=endpoint("end_session_endpoint"),
        revocation_endpoint=endpoint("revocation_endpoint"),
        userinfo_endpoint=endpoint("userinfo_endpoint"),
        sends_issuer=metadata.get("authorization_response_iss_parameter_supported") is True,
        supports_pkce="S256" in _texts(metadata, "code_challenge_methods_supported"),
        authentication_methods=_texts(metadata, "token_endpoint_auth_methods_supported")
        or _DEFAULT_AUTHENTICATION,
    )


def authorization_endpoint(provider: Provider) -> str:
    """Give where a person is sent to sign in.

    Raises ProviderRefused if there is no such address, or if PKCE with S256 is not announced: a
    challenge that is ignored protects nothing (RFC 9700 §2.1.1).
    """
    if provider.authorization_endpoint is None:
        raise ProviderRefused(METADATA_INVALID, "the provider has no authorization_endpoint")
    if not provider.supports_pkce:
        text = "the provider does not announce the code_challenge_method S256"
        raise ProviderRefused(PKCE_UNSUPPORTED, text)
    return provider.authorization_endpoint


def _address(url: object, name: str, *, allow_insecure_http: bool) -> WebAddress:
    try:
        return parse_web_address(url, allow_insecure_http=allow_insecure_http)
    except ValueError as error:
        raise ProviderRefused(METADATA_INVALID, f"{name}: {error}") from None


def _required(value: str | None, name: str) -> str:
    if value is None:
        raise ProviderRefused(METADATA_INVALID, f"the metadata have no {name}")
    return value


def _texts(metadata: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = metadata.get(name)
    if not isinstance(values, list):
        return ()
    return tuple(value for value in values if isinstance(value, str))
