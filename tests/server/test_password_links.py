"""A one-time link sets a password once; the first administrator's is made once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from sealwax.entropy import SystemEntropy
from sealwax.secret import sha256_hex
from sealwax.server.password_links import first_administrator_link, new_password_link
from sealwax.storage.contracts import NotFound
from tests.server.given import ISSUER, NOW, Issuer, issuer, user

pytestmark = pytest.mark.anyio


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with issuer(tmp_path) as opened:
        yield opened


def token_of(link: str) -> str:
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/password"
    (token,) = parse_qs(parts.query)["link"]
    assert token.startswith("swl_")
    assert len(token) == 47
    return token


async def make_first(given: Issuer) -> str | None:
    services = given.services
    return await first_administrator_link(
        services.settings, services.storage, entropy=SystemEntropy(), now=given.clock.now()
    )


async def test_a_new_deployment_gets_an_administrator_without_a_password(given: Issuer) -> None:
    link = await make_first(given)
    assert link is not None
    (person,) = await given.services.storage.users.list()
    assert (person.username, person.is_administrator) == ("admin", True)
    assert person.password_hash is None
    for password in ("", "admin", "password", "sealwax"):
        assert not (await given.services.passwords.verify(password, person)).is_correct
    found = await given.services.storage.password_links.find(sha256_hex(token_of(link)))
    assert found is not None
    assert found.user_id == person.user_id
    assert found.expires_at == NOW + 86_400


async def test_it_is_made_once(given: Issuer) -> None:
    assert await make_first(given) is not None
    assert await make_first(given) is None


async def test_a_deployment_with_people_gets_none(given: Issuer) -> None:
    await given.services.storage.users.add(user(1))
    assert await make_first(given) is None
    assert await given.services.storage.users.count() == 1


async def test_only_the_hash_of_a_link_is_kept(given: Issuer) -> None:
    link = await make_first(given)
    assert link is not None
    for file in given.services.settings.storage.data_folder.iterdir():
        assert token_of(link).encode() not in file.read_bytes()


async def test_a_newer_link_replaces_an_older_one(given: Issuer) -> None:
    services, person = given.services, user(1)
    await services.storage.users.add(person)

    async def link() -> str:
        made = await new_password_link(
            services.settings, services.storage, person, entropy=SystemEntropy(), now=NOW
        )
        return sha256_hex(token_of(made))

    older, newer = await link(), await link()
    with pytest.raises(NotFound):
        await services.storage.password_links.redeem(older, "$argon2id$x", now=NOW)
    await services.storage.password_links.redeem(newer, "$argon2id$x", now=NOW)
