from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sealwax.jose import Key
from sealwax.oauth.access_token import (
    AccessTokenClaims,
    check_not_revoked,
    check_token_scope,
    read_bearer_token,
    status_uri,
    verify_access_token,
)
from sealwax.oauth.errors import InsufficientScope, InvalidToken, TokenMissing
from sealwax.records import StatusReference
from tests.oauth.given import ISSUER, NOTES, NOW, own_keys, refused, signed

CLAIMS = AccessTokenClaims(
    subject="usr_alice",
    client_id="web",
    audience=NOTES,
    scopes=("notes:read", "notes:write"),
    status=StatusReference("list-1", 7),
    issued_at=NOW,
    expires_at=NOW + 600,
    auth_time=NOW - 100,
    amr=("pwd",),
)


def wire(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  # claims of any type
    claims = CLAIMS.to_claims(
        issuer=ISSUER, jwt_id="jti-1", status_uri=status_uri(ISSUER, "list-1")
    )
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def token(typ: str = "at+jwt", **changes: Any) -> str:  # noqa: ANN401  # claims of any type
    return signed(wire(**changes), typ=typ)


def test_rfc_9068_section_2_2_what_it_says() -> None:
    assert wire() == {
        "iss": ISSUER,
        "sub": "usr_alice",
        "aud": NOTES,
        "client_id": "web",
        "iat": NOW,
        "exp": NOW + 600,
        "jti": "jti-1",
        "scope": "notes:read notes:write",
        "status": {"status_list": {"idx": 7, "uri": f"{ISSUER}/status/list-1"}},
        "auth_time": NOW - 100,
        "amr": ["pwd"],
    }


def test_a_service_has_neither_auth_time_nor_amr_and_no_empty_scope() -> None:
    service = AccessTokenClaims("robot", "robot", NOTES, (), StatusReference("l", 0), NOW, NOW + 9)

    claims = service.to_claims(issuer=ISSUER, jwt_id="j", status_uri="u")

    assert {"auth_time", "amr", "scope"}.isdisjoint(claims)
    assert claims["sub"] == "robot"


@pytest.mark.parametrize("audience", [NOTES, None])
def test_one_of_ours_is_believed(audience: str | None) -> None:
    found = verify_access_token(token(), own_keys(), issuer=ISSUER, audience=audience, now=NOW)

    assert (found.subject, found.client_id, found.audience) == ("usr_alice", "web", NOTES)
    assert found.scopes == ("notes:read", "notes:write")
    assert found.status == StatusReference("list-1", 7)
    assert (found.issued_at, found.expires_at) == (NOW, NOW + 600)
    assert found.claims["jti"] == "jti-1"


def test_it_reaches_as_far_as_its_scopes() -> None:
    found = verify_access_token(token(), own_keys(), issuer=ISSUER, audience=NOTES, now=NOW)

    check_token_scope(found, "notes:read")
    with refused(InsufficientScope, "scope_insufficient"):
        check_token_scope(found, "notes")


def test_without_scope_it_has_none() -> None:
    found = verify_access_token(
        token(scope=None), own_keys(), issuer=ISSUER, audience=NOTES, now=NOW
    )

    assert found.scopes == ()
    with refused(InsufficientScope, "scope_insufficient"):
        check_token_scope(found, "notes:read")


@pytest.mark.parametrize("typ", ["JWT", "logout+jwt", "dpop+jwt", "statuslist+jwt", "secevent+jwt"])
def test_rfc8725bis_3_12_another_kind_is_refused(typ: str) -> None:
    with refused(InvalidToken, "type_mismatch"):
        verify_access_token(token(typ), own_keys(), issuer=ISSUER, audience=None, now=NOW)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"iss": "https://x.example"}, "issuer_mismatch", id="another issuer"),
        pytest.param({"iss": ISSUER[:-1]}, "issuer_mismatch", id="part of the issuer"),
        pytest.param({"aud": "https://x.example"}, "audience_mismatch", id="another audience"),
        pytest.param({"aud": None}, "claim_missing", id="no audience"),
        pytest.param({"exp": None}, "claim_missing", id="no exp"),
        pytest.param({"exp": NOW}, "token_expired", id="exp exactly now"),
        pytest.param({"exp": "1"}, "claim_type", id="exp is a text"),
        pytest.param({"iat": NOW + 1}, "token_from_the_future", id="from the future"),
        pytest.param({"sub": ""}, "claims_foreign", id="an empty sub"),
        pytest.param({"sub": None}, "claims_foreign", id="no sub"),
        pytest.param({"sub": 1}, "claim_type", id="sub is a number"),
        pytest.param({"client_id": None}, "claims_foreign", id="no client_id"),
        pytest.param({"client_id": ""}, "claims_foreign", id="an empty client_id"),
        pytest.param({"aud": [NOTES, ISSUER]}, "claims_foreign", id="two audiences"),
        pytest.param({"status": None}, "claims_foreign", id="no status"),
        pytest.param({"status": {"status_list": {"idx": "7"}}}, "claims_foreign", id="no index"),
        pytest.param(
            {"status": {"status_list": {"idx": 7, "uri": "https://x.example/status/l"}}},
            "claims_foreign",
            id="a foreign list",
        ),
    ],
)
def test_is_refused(changes: dict[str, Any], reason: str) -> None:
    with refused(InvalidToken, reason):
        verify_access_token(token(**changes), own_keys(), issuer=ISSUER, audience=NOTES, now=NOW)


