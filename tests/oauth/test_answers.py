"""What the endpoints answer when all is well."""

from __future__ import annotations

import pytest

from sealwax.oauth.access_token import AccessToken
from sealwax.oauth.errors import InvalidGrant, InvalidToken, UnauthorizedClient
from sealwax.oauth.introspection import introspection_response, may_introspect
from sealwax.oauth.metadata import (
    ENDPOINTS,
    authorization_server_metadata,
    openid_configuration,
)
from sealwax.oauth.registration import check_client
from sealwax.oauth.revocation import check_own_token, is_access_token
from sealwax.oauth.token_response import token_response
from sealwax.oauth.userinfo import check_bearer, check_person, userinfo_response
from sealwax.oauth.web_origin import check_web_origin
from sealwax.records import Client, StatusReference, User
from tests.oauth.given import ISSUER, NOTES, NOW, client, public_client, refused, user


def access_token(**changes: object) -> AccessToken:
    claims: dict[str, object] = {
        "iss": ISSUER,
        "sub": "usr_alice",
        "aud": NOTES,
        "client_id": "web",
        "exp": NOW + 600,
        "iat": NOW,
        "jti": "j",
        "scope": "notes:read",
        "private": "no",
    }
    return AccessToken(
        "usr_alice",
        "web",
        NOTES,
        ("notes:read",),
        StatusReference("l", 1),
        NOW,
        NOW + 600,
        {**claims, **changes},
    )


class TestToken:
    def test_rfc_6749_section_5_1(self) -> None:
        assert token_response("at", expires_in=600, scopes=("a", "b")) == {
            "access_token": "at",
            "token_type": "Bearer",
            "expires_in": 600,
            "scope": "a b",
        }

    def test_with_everything(self) -> None:
        found = token_response("at", expires_in=1, scopes=(), refresh_token="rt", id_token="it")

        assert (found["refresh_token"], found["id_token"]) == ("rt", "it")
        assert "scope" not in found


class TestIntrospection:
    def test_rfc_7662_section_2_2(self) -> None:
        assert introspection_response(access_token()) == {
            "active": True,
            "token_type": "Bearer",
            "iss": ISSUER,
            "sub": "usr_alice",
            "aud": NOTES,
            "client_id": "web",
            "exp": NOW + 600,
            "iat": NOW,
            "jti": "j",
            "scope": "notes:read",
        }

    @pytest.mark.parametrize(
        ("introspects", "expected"), [((NOTES,), True), ((), False), ((f"{NOTES}/",), False)]
    )
    def test_rfc_7662_section_4_only_the_api_itself_is_told(
        self,
        introspects: tuple[str, ...],
        expected: bool,  # noqa: FBT001  # a column of the table
    ) -> None:
        assert may_introspect(client(introspects=introspects), access_token()) is expected


class TestRevocation:
    @pytest.mark.parametrize(("token", "expected"), [("a.b.c", True), ("swr_abc", False)])
    def test_the_two_kinds(self, token: str, expected: bool) -> None:  # noqa: FBT001  # a column of the table
        assert is_access_token(token) is expected

    def test_rfc_7009_section_2_1_only_the_callers_own(self) -> None:
        check_own_token("web", client())
        with refused(InvalidGrant, "token_of_another_client"):
            check_own_token("spa", client())


class TestUserinfo:
    @pytest.mark.parametrize(
        ("scopes", "names"),
        [
            (("openid",), {"sub"}),
            (("openid", "profile"), {"sub", "name", "preferred_username", "updated_at"}),
            (("openid", "email"), {"sub", "email", "email_verified"}),
        ],
    )
    def test_oidc_core_section_5_4(self, scopes: tuple[str, ...], names: set[str]) -> None:
        assert set(userinfo_response(user(), scopes)) == names

    def test_values(self) -> None:
        assert userinfo_response(user(), ("profile", "email")) == {
            "sub": "usr_alice",
            "name": "Alice",
            "preferred_username": "alice",
            "updated_at": NOW - 5,
            "email": "alice@example.com",
            "email_verified": True,
        }

    def test_what_is_not_known_is_left_out(self) -> None:
        assert userinfo_response(user(email=None), ("email",)) == {"sub": "usr_alice"}

    @pytest.mark.parametrize("found", [None, user(disabled_at=NOW)])
    def test_nobody(self, found: User | None) -> None:
        with refused(InvalidToken, "user_disabled"):
            check_person(found)

    @pytest.mark.parametrize("found", [None, client(disabled_at=NOW)])
    def test_no_client(self, found: Client | None) -> None:
        with refused(InvalidToken, "client_disabled"):
            check_bearer(found)

    def test_all_is_well(self) -> None:
        assert check_person(user()) == user()
        assert check_bearer(client()) == client()


class TestWebOrigin:
    def test_may_be_registered(self) -> None:
        origins = ("https://spa.example", "http://localhost:3000")

        check_client(public_client(web_origins=origins), resources=())

    @pytest.mark.parametrize("origin", [None, ISSUER, "https://spa.example"])
    def test_is_registered(self, origin: str | None) -> None:
        check_web_origin(origin, client(web_origins=("https://spa.example",)), issuer=ISSUER)

    @pytest.mark.parametrize(
        "origin", ["null", "", "https://spa.example.evil", "http://spa.example", "*"]
    )
    def test_is_not(self, origin: str) -> None:
        with refused(UnauthorizedClient, "web_origin_not_registered"):
            check_web_origin(origin, client(web_origins=("https://spa.example",)), issuer=ISSUER)


class TestMetadata:
    def test_both_documents_say_the_same(self) -> None:
        plain = authorization_server_metadata(ISSUER, ui_locales=("en", "de"))
        openid = openid_configuration(
            ISSUER, id_token_algorithms=("ES256", "RS256"), ui_locales=("en", "de")
        )

        assert plain.items() <= openid.items()
        assert openid["id_token_signing_alg_values_supported"] == ["ES256", "RS256"]
        assert openid["ui_locales_supported"] == ["en", "de"]

    def test_every_endpoint_is_below_the_issuer(self) -> None:
        document = authorization_server_metadata(ISSUER)

        assert document["issuer"] == ISSUER
        for name, path in ENDPOINTS.items():
            assert document[name] == f"{ISSUER}{path}"
        assert "ui_locales_supported" not in document

    def test_what_is_not_there_is_said(self) -> None:
        document = openid_configuration(ISSUER, id_token_algorithms=("ES256",))

        assert document["request_uri_parameter_supported"] is False
        assert document["request_parameter_supported"] is False
        assert document["claims_parameter_supported"] is False
        assert document["response_types_supported"] == ["code"]
        assert document["code_challenge_methods_supported"] == ["S256"]
        assert document["authorization_response_iss_parameter_supported"] is True
        methods = document["introspection_endpoint_auth_methods_supported"]
        assert isinstance(methods, list)
        assert "none" not in methods
