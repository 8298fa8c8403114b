"""Documents are ready bytes with a validator, and follow the keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.given import ISSUER, Issuer, issuer

pytestmark = pytest.mark.anyio

PATHS = (
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/jwks",
)


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with issuer(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("path", PATHS)
async def test_a_document_may_be_kept_for_five_minutes_and_asked_after(
    given: Issuer, path: str
) -> None:
    answer = await given.ask("GET", path)
    assert answer.status == 200
    assert answer.header("content-type") == "application/json"
    assert answer.header("cache-control") == "public, max-age=300"
    assert answer.header("access-control-allow-origin") == "*"
    etag = answer.header("etag")
    assert etag is not None
    unchanged = await given.ask("GET", path, headers=[("if-none-match", etag)])
    assert unchanged.status == 304
    assert unchanged.body == b""
    assert unchanged.header("etag") == etag
    assert unchanged.header("content-length") is None
    for other in ('"other"', 'W/"x"', ""):
        assert (await given.ask("GET", path, headers=[("if-none-match", other)])).status == 200


@pytest.mark.parametrize("path", PATHS[:2])
async def test_metadata_names_the_configured_issuer(given: Issuer, path: str) -> None:
    metadata = (await given.ask("GET", path)).json()
    assert metadata["issuer"] == ISSUER
    for name, value in metadata.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(f"{ISSUER}/")


async def test_the_keys_change_with_the_ring(given: Issuer) -> None:
    before = await given.ask("GET", "/jwks")
    await given.services.key_ring.rotate("ES256")
    after = await given.ask("GET", "/jwks")
    assert len(after.json()["keys"]) == len(before.json()["keys"]) + 1
    assert before.header("etag") != after.header("etag")


async def test_the_keys_change_with_time_alone(given: Issuer) -> None:
    await given.services.key_ring.rotate("ES256")
    published = len((await given.ask("GET", "/jwks")).json()["keys"])
    given.clock.advance(10 * 86_400)
    assert len((await given.ask("GET", "/jwks")).json()["keys"]) == published - 1


async def test_a_key_is_kept_by_receivers_for_less_than_it_is_published_ahead(
    given: Issuer,
) -> None:
    settings = given.services.settings
    assert settings.keys.publish_ahead_seconds > 2 * 300
