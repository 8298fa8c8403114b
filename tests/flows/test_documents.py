"""The metadata is true: every endpoint is there, and every value is what the server does."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealwax.jose import KeySet
from sealwax.oauth.client_authentication import ASSERTION_ALGORITHMS
from sealwax.server.routes import ROUTES
from tests.flows.world import (
    SECRET,
    World,
    assertion,
    authorize,
    basic,
    claims_of,
    world,
)
from tests.server.given import ISSUER
from tests.server.page_browser import Browser

pytestmark = pytest.mark.anyio
OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


@pytest.mark.parametrize("path", [OPENID, OAUTH])
async def test_every_endpoint_is_a_route(tmp_path: Path, path: str) -> None:
    async with world(tmp_path) as here:
        document = (await here.send("GET", path)).json()

        assert document["issuer"] == ISSUER
        routes = {route.path for route in ROUTES}
        endpoints = {
            name: value
            for name, value in document.items()
            if name.endswith("_endpoint") or name == "jwks_uri"
        }
        assert len(endpoints) == 7
        for name, value in endpoints.items():
            assert value.removeprefix(ISSUER) in routes, name


async def test_both_documents_agree(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        openid = (await here.send("GET", OPENID)).json()
        oauth = (await here.send("GET", OAUTH)).json()

        assert oauth.items() <= openid.items()


async def test_discovery_section_3_all_that_is_required(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        document = (await here.send("GET", OPENID)).json()

        assert {
            "issuer",
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "scopes_supported",
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
            "claims_supported",
        } <= document.keys()
        assert "RS256" in document["id_token_signing_alg_values_supported"]


async def test_there_is_a_key_for_every_algorithm(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        document = (await here.send("GET", OPENID)).json()
        answer = await here.send("GET", "/jwks")

        keys = KeySet.from_jwks(answer.body)
        assert {key.algorithm for key in keys.keys} == set(
            document["id_token_signing_alg_values_supported"]
        )
        assert all(not key.is_private and key.kid for key in keys.keys)
        for key in answer.json()["keys"]:
            assert {"d", "p", "q", "k"}.isdisjoint(key)


@pytest.mark.parametrize("path", [OPENID, OAUTH, "/jwks"])
async def test_may_be_kept_and_asked_after(tmp_path: Path, path: str) -> None:
    async with world(tmp_path) as here:
        first = await here.send("GET", path)

        assert first.header("content-type") == "application/json"
        assert "max-age" in (first.header("cache-control") or "")
        assert first.header("access-control-allow-origin") == "*"
        etag = first.header("etag")
        assert etag
        again = await here.send("GET", path, if_none_match=etag)
        assert (again.status, again.body) == (304, b"")
        head = await here.send("HEAD", path)
        assert (head.status, head.body) == (200, b"")


async def test_every_way_of_authentication_works_and_no_other(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        document = (await here.send("GET", OPENID)).json()
        for endpoint in ("token", "revocation", "introspection"):
            methods = set(document[f"{endpoint}_endpoint_auth_methods_supported"])
            path = document[f"{endpoint}_endpoint"].removeprefix(ISSUER)
            assert {name for name in methods if await _may(here, path, name)} == methods
            assert document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] == list(
                ASSERTION_ALGORITHMS
            )
        assert not await _may(here, "/introspect", "none")


async def _may(here: World, path: str, method: str) -> bool:
    """Tell whether a client that authenticates in this way comes past the authentication."""
    form = {"token": "x", "grant_type": "unknown"}
    match method:
        case "client_secret_basic":
            answer = await here.post(path, form, authorization=basic("web"))
        case "client_secret_post":
            secret = {"client_id": "service", "client_secret": SECRET}
            answer = await here.post(path, {**form, **secret})
        case "private_key_jwt":
            answer = await here.post(path, {**form, **assertion(f"for {path}")})
        case _:
            answer = await here.post(path, {**form, "client_id": "spa"})
    return answer.status != 401


async def test_every_grant_type_is_known(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        document = (await here.send("GET", OPENID)).json()
        for grant_type in (*document["grant_types_supported"], "password", "implicit"):
            answer = await here.as_client("service", "/token", {"grant_type": grant_type})
            is_known = answer.status == 200 or answer.json()["error"] != "unsupported_grant_type"
            assert is_known == (grant_type in document["grant_types_supported"])


async def test_what_authorize_takes(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        document = (await here.send("GET", OPENID)).json()
        browser = Browser(here.issuer)
        tries = {
            "response_types_supported": ("response_type", ("code", "token", "id_token", "none")),
            "response_modes_supported": (
                "response_mode",
                ("query", "form_post", "fragment", "jwt"),
            ),
            "prompt_values_supported": (
                "prompt",
                ("none", "login", "consent", "select_account", "create"),
            ),
            "code_challenge_methods_supported": ("code_challenge_method", ("S256", "plain")),
        }
        for member, (parameter, values) in tries.items():
            taken = []
            for value in values:
                view = await browser.open(authorize(**{parameter: value}))
                shown = view.leads_to + (view.html if view.answer.status == 200 else "")
                if not any(error in shown for error in ("invalid_request", "unsupported_")):
                    taken.append(value)
            assert taken == document[member], member


async def test_every_claim_is_promised(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        document = (await here.send("GET", OPENID)).json()
        body = await here.tokens(scope="openid profile email", resource=None)
        found = (await here.userinfo(body["access_token"])).json()

        assert {*found, *claims_of(body["id_token"])} == set(document["claims_supported"])
