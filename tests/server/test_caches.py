"""What is kept in memory is dropped when storage says that it has changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sealwax.jose import status_list
from sealwax.records import Client, Resource
from sealwax.secret import sha256_hex
from sealwax.server.changes import ChangeWatch
from sealwax.storage.contracts import Changes, Storage, StorageUnavailable
from tests.server.given import ISSUER, NOW, Issuer, client, issuer, request, user

pytestmark = pytest.mark.anyio

API = Resource("https://api.example", "API", ("read",), 600, NOW)
SERVICE = client(
    "service",
    token_endpoint_auth_method="client_secret_post",
    client_secret_hashes=(sha256_hex("secret"),),
    grant_types=("client_credentials",),
)


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with issuer(tmp_path) as opened:
        await opened.services.storage.clients.add(SERVICE)
        await opened.services.storage.resources.add(API)
        yield opened


async def test_clients_and_resources_are_read_once(given: Issuer) -> None:
    catalogue = given.services.catalogue
    assert await catalogue.client("service") is await catalogue.client("service")
    assert await catalogue.resource(API.identifier) is await catalogue.resource(API.identifier)


async def test_a_change_is_seen_after_the_next_look(given: Issuer) -> None:
    services = given.services
    assert await services.catalogue.client("service") == SERVICE
    await services.storage.clients.delete("service", now=NOW)
    await services.storage.resources.delete(API.identifier)
    await services.changes.look()
    assert await services.catalogue.client("service") is None
    assert await services.catalogue.resource(API.identifier) is None


async def test_what_is_not_there_is_not_remembered(given: Issuer) -> None:
    services = given.services
    assert await services.catalogue.client("later") is None
    await services.storage.clients.add(client("later"))
    assert await services.catalogue.client("later") is not None


async def test_made_up_names_fill_no_memory(given: Issuer) -> None:
    for number in range(50):
        assert await given.services.catalogue.client(f"made-up-{number}") is None
        assert await given.services.catalogue.resource(f"https://{number}.example") is None
    assert given.services.catalogue._clients == {}  # noqa: SLF001  # that nothing is kept is the test
    assert given.services.catalogue._resources == {}  # noqa: SLF001  # the same


async def test_what_changes_while_it_is_read_is_not_kept(given: Issuer) -> None:
    """The record was read before the change and would be kept after it was told of."""
    services = given.services
    find = services.storage.clients.find

    async def slow_find(client_id: str) -> Client | None:
        found = await find(client_id)
        await services.storage.clients.delete(client_id, now=NOW)
        await services.changes.look()
        return found

    services.storage.clients.find = slow_find  # type: ignore[method-assign]  # a slow storage
    assert await services.catalogue.client("service") == SERVICE
    services.storage.clients.find = find  # type: ignore[method-assign]  # back again
    assert await services.catalogue.client("service") is None


async def test_a_disabled_client_is_given_for_the_caller_to_refuse(given: Issuer) -> None:
    services = given.services
    await services.storage.clients.add(client("off", disabled_at=NOW))
    found = await services.catalogue.client("off")
    assert found is not None
    assert found.disabled_at == NOW


async def test_a_clients_grant_is_made_once(given: Issuer) -> None:
    grants = given.services.client_grants
    assert await grants.of("service") is await grants.of("service")


async def test_a_revoked_index_is_never_issued_under_again(given: Issuer) -> None:
    services = given.services
    before = await services.client_grants.of("service")
    await services.storage.grants.revoke_access_tokens(
        before.grant_id, status=before.status, now=NOW
    )
    after = await services.client_grants.of("service")
    assert after.grant_id == before.grant_id
    assert after.status != before.status


async def test_a_grant_that_was_ended_is_made_anew(given: Issuer) -> None:
    services = given.services
    before = await services.client_grants.of("service")
    await services.storage.grants.end(before.grant_id, now=NOW)
    assert (await services.client_grants.of("service")).grant_id != before.grant_id


async def bit(given: Issuer, list_id: str, index: int) -> int:
    services = given.services
    found = await services.status_publisher.token(list_id)
    assert found is not None
    verified = status_list.verify(
        found[0],
        services.key_ring.verification_keys(),
        algorithms=["ES256"],
        uri=f"{ISSUER}/status/{list_id}",
        now=given.clock.now(),
    )
    return verified.list.get(index)


async def test_a_status_list_says_at_once_what_was_revoked(given: Issuer) -> None:
    services = given.services
    status = (await services.client_grants.of("service")).status
    assert await bit(given, status.list_id, status.index) == 0
    grant = await services.client_grants.of("service")
    await services.storage.grants.end(grant.grant_id, now=NOW)
    assert await bit(given, status.list_id, status.index) == 1


async def test_a_status_list_is_signed_once_until_something_changes(given: Issuer) -> None:
    publisher = given.services.status_publisher
    status = (await given.services.client_grants.of("service")).status
    first = await publisher.token(status.list_id)
    assert await publisher.token(status.list_id) == first
    given.clock.advance(900)  # a quarter of its life: time for a fresh one
    assert await publisher.token(status.list_id) != first


async def test_a_status_list_is_signed_anew_when_its_key_is_revoked(given: Issuer) -> None:
    services = given.services
    status = (await services.client_grants.of("service")).status
    await services.status_publisher.token(status.list_id)
    await services.key_ring.revoke(services.key_ring.signing_key("ES256").kid or "")
    assert await bit(given, status.list_id, status.index) == 0


async def test_a_list_that_is_not_there_is_none(given: Issuer) -> None:
    assert await given.services.status_publisher.token("nothing") is None


async def test_a_status_list_tells_for_how_long_it_may_be_kept(given: Issuer) -> None:
    services = given.services
    status = (await services.client_grants.of("service")).status
    found = await services.status_publisher.token(status.list_id)
    assert found is not None
    assert found[1] == 3  # a fifth of the ttl


async def test_ending_a_session_flips_the_bits_of_its_grants(given: Issuer) -> None:
    services = given.services
    await services.storage.users.add(user(1))
    session, _ = await services.browser_sessions.begin(user(1), ("pwd",), request())
    grant = await services.storage.grants.ensure(
        "service", user_id=user(1).user_id, session_id=session.session_id, now=NOW
    )
    assert await bit(given, grant.status.list_id, grant.status.index) == 0
    await services.browser_sessions.end(session)
    assert await bit(given, grant.status.list_id, grant.status.index) == 1


class Counters:
    """A storage that has counters alone, or fails."""

    def __init__(self) -> None:
        self.now = Changes(0, 0, 0)
        self.is_down = False

    async def changes(self) -> Changes:
        if self.is_down:
            raise StorageUnavailable("down")
        return self.now


async def test_each_subscriber_hears_of_its_own_kind() -> None:
    counters, heard = Counters(), []
    watch = ChangeWatch(as_storage(counters))

    async def hear_of(kind: str) -> None:
        heard.append(kind)

    for kind in ("catalogue", "keys", "status"):
        watch.subscribe(kind, lambda kind=kind: hear_of(kind))  # type: ignore[misc]  # bound in the loop
    await watch.look()
    assert heard == []
    for changes, expected in (
        (Changes(1, 0, 0), ["catalogue"]),
        (Changes(1, 0, 5), ["status"]),
        (Changes(1, 0, 5), []),
        (Changes(2, 1, 6), ["catalogue", "keys", "status"]),
    ):
        heard.clear()
        counters.now = changes
        await watch.look()
        assert heard == expected


async def test_a_change_is_not_lost_when_storage_fails_or_a_subscriber_does() -> None:
    counters, heard = Counters(), []
    watch = ChangeWatch(as_storage(counters))

    async def hear() -> None:
        heard.append(counters.now)
        if len(heard) == 1:
            raise StorageUnavailable("just now")

    watch.subscribe("keys", hear)
    await watch.look()
    counters.now, counters.is_down = Changes(0, 1, 0), True
    with pytest.raises(StorageUnavailable):
        await watch.look()
    counters.is_down = False
    with pytest.raises(StorageUnavailable):
        await watch.look()
    await watch.look()
    assert len(heard) == 2


def as_storage(counters: Counters) -> Storage:
    return counters  # type: ignore[return-value]  # only `changes` is asked
