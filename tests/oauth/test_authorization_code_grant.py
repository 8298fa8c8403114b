from __future__ import annotations

from dataclasses import replace

import pytest

from sealwax.oauth.client_authentication import AuthenticatedClient
from sealwax.oauth.errors import (
    GrantReused,
    InvalidGrant,
    InvalidRequest,
    InvalidTarget,
    OAuthError,
    UnauthorizedClient,
)
from sealwax.oauth.grants.authorization_code import (
    Behind,
    CodeRequest,
    RefreshLifetimes,
    check_code,
    decide,
    first_refresh_token,
)
from sealwax.oauth.grants.entitlement import Entitlement
from sealwax.records import AuthorizationCode, Client
from tests.oauth.given import (
    CALLBACK,
    ISSUER,
    NOTES,
    NOW,
    OWN,
    RESOURCES,
    VERIFIER,
    client,
    code,
    form,
    grant,
    public_client,
    refused,
    session,
    user,
)

BEHIND = Behind(grant=grant(), session=session(), user=user(), resources=RESOURCES)
LIFETIMES = RefreshLifetimes(public_seconds=28_800, confidential_seconds=2_592_000)
GOOD = {"code": "swc_1", "code_verifier": VERIFIER, "redirect_uri": CALLBACK}


def by(found: Client | None = None) -> AuthenticatedClient:
    return AuthenticatedClient(found or client(), "client_secret_basic")


def decided(
    spent: AuthorizationCode | None = None,
    behind: Behind = BEHIND,
    found: Client | None = None,
    now: int = NOW,
    **changes: str | None,
) -> Entitlement:
    request = CodeRequest.parse(form(**{**GOOD, **changes}), by(found))
    return decide(
        request, by(found), spent or code(), behind, own=OWN, lifetimes=LIFETIMES, now=now
    )


def test_a_good_code_entitles_to_what_was_granted() -> None:
    found = decided()

    assert (found.user_id, found.session_id, found.grant) == ("usr_alice", "session-1", grant())
    assert found.scopes == ("openid", "notes:read")
    assert found.token_scopes == ("notes:read",)
    assert found.is_openid
    assert found.has_refresh_token
    claims = found.access_token(now=NOW)
    assert (claims.audience, claims.expires_at) == (NOTES, NOW + 300)
    assert (claims.auth_time, claims.amr) == (NOW - 100, ("pwd",))
    assert found.nonce == "n-0S6_WzA2Mj"


def test_the_issuer_may_be_chosen_for_userinfo() -> None:
    found = decided(resource=ISSUER)

    assert found.audience is OWN
    assert found.token_scopes == ("openid",)


def test_oauth_2_1_section_4_1_3_redirect_uri_may_be_left_out() -> None:
    assert decided(redirect_uri=None).user_id == "usr_alice"


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        pytest.param({"code": None}, InvalidRequest, "parameter_missing", id="no code"),
        pytest.param(
            {"code_verifier": None},
            InvalidRequest,
            "code_verifier_missing",
            id="RFC 7636 4.5: no verifier",
        ),
        pytest.param(
            {"code_verifier": "a" * 42}, InvalidRequest, "code_verifier_malformed", id="too short"
        ),
        pytest.param(
            {"code_verifier": "a" * 43},
            InvalidGrant,
            "code_verifier_mismatch",
            id="RFC 7636 4.6: another verifier",
        ),
        pytest.param(
            {"redirect_uri": f"{CALLBACK}/"},
            InvalidGrant,
            "redirect_uri_mismatch",
            id="RFC 6749 4.1.3: another redirect_uri",
        ),
        pytest.param(
            {"resource": "https://mail.example"},
            InvalidTarget,
            "resource_not_granted",
            id="RFC 8707 2.2: a resource that was not granted",
        ),
        pytest.param(
            {"resource": "notes"}, InvalidTarget, "resource_malformed", id="a malformed resource"
        ),
    ],
)
def test_a_request_is_refused(
    changes: dict[str, str | None], kind: type[OAuthError], reason: str
) -> None:
    with refused(kind, reason):
        decided(code(), BEHIND, None, NOW, **changes)


