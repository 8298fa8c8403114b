"""Clients by themselves, and how they prove who they are: RFC 6749 §2.3, §4.4, RFC 7523."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sealwax.jose import Key
from tests.flows.world import (
    CALLBACK,
    MAIL,
    NOTES,
    ROBOT_KEY,
    SECRET,
    World,
    assertion,
    basic,
    claims_of,
    flipped,
    world,
)
from tests.server.given import ISSUER, NOW, Answer

pytestmark = pytest.mark.anyio
GRANT = {"grant_type": "client_credentials"}


async def _service(here: World, **changes: str) -> Answer:
    return await here.as_client("service", "/token", {**GRANT, **changes})


async def _robot(here: World, parameters: dict[str, str]) -> Answer:
    return await here.post("/token", {**GRANT, **parameters})


class TestTokens:
    async def test_rfc_9068_the_client_is_the_subject(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = (await _service(here)).json()

            assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
            assert body["scope"] == "notes:read notes:write"
            token = await here.verifier().verify(body["access_token"])
            assert (token.subject, token.client_id) == ("service", "service")
            assert {"auth_time", "amr"}.isdisjoint(token.claims)

    async def test_many_share_one_index_and_write_nothing(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            first = (await _service(here)).json()["access_token"]
            before = await here.services.storage.changes()

            others = [(await _service(here)).json()["access_token"] for _ in range(20)]

            assert await here.services.storage.changes() == before
            statuses = [claims_of(token)["status"] for token in (first, *others)]
            assert statuses == [statuses[0]] * 21
            assert len({claims_of(token)["jti"] for token in (first, *others)}) == 21

    @pytest.mark.parametrize(
        ("parameters", "error"),
        [
            ({"scope": "notes:delete"}, "invalid_scope"),
            ({"scope": "openid"}, "invalid_scope"),
            ({"scope": "notes:read", "resource": ISSUER}, "invalid_scope"),
            ({"resource": MAIL}, "invalid_target"),
            ({"resource": f"{NOTES}#x"}, "invalid_target"),
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"grant_type": "authorization_code"}, "unauthorized_client"),
            ({"grant_type": ""}, "invalid_request"),
        ],
    )
    async def test_more_is_refused(
        self, tmp_path: Path, parameters: dict[str, str], error: str
    ) -> None:
        async with world(tmp_path) as here:
            answer = await _service(here, **parameters)

            assert (answer.status, answer.json()["error"]) == (400, error)
            assert answer.header("cache-control") == "no-store"

    async def test_two_resources_at_once_are_refused(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            form = [
                *GRANT.items(),
                ("client_id", "service"),
                ("client_secret", SECRET),
                ("resource", NOTES),
                ("resource", MAIL),
            ]

            answer = await here.post("/token", form)

            assert answer.json()["error"] == "invalid_target"

    async def test_a_public_client_gets_none(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            await here.change("spa", grant_types=("client_credentials",))

            answer = await here.as_client("spa", "/token", GRANT)

            assert answer.json()["error"] == "unauthorized_client"


class TestSecrets:
    @pytest.mark.parametrize(
        ("form", "header"),
        [
            pytest.param({"client_id": "service", "client_secret": "x"}, None, id="wrong secret"),
            pytest.param({"client_id": "nobody", "client_secret": "x"}, None, id="unknown client"),
            pytest.param({"client_id": "service"}, None, id="no secret"),
            pytest.param({"client_id": "spa", "client_secret": SECRET}, None, id="a public one"),
            pytest.param({}, basic("service"), id="not the registered method"),
            pytest.param({"client_id": "robot"}, None, id="a client with keys"),
        ],
    )
    async def test_a_failure_tells_nothing_more(
        self, tmp_path: Path, form: dict[str, str], header: str | None
    ) -> None:
        async with world(tmp_path) as here:
            headers = {} if header is None else {"authorization": header}

            answer = await here.post("/token", {**GRANT, **form}, **headers)

            assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
            assert answer.json()["error_description"].startswith("client authentication failed")
            assert answer.header("www-authenticate") == 'Basic realm="sealwax", charset="UTF-8"'

    async def test_two_ways_at_once(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            form = {**GRANT, "client_id": "service", "client_secret": SECRET}

            answer = await here.post("/token", form, authorization=basic("service"))

            assert (answer.status, answer.json()["error"]) == (400, "invalid_request")

    async def test_a_secret_in_the_address_is_refused(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            answer = await here.post(f"/token?client_id=service&client_secret={SECRET}", GRANT)

            assert (answer.status, answer.json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "repeated", [("client_id", "spa"), ("client_secret", "x"), ("grant_type", "x"), ("x", "")]
    )
    async def test_a_parameter_twice_is_refused(
        self, tmp_path: Path, repeated: tuple[str, str]
    ) -> None:
        async with world(tmp_path) as here:
            form = [
                *GRANT.items(),
                ("client_id", "service"),
                ("client_secret", SECRET),
                ("x", ""),
                repeated,
            ]

            answer = await here.post("/token", form)

            assert (answer.status, answer.json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "content_type",
        ["text/plain", "application/json", "multipart/form-data; boundary=x", ""],
    )
    async def test_only_a_form_is_read(self, tmp_path: Path, content_type: str) -> None:
        async with world(tmp_path) as here:
            body = f"grant_type=client_credentials&client_id=service&client_secret={SECRET}"

            answer = await here.send("POST", "/token", body.encode(), content_type)

            assert (answer.status, answer.json()["error"]) == (415, "invalid_request")

    async def test_get_is_not_for_tokens(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            for path in ("/token", "/revoke", "/introspect", "/signin"):
                assert (await here.send("GET", path)).status == 405

    async def test_a_disabled_client_is_noticed(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            assert (await _service(here)).status == 200
            await here.change("service", disabled_at=NOW)

            assert (await _service(here)).status == 401


class TestKeys:
    async def test_a_good_assertion(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = (await _robot(here, assertion("one"))).json()

            assert claims_of(body["access_token"])["sub"] == "robot"

    async def test_rfc_7523_section_3_item_7_it_is_spent(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            once = assertion("one")
            assert (await _robot(here, once)).status == 200

            again = await _robot(here, once)

            assert (again.status, again.json()["error"]) == (401, "invalid_client")
            assert (await _robot(here, assertion("two"))).status == 200

    async def test_of_fifty_at_once_one_wins(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            once = assertion("one")

            answers = await asyncio.gather(*(_robot(here, once) for _ in range(50)))

            assert sorted(answer.status for answer in answers) == [200] + [401] * 49

    async def test_it_stays_spent_over_a_restart(self, tmp_path: Path) -> None:
        once = assertion("one")
        async with world(tmp_path) as here:
            assert (await _robot(here, once)).status == 200
        async with world(tmp_path) as again:
            assert (await _robot(again, once)).status == 401

    @pytest.mark.parametrize(
        "parameters",
        [
            pytest.param(assertion("x", aud=f"{ISSUER}/token"), id="the token endpoint as aud"),
            pytest.param(assertion("x", aud=[ISSUER]), id="a list as aud"),
            pytest.param(assertion("x", aud=[ISSUER, NOTES]), id="two as aud"),
            pytest.param(assertion("x", exp=NOW - 11), id="expired"),
            pytest.param(assertion("x", exp=NOW + 301), id="good too long"),
            pytest.param(assertion("x", iss="service"), id="another issuer"),
            pytest.param(assertion("x", sub="service"), id="another client"),
            pytest.param(assertion("x", typ="at+jwt"), id="another kind"),
            pytest.param(assertion("x", by=Key.generate("ES256", kid="robot")), id="another key"),
            pytest.param(
                assertion("x", by=Key.from_secret(SECRET.encode(), algorithm="HS256", kid="robot")),
                id="a secret as a key",
            ),
        ],
    )
    async def test_any_other_is_refused(self, tmp_path: Path, parameters: dict[str, str]) -> None:
        async with world(tmp_path) as here:
            answer = await _robot(here, parameters)

            assert (answer.status, answer.json()["error"]) == (401, "invalid_client")

    async def test_a_changed_byte_is_refused_and_spends_nothing(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            good = assertion("one")
            forged = {**good, "client_assertion": flipped(good["client_assertion"], "exp", NOW + 1)}
            assert (await _robot(here, forged)).status == 401

            assert (await _robot(here, good)).status == 200

    async def test_a_refused_assertion_of_another_spends_nothing_of_ours(
        self, tmp_path: Path
    ) -> None:
        async with world(tmp_path) as here:
            for changes in ({"aud": [ISSUER]}, {"exp": NOW + 999}):
                assert (await _robot(here, assertion("one", by=ROBOT_KEY, **changes))).status == 401

            assert (await _robot(here, assertion("one"))).status == 200


class TestWebPages:
    async def test_a_registered_page_may_read_the_answer(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "spa"}

            answer = await here.post("/token", body, origin="https://spa.example")

            assert answer.json()["error"] == "invalid_grant"
            assert answer.header("access-control-allow-origin") == "https://spa.example"

    async def test_another_clients_page_may_not_use_this_client(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            body = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "spa"}

            answer = await here.post("/token", body, origin="https://front.example")

            assert answer.json()["error"] == "unauthorized_client"

    async def test_never_on_authorize(self, tmp_path: Path) -> None:
        async with world(tmp_path) as here:
            answer = await here.send(
                "GET",
                f"/authorize?client_id=spa&redirect_uri={CALLBACK}",
                origin="https://spa.example",
            )

            assert answer.header("access-control-allow-origin") is None
