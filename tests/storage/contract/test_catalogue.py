"""Clients, resources and consents, as every storage keeps them."""

from __future__ import annotations

import dataclasses

import pytest

from sealwax.records import Consent
from sealwax.storage.contracts import AlreadyExists, NotFound, Storage
from tests.storage import given
from tests.storage.given import NOW
from tests.storage.racing import race, tally

pytestmark = pytest.mark.anyio


async def test_a_client_comes_back_as_kept(storage: Storage) -> None:
    plain = given.client("plain", client_secret_hashes=(), token_endpoint_auth_method="none")
    full = given.client(
        "full",
        client_name="ünïcode \N{BELL} name",
        jwks='{"keys":[]}',
        post_logout_redirect_uris=("https://app.example/",),
        web_origins=("https://app.example",),
        default_resource="https://api.example",
        is_first_party=True,
        id_token_signed_response_alg="ES256",
        disabled_at=NOW + 1,
    )
    for one in (plain, full):
        await storage.clients.add(one)
        assert await storage.clients.find(one.client_id) == one
    assert await storage.clients.find("FULL") is None
    assert await storage.clients.list() == [full, plain]
    assert await storage.clients.list(after="full", limit=1) == [plain]


async def test_a_client_id_is_given_to_one_of_fifty(storage: Storage) -> None:
    outcomes = await race(lambda number: storage.clients.add(given.client(created_at=number)))
    assert tally(outcomes) == {"won": 1, "AlreadyExists": 49}
    refused = next(one for one in outcomes if isinstance(one, AlreadyExists))
    assert (refused.kind, refused.field) == ("client", "client_id")


async def test_a_replaced_client_has_the_new_record_alone(storage: Storage) -> None:
    await storage.clients.add(given.client())
    changed = given.client(client_name="New", client_secret_hashes=(), redirect_uris=())
    await storage.clients.replace(changed)
    assert await storage.clients.list() == [changed]
    with pytest.raises(NotFound):
        await storage.clients.replace(given.client("unknown"))


async def test_a_disabled_client_loses_its_grants_and_gets_no_new_ones(storage: Storage) -> None:
    grant = await given.signed_in(storage)
    alone = await storage.grants.ensure("web", user_id=None, session_id=None, now=NOW)
    await storage.clients.replace(given.client(disabled_at=NOW + 1))
    assert await storage.status_lists.is_revoked(grant.status)
    assert await storage.status_lists.is_revoked(alone.status)
    for owner in ({"user_id": "usr_alice", "session_id": "session"}, _NOBODY):
        with pytest.raises(NotFound) as refused:
            await storage.grants.ensure("web", **owner, now=NOW + 2)
        assert refused.value.kind == "client"
    await storage.clients.replace(given.client())
    again = await storage.grants.ensure("web", user_id=None, session_id=None, now=NOW + 3)
    assert again.grant_id != alone.grant_id


async def test_a_removed_client_takes_its_grants_consents_and_direct_sessions_with_it(
    storage: Storage,
) -> None:
    grant = await given.signed_in(storage)
    other = await given.signed_in(storage, client_id="other")
    direct = given.session("direct", kind="direct", secret_hash=None, client_id="web")
    await storage.sessions.add(direct)
    await storage.consents.remember(Consent("usr_alice", "web", ("openid",), (), NOW))
    await storage.clients.delete("web", now=NOW + 1)
    assert await storage.clients.find("web") is None
    assert await storage.consents.find("usr_alice", "web") is None
    assert await storage.status_lists.is_revoked(grant.status)
    assert not await storage.status_lists.is_revoked(other.status)
    assert await storage.sessions.find("direct") == dataclasses.replace(direct, ended_at=NOW + 1)
    browser = await storage.sessions.find("session")
    assert browser is not None
    assert browser.ended_at is None
    with pytest.raises(NotFound):
        await storage.clients.delete("web", now=NOW + 1)
    await storage.clients.add(given.client())
    assert await storage.consents.find("usr_alice", "web") is None


async def test_a_resource_is_found_by_its_identifier_character_for_character(
    storage: Storage,
) -> None:
    api = given.resource(access_token_signing_alg="PS256", disabled_at=NOW)
    await storage.resources.add(api)
    assert await storage.resources.find("https://api.example") == api
    for near in ("https://api.example/", "https://API.example", "https://api.exampl_"):
        assert await storage.resources.find(near) is None
    other = given.resource("https://zoo.example")
    await storage.resources.add(other)
    assert await storage.resources.list(limit=1) == [api]
    assert await storage.resources.list(after="https://api.example") == [other]
    with pytest.raises(AlreadyExists) as refused:
        await storage.resources.add(given.resource())
    assert (refused.value.kind, refused.value.field) == ("resource", "identifier")


async def test_a_removed_resource_is_gone(storage: Storage) -> None:
    await storage.resources.add(given.resource())
    await storage.resources.delete("https://api.example")
    assert await storage.resources.find("https://api.example") is None
    with pytest.raises(NotFound) as refused:
        await storage.resources.delete("https://api.example")
    assert refused.value.kind == "resource"


async def test_the_last_consent_is_the_one_that_counts(storage: Storage) -> None:
    await given.signed_in(storage)
    first = Consent("usr_alice", "web", ("openid", "notes:read"), ("https://api.example",), NOW)
    last = Consent("usr_alice", "web", ("openid",), (), NOW + 1)
    await storage.consents.remember(first)
    assert await storage.consents.find("usr_alice", "web") == first
    await storage.consents.remember(last)
    assert await storage.consents.find("usr_alice", "web") == last
    assert await storage.consents.find("usr_bob", "web") is None


@pytest.mark.parametrize(
    ("user_id", "client_id", "kind"), [("usr_x", "web", "user"), ("usr_alice", "x", "client")]
)
async def test_nobody_consents_for_nobody(
    storage: Storage, user_id: str, client_id: str, kind: str
) -> None:
    await given.signed_in(storage)
    with pytest.raises(NotFound) as refused:
        await storage.consents.remember(Consent(user_id, client_id, (), (), NOW))
    assert refused.value.kind == kind


_NOBODY: dict[str, str | None] = {"user_id": None, "session_id": None}
