from __future__ import annotations

import json

import pytest

from sealwax.oauth.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    OAuthError,
    UnauthorizedClient,
)
from sealwax.oauth.resource_indicator import resource_audience
from sealwax.oauth.signin import (
    SignInRequest,
    check_first_party,
    check_scope,
    credentials_refused,
    direct_access_token,
    direct_session,
    too_many_attempts,
)
from sealwax.records import Client
from sealwax.secret import Secret
from tests.oauth.given import NOTES, NOW, OWN, RESOURCES, client, grant, public_client, refused

GOOD = {"client_id": "front", "username": "alice", "password": "pass word"}


def front(**changes: object) -> Client:
    values: dict[str, object] = {"client_id": "front", "is_first_party": True, "grant_types": ()}
    return public_client(**{**values, **changes})


def test_the_request_is_read() -> None:
    body = json.dumps({**GOOD, "scope": "notes:read", "resource": NOTES, "other": 1}).encode()

    found = SignInRequest.parse(body)

    assert found == SignInRequest("front", "alice", Secret("pass word"), "notes:read", NOTES)
    assert "pass word" not in repr(found)


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        pytest.param(b"", InvalidRequest, "json_malformed", id="nothing"),
        pytest.param(b"username=alice", InvalidRequest, "json_malformed", id="a form"),
        pytest.param(b"[]", InvalidRequest, "json_malformed", id="a list"),
        pytest.param(b'{"a":1,"a":2}', InvalidRequest, "json_malformed", id="a member twice"),
        pytest.param(b'{"a":NaN}', InvalidRequest, "json_malformed", id="NaN"),
        pytest.param(b"\xff", InvalidRequest, "json_malformed", id="no UTF-8"),
        pytest.param(b"[" * 10_000, InvalidRequest, "json_malformed", id="deep"),
        pytest.param(b"{}", InvalidRequest, "member_missing", id="no member"),
        *(
            pytest.param(
                json.dumps({**GOOD, name: value}).encode(),
                InvalidRequest,
                reason,
                id=f"{name} {reason}",
            )
            for name in GOOD
            for value, reason in (
                ("", "member_missing"),
                (None, "member_missing"),
                (1, "member_not_text"),
                (["a"], "member_not_text"),
                ("a" * 5_000, "member_too_long"),
            )
        ),
        pytest.param(
            json.dumps({**GOOD, "scope": ["a"]}).encode(),
            InvalidRequest,
            "member_not_text",
            id="a list of scopes",
        ),
        pytest.param(
            json.dumps({**GOOD, "resource": "notes"}).encode(),
            InvalidTarget,
            "resource_malformed",
            id="a resource that is no URI",
        ),
    ],
)
def test_is_refused(body: bytes, kind: type[OAuthError], reason: str) -> None:
    with refused(kind, reason) as caught:
        SignInRequest.parse(body)
    assert "alice" not in caught.value.description


class TestClient:
    def test_the_operators_own(self) -> None:
        assert check_first_party(front()) == front()

    @pytest.mark.parametrize(
        ("found", "reason"),
        [
            pytest.param(None, "client_unknown", id="unknown"),
            pytest.param(front(disabled_at=NOW), "client_disabled", id="disabled"),
            pytest.param(public_client(), "client_not_first_party", id="a third party"),
            pytest.param(client(is_first_party=True), "client_not_public", id="one with a secret"),
        ],
    )
    def test_no_other(self, found: Client | None, reason: str) -> None:
        with refused(UnauthorizedClient, reason):
            check_first_party(found)


class TestScope:
    @staticmethod
    def asked(scope: str | None) -> SignInRequest:
        return SignInRequest("front", "alice", Secret("x"), scope, NOTES)

    def test_by_default_all_of_the_audience(self) -> None:
        notes = RESOURCES[NOTES]
        assert notes is not None

        found = check_scope(self.asked(None), front(), resource_audience(notes))

        assert found == ("notes:read", "notes:write")

    def test_none_of_the_issuers_unless_asked_for(self) -> None:
        assert check_scope(self.asked(None), front(), OWN) == ()
        assert check_scope(self.asked("openid profile"), front(), OWN) == ("openid", "profile")

    @pytest.mark.parametrize(
        ("scope", "reason"),
        [
            ("notes:delete", "scope_not_registered"),
            ("notes:read", "scope_of_another_resource"),
            ("a  b", "scope_malformed"),
        ],
    )
    def test_no_more(self, scope: str, reason: str) -> None:
        with refused(InvalidScope, reason):
            check_scope(self.asked(scope), front(), OWN)


def test_no_reason_shows_whether_there_is_such_a_person() -> None:
    reasons = ("unknown_user", "no_password_yet", "wrong_password", "user_disabled")
    bodies = [credentials_refused(reason).body() for reason in reasons]

    assert bodies.count(bodies[0]) == len(bodies)
    assert bodies[0]["error"] == "invalid_grant"


def test_rfc_6585_section_4_too_many_attempts() -> None:
    error = too_many_attempts(17)

    assert (error.http_status, error.retry_after_seconds) == (429, 17)


def test_the_session_lasts_as_long_as_its_token() -> None:
    found = direct_session(
        session_id="s", user_id="usr_a", client=front(), amr=("pwd",), lifetime_seconds=600, now=NOW
    )

    assert (found.kind, found.secret_hash, found.client_id) == ("direct", None, "front")
    assert (found.authenticated_at, found.expires_at) == (NOW, NOW + 600)
    claims = direct_access_token(found, grant(client_id="front"), audience=OWN, scopes=("openid",))
    assert (claims.subject, claims.client_id, claims.audience) == ("usr_a", "front", OWN.identifier)
    assert (claims.issued_at, claims.expires_at, claims.auth_time) == (NOW, NOW + 600, NOW)
    assert (claims.amr, claims.scopes) == (("pwd",), ("openid",))
