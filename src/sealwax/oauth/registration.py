"""What a client and a resource must be like (RFC 7591 §2, RFC 8252 §7, RFC 8707 §2).

One list of rules for the command line and for every later way of registering. The first rule
that fails names the field, what was found and what is accepted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import SplitResult, urlsplit

from sealwax.jose import JoseError, KeySet
from sealwax.oauth.scope import OIDC_SCOPES
from sealwax.records import Client, Resource
from sealwax.records.user import USER_ID_PREFIX

SIGNING_ALGORITHMS: Final = ("ES256", "RS256", "PS256", "Ed25519")
GRANT_TYPES: Final = ("authorization_code", "refresh_token", "client_credentials")
LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
MIN_LIFETIME_SECONDS: Final = 60
MAX_LIFETIME_SECONDS: Final = 3600
MAX_URI_CHARACTERS: Final = 2000
MAX_ENTRIES: Final = 100
MAX_NAME_CHARACTERS: Final = 200

_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,99}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
_URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")


class RegistrationInvalid(ValueError):
    """A field of a client or a resource is not accepted; the text says what is."""

    def __init__(self, field: str, found: str, accepted: str) -> None:
        shown = found if len(found) <= 120 else found[:119] + "…"  # noqa: PLR2004 -- a line's length
        super().__init__(f"{field}: found {shown!r}; accepted: {accepted}")
        self.field = field


def check_client(client: Client, resources: Sequence[str]) -> None:
    """Accept a client whose fields fit each other. `resources` are the registered identifiers.

    Raises RegistrationInvalid.
    """
    _check_client_id(client.client_id)
    _check_name("client_name", client.client_name)
    _check_grant_types(client)
    _check_keys(client)
    for uri in _bounded("redirect_uris", client.redirect_uris):
        check_redirect_uri("redirect_uris", uri, is_public=client.is_public)
    for uri in _bounded("post_logout_redirect_uris", client.post_logout_redirect_uris):
        check_redirect_uri("post_logout_redirect_uris", uri, is_public=client.is_public)
    for scope in _bounded("scopes", client.scopes):
        _check_scope("scopes", scope)
    for origin in _bounded("web_origins", client.web_origins):
        _check_web_origin(origin)
    _check_resources(client, resources)
    _one_of("id_token_signed_response_alg", client.id_token_signed_response_alg, SIGNING_ALGORITHMS)


def check_resource(resource: Resource) -> None:
    """Accept a resource whose identifier may stand in `aud` (RFC 8707 §2).

    Raises RegistrationInvalid.
    """
    accepted = "an absolute URI of https, of http on this machine, or a urn, without a fragment"
    parts = _split("identifier", resource.identifier, accepted)
    is_fit = parts.scheme == "urn" and bool(parts.path)
    is_fit = is_fit or (parts.scheme == "https" and bool(parts.hostname))
    is_fit = is_fit or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)
    if not is_fit or "#" in resource.identifier or "@" in parts.netloc:
        raise RegistrationInvalid("identifier", resource.identifier, accepted)
    _check_name("display_name", resource.display_name)
    for scope in _bounded("scopes", resource.scopes):
        _check_scope("scopes", scope)
        if scope in OIDC_SCOPES:
            raise RegistrationInvalid("scopes", scope, "a name that OpenID Connect does not use")
    if not MIN_LIFETIME_SECONDS <= resource.access_token_lifetime_seconds <= MAX_LIFETIME_SECONDS:
        raise RegistrationInvalid(
            "access_token_lifetime_seconds",
            str(resource.access_token_lifetime_seconds),
            f"{MIN_LIFETIME_SECONDS} to {MAX_LIFETIME_SECONDS}",
        )
    _one_of("access_token_signing_alg", resource.access_token_signing_alg, SIGNING_ALGORITHMS)


def check_redirect_uri(field: str, uri: str, *, is_public: bool) -> None:
    """Accept https, http on this machine, and (public clients) a private scheme with a dot in it.

    RFC 6749 §3.1.2 (absolute, no fragment), RFC 8252 §7.1-7.3, RFC 9700 §2.6. Nothing that a
    browser would run or open by itself, no user information, no wildcard.
    Raises RegistrationInvalid.
    """
    accepted = "an https URI, http on this machine, or an app's own scheme with a dot; no fragment"
    parts = _split(field, uri, accepted)
    if "#" in uri or "@" in parts.netloc or "*" in uri:
        raise RegistrationInvalid(field, uri, accepted)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS:
        return
    if is_public and not parts.netloc and _PRIVATE_SCHEME.fullmatch(parts.scheme):
        return
    raise RegistrationInvalid(field, uri, accepted)


def _check_client_id(client_id: str) -> None:
    accepted = f"1 to 100 letters, digits and -._~, not beginning with {USER_ID_PREFIX!r}"
    if not _CLIENT_ID.fullmatch(client_id) or client_id.startswith(USER_ID_PREFIX):
        raise RegistrationInvalid("client_id", client_id, accepted)


def _check_name(field: str, name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise RegistrationInvalid(field, name, f"1 to {MAX_NAME_CHARACTERS} printable characters")


def _check_grant_types(client: Client) -> None:
    for grant_type in client.grant_types:
        _one_of("grant_types", grant_type, GRANT_TYPES)
    if not client.grant_types and not client.is_first_party and not client.introspects:
        raise RegistrationInvalid("grant_types", "", f"at least one of {', '.join(GRANT_TYPES)}")
    if "authorization_code" in client.grant_types and not client.redirect_uris:
        raise RegistrationInvalid("redirect_uris", "", "at least one, for authorization_code")
    if "refresh_token" in client.grant_types and "authorization_code" not in client.grant_types:
        raise RegistrationInvalid("grant_types", "refresh_token", "it beside authorization_code")
    if "client_credentials" in client.grant_types and client.is_public:
        raise RegistrationInvalid(
            "grant_types", "client_credentials", "it for a client that authenticates"
        )


def _check_keys(client: Client) -> None:
    if client.token_endpoint_auth_method != "private_key_jwt":
        if client.jwks is not None:
            raise RegistrationInvalid("jwks", "a key set", "it for private_key_jwt alone")
        return
    if client.jwks is None:
        raise RegistrationInvalid("jwks", "", "a JWK Set of public keys, for private_key_jwt")
    try:
        keys = KeySet.from_jwks(client.jwks).keys
    except JoseError as error:
        raise RegistrationInvalid("jwks", str(error), "a JWK Set of public keys") from error
    if not keys or any(key.is_private or key.key_type == "oct" for key in keys):
        raise RegistrationInvalid("jwks", "private or no keys", "a JWK Set of public keys")


def _check_scope(field: str, scope: str) -> None:
    if not _SCOPE.fullmatch(scope):
        raise RegistrationInvalid(field, scope, "visible ASCII without quotes and backslash")


def _check_web_origin(origin: str) -> None:
    accepted = "scheme://host or scheme://host:port, https or http on this machine"
    parts = _split("web_origins", origin, accepted)
    is_secure = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    )
    if not is_secure or "@" in parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
        raise RegistrationInvalid("web_origins", origin, accepted)


def _check_resources(client: Client, resources: Sequence[str]) -> None:
    if client.default_resource is not None and client.default_resource not in resources:
        raise RegistrationInvalid("default_resource", client.default_resource, "a registered API")
    for identifier in _bounded("introspects", client.introspects):
        if identifier not in resources:
            raise RegistrationInvalid("introspects", identifier, "a registered API")
    if client.introspects and client.is_public:
        raise RegistrationInvalid(
            "introspects", client.introspects[0], "it for a client that authenticates"
        )


def _split(field: str, uri: str, accepted: str) -> SplitResult:
    """Take a URI apart: the characters of RFC 3986, the host in lower case, the port a port."""
    if not _URI_CHARACTERS.fullmatch(uri) or len(uri) > MAX_URI_CHARACTERS:
        raise RegistrationInvalid(field, uri, accepted)
    try:
        parts = urlsplit(uri)
        has_bad_port = parts.port == 0
    except ValueError as error:
        raise RegistrationInvalid(field, uri, accepted) from error
    host = parts.hostname
    if has_bad_port or not uri.startswith(f"{parts.scheme}:"):
        raise RegistrationInvalid(field, uri, accepted)
    if host is not None and (not _HOST.fullmatch(host) or host not in parts.netloc):
        raise RegistrationInvalid(field, uri, accepted)
    return parts


def _bounded(field: str, entries: Sequence[str]) -> Sequence[str]:
    if len(entries) > MAX_ENTRIES:
        raise RegistrationInvalid(field, f"{len(entries)} entries", f"at most {MAX_ENTRIES}")
    if len(set(entries)) != len(entries):
        raise RegistrationInvalid(field, "an entry twice", "each entry once")
    return entries


def _one_of(field: str, found: str, accepted: Sequence[str]) -> None:
    if found not in accepted:
        raise RegistrationInvalid(field, found, f"one of {', '.join(accepted)}")
