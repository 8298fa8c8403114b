import json

import pytest

from sealwax.client import (
    ClientRegistration,
    HttpResponse,
    TokenRequestRefused,
    TokenResponse,
    TokenResponseInvalid,
)
from sealwax.client.provider import Provider
from sealwax.client.token_request import (
    client_credentials_fields,
    read_token_response,
    refresh_fields,
    token_request,
)
from sealwax.entropy import SeededEntropy
from sealwax.secret import Secret
from tests.client.provider import ISSUER, NOW, form_of

PROVIDER = Provider(ISSUER, f"{ISSUER}/token", f"{ISSUER}/jwks")


def read(members: object, status: int = 200) -> TokenResponse:
    return read_token_response(HttpResponse(status, {}, json.dumps(members).encode()), now=NOW)


def good(**changes: object) -> dict[str, object]:
    members = {"access_token": "the-token", "token_type": "Bearer", "expires_in": 600, **changes}
    return {name: value for name, value in members.items() if value is not ...}


def test_the_request_of_a_service() -> None:
    request = token_request(
        PROVIDER,
        ClientRegistration("service", Secret("the-secret")),
        client_credentials_fields(("a", "b"), "https://api.example"),
        now=NOW,
        entropy=SeededEntropy(1),
    )

    assert (request.method, request.url) == ("POST", f"{ISSUER}/token")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Authorization"].startswith("Basic ")
    assert form_of(request) == {
        "grant_type": "client_credentials",
        "scope": "a b",
        "resource": "https://api.example",
    }
    assert "Basic" not in repr(request)


def test_the_request_of_a_refresh_does_not_show_the_token() -> None:
    request = token_request(
        PROVIDER,
        ClientRegistration("app"),
        refresh_fields(Secret("refresh-1")),
        now=NOW,
        entropy=SeededEntropy(1),
    )

    assert form_of(request) == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1",
        "client_id": "app",
    }
    assert "refresh-1" not in repr(request)


def test_a_good_answer() -> None:
    response = read(good(refresh_token="r", id_token="i", scope="a  b a"))

    assert response.access_token.reveal() == "the-token"
    assert response.expires_at == NOW + 600
    assert response.scopes == frozenset({"a", "b"})
    assert response.refresh_token == Secret("r")
    assert response.id_token == Secret("i")
    assert "the-token" not in repr(response)


@pytest.mark.parametrize("token_type", ["bearer", "BEARER", "Bearer"])
def test_the_token_type_is_compared_without_case(token_type: str) -> None:
    # RFC 6749 §5.1
    assert read(good(token_type=token_type)).scopes is None


@pytest.mark.parametrize(
    ("expires_in", "expires_at"),
    [(..., None), (None, None), (0, NOW), ("600", NOW + 600), (10**12, NOW + 366 * 86_400)],
)
def test_the_life_of_the_token(expires_in: object, expires_at: int | None) -> None:
    assert read(good(expires_in=expires_in)).expires_at == expires_at


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"token_type": ...}, "token_type_unsupported"),
        ({"token_type": "DPoP"}, "token_type_unsupported"),
        ({"token_type": ["Bearer"]}, "token_type_unsupported"),
        ({"access_token": ...}, "response_malformed"),
        ({"access_token": ""}, "response_malformed"),
        ({"access_token": 7}, "response_malformed"),
        ({"access_token": "a\nb"}, "response_malformed"),
        ({"access_token": "é"}, "response_malformed"),
        ({"refresh_token": ["r"]}, "response_malformed"),
        ({"expires_in": True}, "response_malformed"),
        ({"expires_in": -1}, "response_malformed"),
        ({"expires_in": 1.5}, "response_malformed"),
        ({"expires_in": "soon"}, "response_malformed"),
        ({"expires_in": "\u0661"}, "response_malformed"),
        ({"scope": ["a"]}, "response_malformed"),
    ],
)
def test_an_answer_that_is_amiss_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(TokenResponseInvalid) as refusal:
        read(good(**changes))
    assert refusal.value.reason == reason


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"a":1,"a":1}', b"\xff"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(TokenResponseInvalid):
        read_token_response(HttpResponse(200, {}, body), now=NOW)


@pytest.mark.parametrize(
    ("status", "members", "error"),
    [
        (400, {"error": "invalid_grant", "error_description": "<b>"}, "invalid_grant"),
        (401, {"error": "invalid_client"}, "invalid_client"),
        (400, {"error": 7}, "an error without a readable code"),
        (400, {"error": "<script>"}, "an error without a readable code"),
        (502, {}, "an error without a readable code"),
        (400, {**good(), "error": "invalid_grant"}, "invalid_grant"),
    ],
)
def test_an_error_is_named_by_its_code_alone(status: int, members: object, error: str) -> None:
    with pytest.raises(TokenRequestRefused) as refusal:
        read(members, status)
    assert (refusal.value.error, refusal.value.status) == (error, status)
    assert "<" not in str(refusal.value)


def test_an_error_that_is_a_web_page_is_an_error_all_the_same() -> None:
    with pytest.raises(TokenRequestRefused) as refusal:
        read_token_response(HttpResponse(503, {}, b"<html>"), now=NOW)
    assert refusal.value.status == 503
