from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from sealwax.oauth.authorization_request import (
    MAX_NONCE_CHARACTERS,
    MAX_STATE_CHARACTERS,
    check_client,
    check_return_address,
    named_resources,
)
from sealwax.oauth.errors import (
    AccessDenied,
    ClientUnknown,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    OAuthError,
    RedirectedError,
    RedirectUriMismatch,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from sealwax.oauth.parameters import parse_form
from sealwax.records import Client
from tests.oauth.given import (
    CALLBACK,
    CHALLENGE,
    ISSUER,
    MAIL,
    NOTES,
    NOW,
    authorization_form,
    checked,
    client,
    refused,
)

ALL_SCOPES = ("openid", "profile", "notes:read", "mail:send")


def test_a_good_request_is_read_whole() -> None:
    request = checked(
        prompt="login consent",
        max_age="60",
        login_hint="alice",
        id_token_hint="a.b.c",
        ui_locales="de en",
        acr_values="high",
        display="popup",
        claims='{"userinfo":{}}',
    )

    assert request.client == client()
    assert request.redirect_uri.uri == CALLBACK
    assert request.scopes == ("openid", "notes:read")
    assert request.resources == (NOTES,)
    assert [audience.identifier for audience in request.audiences] == [NOTES]
    assert request.code_challenge == CHALLENGE
    assert request.prompt == {"login", "consent"}
    assert (request.max_age, request.nonce, request.login_hint, request.id_token_hint) == (
        60,
        "n-0S6_WzA2Mj",
        "alice",
        "a.b.c",
    )
    assert request.ui_locales == "de en"
    assert request.response_mode == "query"


def test_the_answer_carries_code_state_and_issuer() -> None:
    assert checked().success_parameters("swc_1") == {
        "code": "swc_1",
        "state": "af0ifjsldkj",
        "iss": ISSUER,
    }
    assert checked(state=None).success_parameters("swc_1") == {"code": "swc_1", "iss": ISSUER}


class TestUntilTheRedirectUriIsTrusted:
    """RFC 6749 §4.1.2.1: shown, never redirected."""

    @pytest.mark.parametrize(
        ("found", "reason"),
        [(None, "client_unknown"), (client(disabled_at=NOW), "client_disabled")],
    )
    def test_an_unknown_client_is_shown(self, found: Client | None, reason: str) -> None:
        with refused(ClientUnknown, reason):
            check_client(found)
        with refused(ClientUnknown, reason):
            check_return_address(authorization_form(), found, issuer=ISSUER)

    @pytest.mark.parametrize(
        "changes",
        [
            {"prompt": "none"},
            {"response_type": "token"},
            {"scope": '"'},
            {"code_challenge": None},
            {"request": "x"},
            {"response_mode": "form_post"},
        ],
    )
    def test_a_foreign_redirect_uri_is_shown_whatever_else_is_wrong(
        self, changes: dict[str, str | None]
    ) -> None:
        asked = authorization_form(redirect_uri="https://evil.example/", **changes)

        with refused(RedirectUriMismatch, "redirect_uri_mismatch"):
            check_return_address(asked, client(), issuer=ISSUER)

    @pytest.mark.parametrize("scope", ["openid", "notes:read openid"])
    def test_oidc_core_3_1_2_1_openid_needs_a_redirect_uri(self, scope: str) -> None:
        asked = authorization_form(redirect_uri=None, scope=scope)

        with refused(RedirectUriMismatch, "redirect_uri_missing"):
            check_return_address(asked, client(), issuer=ISSUER)

    def test_oauth_2_1_section_4_1_1_the_only_one_may_be_left_out(self) -> None:
        assert checked(redirect_uri=None, scope="notes:read").redirect_uri.uri == CALLBACK


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        pytest.param(
            {"request": "x"}, RequestNotSupported, "request_object", id="OIDC Core 6.1: request"
        ),
        pytest.param(
            {"request_uri": "https://x"}, RequestUriNotSupported, "request_uri", id="request_uri"
        ),
        pytest.param(
            {"registration": "{}"}, RegistrationNotSupported, "registration", id="registration"
        ),
        pytest.param(
            {"response_type": None}, InvalidRequest, "parameter_missing", id="no response_type"
        ),
        pytest.param(
            {"response_type": "token"}, UnsupportedResponseType, "response_type", id="implicit"
        ),
        pytest.param(
            {"response_type": "code id_token"},
            UnsupportedResponseType,
            "response_type",
            id="hybrid",
        ),
        pytest.param(
            {"response_type": "CODE"}, UnsupportedResponseType, "response_type", id="the case"
        ),
        pytest.param(
            {"response_mode": "fragment"}, InvalidRequest, "response_mode", id="a fragment"
        ),
        pytest.param(
            {"state": "a" * (MAX_STATE_CHARACTERS + 1)},
            InvalidRequest,
            "state_too_long",
            id="a long state",
        ),
        pytest.param(
            {"code_challenge": None},
            InvalidRequest,
            "code_challenge_missing",
            id="RFC 9700 2.1.1: no PKCE",
        ),
        pytest.param(
            {"code_challenge_method": "plain"},
            InvalidRequest,
            "code_challenge_method",
            id="plain PKCE",
        ),
        pytest.param(
            {"resource": "notes"}, InvalidTarget, "resource_malformed", id="RFC 8707 2: relative"
        ),
        pytest.param(
            {"resource": f"{NOTES}#a"}, InvalidTarget, "resource_malformed", id="a fragment in it"
        ),
        pytest.param(
            {"resource": "https://other.example"},
            InvalidTarget,
            "resource_unknown",
            id="an unknown resource",
        ),
        pytest.param(
            {"resource": MAIL}, InvalidTarget, "resource_not_for_client", id="another's resource"
        ),
        pytest.param({"scope": "a  b"}, InvalidScope, "scope_malformed", id="a bad scope"),
        pytest.param(
            {"scope": "notes:delete"}, InvalidScope, "scope_not_registered", id="a scope too many"
        ),
        pytest.param(
            {"scope": "openid notes:read", "resource": None},
            InvalidScope,
            "scope_of_another_resource",
            id="a scope of an API that is not asked for",
        ),
        pytest.param(
            {"nonce": "a" * (MAX_NONCE_CHARACTERS + 1)},
            InvalidRequest,
            "nonce_too_long",
            id="a long nonce",
        ),
        pytest.param(
            {"prompt": "none login"}, InvalidRequest, "prompt_contradictory", id="none and login"
        ),
        pytest.param({"max_age": "-1"}, InvalidRequest, "max_age", id="a negative age"),
    ],
)
def test_is_redirected(changes: dict[str, str | None], kind: type[OAuthError], reason: str) -> None:
    with refused(RedirectedError, reason) as caught:
        checked(**changes)

    error = caught.value
    assert isinstance(error, RedirectedError)
    assert type(error.cause) is kind
    assert error.location.startswith(f"{CALLBACK}?")
    found = {name: value[0] for name, value in parse_qs(urlsplit(error.location).query).items()}
    assert found == error.parameters
    assert found["iss"] == ISSUER
    assert found["error"] == error.cause.error
    assert found.get("state") == (None if "state" in changes else "af0ifjsldkj")


