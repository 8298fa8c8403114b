"""Refreshing: RFC 6749 §6, RFC 9700 §4.14, RFC 10017."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.flows.world import ADA, MAIL, World, claims_of, world
from tests.server.given import NOW
from tests.server.page_browser import Browser

pytestmark = pytest.mark.anyio


async def _first(here: World, client_id: str = "spa") -> tuple[str, str]:
    """Give the first refresh and access token of a client."""
    body = await here.tokens(client_id)
    return body["refresh_token"], body["access_token"]


class TestPublicClients:
    async def test_each_use_gives_a_new_one(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            first, _ = await _first(here)
            seen = {first}
            token = first
            for _ in range(5):
                here.issuer.clock.advance(30)
                body = (await here.refresh(token)).json()
                token = body["refresh_token"]
                assert token not in seen
                seen.add(token)
                assert body["scope"] == "notes:read"
                await here.verifier().verify(body["access_token"])
                assert "nonce" not in claims_of(body["id_token"])
                assert claims_of(body["id_token"])["auth_time"] == NOW

    async def test_reuse_ends_all_that_came_of_it(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            first, access_token = await _first(here)
            second = (await here.refresh(first)).json()
            third = (await here.refresh(second["refresh_token"])).json()

            assert (await here.refresh(first)).json()["error"] == "invalid_grant"

            for token in (second["refresh_token"], third["refresh_token"]):
                assert (await here.refresh(token)).json()["error"] == "invalid_grant"
            for token in (access_token, second["access_token"], third["access_token"]):
                assert await here.introspect(token) == {"active": False}
            assert here.issuer.events("grant_reused")[0]["reason"] == "refresh_token_reused"

    async def test_of_fifty_at_once_one_wins_and_nothing_survives(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            first, _ = await _first(here)

            answers = await asyncio.gather(*(here.refresh(first) for _ in range(50)))

            won = [answer.json() for answer in answers if answer.status == 200]
            assert len(won) == 1
            assert (await here.refresh(won[0]["refresh_token"])).json()["error"] == "invalid_grant"
            assert await here.introspect(won[0]["access_token"]) == {"active": False}

    async def test_reuse_is_seen_after_a_restart(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            first, _ = await _first(here)
            second = (await here.refresh(first)).json()
        async with world(tmp_path) as again:
            assert (await again.refresh(first)).json()["error"] == "invalid_grant"
            assert (await again.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
            assert await again.introspect(second["access_token"]) == {"active": False}

    async def test_an_answered_token_works_after_a_restart(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            first, _ = await _first(here)
        async with world(tmp_path) as again:
            assert (await again.refresh(first)).status == 200

    async def test_a_retry_window_is_a_setting(self, tmp_path: Path) -> None:
        async with world(tmp_path, tokens__refresh_retry_window_seconds=10) as here:
            first, _ = await _first(here)
            lost = (await here.refresh(first)).json()
            here.issuer.clock.advance(5)

            retried = await here.refresh(first)

            assert retried.status == 200
            kept = await here.refresh(retried.json()["refresh_token"])
            assert kept.status == 200
            assert (await here.refresh(lost["refresh_token"])).json()["error"] == "invalid_grant"

    async def test_it_ends_with_the_session_at_the_latest(self, tmp_path: Path) -> None:
        async with world(tmp_path, signin__session_absolute_seconds=7_200) as here:
            token, _ = await _first(here)
            here.issuer.clock.advance(7_199)
            token = (await here.refresh(token)).json()["refresh_token"]
            here.issuer.clock.advance(1)

            assert (await here.refresh(token)).json()["error"] == "invalid_grant"

    async def test_its_absolute_end_never_moves(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here)
            for _ in range(7):
                here.issuer.clock.advance(3_600)
                token = (await here.refresh(token)).json()["refresh_token"]
            here.issuer.clock.advance(3_600)

            assert (await here.refresh(token)).json()["error"] == "invalid_grant"


class TestConfidentialClients:
    async def test_it_stays_the_same(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here, "web")
            for _ in range(3):
                here.issuer.clock.advance(100_000)
                body = (await here.refresh(token, "web")).json()
                assert "refresh_token" not in body
                await here.verifier().verify(body["access_token"])

    async def test_it_ends_when_it_is_not_used(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here, "web")
            here.issuer.clock.advance(604_799)
            assert (await here.refresh(token, "web")).status == 200
            here.issuer.clock.advance(604_799)
            assert (await here.refresh(token, "web")).status == 200
            here.issuer.clock.advance(604_800)

            assert (await here.refresh(token, "web")).json()["error"] == "invalid_grant"

    async def test_it_ends_however_much_it_is_used(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here, "web")
            for _ in range(29):
                here.issuer.clock.advance(86_400)
                assert (await here.refresh(token, "web")).status == 200
            here.issuer.clock.advance(86_400)

            assert (await here.refresh(token, "web")).json()["error"] == "invalid_grant"

    async def test_at_once_all_are_answered(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here, "web")
            here.issuer.clock.advance(61)

            answers = await asyncio.gather(*(here.refresh(token, "web") for _ in range(20)))

            assert {answer.status for answer in answers} == {200}


class TestWhatEndsIt:
    @pytest.mark.parametrize("client_id", ["web", "spa"])
    async def test_the_person_is_disabled(self, tmp_path: Path, client_id: str) -> None:
        async with world(tmp_path) as here:
            token, access_token = await _first(here, client_id)
            await here.services.storage.users.set_disabled(ADA, disabled=True, now=NOW)
            assert (await here.refresh(token, client_id)).json()["error"] == "invalid_grant"
            assert await here.introspect(access_token) == {"active": False}

            await here.services.storage.users.set_disabled(ADA, disabled=False, now=NOW)
            assert (await here.refresh(token, client_id)).json()["error"] == "invalid_grant"

    async def test_the_person_is_deleted(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here)
            await here.services.storage.users.delete(ADA, now=NOW)

            assert (await here.refresh(token)).json()["error"] == "invalid_grant"

    async def test_the_password_is_changed(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token, access_token = await _first(here)
            await here.services.storage.users.set_password(ADA, "$new", now=NOW)

            assert (await here.refresh(token)).json()["error"] == "invalid_grant"
            assert await here.introspect(access_token) == {"active": False}

    async def test_the_client_is_disabled(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here)
            await here.change("spa", disabled_at=NOW)

            answer = await here.refresh(token)

            assert (answer.status, answer.json()["error"]) == (401, "invalid_client")

    async def test_the_person_signs_out(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser = Browser(here.issuer)
            view = await here.authorized(browser, "spa")
            token = (await here.redeem(view.parameters["code"], "spa")).json()["refresh_token"]
            await browser.open("/end_session")
            await browser.send(action="sign_out")

            assert (await here.refresh(token)).json()["error"] == "invalid_grant"

    @pytest.mark.parametrize(("client_id", "verb"), [("spa", "rotate"), ("web", "touch")])
    async def test_the_person_signs_out_at_that_very_moment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client_id: str, verb: str
    ) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here, client_id)
            here.issuer.clock.advance(61)
            table = type(here.services.storage.refresh_tokens)
            ask = getattr(table, verb)

            async def sign_out_and_ask(*given: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the verb takes and gives
                await here.services.storage.sessions.end_all(ADA, now=NOW)
                return await ask(*given, **named)

            monkeypatch.setattr(table, verb, sign_out_and_ask)

            assert (await here.refresh(token, client_id)).json()["error"] == "invalid_grant"

    async def test_a_session_that_ran_out_does_not_end_a_confidential_clients(
        self, tmp_path: Path
    ) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here, "web")
            here.issuer.clock.advance(50_000)
            await here.services.storage.purge(now=here.issuer.clock.now())

            assert (await here.refresh(token, "web")).status == 200


class TestWhatItGives:
    async def test_another_clients_token_is_unknown_and_not_spent(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here)
            for thief in ("native", "web"):
                assert (await here.refresh(token, thief)).json()["error"] == "invalid_grant"

            assert (await here.refresh(token)).status == 200

    async def test_a_changed_token_is_unknown(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token, access_token = await _first(here)
            for wrong in (token[:-1], token + "A", token.swapcase(), access_token):
                assert (await here.refresh(wrong)).json()["error"] == "invalid_grant"

            assert (await here.refresh(token)).status == 200

    @pytest.mark.parametrize(
        ("parameters", "error"),
        [
            ({"scope": "openid profile notes:read notes:write"}, "invalid_scope"),
            ({"scope": "mail:send"}, "invalid_scope"),
            ({"resource": MAIL}, "invalid_target"),
        ],
    )
    async def test_no_more_than_was_granted(
        self, tmp_path: Path, parameters: dict[str, str], error: str
    ) -> None:
        async with world(tmp_path) as here:
            token, _ = await _first(here)
            assert (await here.refresh(token, "spa", **parameters)).json()["error"] == error

            assert (await here.refresh(token)).status == 200

    async def test_fewer_scopes_now_and_all_again_later(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens("spa", scope="openid notes:read notes:write")
            fewer = (await here.refresh(body["refresh_token"], scope="notes:write")).json()
            assert fewer["scope"] == "notes:write"
            assert "id_token" not in fewer

            again = (await here.refresh(fewer["refresh_token"])).json()

            assert again["scope"] == "notes:read notes:write"

    async def test_a_client_that_is_not_registered_for_it_gets_none(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            await here.change("spa", grant_types=("authorization_code",))
            body = await here.tokens("spa", scope="openid offline_access")

            assert "refresh_token" not in body
            answer = await here.refresh("swr_any")
            assert answer.json()["error"] == "unauthorized_client"
