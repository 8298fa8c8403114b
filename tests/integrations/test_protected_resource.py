"""Credentials, challenges and metadata, apart from any framework."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from sealwax import TokenRefused, TrustedIssuer, Verifier
from sealwax.integrations.challenge import Challenges, RequestRefused
from sealwax.integrations.credentials import ApiRequest, CredentialsRefused, read_credentials
from sealwax.integrations.django import ResourceServer as DjangoServer
from sealwax.integrations.fastapi import ResourceServer as FastApiServer
from sealwax.integrations.flask import ResourceServer as FlaskServer
from sealwax.integrations.protected_resource import ProtectedResource, Requirements
from sealwax.integrations.starlette import ResourceServer as StarletteServer
from sealwax.jose import Key, dpop
from sealwax.resource_server import InvalidConfiguration, VerifierClosed
from sealwax.resource_server.dpop_policy import PROOF_ALGORITHMS
from tests.integrations.contract import AUDIENCE, CLIENT, ISSUER, START, World

WELL_KNOWN = "/.well-known/oauth-protected-resource"

# RFC 9110 §11.6.1: challenges of a scheme and quoted parameters.
PARAMETERS = r'[a-z_]+="[^"\\]*"(, [a-z_]+="[^"\\]*")*'
CHALLENGE = re.compile(f"Bearer {PARAMETERS}(, DPoP {PARAMETERS})?")


def request_with(*authorization: str) -> ApiRequest:
    return ApiRequest("GET", "/notes", authorization)


def field_of(*arguments: Any, **settings: Any) -> str:  # noqa: ANN401 - wrong types are the point
    with pytest.raises(InvalidConfiguration) as refused:
        ProtectedResource(*arguments, **settings)
    return refused.value.field


@given(st.lists(st.text(), max_size=3))
def test_whatever_stands_in_the_headers_a_token_is_one_word_or_there_is_none(
    values: list[str],
) -> None:
    try:
        scheme, token = read_credentials(values, ("Bearer", "DPoP"))
    except CredentialsRefused:
        return
    assert values[0].lower().startswith(scheme.lower())
    assert re.fullmatch(r"[A-Za-z0-9\-._~+/]+=*", token)


@given(st.from_regex(r"\A[Bb]earer [A-Za-z0-9._~+/-]{1,50}={0,2}\Z"))
def test_good_credentials_give_their_token(value: str) -> None:
    assert read_credentials([value]) == ("Bearer", value[7:])
    for schemes in (("DPoP",), ("Bearer", "DPoP")):
        assert read_credentials([f"dpop {value[7:]}"], schemes) == ("DPoP", value[7:])
    with pytest.raises(CredentialsRefused):
        read_credentials([f"dpop {value[7:]}"])


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
        read_credentials([value])


def test_the_size_is_looked_at_first() -> None:
    with pytest.raises(TokenRefused) as refused:
        read_credentials(["Bearer " + "a" * 32_769])
    assert refused.value.reason == "token_too_large"
    assert read_credentials(["Bearer " + "a" * 32_768])


def test_a_challenge_always_has_a_parameter() -> None:
    assert Challenges("api", None).write({}, {}, ("Bearer",), None) == 'Bearer realm="api"'


@pytest.mark.parametrize("audience", ["api://notes", 'evil"quote', "back\\slash", "ümlaut", "a\nb"])
def test_an_api_without_a_url_names_its_realm_and_has_no_metadata(audience: str) -> None:
    api = ProtectedResource(ISSUER, audience)
    assert (api.resource, api.metadata_path, api.metadata_url) == (None, None, None)
    with pytest.raises(RequestRefused) as refused:
        api.authenticate_sync(request_with())
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
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
    }
    assert set(ProtectedResource(ISSUER, AUDIENCE).metadata()) == {
        "resource",
        "authorization_servers",
        "bearer_methods_supported",
        "dpop_signing_alg_values_supported",
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
            await api.authenticate(request_with(*authorization), Requirements(("a", "b")))
        with pytest.raises(RequestRefused) as refused_sync:
            api.authenticate_sync(request_with(*authorization), Requirements(("a", "b")))
        assert refused.value.answer == refused_sync.value.answer
        assert refused.value.reason == refused_sync.value.reason
        assert CHALLENGE.fullmatch(refused.value.answer.headers["WWW-Authenticate"])


def test_what_is_no_refusal_is_not_turned_into_one() -> None:
    world = World()
    api = ProtectedResource(verifier=world.verifier)
    world.verifier.close()
    with pytest.raises(VerifierClosed):
        api.authenticate_sync(request_with("Bearer " + world.issuer.token(AUDIENCE)))


def test_a_verifier_can_be_exchanged_for_that_of_a_test_issuer() -> None:
    world = World()
    api = ProtectedResource(ISSUER, AUDIENCE)
    api.verifier = world.verifier
    token = world.issuer.token(AUDIENCE)
    assert api.authenticate_sync(request_with(f"Bearer {token}")).subject == "user-1"


def challenge_of(api: ProtectedResource, request: ApiRequest) -> str:
    with pytest.raises(RequestRefused) as refused:
        api.authenticate_sync(request)
    return refused.value.answer.headers["WWW-Authenticate"]


def test_an_api_without_a_url_can_not_compare_proofs_and_offers_none() -> None:
    world = World()
    api = ProtectedResource(verifier=world.issuer.verifier("api://notes"))
    token = world.issuer.token("api://notes", claims={"cnf": {"jkt": "A" * 43}})
    assert challenge_of(api, request_with(f"DPoP {token}")) == 'Bearer realm="api://notes"'
    assert "dpop_signing_alg_values_supported" not in api.metadata()
    bearer = ApiRequest("GET", "/", [f"Bearer {token}"], ["proof"])
    assert 'error="invalid_token"' in challenge_of(api, bearer)


def test_an_api_that_wants_bound_tokens_offers_dpop_alone() -> None:
    api = ProtectedResource(ISSUER, AUDIENCE, require_dpop=True)
    assert challenge_of(api, request_with()).startswith("DPoP resource_metadata=")
    assert "Bearer" not in challenge_of(api, request_with("Bearer abc"))
    assert api.metadata()["dpop_bound_access_tokens_required"] is True
    assert field_of(ISSUER, "api://notes", require_dpop=True) == "require_dpop"
    ProtectedResource(ISSUER, "api://notes", require_dpop=True, public_url=AUDIENCE)


def test_of_two_headers_nobody_knows_which_is_meant_rfc_9449_7_2() -> None:
    api = ProtectedResource(ISSUER, AUDIENCE)
    challenge = challenge_of(api, request_with("Bearer abc", "DPoP abc"))
    assert challenge.count('error="invalid_request"') == 2


def test_an_api_that_takes_no_bound_tokens_offers_bearer_alone() -> None:
    api = ProtectedResource(ISSUER, AUDIENCE, dpop=False)
    assert "DPoP" not in challenge_of(api, request_with())


@pytest.mark.parametrize(
    ("settings", "path", "url"),
    [
        ({}, "/notes", "https://api.example.com/notes"),
        ({}, "*", "https://api.example.com/*"),
        ({}, "//evil.example/x", "https://api.example.com//evil.example/x"),
        ({"resource": "https://api.example.com/v1"}, "/v1/a", "https://api.example.com/v1/a"),
        ({"public_url": "https://x.example/v1"}, "/a", "https://x.example/v1/a"),
        ({"public_url": "https://x.example/v1/"}, "/a", "https://x.example/v1/a"),
        ({"public_url": "https://x.example"}, "/a%40b", "https://x.example/a%40b"),
    ],
)
def test_the_url_of_a_request_is_made_of_what_was_configured(
    settings: dict[str, Any], path: str, url: str
) -> None:
    world = World()
    api = ProtectedResource(verifier=world.verifier, **settings)
    token = world.issuer.token(AUDIENCE, claims={"cnf": {"jkt": CLIENT.thumbprint()}})
    proof = dpop.prove(CLIENT, method="PUT", url=url, now=START, jti="j", access_token=token)
    request = ApiRequest("PUT", path, [f"DPoP {token}"], [proof])
    assert api.authenticate_sync(request).subject == "user-1"


def test_a_path_without_end_is_refused_and_not_an_error_of_ours() -> None:
    world = World()
    api = ProtectedResource(verifier=world.verifier)
    token = world.issuer.token(AUDIENCE, claims={"cnf": {"jkt": CLIENT.thumbprint()}})
    proof = dpop.prove(CLIENT, method="GET", url=AUDIENCE, now=START, jti="j", access_token=token)
    for path in ("/" + "a" * 10_000, "/\x00", "/%", "/ü", "/a#b", "/\ud800"):
        request = ApiRequest("GET", path, [f"DPoP {token}"], [proof])
        assert 'error="invalid_dpop_proof"' in challenge_of(api, request)


@pytest.mark.parametrize("url", ["", "api", "http://a.example", "https://a.example?x", 7])
def test_the_public_url_is_an_https_url(url: object) -> None:
    assert field_of(ISSUER, AUDIENCE, public_url=url) == "public_url"


@pytest.mark.parametrize(
    ("sign_in", "name"),
    [
        ({"acr_values": "gold"}, "acr_values"),
        ({"acr_values": ["a b"]}, "acr_values"),
        ({"acr_values": ['a"b']}, "acr_values"),
        ({"acr_values": [""]}, "acr_values"),
        ({"amr_values": "mfa"}, "amr_values"),
        ({"amr_values": [7]}, "amr_values"),
        ({"max_authentication_age_seconds": -1}, "max_authentication_age_seconds"),
        ({"max_authentication_age_seconds": True}, "max_authentication_age_seconds"),
        ({"max_authentication_age_seconds": "5"}, "max_authentication_age_seconds"),
    ],
)
def test_what_is_asked_of_a_sign_in_is_checked_when_it_is_written(
    sign_in: dict[str, Any], name: str
) -> None:
    for api in (FlaskServer, FastApiServer, StarletteServer, DjangoServer):
        with pytest.raises(InvalidConfiguration) as refused:
            api(ISSUER, AUDIENCE).requires("a", **sign_in)
        assert refused.value.field == name


def test_an_unknown_demand_is_named() -> None:
    demand: Any = {"acr": ["gold"]}
    with pytest.raises(TypeError, match="'acr'"):
        FlaskServer(ISSUER, AUDIENCE).requires(**demand)