def test_a_client_that_is_not_registered_for_codes() -> None:
    with refused(RedirectedError, "grant_type_not_registered") as caught:
        checked(None, client(grant_types=("client_credentials",)))
    assert isinstance(caught.value, RedirectedError)
    assert isinstance(caught.value.cause, UnauthorizedClient)


@pytest.mark.parametrize("changes", [{}, {"code_challenge": None}])
def test_form_post_holds_for_errors_too(changes: dict[str, str | None]) -> None:
    asked = authorization_form(response_mode="form_post", **changes)
    if not changes:
        assert checked(asked).response_mode == "form_post"
        return
    with pytest.raises(RedirectedError) as caught:
        checked(asked)
    assert caught.value.response_mode == "form_post"


def test_the_person_may_refuse() -> None:
    error = checked().refuse(AccessDenied("consent_declined", "the person declined"))

    assert error.parameters == {
        "error": "access_denied",
        "error_description": "the person declined",
        "state": "af0ifjsldkj",
        "iss": ISSUER,
    }


class TestScopesAndResources:
    def test_several_resources(self) -> None:
        asked = parse_form(
            b"response_type=code&client_id=web&code_challenge_method=S256&code_challenge="
            + CHALLENGE.encode()
            + b"&resource=https://notes.example&resource=https://mail.example"
            + b"&resource=https://notes.example&scope=notes:read+mail:send"
        )

        request = checked(asked, client(scopes=ALL_SCOPES))

        assert request.resources == (NOTES, MAIL)
        assert request.scopes == ("notes:read", "mail:send")

    def test_the_clients_default_resource(self) -> None:
        by = client(default_resource=NOTES)

        request = checked(None, by, resource=None)

        assert request.resources == ()
        assert [audience.identifier for audience in request.audiences] == [NOTES]
        assert named_resources(authorization_form(resource=None), by, issuer=ISSUER) == (NOTES,)

    def test_without_a_default_the_issuer(self) -> None:
        request = checked(resource=None, scope="openid profile")

        assert [audience.identifier for audience in request.audiences] == [ISSUER]

    def test_the_issuer_by_name(self) -> None:
        assert checked(resource=ISSUER, scope="openid").resources == (ISSUER,)

    def test_rfc_6749_section_3_3_an_omitted_scope_means_those_of_the_resource(self) -> None:
        request = checked(scope=None)

        assert request.scopes == ("notes:read", "notes:write")

    @pytest.mark.parametrize(
        ("by", "expected"),
        [
            pytest.param(client(), ("openid", "offline_access"), id="registered for both"),
            pytest.param(
                client(grant_types=("authorization_code",)), ("openid",), id="may not refresh"
            ),
            pytest.param(client(scopes=("openid",)), ("openid",), id="not registered for it"),
        ],
    )
    def test_oidc_core_11_offline_access_is_ignored_where_it_means_nothing(
        self, by: Client, expected: tuple[str, ...]
    ) -> None:
        request = checked(None, by, scope="openid offline_access", resource=None)

        assert request.scopes == expected

    @pytest.mark.parametrize("hint", ["a" * 257, None])
    def test_a_hint_that_is_no_name_is_no_hint(self, hint: str | None) -> None:
        assert checked(login_hint=hint).login_hint is None
