"""Credentials, challenges and metadata, apart from any framework."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from sealwax import TokenRefused, TrustedIssuer, Verifier
from sealwax.integrations.bearer import (
    Challenge,
    CredentialsRefused,
    RequestRefused,
    read_bearer_token,
)
from sealwax.integrations.django import ResourceServer as DjangoServer
from sealwax.integrations.fastapi import ResourceServer as FastApiServer
from sealwax.integrations.flask import ResourceServer as FlaskServer
from sealwax.integrations.protected_resource import ProtectedResource
from sealwax.integrations.starlette import ResourceServer as StarletteServer
from sealwax.jose import Key
from sealwax.resource_server import InvalidConfiguration, VerifierClosed
from tests.integrations.contract import AUDIENCE, ISSUER, World

WELL_KNOWN = "/.well-known/oauth-protected-resource"

# RFC 9110 §11.6.1: one challenge of a scheme and quoted parameters.
CHALLENGE = re.compile(r'Bearer [a-z_]+="[^"\\]*"(, [a-z_]+="[^"\\]*")*')


def field_of(*arguments: Any, **settings: Any) -> str:  # noqa: ANN401 - wrong types are the point
    with pytest.raises(InvalidConfiguration) as refused:
        ProtectedResource(*arguments, **settings)
    return refused.value.field


@given(st.lists(st.text(), max_size=3))
def test_whatever_stands_in_the_headers_a_token_is_one_word_or_there_is_none(
    values: list[str],
) -> None:
    try:
        token = read_bearer_token(values)
    except CredentialsRefused:
        return
    assert re.fullmatch(r"[A-Za-z0-9\-._~+/]+=*", token)


@given(st.from_regex(r"\A[Bb]earer [A-Za-z0-9._~+/-]{1,50}={0,2}\Z"))
def test_good_credentials_give_their_token(value: str) -> None:
    assert read_bearer_token([value]) == value[7:]


@pytest.mark.parametrize(
    "value",
    [
        "Bearer a\n",
        "Bearer a\r\nX: y",
        "Bearer\ta",
        "Bearer \ta",
        "Bearer ä",
        "Bearer \0",
        " Bearer a",
    ],
)
def test_control_and_foreign_characters_are_in_no_token(value: str) -> None:
    with pytest.raises(CredentialsRefused):
        read_bearer_token([value])


def test_the_size_is_looked_at_first() -> None:
    with pytest.raises(TokenRefused) as refused:
        read_bearer_token(["Bearer " + "a" * 32_769])
    assert refused.value.reason == "token_too_large"
    assert read_bearer_token(["Bearer " + "a" * 32_768])


def test_a_challenge_always_has_a_parameter() -> None:
    assert str(Challenge("api", None)) == 'Bearer realm="api"'


@pytest.mark.parametrize("audience", ["api://notes", 'evil"quote', "back\\slash", "ümlaut", "a\nb"])
def test_an_api_without_a_url_names_its_realm_and_has_no_metadata(audience: str) -> None:
    api = ProtectedResource(ISSUER, audience)
    assert (api.resource, api.metadata_path, api.metadata_url) == (None, None, None)
    with pytest.raises(RequestRefused) as refused:
        api.authenticate_sync([])
    challenge = refused.value.answer.headers["WWW-Authenticate"]
    assert CHALLENGE.fullmatch(challenge)
    assert challenge == f'Bearer realm="{audience if audience == "api://notes" else "api"}"'


def test_an_api_without_a_url_adds_no_route_in_any_framework() -> None:
    verifier = World().issuer.verifier("api://notes")
    assert StarletteServer(verifier=verifier).routes == []
    assert DjangoServer(verifier=verifier).urls == []
    fast, flask = FastAPI(openapi_url=None), Flask("api")
    FastApiServer(verifier=verifier).install(fast)
    FlaskServer(verifier=verifier).install(flask)
    assert fast.routes == []
    assert [rule.endpoint for rule in flask.url_map.iter_rules()] == ["static"]


@pytest.mark.parametrize(
    ("resource", "path", "url"),
    [
        ("https://a.example", WELL_KNOWN, f"https://a.example{WELL_KNOWN}"),
        ("https://a.example/", WELL_KNOWN, f"https://a.example{WELL_KNOWN}"),
        ("https://a.example:8443", WELL_KNOWN, f"https://a.example:8443{WELL_KNOWN}"),
        ("https://a.example/v1", f"{WELL_KNOWN}/v1", f"https://a.example{WELL_KNOWN}/v1"),
        ("https://a.example/v1/x/", f"{WELL_KNOWN}/v1/x/", f"https://a.example{WELL_KNOWN}/v1/x/"),
        ("http://localhost:8001", WELL_KNOWN, f"http://localhost:8001{WELL_KNOWN}"),
    ],
)
def test_the_place_of_the_metadata_rfc_9728_3_1(resource: str, path: str, url: str) -> None:
    for api in (
        ProtectedResource(ISSUER, resource),
        ProtectedResource(ISSUER, "x", resource=resource),
    ):
        assert (api.resource, api.metadata_path, api.metadata_url) == (resource, path, url)


def test_the_metadata_says_what_was_configured_and_nothing_empty() -> None:
    api = ProtectedResource(
        ISSUER,
        AUDIENCE,
        scopes_supported=["a", "b"],
        resource_name="Notes",
        resource_documentation="https://docs.example.com",
    )
    assert api.metadata() == {
        "resource": AUDIENCE,
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["a", "b"],
        "resource_name": "Notes",
        "resource_documentation": "https://docs.example.com",
    }
    assert set(ProtectedResource(ISSUER, AUDIENCE).metadata()) == {
        "resource",
        "authorization_servers",
        "bearer_methods_supported",
    }


def test_the_metadata_names_every_issuer() -> None:
    verifier = Verifier(
        issuers=[
            TrustedIssuer(issuer="https://one.example", audience=AUDIENCE),
            TrustedIssuer(issuer="https://two.example", audience=[AUDIENCE, "api://notes"]),
        ]
    )
    api = ProtectedResource(verifier=verifier)
    assert api.resource == AUDIENCE
    assert api.metadata()["authorization_servers"] == ["https://one.example", "https://two.example"]


def test_of_two_urls_none_is_taken_for_the_api_s_own() -> None:
    assert ProtectedResource(ISSUER, [AUDIENCE, "https://other.example"]).resource is None


@pytest.mark.parametrize(
    "resource",
    ["", "api", "http://a.example", "https://a.example?x=1", "https://a.example#x", 7],
)
def test_the_resource_is_an_https_url(resource: object) -> None:
    assert field_of(ISSUER, AUDIENCE, resource=resource) == "resource"


@pytest.mark.parametrize("scopes", ["notes:read", ["a b"], [""], [7], ['"'], ["ä"]])
def test_scopes_are_checked(scopes: object) -> None:
    assert field_of(ISSUER, AUDIENCE, scopes_supported=scopes) == "scopes_supported"


def test_an_issuer_and_an_audience_or_a_verifier_are_needed() -> None:
    verifier = Verifier(ISSUER, AUDIENCE)
    assert field_of() == "issuer"
    assert field_of(ISSUER) == "audience"
    assert field_of(ISSUER, AUDIENCE, verifier=verifier) == "verifier"
    assert field_of(verifier=verifier, leeway_seconds=5) == "verifier"
    assert field_of(ISSUER, AUDIENCE, leeway_seconds=500) == "leeway_seconds"


@pytest.mark.anyio
async def test_every_challenge_can_be_parsed() -> None:
    world = World()
    api = ProtectedResource(verifier=world.verifier)
    good = world.issuer.token(AUDIENCE)
    forged = world.issuer.token(AUDIENCE, key=Key.generate("ES256"))
    for authorization in (
        [],
        ["Basic x"],
        ["Bearer"],
        ["a", "b"],
        [f"Bearer {forged}"],
        [f"Bearer {good}"],
    ):
        with pytest.raises(RequestRefused) as refused:
            await api.authenticate(authorization, ("a", "b"))
        with pytest.raises(RequestRefused) as refused_sync:
            api.authenticate_sync(authorization, ("a", "b"))
        assert refused.value.answer == refused_sync.value.answer
        assert refused.value.reason == refused_sync.value.reason
        assert CHALLENGE.fullmatch(refused.value.answer.headers["WWW-Authenticate"])


def test_what_is_no_refusal_is_not_turned_into_one() -> None:
    world = World()
    api = ProtectedResource(verifier=world.verifier)
    world.verifier.close()
    with pytest.raises(VerifierClosed):
        api.authenticate_sync(["Bearer " + world.issuer.token(AUDIENCE)])


def test_a_verifier_can_be_exchanged_for_that_of_a_test_issuer() -> None:
    world = World()
    api = ProtectedResource(ISSUER, AUDIENCE)
    api.verifier = world.verifier
    token = world.issuer.token(AUDIENCE)
    assert api.authenticate_sync([f"Bearer {token}"]).subject == "user-1"
