"""What an access token has to say (RFC 9068 §2.2, §4), and how it is read."""

from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from sealwax import TokenRefused, VerifiedToken, Verifier
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import AUDIENCE, START, Check


def refused(check: Check, verifier: Verifier, token: str) -> tuple[str, str | None]:
    with pytest.raises(TokenRefused) as raised:
        check(verifier, token)
    assert (raised.value.error, raised.value.http_status) == ("invalid_token", 401)
    return raised.value.reason, raised.value.claim


def test_a_verified_token_says_who_may_do_what_for_how_long(
    issuer: TestIssuer, check: Check
) -> None:
    token = issuer.token(
        [AUDIENCE, "https://other.example"],
        subject="u-1",
        client_id="web",
        scopes=["notes:read", "notes:write"],
        claims={"tenant": "acme", "jti": "j-1"},
    )
    verified = check(issuer.verifier(AUDIENCE), token)
    assert isinstance(verified, VerifiedToken)
    assert verified.issuer == issuer.issuer
    assert verified.subject == "u-1"
    assert verified.client_id == "web"
    assert verified.scopes == {"notes:read", "notes:write"}
    assert verified.audience == (AUDIENCE, "https://other.example")
    assert verified.issued_at == START
    assert verified.expires_at == START + 600
    assert verified.jwt_id == "j-1"
    assert verified.claims["tenant"] == "acme"
    assert verified.header["typ"] == "at+jwt"


def test_scopes_can_be_asked_for(issuer: TestIssuer) -> None:
    token = issuer.verifier(AUDIENCE).verify_sync(issuer.token(AUDIENCE, scopes=["a", "b"]))
    assert token.has_scopes()
    assert token.has_scopes("a", "b")
    assert not token.has_scopes("a", "c")
    token.require_scopes("b")


def test_a_token_shows_no_claims_in_a_log(issuer: TestIssuer) -> None:
    token = issuer.token(AUDIENCE, claims={"email": "someone@example.com"})
    assert "someone@example.com" not in repr(issuer.verifier(AUDIENCE).verify_sync(token))


def test_a_token_can_not_be_changed(issuer: TestIssuer) -> None:
    token = issuer.verifier(AUDIENCE).verify_sync(issuer.token(AUDIENCE))
    with pytest.raises(AttributeError):
        token.subject = "root"  # type: ignore[misc] # what the type forbids is what is tested


def test_needed_scopes_are_all_needed(issuer: TestIssuer, check: Check) -> None:
    verifier = issuer.verifier(AUDIENCE)
    token = issuer.token(AUDIENCE, scopes=["a", "b"])
    assert check(verifier, token, ["a", "b"]).subject == "user-1"
    with pytest.raises(TokenRefused) as raised:
        check(verifier, token, ["a", "c"])
    assert raised.value.reason == "scope_insufficient"
    assert raised.value.error == "insufficient_scope"
    assert raised.value.http_status == 403
    assert raised.value.required_scopes == ("a", "c")


def test_scopes_as_one_text_are_a_mistake_that_is_named(issuer: TestIssuer, check: Check) -> None:
    with pytest.raises(TypeError, match="'notes:read'"):
        check(issuer.verifier(AUDIENCE), issuer.token(AUDIENCE), "notes:read")


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "sub", "client_id", "iat", "jti"])
def test_each_claim_of_rfc_9068_2_2_is_required(
    name: str, issuer: TestIssuer, check: Check
) -> None:
    token = issuer.token(AUDIENCE, without=[name])
    assert refused(check, issuer.verifier(AUDIENCE), token) == ("claim_missing", name)


@pytest.mark.parametrize("name", ["sub", "client_id", "jti"])
def test_an_empty_text_is_no_name(name: str, issuer: TestIssuer, check: Check) -> None:
    token = issuer.token(AUDIENCE, claims={name: ""})
    assert refused(check, issuer.verifier(AUDIENCE), token) == ("claim_missing", name)


@pytest.mark.parametrize("value", [7, True, ["x"], {"a": 1}, 1.5])
@pytest.mark.parametrize("name", ["sub", "client_id", "jti", "scope"])
def test_names_and_scopes_are_texts(
    name: str, value: object, issuer: TestIssuer, check: Check
) -> None:
    token = issuer.token(AUDIENCE, claims={name: value})
    assert refused(check, issuer.verifier(AUDIENCE), token) == ("claim_type", name)


def test_a_scope_that_is_null_is_not_an_absent_one(issuer: TestIssuer, check: Check) -> None:
    token = issuer.token(AUDIENCE, claims={"scope": None})
    assert refused(check, issuer.verifier(AUDIENCE), token) == ("claim_type", "scope")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("", set()),
        (" ", set()),
        ("a", {"a"}),
        ("a b", {"a", "b"}),
        (" a  b ", {"a", "b"}),
        ("a a", {"a"}),
        ("a\tb", {"a\tb"}),
        ("a,b", {"a,b"}),
        ("A a", {"A", "a"}),
    ],
)
def test_scopes_are_separated_by_spaces(
    scope: str, expected: set[str], issuer: TestIssuer, check: Check
) -> None:
    token = issuer.token(AUDIENCE, claims={"scope": scope})
    assert check(issuer.verifier(AUDIENCE), token).scopes == expected


