"""Which API a token is for: `resource` in, one audience out (RFC 8707, RFC 9068 §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealwax.oauth.errors import InvalidTarget
from sealwax.oauth.scope import OIDC_SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sealwax.records import AuthorizationCode, Client, RefreshToken, Resource

MAX_RESOURCES: Final = 10
MAX_RESOURCE_CHARACTERS: Final = 1_000
ISSUER_SIGNING_ALGORITHM: Final = "ES256"
"""How tokens for the issuer's own `/userinfo` are signed; nobody else reads them."""

_ABSOLUTE_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")


@dataclass(frozen=True, slots=True)
class Audience:
    """One party that a token may be for: a registered API, or the issuer itself."""

    identifier: str
    """What stands in `aud`."""
    scopes: tuple[str, ...]
    """Those that belong to it."""
    lifetime_seconds: int
    signing_alg: str

    def scopes_among(self, granted: Sequence[str]) -> tuple[str, ...]:
        """Give those granted scopes that belong here, in the order they were granted."""
        return tuple(scope for scope in granted if scope in self.scopes)


def issuer_audience(issuer: str, *, lifetime_seconds: int) -> Audience:
    """Give the issuer as an audience: OpenID Connect's scopes are its own."""
    return Audience(issuer, OIDC_SCOPES, lifetime_seconds, ISSUER_SIGNING_ALGORITHM)


def resource_audience(resource: Resource) -> Audience:
    """Give a registered API as an audience."""
    return Audience(
        resource.identifier,
        resource.scopes,
        resource.access_token_lifetime_seconds,
        resource.access_token_signing_alg,
    )


def check_resource_indicators(resources: Sequence[str]) -> tuple[str, ...]:
    """Accept absolute URIs without a fragment (RFC 8707 §2), each once. Raises InvalidTarget."""
    if len(resources) > MAX_RESOURCES:
        raise InvalidTarget("too_many_resources", f"there are more than {MAX_RESOURCES} resources")
    for resource in resources:
        check_resource_identifier(resource)
    return tuple(dict.fromkeys(resources))


def check_resource_identifier(resource: str) -> None:
    """Accept one absolute URI without a fragment. Raises InvalidTarget."""
    if len(resource) > MAX_RESOURCE_CHARACTERS or _ABSOLUTE_URI.fullmatch(resource) is None:
        raise InvalidTarget(
            "resource_malformed", "resource must be an absolute URI without a fragment"
        )


def check_one_resource(resources: Sequence[str]) -> str | None:
    """Accept at most one: a token has one audience (RFC 9068 §3). Raises InvalidTarget."""
    if len(resources) > 1:
        raise InvalidTarget(
            "several_resources", "a token is for one resource: name one in each token request"
        )
    return resources[0] if resources else None


def default_resource(client: Client, issuer: str) -> str:
    """Give the audience of a request that names none: the client's default, else the issuer."""
    return client.default_resource or issuer


def check_audience(
    identifier: str,
    client: Client,
    *,
    resources: Mapping[str, Resource | None],
    own: Audience,
) -> Audience:
    """Accept an audience that is registered, enabled, and meant for this client.

    It is when it is the issuer, the client's default, or an API of which the client may ask a
    scope: else any client could get a token, if an empty one, for any API. `resources` holds what
    was found under each identifier. Raises InvalidTarget, with one text for all three.
    """
    if identifier == own.identifier:
        return own
    resource = resources.get(identifier)
    if resource is None or resource.disabled_at is not None:
        raise _unknown("resource_unknown")
    if identifier != client.default_resource and set(client.scopes).isdisjoint(resource.scopes):
        raise _unknown("resource_not_for_client")
    return resource_audience(resource)


def choose_granted_resource(
    requested: str | None,
    *,
    granted: Sequence[str],
    scopes: Sequence[str],
    client: Client,
    issuer: str,
) -> str:
    """Choose the one audience of a token that is bought with a code or refresh token.

    RFC 8707 §2.2: among those granted. With `openid` the issuer is always among them, for
    `/userinfo`. Where several were granted the token request must say which. Raises InvalidTarget.
    """
    choices = tuple(granted) or (default_resource(client, issuer),)
    if requested is None:
        if len(choices) > 1:
            raise InvalidTarget(
                "resource_ambiguous", "several resources were granted: name one of them in resource"
            )
        return choices[0]
    if requested in choices or (requested == issuer and "openid" in scopes):
        return requested
    raise InvalidTarget("resource_not_granted", "resource is not among those granted")


def choose_audience(
    requested: str | None,
    granted: AuthorizationCode | RefreshToken,
    client: Client,
    *,
    resources: Mapping[str, Resource | None],
    own: Audience,
) -> Audience:
    """Choose the audience of a token bought with a code or refresh token. Raises InvalidTarget."""
    identifier = choose_granted_resource(
        requested,
        granted=granted.resources,
        scopes=granted.scopes,
        client=client,
        issuer=own.identifier,
    )
    return check_audience(identifier, client, resources=resources, own=own)


def _unknown(reason: str) -> InvalidTarget:
    """Say the same of a resource that is not there and of one that is not for this client."""
    return InvalidTarget(reason, "resource is not one that this client may ask for")
