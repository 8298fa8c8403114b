"""The code flow from end to end: OIDC Core §3.1, RFC 6749 §4.1, RFC 7636, RFC 8707, RFC 9207."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sealwax.jose import Policy, jwt
from sealwax.oauth.id_token import token_hash
from sealwax.secret import sha256_hex
from tests.flows.world import (
    ADA,
    CALLBACK,
    MAIL,
    NOTES,
    SPA_CALLBACK,
    World,
    authorize,
    claims_of,
    query_of,
    world,
)
from tests.server.given import ISSUER, NOW
from tests.server.page_browser import Browser, sign_in, signed_in

pytestmark = pytest.mark.anyio


async def test_from_the_client_to_the_client(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        browser = Browser(here.issuer)
        view = await here.authorized(browser)
        assert view.leads_to.startswith(f"{CALLBACK}?")
        assert set(view.parameters) == {"code", "state", "iss"}
        assert (view.parameters["state"], view.parameters["iss"]) == ("af0ifjsldkj", ISSUER)

        answer = await here.redeem(view.parameters["code"])

        assert answer.status == 200
        assert answer.header("cache-control") == "no-store"
        body = answer.json()
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
        assert body["scope"] == "notes:read"
        token = await here.verifier().verify(body["access_token"])
        assert (token.subject, token.client_id) == (ADA, "web")
        assert token.scopes == {"notes:read"}
        assert token.header["typ"] == "at+jwt"
        assert token.claims["auth_time"] == NOW
        found = jwt.verify(
            body["id_token"],
            here.keys(),
            algorithms=["ES256"],
            policy=Policy(ISSUER, "web", "JWT"),
            now=NOW,
        )
        assert found.claims["sub"] == ADA
        assert found.claims["nonce"] == "n-0S6_WzA2Mj"
        assert found.claims["at_hash"] == token_hash(body["access_token"], "ES256")
        assert (found.claims["auth_time"], found.claims["amr"]) == (NOW, ["pwd"])
        assert {"name", "email"}.isdisjoint(found.claims)


async def test_an_id_token_is_signed_as_the_client_registered(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.change("web", id_token_signed_response_alg="RS256")

        body = await here.tokens()

        assert jwt.read_unverified_header(body["id_token"])["alg"] == "RS256"
        assert claims_of(body["id_token"])["at_hash"] == token_hash(body["access_token"], "RS256")


async def test_a_key_that_is_not_ready_yet_spends_no_code(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.change("web", id_token_signed_response_alg="Ed25519")
        code = (await here.authorized(Browser(here.issuer))).parameters["code"]
        answer = await here.redeem(code)
        assert (answer.status, answer.json()["error"]) == (503, "temporarily_unavailable")

        await here.services.key_ring.prepare()

        assert (await here.redeem(code)).status == 200


async def test_without_openid_there_is_no_id_token(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        body = await here.tokens(scope="notes:read")

        assert "id_token" not in body


async def test_the_second_time_nothing_is_asked(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        browser = Browser(here.issuer)
        await here.authorized(browser)

        view = await browser.open(authorize(prompt="none"))

        assert "code" in view.parameters


async def test_nothing_is_stored_before_somebody_signed_in(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        before = await here.services.storage.changes()
        for _ in range(20):
            view = await Browser(here.issuer).open(authorize())
            assert view.path == "/login"

        assert await here.services.storage.changes() == before
        assert await here.services.storage.sessions.list(now=NOW) == []


class TestAuthorize:
    @pytest.mark.parametrize(
        ("request_", "error"),
        [
            ({"prompt": "none"}, "login_required"),
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"response_type": None}, "invalid_request"),
            ({"code_challenge": None}, "invalid_request"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
            ({"scope": "openid notes:delete"}, "invalid_scope"),
            ({"resource": "https://x.example"}, "invalid_target"),
            ({"request": "e30.e30."}, "request_not_supported"),
            ({"request_uri": "https://x.example/"}, "request_uri_not_supported"),
            ({"id_token_hint": "forged"}, "invalid_request"),
        ],
    )
    async def test_an_error_goes_back_with_state_and_issuer(
        self, tmp_path: Path, request_: dict[str, str | None], error: str
    ) -> None:
        async with world(tmp_path) as here:
            view = await Browser(here.issuer).open(authorize(**request_))

            assert view.leads_to.startswith(f"{CALLBACK}?")
            assert view.parameters["error"] == error
            assert (view.parameters["state"], view.parameters["iss"]) == ("af0ifjsldkj", ISSUER)

    @pytest.mark.parametrize("redirect_uri", ["https://evil.example/", f"{CALLBACK}/", None])
    @pytest.mark.parametrize("extra", [{}, {"prompt": "none"}, {"response_type": "token"}])
    async def test_a_foreign_redirect_uri_is_never_gone_to(
        self, tmp_path: Path, redirect_uri: str | None, extra: dict[str, str | None]
    ) -> None:
        async with world(tmp_path) as here:
            view = await Browser(here.issuer).open(authorize(redirect_uri=redirect_uri, **extra))

            assert (view.answer.status, view.leads_to) == (400, "")
            assert "evil.example" not in view.html

    async def test_an_unknown_client_is_shown(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            target = authorize().replace("client_id=web", "client_id=nobody")

            view = await Browser(here.issuer).open(target)

            assert (view.answer.status, view.leads_to) == (400, "")

    @pytest.mark.parametrize(
        "repeated", ["client_id=spa", "redirect_uri=https://evil.example", "state=x", "scope=x"]
    )
    async def test_a_parameter_twice_is_shown(self, tmp_path: Path, repeated: str) -> None:
        async with world(tmp_path) as here:
            view = await Browser(here.issuer).open(f"{authorize()}&{repeated}")

            assert (view.answer.status, view.leads_to) == (400, "")

    async def test_a_request_too_long_to_carry_is_shown(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            view = await Browser(here.issuer).open(f"{authorize()}&x={'a' * 9_000}")

            assert (view.answer.status, view.leads_to) == (400, "")

    async def test_by_post_from_another_site(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser = await signed_in(here.issuer)
            cookie = browser.cookies.pop("__Host-sealwax-session")
            answer = await here.send("POST", "/authorize", authorize().partition("?")[2].encode())
            assert answer.status == 303
            browser.cookies["__Host-sealwax-session"] = cookie

            view = await browser.open(answer.header("location") or "")

            assert view.path == "/consent", "the session was seen after all"

    async def test_by_post_with_an_error(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            query = authorize(response_type="token").partition("?")[2]

            answer = await here.send("POST", "/authorize", query.encode())

            assert answer.status == 303
            assert query_of(answer.header("location") or "")["error"] == (
                "unsupported_response_type"
            )

    async def test_form_post(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser = await signed_in(here.issuer)
            view = await here.authorized(browser, response_mode="form_post")

            assert view.answer.status == 200
            form = view.document.all("form")[0]
            assert form.attributes["action"] == CALLBACK
            fields = {
                each.attributes["name"]: each.attributes["value"]
                for each in view.document.all("input")
            }
            assert (fields["state"], fields["iss"]) == ("af0ifjsldkj", ISSUER)
            assert "form-action 'self' https://app.example" in str(
                view.answer.header("content-security-policy")
            )
            assert (await here.redeem(fields["code"])).status == 200

    async def test_form_post_of_an_error(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            view = await Browser(here.issuer).open(
                authorize(response_mode="form_post", prompt="none")
            )

            assert 'value="login_required"' in view.html

    async def test_the_port_of_a_native_app_is_free(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            view = await here.authorized(
                Browser(here.issuer), "native", redirect_uri="http://127.0.0.1:49152/callback"
            )

            assert view.leads_to.startswith("http://127.0.0.1:49152/callback?code=")

    async def test_a_native_app_is_consented_to_each_time(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser = Browser(here.issuer)
            await here.authorized(browser, "native")
            here.issuer.clock.advance(1)

            assert (await browser.open(authorize("native"))).path == "/consent"

    async def test_a_seal_that_is_not_ours_leads_nowhere(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser = await signed_in(here.issuer)
            view = await browser.open(authorize())
            sealed = query_of(view.url)["i"]
            assert view.path == "/consent"
            for wrong in ("", "x", sealed[:-1], sealed.swapcase(), sealed + "A"):
                view = await browser.open(f"/authorize/continue?i={wrong}")
                assert (view.answer.status, view.leads_to) == (400, "")

    async def test_a_seal_grows_old(self, tmp_path: Path) -> None:
        async with world(tmp_path, signin__session_idle_seconds=9_000) as here:
            browser = await signed_in(here.issuer)
            sealed = query_of((await browser.open(authorize())).url)["i"]
            here.issuer.clock.advance(3_601)

            view = await browser.open(f"/authorize/continue?i={sealed}")

            assert (view.answer.status, view.leads_to) == (400, "")

    async def test_a_client_disabled_meanwhile(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser = Browser(here.issuer)
            await browser.open(authorize())
            await here.change("web", disabled_at=NOW)

            view = await sign_in(browser)

            assert (view.answer.status, view.leads_to) == (400, "")


class TestFreshSignIn:
    @pytest.mark.parametrize("request_", [{"prompt": "login"}, {"max_age": "0"}])
    async def test_is_made_when_it_is_asked_for(
        self, tmp_path: Path, request_: dict[str, str | None]
    ) -> None:
        async with world(tmp_path) as here:
            browser = await signed_in(here.issuer)
            view = await browser.open(authorize(**request_))
            assert view.path == "/login"
            sealed = query_of(view.url)["i"]
            skipped = await browser.open(f"/authorize/continue?i={sealed}")
            assert skipped.path == "/login", "going on without signing in leads back"
            here.issuer.clock.advance(7)

            view = await sign_in(browser)

            assert view.path == "/consent"
            body = (
                await here.redeem((await browser.send(action="allow")).parameters["code"])
            ).json()
            assert claims_of(body["id_token"])["auth_time"] == NOW + 7

    async def test_takes_nothing_from_the_persons_other_applications(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser = Browser(here.issuer)
            first = (await here.redeem((await here.authorized(browser)).parameters["code"])).json()
            here.issuer.clock.advance(7)
            view = await here.authorized(browser, "spa", prompt="login")
            assert "code" in view.parameters

            assert (await here.introspect(first["access_token"]))["active"] is True
            assert (await here.refresh(first["refresh_token"], "web")).status == 200

    async def test_of_another_person_takes_back_what_the_first_one_gave(
        self, tmp_path: Path
    ) -> None:
        async with world(tmp_path) as here:
            browser = Browser(here.issuer)
            first = (await here.redeem((await here.authorized(browser)).parameters["code"])).json()
            here.issuer.clock.advance(7)
            await browser.open(authorize(prompt="login"))
            await sign_in(browser, "bob")

            assert await here.introspect(first["access_token"]) == {"active": False}
            assert (await here.refresh(first["refresh_token"], "web")).status == 400

    async def test_max_age_counts_from_the_sign_in(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser = Browser(here.issuer)
            await here.authorized(browser)
            here.issuer.clock.advance(100)
            assert "code" in (await browser.open(authorize(max_age="100"))).parameters
            assert (await browser.open(authorize(max_age="99"))).path == "/login"

    async def test_the_hinted_person(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            ada = Browser(here.issuer)
            code = (await here.authorized(ada)).parameters["code"]
            hint = (await here.redeem(code)).json()["id_token"]
            here.issuer.clock.advance(9_000)

            bob = await signed_in(here.issuer, "bob")
            view = await bob.open(authorize(id_token_hint=hint, prompt="none"))
            assert view.parameters["error"] == "login_required"
            view = await bob.open(authorize(id_token_hint=hint))
            assert view.path == "/login"
            here.issuer.clock.advance(1)
            view = await sign_in(bob, "bob")
            assert view.parameters["error"] == "login_required", "Bob again"


class TestRedeeming:
    async def test_a_code_is_spent_once(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            code = (await here.authorized(Browser(here.issuer))).parameters["code"]
            body = (await here.redeem(code)).json()
            assert (await here.introspect(body["access_token"]))["active"] is True

            again = await here.redeem(code)

            assert (again.status, again.json()["error"]) == (400, "invalid_grant")
            assert await here.introspect(body["access_token"]) == {"active": False}
            refreshed = await here.refresh(body["refresh_token"], "web")
            assert refreshed.json()["error"] == "invalid_grant"

    async def test_of_fifty_at_once_one_wins_and_nothing_survives(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            code = (await here.authorized(Browser(here.issuer))).parameters["code"]

            answers = await asyncio.gather(*(here.redeem(code) for _ in range(50)))

            won = [answer for answer in answers if answer.status == 200]
            assert len(won) == 1
            lost = {answer.json()["error"] for answer in answers if answer.status != 200}
            assert lost == {"invalid_grant"}
            assert await here.introspect(won[0].json()["access_token"]) == {"active": False}
            refreshed = await here.refresh(won[0].json()["refresh_token"], "web")
            assert refreshed.json()["error"] == "invalid_grant"

    async def test_a_spent_code_stays_spent_over_a_restart(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            code = (await here.authorized(Browser(here.issuer))).parameters["code"]
            token = (await here.redeem(code)).json()["access_token"]
        async with world(tmp_path) as again:
            answer = await again.redeem(code)

            assert answer.json()["error"] == "invalid_grant"
            assert await again.introspect(token) == {"active": False}

    async def test_another_client_does_not_spend_it(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            code = (await here.authorized(Browser(here.issuer))).parameters["code"]
            stolen = await here.redeem(code, "spa")
            assert stolen.json()["error"] == "invalid_grant"

            assert (await here.redeem(code)).status == 200

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"code_verifier": None}, "invalid_request"),
            ({"code_verifier": "a" * 43}, "invalid_grant"),
            ({"code_verifier": "short"}, "invalid_request"),
            ({"redirect_uri": SPA_CALLBACK}, "invalid_grant"),
            ({"resource": MAIL}, "invalid_target"),
            ({"code": None}, "invalid_request"),
            ({"code": "swc_unknown"}, "invalid_grant"),
        ],
    )
    async def test_a_wrong_attempt_spends_nothing(
        self, tmp_path: Path, changes: dict[str, str | None], error: str
    ) -> None:
        async with world(tmp_path) as here:
            code = (await here.authorized(Browser(here.issuer))).parameters["code"]

            wrong = await here.redeem(**{"code": code, **changes})  # type: ignore[arg-type]  # a missing code is one of the attempts

            assert (wrong.status, wrong.json()["error"]) == (400, error)
            right = await here.redeem(code, redirect_uri=CALLBACK)
            assert right.status == 200

    async def test_a_changed_code_is_unknown(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            code = (await here.authorized(Browser(here.issuer))).parameters["code"]
            for wrong in (code[:-1], code + "A", code.swapcase(), f" {code}", sha256_hex(code)):
                assert (await here.redeem(wrong)).json()["error"] == "invalid_grant"

            assert (await here.redeem(code)).status == 200

    async def test_it_ends_after_its_time(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            code = (await here.authorized(Browser(here.issuer))).parameters["code"]
            here.issuer.clock.advance(60)

            assert (await here.redeem(code)).json()["error"] == "invalid_grant"

    async def test_a_scope_at_the_token_endpoint_adds_nothing(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            code = (await here.authorized(Browser(here.issuer))).parameters["code"]

            body = (await here.redeem(code, scope="notes:read notes:write")).json()

            assert body["scope"] == "notes:read"

    async def test_who_is_disabled_meanwhile_gets_nothing(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            code = (await here.authorized(Browser(here.issuer))).parameters["code"]
            await here.services.storage.users.set_disabled(ADA, disabled=True, now=NOW)

            assert (await here.redeem(code)).json()["error"] == "invalid_grant"

    async def test_who_signs_out_meanwhile_takes_the_code_back(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            browser = Browser(here.issuer)
            code = (await here.authorized(browser)).parameters["code"]
            await browser.open("/end_session")
            await browser.send(action="sign_out")

            assert (await here.redeem(code)).json()["error"] == "invalid_grant"

    async def test_a_sign_out_between_the_check_and_the_code(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path) as here:
            browser = Browser(here.issuer)
            await here.authorized(browser)
            _sign_out_before(here, monkeypatch, here.services.storage.grants, "ensure")

            view = await browser.open(authorize())

            assert view.path == "/login"

    async def test_a_sign_out_between_the_check_and_the_tokens(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path) as here:
            code = (await here.authorized(Browser(here.issuer))).parameters["code"]
            codes = here.services.storage.authorization_codes
            _sign_out_before(here, monkeypatch, codes, "redeem")

            assert (await here.redeem(code)).json()["error"] == "invalid_grant"

    async def test_two_flows_at_once_do_not_meet(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            first, second = Browser(here.issuer), Browser(here.issuer)
            await first.open(authorize(state="one", nonce="n1"))
            await second.open(authorize(state="two", nonce="n2"))
            one, two = await sign_in(first), await sign_in(second, "bob")
            assert one.path == "/consent"
            assert two.path == "/consent"
            one, two = await first.send(action="allow"), await second.send(action="allow")
            assert (one.parameters["state"], two.parameters["state"]) == ("one", "two")

            tokens = [
                claims_of((await here.redeem(view.parameters["code"])).json()["id_token"])
                for view in (one, two)
            ]

            assert [found["nonce"] for found in tokens] == ["n1", "n2"]
            assert tokens[0]["sub"] != tokens[1]["sub"]
            assert tokens[0]["sid"] != tokens[1]["sid"]


class TestResources:
    async def test_one_token_for_each(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            request = authorize("spa", scope="openid notes:read mail:send")
            browser = await signed_in(here.issuer)
            view = await browser.open(f"{request}&resource={MAIL}")
            assert view.path == "/consent"
            code = (await browser.send(action="allow")).parameters["code"]
            unclear = await here.redeem(code, "spa")
            assert unclear.json()["error"] == "invalid_target"

            first = (await here.redeem(code, "spa", resource=NOTES)).json()
            second = (await here.refresh(first["refresh_token"], resource=MAIL)).json()
            third = (await here.refresh(second["refresh_token"], resource=ISSUER)).json()

            assert [claims_of(body["access_token"])["aud"] for body in (first, second, third)] == [
                NOTES,
                MAIL,
                ISSUER,
            ]
            assert [body["scope"] for body in (first, second, third)] == [
                "notes:read",
                "mail:send",
                "openid",
            ]
            assert second["expires_in"] == 300
            assert (await here.userinfo(third["access_token"])).json() == {"sub": ADA}
            assert (await here.userinfo(second["access_token"])).status == 401

    async def test_without_one_it_is_the_issuer(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = await here.tokens(scope="openid email", resource=None)

            assert claims_of(body["access_token"])["aud"] == ISSUER
            found = (await here.userinfo(body["access_token"])).json()
            assert found == {"sub": ADA, "email": "ada@example.com", "email_verified": True}


def _sign_out_before(
    here: World, monkeypatch: pytest.MonkeyPatch, table: object, verb: str
) -> None:
    """Have Ada sign out everywhere just before storage is asked for this."""
    ask = getattr(type(table), verb)

    async def sign_out_and_ask(*given: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the verb takes and gives
        await here.services.storage.sessions.end_all(ADA, now=NOW)
        return await ask(*given, **named)

    monkeypatch.setattr(type(table), verb, sign_out_and_ask)
