"""An API that asks our own issuer about tokens (RFC 7662), with the verifier it has anyway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from sealwax import TokenRefused, TrustedIssuer, Verifier
from sealwax.jose import Key, KeySet, jwt
from sealwax.resource_server import (
    FetchedDocument,
    FetchLimits,
    Introspection,
    IntrospectionUnavailable,
)
from tests.flows.world import ADA, NOTES, SECRET, World, world
from tests.server.given import ISSUER, Answer

pytestmark = pytest.mark.anyio
ASKING = Introspection("notes-api", SECRET, always=True, cache_seconds=0)


class Network:
    """Reaches the issuer in process, and keeps what went over the wire."""

    def __init__(self, here: World) -> None:
        self._here = here
        self._loop = asyncio.get_running_loop()
        self.asked: list[str] = []
        self.posted: list[bytes] = []

    def __call__(self, url: str, _: FetchLimits) -> FetchedDocument:
        return self._ask("GET", url, b"", {})

    def post(
        self, url: str, _: FetchLimits, form: bytes, headers: Mapping[str, str]
    ) -> FetchedDocument:
        self.posted.append(form)
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self._ask("POST", url, form, {**headers, **kind})

    def _ask(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> FetchedDocument:
        self.asked.append(url)
        given = [(name.lower(), value) for name, value in headers.items()]
        asking = self._here.issuer.ask(method, url.removeprefix(ISSUER), body=body, headers=given)
        answer: Answer = asyncio.run_coroutine_threadsafe(asking, self._loop).result(20)
        return FetchedDocument(answer.status, dict(answer.headers), answer.body)


def api(
    here: World, network: Network, settings: Introspection = ASKING, audience: str = NOTES
) -> Verifier:
    trusted = TrustedIssuer(issuer=ISSUER, audience=audience, introspection=settings)
    verifier = Verifier(issuers=[trusted], fetcher=network, clock=here.issuer.clock)
    here.verifiers.append(verifier)
    return verifier


async def test_what_the_issuer_says_is_what_the_token_says(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        network = Network(here)
        token = (await here.tokens())["access_token"]
        asked = await api(here, network).verify(token, scopes=["notes:read"])
        read = await here.verifier().verify(token)
        assert (asked.subject, asked.client_id, asked.scopes, asked.audience) == (
            ADA,
            "web",
            read.scopes,
            (NOTES,),
        )
        assert asked.expires_at == read.expires_at
        assert not any(token in url for url in network.asked)
        assert f"{ISSUER}/jwks" not in network.asked


async def test_a_token_taken_back_is_refused_at_the_next_use(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        verifier = api(here, Network(here))
        token = (await here.tokens())["access_token"]
        await verifier.verify(token)
        await here.as_client("web", "/revoke", {"token": token})
        with pytest.raises(TokenRefused) as refused:
            await verifier.verify(token)
        assert refused.value.reason == "token_inactive"
        assert refused.value.http_status == 401


async def test_scopes_are_looked_at_with_every_use_of_an_answer(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        network = Network(here)
        verifier = api(here, network, Introspection("notes-api", SECRET, always=True))
        token = (await here.tokens())["access_token"]
        await verifier.verify(token, scopes=["notes:read"])
        with pytest.raises(TokenRefused) as refused:
            await verifier.verify(token, scopes=["notes:write"])
        assert refused.value.reason == "scope_insufficient"
        assert len(network.posted) == 1


async def test_a_refresh_token_is_no_access_token(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        tokens = await here.tokens(scope="openid offline_access notes:read", prompt="consent")
        verifier = api(here, Network(here))
        with pytest.raises(TokenRefused) as refused:
            await verifier.verify(tokens["refresh_token"])
        assert refused.value.reason == "token_inactive"


async def test_wrong_credentials_of_the_api_are_not_the_callers_fault(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        network = Network(here)
        wrong = Introspection("notes-api", "not the secret", always=True)
        token = (await here.tokens())["access_token"]
        with pytest.raises(IntrospectionUnavailable) as unavailable:
            await api(here, network, wrong).verify(token)
        assert (unavailable.value.http_status, unavailable.value.reason) == (503, "http_status")
        assert token not in str(unavailable.value)


async def test_rfc_7523_a_key_proves_who_asks(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        key = Key.generate("ES256", kid="notes")
        await here.change(
            "notes-api",
            token_endpoint_auth_method="private_key_jwt",
            client_secret_hashes=(),
            jwks=json.dumps(KeySet([key.public()]).to_jwks()),
        )
        settings = Introspection("notes-api", client_key=key, always=True, cache_seconds=0)
        verifier = api(here, Network(here), settings)
        token = (await here.tokens())["access_token"]
        for _ in range(3):  # an assertion is good for one question
            assert (await verifier.verify(token)).subject == ADA


async def test_an_api_is_told_nothing_of_tokens_for_another(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        network = Network(here)
        token = (await here.tokens())["access_token"]
        mail = Introspection(
            "service", SECRET, authentication_method="client_secret_post", always=True
        )
        with pytest.raises(TokenRefused) as refused:
            await api(here, network, mail, "https://mail.example").verify(token)
        assert refused.value.reason == "token_inactive"


async def test_an_issuer_is_not_shown_the_token_of_another(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        network = Network(here)
        stranger = Key.generate("ES256")
        foreign = jwt.sign({"iss": "https://other.example"}, stranger, typ="at+jwt")
        with pytest.raises(TokenRefused) as refused:
            await api(here, network).verify(foreign)
        assert refused.value.reason == "issuer_mismatch"
        assert network.posted == []
