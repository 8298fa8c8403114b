from __future__ import annotations

import pytest

from sealwax.oauth.client_authentication import AuthenticatedClient
from sealwax.oauth.errors import InvalidScope, InvalidTarget, OAuthError, UnauthorizedClient
from sealwax.oauth.grants.client_credentials import (
    ClientCredentialsRequest,
    ServiceEntitlement,
    decide,
)
from sealwax.records import Client
from tests.oauth.given import (
    ISSUER,
    MAIL,
    NOTES,
    NOW,
    OWN,
    RESOURCES,
    client,
    form,
    grant,
    refused,
)


def service(**changes: object) -> Client:
    values: dict[str, object] = {
        "client_id": "robot",
        "grant_types": ("client_credentials",),
        "default_resource": NOTES,
    }
    return client(**{**values, **changes})


def decided(found: Client | None = None, /, **parameters: str) -> ServiceEntitlement:
    authenticated = AuthenticatedClient(found or service(), "client_secret_post")
    request = ClientCredentialsRequest.parse(form(**parameters), authenticated, issuer=ISSUER)
    return decide(request, resource=RESOURCES.get(request.resource), own=OWN)


def test_by_default_every_scope_of_the_default_resource() -> None:
    found = decided()

    assert found.audience.identifier == NOTES
    assert found.scopes == ("notes:read", "notes:write")


def test_rfc_9068_section_2_2_sub_is_the_client() -> None:
    claims = decided(scope="notes:read").access_token(grant(client_id="robot"), now=NOW)

    assert (claims.subject, claims.client_id, claims.audience) == ("robot", "robot", NOTES)
    assert claims.scopes == ("notes:read",)
    assert (claims.issued_at, claims.expires_at) == (NOW, NOW + 300)
    assert claims.auth_time is None
    assert claims.status == grant().status


def test_a_resource_by_name() -> None:
    found = decided(service(scopes=("mail:send",)), resource=MAIL)

    assert (found.audience.identifier, found.audience.signing_alg) == (MAIL, "Ed25519")
    assert found.scopes == ("mail:send",)


def test_without_a_default_the_issuer_and_no_scope() -> None:
    found = decided(service(default_resource=None))

    assert found.audience is OWN
    assert found.scopes == ()


@pytest.mark.parametrize(
    ("parameters", "kind", "reason"),
    [
        pytest.param(
            {"scope": "notes:delete"}, InvalidScope, "scope_not_registered", id="not registered"
        ),
        pytest.param(
            {"scope": "notes:read openid"}, InvalidScope, "scope_needs_person", id="openid"
        ),
        pytest.param(
            {"scope": "offline_access"}, InvalidScope, "scope_needs_person", id="offline_access"
        ),
        pytest.param(
            {"scope": "notes:read", "resource": ISSUER},
            InvalidScope,
            "scope_of_another_resource",
            id="another audience's",
        ),
        pytest.param({"scope": '"'}, InvalidScope, "scope_malformed", id="a bad scope"),
        pytest.param(
            {"resource": MAIL}, InvalidTarget, "resource_not_for_client", id="another's resource"
        ),
        pytest.param(
            {"resource": "https://x.example"}, InvalidTarget, "resource_unknown", id="no resource"
        ),
        pytest.param({"resource": "x"}, InvalidTarget, "resource_malformed", id="no URI"),
    ],
)
def test_is_refused(parameters: dict[str, str], kind: type[OAuthError], reason: str) -> None:
    with refused(kind, reason):
        decided(None, **parameters)


def test_a_client_that_is_not_registered_for_it() -> None:
    with refused(UnauthorizedClient, "grant_type_not_registered"):
        decided(client())


def test_rfc_6749_section_4_4_a_public_client_gets_none() -> None:
    public = AuthenticatedClient(service(token_endpoint_auth_method="none"), "none")

    with refused(UnauthorizedClient, "client_is_public"):
        ClientCredentialsRequest.parse(form(), public, issuer=ISSUER)
