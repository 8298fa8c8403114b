"""First-party sign-in: JSON in, one access token out, and nothing to learn by guessing."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from sealwax.identity.password import PasswordVerdict
from sealwax.jose import jwt
from sealwax.records import User
from tests.flows.world import ADA, MAIL, NOTES, World, world
from tests.server.given import ISSUER, NOW, Answer
from tests.server.page_browser import PASSWORD, Browser, sign_in

pytestmark = pytest.mark.anyio
GOOD = {"client_id": "front", "username": "ada", "password": PASSWORD}


async def _sign_in(
    here: World,
    headers: dict[str, str] | None = None,
    **changes: Any,  # noqa: ANN401  # members of any type
) -> Answer:
    body = json.dumps({**GOOD, **changes}).encode()
    return await here.send("POST", "/signin", body, "application/json", **(headers or {}))


@pytest.mark.parametrize("is_page", [True, False])
@pytest.mark.parametrize("change", ["password", "disabled", "deleted"])
async def test_a_change_while_the_password_is_looked_at_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, *, is_page: bool
) -> None:
    async with world(tmp_path) as here:
        users, really = here.services.storage.users, here.services.passwords.verify

        async def verify(password: str, user: User | None) -> PasswordVerdict:
            verdict = await really(password, user)
            if change == "password":
                await users.set_password(ADA, "$argon2id$another", now=NOW)
            elif change == "disabled":
                await users.set_disabled(ADA, disabled=True, now=NOW)
            else:
                await users.delete(ADA, now=NOW)
            return verdict

        monkeypatch.setattr(here.services.passwords, "verify", verify)
        if is_page:
            browser = Browser(here.issuer)
            await browser.open("/login")
            assert (await sign_in(browser)).answer.status == 403
        else:
            answer = await _sign_in(here)
            assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
        assert await here.services.storage.sessions.list(now=NOW) == []


class TestSuccess:
    async def test_one_access_token_and_no_more(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            answer = await _sign_in(here)

            assert answer.status == 200
            assert answer.header("set-cookie") is None
            body = answer.json()
            assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
            token = await here.verifier().verify(body["access_token"])
            assert (token.subject, token.client_id) == (ADA, "front")
            assert token.scopes == {"notes:read"}
            assert (token.claims["auth_time"], token.claims["amr"]) == (NOW, ["pwd"])

    @pytest.mark.parametrize("username", ["ADA", " ada ", "\uff41\uff44\uff41"])
    async def test_a_name_has_one_spelling(self, tmp_path: Path, username: str) -> None:
        async with world(tmp_path) as here:
            assert (await _sign_in(here, username=username)).status == 200

    async def test_for_userinfo_by_name(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = (await _sign_in(here, scope="openid profile", resource=ISSUER)).json()

            found = (await here.userinfo(body["access_token"])).json()

            assert (found["sub"], found["preferred_username"]) == (ADA, "ada")

    async def test_the_sign_in_is_kept_and_can_be_ended(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            token = (await _sign_in(here)).json()["access_token"]
            sessions = await here.services.storage.sessions.list(user_id=ADA, now=NOW)
            assert [(each.kind, each.client_id) for each in sessions] == [("direct", "front")]

            await here.services.storage.sessions.end_all(ADA, now=NOW)

            assert await here.introspect(token) == {"active": False}

    async def test_old_hashes_are_made_anew(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            await _sign_in(here)
        async with world(tmp_path, signin__argon2_iterations=3) as stronger:
            before = await stronger.services.storage.users.find(ADA)
            assert before is not None
            assert "t=1" in (before.password_hash or "")
            assert (await _sign_in(stronger)).status == 200
            after = await stronger.services.storage.users.find(ADA)
            assert after is not None
            assert "t=3" in (after.password_hash or "")
            assert (await _sign_in(stronger)).status == 200


class TestRefusals:
    async def test_no_answer_tells_who_exists(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            storage = here.services.storage
            await storage.users.set_disabled(f"usr_{2:022}", disabled=True, now=NOW)
            answers = [
                await _sign_in(here, password="wrong"),
                await _sign_in(here, username="nobody"),
                await _sign_in(here, username="bob"),
                await _sign_in(here, username="no name, surely\u202e"),
                await _sign_in(here, password=PASSWORD + " "),
            ]

            for answer in answers:
                assert (answer.status, answer.json()) == (
                    400,
                    {
                        "error": "invalid_grant",
                        "error_description": "the username or the password is wrong",
                    },
                )
                assert answer.headers == answers[0].headers

    async def test_no_time_tells_who_exists(self, tmp_path: Path) -> None:
        async with world(tmp_path, signin__argon2_iterations=4) as here:
            await _sign_in(here, username="warm-up")
            known: list[float] = []
            unknown: list[float] = []
            for number in range(8):
                for username, times in (("ada", known), (f"nobody-{number}", unknown)):
                    started = time.process_time()  # not the clock: the machine may be busy
                    await _sign_in(here, username=username, password="wrong")
                    times.append(time.process_time() - started)

            assert min(unknown) > 0.3 * min(known), "without a hash it would be a fiftieth"
            assert min(known) > 0.3 * min(unknown)

    @pytest.mark.parametrize(
        ("changes", "status", "error"),
        [
            pytest.param({"client_id": "nobody"}, 400, "unauthorized_client", id="no client"),
            pytest.param({"client_id": "spa"}, 400, "unauthorized_client", id="a third party"),
            pytest.param({"client_id": "web"}, 400, "unauthorized_client", id="one with a secret"),
            pytest.param({"scope": "notes:write"}, 400, "invalid_scope", id="a scope too many"),
            pytest.param({"resource": MAIL}, 400, "invalid_target", id="another API"),
            pytest.param({"username": None}, 400, "invalid_request", id="no name"),
            pytest.param({"password": 1}, 400, "invalid_request", id="a number as password"),
            pytest.param({"password": "x" * 20_000}, 413, "invalid_request", id="endless"),
        ],
    )
    async def test_is_refused(
        self, tmp_path: Path, changes: dict[str, Any], status: int, error: str
    ) -> None:
        async with world(tmp_path) as here:
            answer = await _sign_in(here, **changes)

            assert (answer.status, answer.json()["error"]) == (status, error)
            assert PASSWORD not in answer.body.decode()

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json5"]
    )
    async def test_only_json_is_read(self, tmp_path: Path, content_type: str) -> None:
        async with world(tmp_path) as here:
            answer = await here.send("POST", "/signin", json.dumps(GOOD).encode(), content_type)

            assert answer.status == 415


class TestGuessing:
    async def test_is_slowed_down(self, tmp_path: Path) -> None:
        async with world(tmp_path, signin__account_network_attempts=3) as here:
            for _ in range(3):
                assert (await _sign_in(here, password="wrong")).status == 400

            answer = await _sign_in(here)

            assert (answer.status, answer.json()["error"]) == (429, "temporarily_unavailable")
            assert 0 < int(answer.header("retry-after") or "") <= 900
            here.issuer.clock.advance(int(answer.header("retry-after") or ""))
            assert (await _sign_in(here)).status == 200

    async def test_an_unknown_name_is_slowed_down_alike(self, tmp_path: Path) -> None:
        async with world(tmp_path, signin__account_network_attempts=2) as here:
            answers = []
            for username in ("ada", "nobody"):
                for _ in range(2):
                    await _sign_in(here, username=username, password="wrong")
                answers.append(await _sign_in(here, username=username, password="wrong"))

            assert [answer.status for answer in answers] == [429, 429]
            assert answers[0].json() == answers[1].json()

    async def test_at_once_no_more_slip_through(self, tmp_path: Path) -> None:
        async with world(tmp_path, signin__account_network_attempts=5) as here:
            answers = await asyncio.gather(
                *(_sign_in(here, password=f"wrong {number}") for number in range(30))
            )

            assert sorted(answer.status for answer in answers) == [400] * 5 + [429] * 25

    async def test_it_is_remembered_over_a_restart(self, tmp_path: Path) -> None:
        async with world(tmp_path, signin__account_network_attempts=2) as here:
            for _ in range(2):
                await _sign_in(here, password="wrong")
        async with world(tmp_path, signin__account_network_attempts=2) as again:
            assert (await _sign_in(again)).status == 429


class TestWebPages:
    async def test_the_front_ends_own_page(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            answer = await _sign_in(here, {"origin": "https://front.example"})

            assert answer.status == 200
            assert answer.header("access-control-allow-origin") == "https://front.example"
            assert answer.header("access-control-allow-credentials") is None

    @pytest.mark.parametrize("origin", ["https://spa.example", "https://evil.example", "null"])
    async def test_no_other_page(self, tmp_path: Path, origin: str) -> None:
        async with world(tmp_path) as here:
            answer = await _sign_in(here, {"origin": origin})

            assert (answer.status, answer.json()["error"]) == (400, "unauthorized_client")


async def test_no_password_and_no_token_is_logged(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        token = (await _sign_in(here)).json()["access_token"]
        await _sign_in(here, password="a secret nobody may see")

        log = b"".join(here.issuer.log_lines).decode()

        assert "signed_in" in log
        for secret in (PASSWORD, "a secret nobody may see", token, NOTES + "?"):
            assert secret not in log
        assert jwt.read_unverified_claims(token)["jti"] not in log