def test_no_scope_claim_means_no_scopes(issuer: TestIssuer, check: Check) -> None:
    verifier = issuer.verifier(AUDIENCE)
    token = issuer.token(AUDIENCE)
    assert check(verifier, token).scopes == frozenset()
    with pytest.raises(TokenRefused, match="scope"):
        check(verifier, token, ["a"])


@pytest.mark.parametrize(
    ("confirmation", "reason"),
    [
        ({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}, "confirmation_unsupported"),
        ({"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}, "confirmation_invalid"),
        ({}, "confirmation_invalid"),
        (None, "confirmation_invalid"),
        ("x", "confirmation_invalid"),
    ],
)
def test_a_token_bound_to_a_key_is_refused_where_nobody_says_how_it_came(
    confirmation: object, reason: str, issuer: TestIssuer, check: Check
) -> None:
    token = issuer.token(AUDIENCE, claims={"cnf": confirmation})
    assert refused(check, issuer.verifier(AUDIENCE), token) == (reason, "cnf")


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"exp": START}, "ok"),
        ({"exp": START - 9}, "ok"),
        ({"exp": START - 10}, "token_expired"),
        ({"nbf": START + 10}, "ok"),
        ({"nbf": START + 11}, "token_not_yet_valid"),
        ({"iat": START + 10}, "ok"),
        ({"iat": START + 11}, "token_from_the_future"),
        ({"exp": "1"}, "claim_type"),
        ({"exp": True}, "claim_type"),
        ({"exp": None}, "claim_type"),
        ({"exp": -1}, "claim_type"),
        ({"exp": []}, "claim_type"),
        ({"nbf": "soon"}, "claim_type"),
        ({"iat": {}}, "claim_type"),
        ({"exp": 10**15}, "claim_type"),
    ],
)
def test_the_times_of_a_token(
    claims: dict[str, Any], expected: str, issuer: TestIssuer, check: Check
) -> None:
    token = issuer.token(AUDIENCE, claims=claims)
    verifier = issuer.verifier(AUDIENCE)
    if expected == "ok":
        check(verifier, token)
    else:
        assert refused(check, verifier, token)[0] == expected


def test_a_token_may_be_too_old(issuer: TestIssuer, check: Check) -> None:
    verifier = issuer.verifier(AUDIENCE, max_age_seconds=60)
    check(verifier, issuer.token(AUDIENCE, claims={"iat": START - 60}))
    token = issuer.token(AUDIENCE, claims={"iat": START - 71})
    assert refused(check, verifier, token) == ("token_too_old", "iat")


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (AUDIENCE, "ok"),
        ([AUDIENCE], "ok"),
        (["https://other.example", AUDIENCE], "ok"),
        ("https://staging-api.example.com", "audience_mismatch"),
        (AUDIENCE + "/", "audience_mismatch"),
        (AUDIENCE[:-1], "audience_mismatch"),
        (["https://other.example"], "audience_mismatch"),
        ("", "audience_mismatch"),
        ([""], "audience_mismatch"),
        ([], "claim_type"),
        (None, "claim_missing"),
        ({}, "claim_type"),
        ([[AUDIENCE]], "claim_type"),
        ([AUDIENCE, 7], "claim_type"),
        (7, "claim_type"),
    ],
)
def test_the_audience_has_to_be_this_api(
    audience: object, expected: str, issuer: TestIssuer, check: Check
) -> None:
    token = issuer.token(AUDIENCE, claims={"aud": audience})
    verifier = issuer.verifier(AUDIENCE)
    if expected == "ok":
        check(verifier, token)
    else:
        assert refused(check, verifier, token) == (expected, "aud")


def test_an_api_may_have_several_names(issuer: TestIssuer, check: Check) -> None:
    verifier = issuer.verifier([AUDIENCE, "api://notes"])
    assert check(verifier, issuer.token("api://notes")).audience == ("api://notes",)


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT"])
def test_the_type_is_compared_as_rfc_7515_4_1_9_says(
    typ: str, issuer: TestIssuer, check: Check
) -> None:
    assert check(issuer.verifier(AUDIENCE), issuer.token(AUDIENCE, typ=typ)).subject == "user-1"


def test_more_claims_can_be_required(issuer: TestIssuer, check: Check) -> None:
    verifier = issuer.verifier(AUDIENCE, required_claims=["tenant"])
    assert refused(check, verifier, issuer.token(AUDIENCE)) == ("claim_missing", "tenant")
    check(verifier, issuer.token(AUDIENCE, claims={"tenant": "acme"}))


