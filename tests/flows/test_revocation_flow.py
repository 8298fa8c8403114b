"""Taking a token back: RFC 7009, RFC 7662, draft-ietf-oauth-status-list; all three agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealwax.jose import status_list
from sealwax.oauth.access_token import AccessTokenClaims
from sealwax.records import StatusReference
from sealwax.resource_server import TokenRefused
from sealwax.storage.contracts import StorageUnavailable
from tests.flows.world import MAIL, NOTES, World, claims_of, flipped, world
from tests.server.given import ISSUER, NOW

pytestmark = pytest.mark.anyio


async def _is_believed(here: World, token: str) -> bool:
    """Ask an API that has just started and knows the issuer's URL only."""
    verifier = here.verifier()
    reasons = []
    try:
        await verifier.verify(token)
    except TokenRefused as refusal:
        reasons.append(refusal.reason)
    finally:
        verifier.close()
    assert reasons in ([], ["token_revoked"])
    return not reasons


async def _bit(here: World, token: str) -> int:
    """Read the bit of a token in the published list."""
    reference = claims_of(token)["status"]["status_list"]
    answer = await here.send("GET", reference["uri"].removeprefix(ISSUER))
    assert answer.status == 200
    assert answer.header("content-type") == "application/statuslist+jwt"
    found = status_list.verify(
        answer.body.decode(),
        here.keys(),
        algorithms=["ES256"],
        uri=reference["uri"],
        now=here.issuer.clock.now(),
    )
    return found.list.get(reference["idx"])


async def _all_agree(here: World, token: str, *, is_good: bool) -> None:
    assert (await here.introspect(token))["active"] is is_good
    assert await _bit(here, token) == (0 if is_good else 1)
    assert await _is_believed(here, token) is is_good


