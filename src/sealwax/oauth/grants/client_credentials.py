"""A client by itself (RFC 6749 §4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealwax.oauth.access_token import AccessTokenClaims
from sealwax.oauth.errors import UnauthorizedClient
from sealwax.oauth.grants.entitlement import check_grant_type
from sealwax.oauth.resource_indicator import (
    Audience,
    check_audience,
    check_one_resource,
    check_resource_indicators,
    default_resource,
)
from sealwax.oauth.scope import (
    OIDC_SCOPES,
    check_no_person_scopes,
    check_scopes_reachable,
    check_scopes_registered,
    parse_scope,
)

if TYPE_CHECKING:
    from sealwax.oauth.client_authentication import AuthenticatedClient
    from sealwax.oauth.parameters import Form
    from sealwax.records import Client, Grant, Resource

GRANT_TYPE: Final = "client_credentials"


@dataclass(frozen=True, slots=True)
class ClientCredentialsRequest:
    """The parameters of this grant, well-formed."""

    client: Client
    scopes: tuple[str, ...] | None
    resource: str
    """The one asked for, or the default."""

    @classmethod
    def parse(
        cls, form: Form, authenticated: AuthenticatedClient, *, issuer: str
    ) -> ClientCredentialsRequest:
        """Read the form of a client that may use this grant.

        Raises UnauthorizedClient, InvalidScope, InvalidTarget.
        """
        client = authenticated.client
        check_grant_type(client, GRANT_TYPE)
        check_has_proved(authenticated)
        named = check_one_resource(check_resource_indicators(form.all("resource")))
        return cls(
            client, parse_scope(form.get("scope")), named or default_resource(client, issuer)
        )


@dataclass(frozen=True, slots=True)
class ServiceEntitlement:
    """What the access token of a client by itself is made of, each rule having passed."""

    client_id: str
    audience: Audience
    scopes: tuple[str, ...]

    def access_token(self, grant: Grant, *, now: int) -> AccessTokenClaims:
        """Give what the access token says: `sub` is the client itself (RFC 9068 §2.2)."""
        return AccessTokenClaims(
            self.client_id,
            self.client_id,
            self.audience.identifier,
            self.scopes,
            grant.status,
            now,
            now + self.audience.lifetime_seconds,
        )


def decide(
    request: ClientCredentialsRequest, *, resource: Resource | None, own: Audience
) -> ServiceEntitlement:
    """Choose audience and scopes. `resource` is what was found under the request's identifier.

    Raises InvalidTarget, InvalidScope.
    """
    client = request.client
    audience = check_audience(
        request.resource, client, resources={request.resource: resource}, own=own
    )
    scopes = request.scopes
    if scopes is None:
        scopes = all_scopes(client, audience)
    else:
        check_scopes_registered(scopes, client.scopes)
        check_no_person_scopes(scopes)
        check_scopes_reachable(scopes, audience.scopes)
    return ServiceEntitlement(client.client_id, audience, scopes)


def check_has_proved(authenticated: AuthenticatedClient) -> None:
    """Accept only a client that has proved who it is (RFC 6749 §4.4). Raises UnauthorizedClient."""
    if authenticated.method == "none":
        raise UnauthorizedClient(
            "client_is_public", "a client that can't authenticate can't ask for tokens of its own"
        )


def all_scopes(client: Client, audience: Audience) -> tuple[str, ...]:
    """Give every scope of the audience that the client is registered for: the default."""
    return tuple(
        scope for scope in client.scopes if scope in audience.scopes and scope not in OIDC_SCOPES
    )