@pytest.mark.parametrize(
    ("behind", "reason"),
    [
        pytest.param(replace(BEHIND, grant=None), "grant_ended", id="no grant"),
        pytest.param(replace(BEHIND, grant=grant(ended_at=NOW)), "grant_ended", id="ended grant"),
        pytest.param(replace(BEHIND, session=None), "session_ended", id="no session"),
        pytest.param(
            replace(BEHIND, session=session(ended_at=NOW)), "session_ended", id="ended session"
        ),
        pytest.param(replace(BEHIND, user=None), "user_disabled", id="no user"),
        pytest.param(replace(BEHIND, user=user(disabled_at=NOW)), "user_disabled", id="disabled"),
    ],
)
def test_what_stands_behind_it_must_stand(behind: Behind, reason: str) -> None:
    with refused(InvalidGrant, reason):
        decided(behind=behind)


def test_it_ends_to_the_second() -> None:
    assert decided(now=NOW + 59).user_id == "usr_alice"
    with refused(InvalidGrant, "code_expired"):
        decided(now=NOW + 60)


def test_a_resource_that_was_taken_from_the_client_meanwhile() -> None:
    with refused(InvalidTarget, "resource_not_for_client"):
        decided(found=client(scopes=("openid",)))


def test_a_client_that_is_not_registered_for_codes() -> None:
    with refused(UnauthorizedClient, "grant_type_not_registered"):
        CodeRequest.parse(form(**GOOD), by(client(grant_types=("client_credentials",))))


class TestWhoseCode:
    def test_its_own_client_may_spend_it(self) -> None:
        assert check_code(code(), client()) == code()

    @pytest.mark.parametrize(
        ("found", "reason"),
        [(None, "code_unknown"), (code(client_id="spa"), "code_of_another_client")],
    )
    def test_nobody_else(self, found: AuthorizationCode | None, reason: str) -> None:
        with refused(InvalidGrant, reason):
            check_code(found, client())

    def test_anothers_spent_code_ends_nothing(self) -> None:
        with refused(InvalidGrant, "code_of_another_client"):
            check_code(code(client_id="spa", redeemed_at=NOW), client())

    def test_rfc_6749_section_4_1_2_a_second_use_names_what_to_end(self) -> None:
        with refused(GrantReused, "code_reused") as caught:
            check_code(code(redeemed_at=NOW - 5), client())
        assert isinstance(caught.value, GrantReused)
        assert caught.value.grant_id == "grant-1"

    def test_all_are_answered_alike(self) -> None:
        bodies = []
        for found in (None, code(client_id="spa"), code(redeemed_at=NOW)):
            with pytest.raises(InvalidGrant) as caught:
                check_code(found, client())
            bodies.append(caught.value.body())
        with pytest.raises(InvalidGrant) as caught:
            decided(now=NOW + 60)
        assert [caught.value.body()] * 3 == bodies


class TestRefreshToken:
    def test_a_confidential_client_keeps_it_for_its_own_time(self) -> None:
        assert decided().refresh_expires_at == NOW + 2_592_000

    @pytest.mark.parametrize(
        ("session_ends_at", "expected"),
        [(NOW + 43_000, NOW + 28_800), (NOW + 100, NOW + 100)],
    )
    def test_rfc_10017_a_public_clients_ends_with_the_session(
        self, session_ends_at: int, expected: int
    ) -> None:
        behind = replace(BEHIND, session=session(expires_at=session_ends_at))

        found = decided(code(client_id="spa"), behind, public_client())

        assert found.refresh_expires_at == expected

    def test_only_for_a_client_that_is_registered_for_it(self) -> None:
        assert not decided(found=client(grant_types=("authorization_code",))).has_refresh_token

    def test_its_record(self) -> None:
        record = first_refresh_token(
            decided(), code(), token_hash="b" * 64, family_id="family", now=NOW
        )

        assert (record.scopes, record.resources) == (("openid", "notes:read"), (NOTES,))
        assert (record.client_id, record.grant_id, record.session_id) == (
            "web",
            "grant-1",
            "session-1",
        )
        assert (record.issued_at, record.last_used_at, record.expires_at) == (
            NOW,
            NOW,
            NOW + 2_592_000,
        )
        assert record.rotated_at is None
        assert record.revoked_at is None
