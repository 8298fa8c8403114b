"""Who the person is: OIDC Core §5.3, RFC 6750; and no other token passes for the right one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from sealwax.jose import Key, jwt
from tests.flows.world import ADA, ROBOT_KEY, World, assertion, claims_of, flipped, world
from tests.server.given import ISSUER, NOW

pytestmark = pytest.mark.anyio
REQUEST: Mapping[str, str | None] = {"scope": "openid profile email", "resource": None}


async def _token(here: World, client_id: str = "web") -> str:
    token: str = (await here.tokens(client_id, **REQUEST))["access_token"]
    return token


async def test_oidc_core_section_5_3_2(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        token = await _token(here)

        for method in ("GET", "POST"):
            answer = await here.send(method, "/userinfo", authorization=f"Bearer {token}")
            assert answer.status == 200
            assert answer.header("cache-control") == "no-store"
            assert answer.json() == {
                "sub": ADA,
                "name": "Person 1",
                "preferred_username": "ada",
                "updated_at": NOW,
                "email": "ada@example.com",
                "email_verified": True,
            }


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        pytest.param(None, 'Bearer realm="sealwax"', id="RFC 6750 3.1: no token, no code"),
        pytest.param("Basic x", 'Bearer realm="sealwax"', id="another scheme"),
        pytest.param("Bearer x", "invalid_token", id="nonsense"),
        pytest.param("Bearer a.b.c", "invalid_token", id="no token"),
        pytest.param("Bearer " + "." * 30_000, "invalid_token", id="dots"),
        pytest.param("Bearer swr_abc", "invalid_token", id="a refresh token"),
    ],
)
async def test_is_challenged(tmp_path: Path, header: str | None, challenge: str) -> None:
    async with world(tmp_path) as here:
        answer = (
            await here.send("GET", "/userinfo")
            if header is None
            else await here.send("GET", "/userinfo", authorization=header)
        )

        assert answer.status == 401
        assert challenge in (answer.header("www-authenticate") or "")


async def test_the_token_is_taken_from_the_header_alone(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        token = await _token(here)

        in_the_query = await here.send("GET", f"/userinfo?access_token={token}")
        in_the_form = await here.post("/userinfo", {"access_token": token})

        assert (in_the_query.status, in_the_form.status) == (401, 401)


async def test_it_reaches_as_far_as_its_scopes(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        token = (await here.tokens(scope="profile", resource=None))["access_token"]

        answer = await here.userinfo(token)

        assert (answer.status, answer.json()["error"]) == (403, "insufficient_scope")
        assert 'scope="openid"' in (answer.header("www-authenticate") or "")


async def test_an_apis_token_is_not_for_userinfo(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        token = (await here.tokens(scope="openid notes:read"))["access_token"]

        assert (await here.userinfo(token)).status == 401


async def test_what_ends_it(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        taken_back, expired = await _token(here), await _token(here, "spa")
        await here.as_client("web", "/revoke", {"token": taken_back})
        assert (await here.userinfo(taken_back)).status == 401
        assert (await here.userinfo(expired)).status == 200
        here.issuer.clock.advance(600)
        assert (await here.userinfo(expired)).status == 401


async def test_a_disabled_person_or_client_ends_it(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        first, second = await _token(here), await _token(here, "spa")
        await here.change("web", disabled_at=NOW)
        assert (await here.userinfo(first)).status == 401
        assert (await here.userinfo(second)).status == 200
        await here.services.storage.users.set_disabled(ADA, disabled=True, now=NOW)
        assert (await here.userinfo(second)).status == 401


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("sub", f"usr_{2:022}"),
        ("aud", "https://id.example.com"),
        ("exp", NOW + 99_999),
        ("scope", "openid profile email notes:read"),
        ("client_id", "spa"),
        ("status", {"status_list": {"idx": 1, "uri": f"{ISSUER}/status/x"}}),
    ],
)
async def test_one_changed_claim_is_seen(tmp_path: Path, claim: str, value: object) -> None:
    async with world(tmp_path) as here:
        token = await _token(here)

        answer = await here.userinfo(flipped(token, claim, value))

        assert (answer.status, answer.json()["error"]) == (401, "invalid_token")


async def test_every_other_kind_is_refused_everywhere(tmp_path: Path) -> None:
    """RFC 8725bis §3.12: a token of one kind never passes for another."""
    async with world(tmp_path) as here:
        body = await here.tokens(**REQUEST)
        status_uri = claims_of(body["access_token"])["status"]["status_list"]["uri"]
        list_token = (await here.send("GET", status_uri.removeprefix(ISSUER))).body.decode()
        own_key = here.services.key_ring.signing_key("ES256")
        claims = claims_of(body["access_token"])
        strangers = {
            "id token": body["id_token"],
            "status list": list_token,
            "client assertion": assertion("x")["client_assertion"],
            **{
                typ: jwt.sign(claims, own_key, typ=typ)
                for typ in ("JWT", "logout+jwt", "dpop+jwt", "secevent+jwt", "oauth-authz-req+jwt")
            },
            "another issuer": jwt.sign(
                claims, Key.generate("ES256", kid=own_key.kid), typ="at+jwt"
            ),
            "another key": jwt.sign(claims, ROBOT_KEY, typ="at+jwt"),
        }
        for name, token in strangers.items():
            assert (await here.userinfo(token)).status == 401, name
            assert await here.introspect(token) == {"active": False}, name
            await here.as_client("web", "/revoke", {"token": token})
        assert (await here.userinfo(body["access_token"])).status == 200, "nothing was taken back"

        for name, token in {**strangers, "access token": body["access_token"]}.items():
            offered = {**assertion("y"), "client_assertion": token}
            if name != "client assertion":
                answer = await here.post("/token", {"grant_type": "client_credentials", **offered})
                assert answer.status == 401, name
            if name == "id token":
                continue
            hinted = await here.send(
                "GET",
                "/authorize?response_type=code&client_id=web&redirect_uri=https://app.example/callback"
                f"&scope=openid&code_challenge={'c' * 43}&code_challenge_method=S256"
                f"&id_token_hint={token}",
            )
            assert "error=invalid_request" in (hinted.header("location") or ""), name


class TestWebPages:
    async def test_the_clients_own_page(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token = await _token(here, "spa")

            answer = await here.send(
                "GET", "/userinfo", authorization=f"Bearer {token}", origin="https://spa.example"
            )

            assert answer.status == 200
            assert answer.header("access-control-allow-origin") == "https://spa.example"

    async def test_no_other_page(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token = await _token(here, "spa")

            answer = await here.send(
                "GET", "/userinfo", authorization=f"Bearer {token}", origin="https://front.example"
            )

            assert answer.status == 400
            assert "sub" not in answer.json()