@pytest.mark.parametrize("audience", [[NOTES], "", None, 5])
def test_whichever_audience_it_names_is_one(audience: object) -> None:
    with refused(InvalidToken, "audience_not_single"):
        verify_access_token(token(aud=audience), own_keys(), issuer=ISSUER, audience=None, now=NOW)


@pytest.mark.parametrize("audience", [NOTES, None])
@pytest.mark.parametrize("text", ["", "x", "a.b.c", "swr_abc", "." * 1000, "é.é.é", "a" * 100_000])
def test_what_is_no_token_is_refused(text: str, audience: str | None) -> None:
    with pytest.raises(InvalidToken) as caught:
        verify_access_token(text, own_keys(), issuer=ISSUER, audience=audience, now=NOW)

    assert caught.value.reason.startswith(("token_", "header_", "payload_"))
    assert len(caught.value.description) < 100


def test_a_changed_byte_is_called_forged_even_when_expired() -> None:
    head, payload, signature = token(exp=NOW - 5).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claims["sub"] = "usr_mallory"
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()

    with refused(InvalidToken, "signature_invalid"):
        verify_access_token(
            f"{head}.{body}.{signature}", own_keys(), issuer=ISSUER, audience=NOTES, now=NOW
        )


def test_another_issuers_key_is_refused() -> None:
    forged = signed(wire(), typ="at+jwt", by=Key.generate("ES256", kid="issuer"))

    with refused(InvalidToken, "signature_invalid"):
        verify_access_token(forged, own_keys(), issuer=ISSUER, audience=NOTES, now=NOW)


def test_one_that_was_taken_back() -> None:
    check_not_revoked(is_revoked=False)
    with refused(InvalidToken, "token_revoked"):
        check_not_revoked(is_revoked=True)


class TestHeader:
    @pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER  abc "])
    def test_is_read(self, header: str) -> None:
        assert read_bearer_token(header) == "abc"

    @pytest.mark.parametrize(
        ("header", "reason"), [(None, "token_missing"), ("Basic abc", "token_scheme")]
    )
    def test_rfc_6750_section_3_1_without_a_token_no_code(
        self, header: str | None, reason: str
    ) -> None:
        with refused(TokenMissing, reason) as caught:
            read_bearer_token(header)
        assert caught.value.authenticate == 'Bearer realm="sealwax"'
        assert caught.value.http_status == 401

    @pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer    "])
    def test_an_empty_token(self, header: str) -> None:
        with refused(InvalidToken, "token_empty") as caught:
            read_bearer_token(header)
        assert 'error="invalid_token"' in (caught.value.authenticate or "")
