"""What may be registered: RFC 7591 §2, RFC 8252 §7, RFC 8707 §2, RFC 9700 §2.6."""

from __future__ import annotations

import dataclasses
import json

import pytest

from sealwax.jose import Key, KeySet
from sealwax.oauth.registration import (
    RegistrationInvalid,
    check_client,
    check_redirect_uri,
    check_resource,
)
from sealwax.records import Client, Resource

API = "https://api.example.com"
WEB = Client(
    client_id="web",
    client_name="A web app",
    token_endpoint_auth_method="client_secret_basic",
    created_at=0,
    client_secret_hashes=("0" * 64,),
    redirect_uris=("https://app.example.com/callback",),
    scopes=("openid", "notes:read"),
)
NOTES = Resource(
    identifier=API,
    display_name="Notes",
    scopes=("notes:read",),
    access_token_lifetime_seconds=600,
    created_at=0,
)
PUBLIC_KEYS = json.dumps(KeySet([Key.generate("ES256").public()]).to_jwks())


def test_a_plain_web_client_is_accepted() -> None:
    check_client(WEB, [API])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_id": "usr_looks-like-a-person"}, "client_id"),
        ({"client_id": "a b"}, "client_id"),
        ({"client_id": "a" * 101}, "client_id"),
        ({"client_id": "wéb"}, "client_id"),
        ({"client_name": "  "}, "client_name"),
        ({"client_name": "two\nlines"}, "client_name"),
        ({"client_name": "n" * 201}, "client_name"),
        ({"grant_types": ("password",)}, "grant_types"),
        ({"grant_types": ("implicit",)}, "grant_types"),
        ({"grant_types": ()}, "grant_types"),
        ({"grant_types": ("refresh_token",)}, "grant_types"),
        ({"redirect_uris": ()}, "redirect_uris"),
        ({"redirect_uris": ("https://a.example/c", "https://a.example/c")}, "redirect_uris"),
        ({"redirect_uris": tuple(f"https://a.example/{n}" for n in range(101))}, "redirect_uris"),
        ({"post_logout_redirect_uris": ("//evil.example",)}, "post_logout_redirect_uris"),
        ({"scopes": ("two words",)}, "scopes"),
        ({"scopes": ('quo"te',)}, "scopes"),
        ({"web_origins": ("https://app.example.com/",)}, "web_origins"),
        ({"web_origins": ("http://app.example.com",)}, "web_origins"),
        ({"web_origins": ("*",)}, "web_origins"),
        ({"web_origins": ("null",)}, "web_origins"),
        ({"default_resource": "https://unknown.example"}, "default_resource"),
        ({"introspects": ("https://unknown.example",)}, "introspects"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
        ({"jwks": PUBLIC_KEYS}, "jwks"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        (
            {
                "token_endpoint_auth_method": "none",
                "grant_types": ("authorization_code", "client_credentials"),
            },
            "grant_types",
        ),
        ({"token_endpoint_auth_method": "none", "introspects": (API,)}, "introspects"),
    ],
)
def test_a_client_that_does_not_fit_names_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(RegistrationInvalid) as refused:
        check_client(dataclasses.replace(WEB, **changes), [API])  # type: ignore[arg-type]  # a table of fields
    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: found ")
    assert "; accepted: " in str(refused.value)


@pytest.mark.parametrize(
    "jwks",
    [
        "no json",
        '{"keys":[]}',
        json.dumps({"keys": [Key.generate("ES256").to_jwk(private=True)]}),
        json.dumps({"keys": [Key.from_secret(b"k" * 32, algorithm="HS256").to_jwk(private=True)]}),
    ],
    ids=["not-json", "empty", "private", "symmetric"],
)
def test_private_key_jwt_takes_public_keys_alone(jwks: str) -> None:
    client = dataclasses.replace(WEB, token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    with pytest.raises(RegistrationInvalid) as refused:
        check_client(client, [])
    assert refused.value.field == "jwks"
    assert '"d"' not in str(refused.value)


def test_private_key_jwt_with_public_keys_is_accepted() -> None:
    check_client(
        dataclasses.replace(WEB, token_endpoint_auth_method="private_key_jwt", jwks=PUBLIC_KEYS),
        [],
    )


def test_a_service_and_a_resource_server_are_accepted() -> None:
    service = dataclasses.replace(WEB, grant_types=("client_credentials",), redirect_uris=())
    check_client(dataclasses.replace(service, default_resource=API), [API])
    check_client(dataclasses.replace(service, grant_types=(), introspects=(API,)), [API])


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.com/callback",
        "https://app.example.com:8443/callback?tenant=1",
        "http://localhost:8003/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:9000/callback",
        "com.example.app:/callback",
    ],
)
def test_redirect_uris_that_are_accepted(uri: str) -> None:
    check_redirect_uri("redirect_uris", uri, is_public=True)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "//app.example.com/callback",
        "app.example.com/callback",
        "http://app.example.com/callback",
        "http://localhost.example.com/callback",
        "HTTPS://app.example.com/callback",
        "https://App.example.com/callback",
        "https:app.example.com",
        "https:///callback",
        "https://app.example.com/callback#fragment",
        "https://app.example.com/callback#",
        "https://user@app.example.com/callback",
        "http://localhost:80@evil.example/",
        "https://*.example.com/callback",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com/call back",
        "https://app.example.com/\tcallback",
        "https://app.example.com/\ncallback",
        "https://app.example.com:99999/",
        "https://app.example.com:0/",
        "https://äpp.example.com/",
        "https://[::1/callback",
        "https://app_1.example.com/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "myapp:/callback",
        "com.example.app://host/callback",
        "https://app.example.com/" + "a" * 2000,
    ],
)
def test_redirect_uris_that_are_refused(uri: str) -> None:
    with pytest.raises(RegistrationInvalid):
        check_redirect_uri("redirect_uris", uri, is_public=True)


def test_a_private_scheme_is_for_public_clients_alone() -> None:
    with pytest.raises(RegistrationInvalid):
        check_redirect_uri("redirect_uris", "com.example.app:/callback", is_public=False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"identifier": "api"}, "identifier"),
        ({"identifier": "http://api.example.com"}, "identifier"),
        ({"identifier": "https://api.example.com/#x"}, "identifier"),
        ({"identifier": "https://user@api.example.com"}, "identifier"),
        ({"identifier": "urn:"}, "identifier"),
        ({"identifier": "https://"}, "identifier"),
        ({"display_name": ""}, "display_name"),
        ({"scopes": ("openid",)}, "scopes"),
        ({"scopes": ("a b",)}, "scopes"),
        ({"access_token_lifetime_seconds": 59}, "access_token_lifetime_seconds"),
        ({"access_token_lifetime_seconds": 3601}, "access_token_lifetime_seconds"),
        ({"access_token_signing_alg": "HS256"}, "access_token_signing_alg"),
    ],
)
def test_a_resource_that_does_not_fit_names_its_field(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(RegistrationInvalid) as refused:
        check_resource(dataclasses.replace(NOTES, **changes))  # type: ignore[arg-type]  # a table of fields
    assert refused.value.field == field


@pytest.mark.parametrize(
    "identifier", [API, "http://localhost:8001", "urn:example:notes", "https://api.example.com/v1"]
)
def test_identifiers_that_are_accepted(identifier: str) -> None:
    check_resource(dataclasses.replace(NOTES, identifier=identifier))


def test_the_text_of_a_refusal_stays_short() -> None:
    with pytest.raises(RegistrationInvalid) as refused:
        check_resource(dataclasses.replace(NOTES, identifier="x" * 5000))
    assert len(str(refused.value)) < 300
