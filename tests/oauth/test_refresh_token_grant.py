from __future__ import annotations

from dataclasses import replace

import pytest

from sealwax.oauth.client_authentication import AuthenticatedClient
from sealwax.oauth.errors import (
    GrantReused,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    OAuthError,
    UnauthorizedClient,
)
from sealwax.oauth.grants.entitlement import Entitlement, successor
from sealwax.oauth.grants.refresh_token import (
    Behind,
    RefreshRequest,
    check_token,
    decide,
    refresh_token_reused,
    rotates,
)
from sealwax.records import Client, RefreshToken
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
    public_client,
    refresh_token,
    refused,
    user,
)

BEHIND = Behind(grant=grant(), user=user(), resources=RESOURCES)
IDLE_SECONDS = 3_600


def by(found: Client | None = None) -> AuthenticatedClient:
    return AuthenticatedClient(found or public_client(), "none")


def decided(
    token: RefreshToken | None = None,
    behind: Behind = BEHIND,
    found: Client | None = None,
    **parameters: str,
) -> Entitlement:
    request = RefreshRequest.parse(form(refresh_token="swr_1", **parameters), by(found))
    return decide(request, by(found), token or refresh_token(), behind, own=OWN)


def test_it_entitles_to_what_was_granted() -> None:
    found = decided()

    assert found.scopes == ("openid", "notes:read", "notes:write")
    assert found.token_scopes == ("notes:read", "notes:write")
    assert found.audience.identifier == NOTES
    assert (found.auth_time, found.amr) == (NOW - 100, ("pwd",))
    assert found.refresh_expires_at == NOW + 28_800


def test_oidc_core_section_12_2_no_nonce() -> None:
    assert decided(refresh_token(nonce="n")).nonce is None


def test_rfc_6749_section_6_fewer_scopes_may_be_asked_for() -> None:
    found = decided(scope="notes:read")

    assert found.scopes == ("notes:read",)
    assert not found.is_openid


def test_the_issuer_may_be_chosen_for_userinfo() -> None:
    assert decided(resource=ISSUER).token_scopes == ("openid",)


def test_what_the_client_lost_meanwhile_it_does_not_get() -> None:
    found = decided(found=public_client(scopes=("openid", "notes:read")))

    assert found.scopes == ("openid", "notes:read")


@pytest.mark.parametrize(
    ("parameters", "kind", "reason"),
    [
        pytest.param(
            {"scope": "openid email"}, InvalidScope, "scope_not_granted", id="RFC 6749 6: more"
        ),
        pytest.param({"scope": "a  b"}, InvalidScope, "scope_malformed", id="a bad scope"),
        pytest.param(
            {"resource": MAIL}, InvalidTarget, "resource_not_granted", id="another resource"
        ),
        pytest.param({"resource": "x"}, InvalidTarget, "resource_malformed", id="a bad resource"),
    ],
)
def test_more_is_refused(parameters: dict[str, str], kind: type[OAuthError], reason: str) -> None:
    with refused(kind, reason):
        decided(refresh_token(), BEHIND, None, **parameters)


def test_a_scope_the_client_lost_can_not_be_asked_for() -> None:
    with refused(InvalidScope, "scope_not_granted"):
        decided(
            refresh_token(),
            BEHIND,
            public_client(scopes=("openid", "notes:read")),
            scope="notes:write",
        )


@pytest.mark.parametrize(
    ("behind", "reason"),
    [
        (replace(BEHIND, grant=None), "grant_ended"),
        (replace(BEHIND, grant=grant(ended_at=NOW)), "grant_ended"),
        (replace(BEHIND, user=None), "user_disabled"),
        (replace(BEHIND, user=user(disabled_at=NOW)), "user_disabled"),
    ],
)
def test_what_stands_behind_it_must_stand(behind: Behind, reason: str) -> None:
    with refused(InvalidGrant, reason):
        decided(behind=behind)


def test_a_resource_that_is_gone() -> None:
    with refused(InvalidTarget, "resource_unknown"):
        decided(behind=replace(BEHIND, resources={}))


def test_the_request_is_read_for_a_client_that_may_refresh() -> None:
    with refused(UnauthorizedClient, "grant_type_not_registered"):
        RefreshRequest.parse(
            form(refresh_token="x"), by(public_client(grant_types=("authorization_code",)))
        )
    with refused(InvalidRequest, "parameter_missing"):
        RefreshRequest.parse(form(), by())


class TestWhoseToken:
    def test_a_good_one(self) -> None:
        token = refresh_token()

        found = check_token(token, public_client(), idle_seconds=IDLE_SECONDS, now=NOW)

        assert found is token

    @pytest.mark.parametrize(
        ("token", "now", "reason"),
        [
            pytest.param(None, NOW, "unknown", id="unknown"),
            pytest.param(
                refresh_token(client_id="web"), NOW, "of_another_client", id="another client's"
            ),
            pytest.param(refresh_token(revoked_at=NOW), NOW, "revoked", id="revoked"),
            pytest.param(
                refresh_token(expires_at=NOW + 50), NOW + 50, "expired", id="at its absolute end"
            ),
            pytest.param(refresh_token(), NOW + IDLE_SECONDS, "idle", id="at its idle end"),
        ],
    )
    def test_is_refused(self, token: RefreshToken | None, now: int, reason: str) -> None:
        with refused(InvalidGrant, f"refresh_token_{reason}"):
            check_token(token, public_client(), idle_seconds=IDLE_SECONDS, now=now)

    def test_use_moves_the_idle_end_and_never_the_absolute_one(self) -> None:
        used = refresh_token(last_used_at=NOW + 28_000)

        check_token(used, public_client(), idle_seconds=IDLE_SECONDS, now=NOW + 28_799)
        with refused(InvalidGrant, "refresh_token_expired"):
            check_token(used, public_client(), idle_seconds=IDLE_SECONDS, now=NOW + 28_800)

    def test_whether_a_public_clients_was_used_the_storage_tells(self) -> None:
        spent = refresh_token(rotated_at=NOW)

        assert check_token(spent, public_client(), idle_seconds=IDLE_SECONDS, now=NOW) is spent

    def test_a_confidential_clients_is_never_rotated(self) -> None:
        spent = refresh_token(client_id="web", rotated_at=NOW)

        with refused(GrantReused, "refresh_token_reused"):
            check_token(spent, client(), idle_seconds=IDLE_SECONDS, now=NOW)

    def test_all_are_answered_alike(self) -> None:
        bodies = [refresh_token_reused("grant-1").body()]
        for token in (None, refresh_token(client_id="web"), refresh_token(revoked_at=NOW)):
            with pytest.raises(InvalidGrant) as caught:
                check_token(token, public_client(), idle_seconds=IDLE_SECONDS, now=NOW)
            bodies.append(caught.value.body())
        assert bodies.count(bodies[0]) == len(bodies)


def test_rfc_9700_section_2_2_2_public_ones_rotate() -> None:
    assert rotates(public_client())
    assert not rotates(client())


def test_the_successor_ends_when_its_family_ends() -> None:
    token = refresh_token(last_used_at=NOW, rotated_at=None)

    following = successor(token, token_hash="c" * 64, now=NOW + 1_000)

    assert following == replace(
        token, token_hash="c" * 64, issued_at=NOW + 1_000, last_used_at=NOW + 1_000
    )