class TestAccessTokens:
    async def test_one_is_taken_back(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()
            await _all_agree(here, body["access_token"], is_good=True)

            answer = await here.as_client("web", "/revoke", {"token": body["access_token"]})

            assert (answer.status, answer.body) == (200, b"")
            await _all_agree(here, body["access_token"], is_good=False)
            fresh = (await here.refresh(body["refresh_token"], "web")).json()["access_token"]
            await _all_agree(here, fresh, is_good=True)
            assert claims_of(fresh)["status"] != claims_of(body["access_token"])["status"]

    async def test_an_api_that_knows_it_learns_of_it(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()
            verifier = here.verifier()
            await verifier.verify(body["access_token"])
            await here.as_client("web", "/revoke", {"token": body["access_token"]})
            here.issuer.clock.advance(16)

            refusal = None
            for _ in range(200):
                try:
                    await verifier.verify(body["access_token"])
                except TokenRefused as refused:
                    refusal = refused
                    break
                await here.introspect(body["access_token"])

            assert refusal is not None
            assert refusal.reason == "token_revoked"
            verifier.close()

    async def test_a_services_next_token_is_good_at_once(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            grant: dict[str, str | None] = {"grant_type": "client_credentials"}
            first = (await here.as_client("service", "/token", grant)).json()["access_token"]
            await here.as_client("service", "/revoke", {"token": first})

            second = (await here.as_client("service", "/token", grant)).json()["access_token"]

            await _all_agree(here, first, is_good=False)
            await _all_agree(here, second, is_good=True)

    async def test_twice_is_once(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()
            for _ in range(2):
                answer = await here.as_client("web", "/revoke", {"token": body["access_token"]})
                assert answer.status == 200
            fresh = (await here.refresh(body["refresh_token"], "web")).json()["access_token"]

            await here.as_client("web", "/revoke", {"token": body["access_token"]})

            assert (await here.introspect(fresh))["active"] is True

    async def test_an_expired_one_needs_nothing(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()
            here.issuer.clock.advance(600)

            answer = await here.as_client("web", "/revoke", {"token": body["access_token"]})

            assert answer.status == 200
            assert (await here.refresh(body["refresh_token"], "web")).status == 200


class TestRefreshTokens:
    @pytest.mark.parametrize("client_id", ["web", "spa"])
    async def test_all_that_came_of_it_ends(self, tmp_path: Path, client_id: str) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens(client_id)

            answer = await here.as_client(client_id, "/revoke", {"token": body["refresh_token"]})

            assert answer.status == 200
            refreshed = await here.refresh(body["refresh_token"], client_id)
            assert refreshed.json()["error"] == "invalid_grant"
            await _all_agree(here, body["access_token"], is_good=False)


class TestWhoMay:
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    async def test_not_another_client(self, tmp_path: Path, kind: str) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()

            answer = await here.as_client("spa", "/revoke", {"token": body[kind]})

            assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
            assert (await here.introspect(body["access_token"]))["active"] is True
            assert (await here.refresh(body["refresh_token"], "web")).status == 200

    async def test_not_without_proof(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()

            answer = await here.post("/revoke", {"token": body["access_token"], "client_id": "web"})

            assert answer.status == 401
            assert (await here.introspect(body["access_token"]))["active"] is True

    @pytest.mark.parametrize(
        "token", ["x", "swr_unknown", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "." * 900]
    )
    async def test_what_is_unknown_needs_nothing(self, tmp_path: Path, token: str) -> None:
        async with world(tmp_path) as here:
            for client_id in ("web", "spa"):
                answer = await here.as_client(client_id, "/revoke", {"token": token})
                assert (answer.status, answer.body) == (200, b"")

    async def test_a_forged_token_takes_nothing_back(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            mine = (await here.tokens("spa"))["access_token"]
            other = (await here.tokens("web"))["access_token"]
            forged = flipped(mine, "status", claims_of(other)["status"])

            assert (await here.as_client("spa", "/revoke", {"token": forged})).status == 200

            assert (await here.introspect(other))["active"] is True

    async def test_a_token_of_a_grant_that_is_gone_needs_nothing(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token = here.services.token_issuer.access_token(
                AccessTokenClaims(
                    "web", "web", NOTES, (), StatusReference("gone", 5), NOW, NOW + 600
                ),
                signing_alg="ES256",
            )

            assert (await here.as_client("web", "/revoke", {"token": token})).status == 200
            assert await here.introspect(token) == {"active": False}

    async def test_without_a_token(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            for path in ("/revoke", "/introspect"):
                answer = await here.as_client("notes-api", path, {"token": None})
                assert (answer.status, answer.json()["error"]) == (400, "invalid_request")

    async def test_rfc_7009_section_2_2_1_storage_that_fails_is_no_success(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()

            async def fail(*_: object, **__: object) -> None:
                raise StorageUnavailable("the disk is full")

            grants = type(here.services.storage.grants)
            monkeypatch.setattr(grants, "revoke_access_tokens", fail)
            monkeypatch.setattr(grants, "end", fail)
            for token in (body["access_token"], body["refresh_token"]):
                answer = await here.as_client("web", "/revoke", {"token": token})
                assert answer.status == 503
                assert answer.json()["error"] == "temporarily_unavailable"
                assert answer.header("retry-after") is not None
            monkeypatch.undo()

            assert (await here.introspect(body["access_token"]))["active"] is True


class TestIntrospection:
    async def test_rfc_7662_section_2_2(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()

            found = await here.introspect(body["access_token"])

            assert found == {
                "active": True,
                "token_type": "Bearer",
                **{
                    name: value
                    for name, value in claims_of(body["access_token"]).items()
                    if name != "nonce"
                },
            }

    async def test_only_the_api_itself_is_told(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()
            for client_id in ("web", "service"):
                assert await here.introspect(body["access_token"], client_id) == {"active": False}

    async def test_of_another_apis_token_nothing_is_told(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens("spa", scope="mail:send", resource=MAIL)

            assert await here.introspect(body["access_token"]) == {"active": False}

    @pytest.mark.parametrize("token", ["x", "a.b.c", "swr_unknown"])
    async def test_of_nonsense_nothing_is_told(self, tmp_path: Path, token: str) -> None:
        async with world(tmp_path) as here:
            assert await here.introspect(token) == {"active": False}

    async def test_of_other_kinds_nothing_is_told(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()
            for token in (
                body["refresh_token"],
                body["id_token"],
                flipped(body["access_token"], "exp", NOW + 9_999),
            ):
                assert await here.introspect(token) == {"active": False}

    async def test_it_ends_with_the_token(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()
            here.issuer.clock.advance(599)
            assert (await here.introspect(body["access_token"]))["active"] is True
            here.issuer.clock.advance(1)

            assert await here.introspect(body["access_token"]) == {"active": False}

    @pytest.mark.parametrize("client_id", ["spa", "native"])
    async def test_a_public_client_may_not_ask(self, tmp_path: Path, client_id: str) -> None:
        async with world(tmp_path) as here:
            await here.change(client_id, introspects=(NOTES,))

            answer = await here.as_client(client_id, "/introspect", {"token": "x"})

            assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


class TestList:
    async def test_may_be_kept_for_a_moment(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token = (await here.tokens())["access_token"]
            uri = claims_of(token)["status"]["status_list"]["uri"]

            answer = await here.send("GET", uri.removeprefix(ISSUER))

            assert "max-age=3" in (answer.header("cache-control") or "")
            assert answer.header("access-control-allow-origin") == "*"

    @pytest.mark.parametrize("list_id", ["unknown", "0", "a" * 128])
    async def test_an_unknown_one_is_not_there(self, tmp_path: Path, list_id: str) -> None:
        async with world(tmp_path) as here:
            assert (await here.send("GET", f"/status/{list_id}")).status == 404

    async def test_says_the_same_after_a_restart(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens()
            await here.as_client("web", "/revoke", {"token": body["access_token"]})
        async with world(tmp_path) as again:
            assert await _bit(again, body["access_token"]) == 1