class TestIssuersOfAnotherProfile:
    """`token_type="JWT"`: Entra, Keycloak and Auth0, unless they are told otherwise."""

    def test_a_subject_is_all_that_is_asked_for_beyond_the_rest(
        self, issuer: TestIssuer, check: Check
    ) -> None:
        verifier = issuer.verifier(AUDIENCE, token_type="JWT")
        token = issuer.token(AUDIENCE, typ="JWT", without=["client_id", "iat", "jti"])
        verified = check(verifier, token)
        assert verified.subject == "user-1"
        assert verified.client_id is None
        assert verified.issued_at is None
        assert verified.jwt_id is None

    @pytest.mark.parametrize("name", ["iss", "aud", "exp", "sub"])
    def test_the_rest_is_asked_for(self, name: str, issuer: TestIssuer, check: Check) -> None:
        verifier = issuer.verifier(AUDIENCE, token_type="JWT")
        token = issuer.token(AUDIENCE, typ="JWT", without=[name])
        assert refused(check, verifier, token) == ("claim_missing", name)

    @pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "id_token"])
    def test_another_type_is_refused(self, typ: str, issuer: TestIssuer, check: Check) -> None:
        verifier = issuer.verifier(AUDIENCE, token_type="JWT")
        token = issuer.token(AUDIENCE, typ=typ)
        assert refused(check, verifier, token)[0] == "type_mismatch"

    @pytest.mark.parametrize(
        "claims",
        [
            {"at_hash": "x"},
            {"c_hash": "x"},
            {"s_hash": "x"},
            {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
            {"typ": "ID"},
            {"typ": "Refresh"},
            {"typ": "Logout"},
            {"typ": ["Bearer"]},
            {"typ": None},
        ],
    )
    def test_what_shares_the_type_and_is_no_access_token_is_refused(
        self, claims: dict[str, Any], issuer: TestIssuer, check: Check
    ) -> None:
        verifier = issuer.verifier(AUDIENCE, token_type="JWT")
        token = issuer.token(AUDIENCE, typ="JWT", claims=claims)
        assert refused(check, verifier, token) == ("token_kind", "typ")

    def test_keycloak_s_access_tokens_say_bearer(self, issuer: TestIssuer, check: Check) -> None:
        verifier = issuer.verifier(AUDIENCE, token_type="JWT", client_id_claim="azp")
        token = issuer.token(AUDIENCE, typ="JWT", claims={"typ": "Bearer", "azp": "web"})
        assert check(verifier, token).client_id == "web"

    @pytest.mark.parametrize("value", ["", 7, None, ["web"]])
    def test_a_client_that_is_named_is_named_by_a_text(
        self, value: object, issuer: TestIssuer, check: Check
    ) -> None:
        verifier = issuer.verifier(AUDIENCE, token_type="JWT", client_id_claim="azp")
        token = issuer.token(AUDIENCE, typ="JWT", claims={"azp": value})
        assert refused(check, verifier, token) == ("claim_type", "azp")

    @pytest.mark.parametrize("value", ["a b", ["a", "b"]])
    def test_a_scope_claim_of_another_name_may_be_a_list(
        self, value: object, issuer: TestIssuer, check: Check
    ) -> None:
        verifier = issuer.verifier(AUDIENCE, token_type="JWT", scope_claim="scp")
        token = issuer.token(AUDIENCE, typ="JWT", claims={"scp": value, "scope": "admin"})
        assert check(verifier, token).scopes == {"a", "b"}

    @pytest.mark.parametrize("value", [["a", 1], {"a": "b"}, 7, None, [["a"]]])
    def test_a_scope_claim_of_another_form_is_refused(
        self, value: object, issuer: TestIssuer, check: Check
    ) -> None:
        verifier = issuer.verifier(AUDIENCE, token_type="JWT", scope_claim="scp")
        token = issuer.token(AUDIENCE, typ="JWT", claims={"scp": value})
        assert refused(check, verifier, token) == ("claim_type", "scp")


@dataclass
class Tenant:
    sub: str
    tenant: str
    seats: int = 1


def test_claims_can_be_had_as_a_type_of_ones_own(issuer: TestIssuer, check: Check) -> None:
    verifier = issuer.verifier(AUDIENCE)
    token = check(verifier, issuer.token(AUDIENCE, claims={"tenant": "acme"}))
    assert token.claims_as(Tenant) == Tenant("user-1", "acme")
    for claims, reason, claim in (
        ({}, "claim_missing", "tenant"),
        ({"tenant": 7}, "claim_type", "tenant"),
        ({"tenant": "acme", "seats": True}, "claim_type", "seats"),
    ):
        wrong = check(verifier, issuer.token(AUDIENCE, claims=claims))
        with pytest.raises(TokenRefused) as raised:
            wrong.claims_as(Tenant)
        assert (raised.value.reason, raised.value.claim) == (reason, claim)


def test_a_token_is_the_same_however_it_is_made(issuer: TestIssuer) -> None:
    token = issuer.verifier(AUDIENCE).verify_sync(issuer.token(AUDIENCE, scopes=["a"]))
    made = replace(token)
    assert [getattr(made, each.name) for each in fields(made)] == [
        getattr(token, each.name) for each in fields(token)
    ]
