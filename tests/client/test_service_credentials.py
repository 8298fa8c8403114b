import asyncio
import json

import pytest

from sealwax.client import (
    ClientRegistration,
    FetchFailed,
    HttpRequest,
    HttpResponse,
    InvalidConfiguration,
    ProviderRefused,
    ServiceCredentials,
    TokenRequestRefused,
)
from sealwax.clock import ManualClock
from sealwax.entropy import SeededEntropy
from sealwax.secret import Secret
from tests.client.provider import ISSUER, NOW, answer, form_of, metadata

pytestmark = pytest.mark.anyio
SERVICE = ClientRegistration("nightly-report", Secret("the-secret"))


class TokenEndpoint:
    """Gives numbered tokens, each after a turn of the event loop; can be told to fail."""

    def __init__(self, *, expires_in: object = 600) -> None:
        self.expires_in = expires_in
        self.asked: list[HttpRequest] = []
        self.failure: Exception | HttpResponse | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self, request: HttpRequest) -> HttpResponse:
        if request.url.endswith("openid-configuration"):
            return answer(200, metadata())
        self.asked.append(request)
        number = len(self.asked)
        await self.gate.wait()
        if isinstance(self.failure, Exception):
            raise self.failure
        if self.failure is not None:
            return self.failure
        members = {"access_token": f"token-{number}", "token_type": "Bearer"}
        if self.expires_in is not None:
            members["expires_in"] = self.expires_in  # type: ignore[assignment]  # whatever a provider may say
        return answer(200, members)


def credentials(endpoint: TokenEndpoint, clock: ManualClock) -> ServiceCredentials:
    return ServiceCredentials(
        ISSUER,
        SERVICE,
        scopes=("notes:statistics",),
        resource="https://notes.example",
        fetcher=endpoint,
        clock=clock,
        entropy=SeededEntropy(1),
    )


async def turn_of_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_token_is_asked_for_once_and_kept() -> None:
    endpoint, clock = TokenEndpoint(), ManualClock(NOW)
    service = credentials(endpoint, clock)

    tokens = {(await service.access_token()).reveal() for _ in range(5)}

    assert tokens == {"token-1"}
    assert await service.authorization() == {"Authorization": "Bearer token-1"}
    assert len(endpoint.asked) == 1
    assert form_of(endpoint.asked[0]) == {
        "grant_type": "client_credentials",
        "scope": "notes:statistics",
        "resource": "https://notes.example",
    }


async def test_of_fifty_callers_at_once_one_asks() -> None:
    endpoint = TokenEndpoint()
    service = credentials(endpoint, ManualClock(NOW))

    tokens = await asyncio.gather(*(service.access_token() for _ in range(50)))

    assert {token.reveal() for token in tokens} == {"token-1"}
    assert len(endpoint.asked) == 1


async def test_it_is_renewed_ahead_while_the_earlier_one_serves() -> None:
    endpoint, clock = TokenEndpoint(), ManualClock(NOW)
    service = credentials(endpoint, clock)
    await service.access_token()
    endpoint.gate.clear()

    clock.advance(600 - 60 - 5 - 1)
    assert (await service.access_token()).reveal() == "token-1"
    await turn_of_the_loop()
    assert len(endpoint.asked) == 1

    clock.advance(1)
    for _ in range(20):
        assert (await service.access_token()).reveal() == "token-1"
    await turn_of_the_loop()
    assert len(endpoint.asked) == 2

    endpoint.gate.set()
    await turn_of_the_loop()
    assert (await service.access_token()).reveal() == "token-2"


async def test_a_token_about_to_end_is_not_handed_out() -> None:
    endpoint, clock = TokenEndpoint(), ManualClock(NOW)
    service = credentials(endpoint, clock)
    await service.access_token()

    clock.advance(600 - 5)

    assert (await service.access_token()).reveal() == "token-2"


async def test_a_renewal_that_fails_leaves_the_earlier_token_in_use() -> None:
    endpoint, clock = TokenEndpoint(), ManualClock(NOW)
    service = credentials(endpoint, clock)
    await service.access_token()
    endpoint.failure = FetchFailed("unreachable", "down")

    clock.advance(540)
    for _ in range(10):
        assert (await service.access_token()).reveal() == "token-1"
        await turn_of_the_loop()
    assert len(endpoint.asked) == 2  # not again within the pause

    clock.advance(5)
    await service.access_token()
    await turn_of_the_loop()
    assert len(endpoint.asked) == 3

    clock.advance(60)
    with pytest.raises(FetchFailed):
        await service.access_token()

    endpoint.failure = None
    assert (await service.access_token()).reveal() == "token-5"


@pytest.mark.parametrize(("status", "error"), [(401, "invalid_client"), (400, "invalid_scope")])
async def test_a_refusal_reaches_every_caller_and_is_not_kept(status: int, error: str) -> None:
    endpoint = TokenEndpoint()
    endpoint.failure = answer(status, {"error": error})
    service = credentials(endpoint, ManualClock(NOW))

    results = await asyncio.gather(
        *(service.access_token() for _ in range(10)), return_exceptions=True
    )

    assert len(endpoint.asked) == 1
    assert all(isinstance(one, TokenRequestRefused) and one.error == error for one in results)
    assert all("the-secret" not in str(one) for one in results)

    endpoint.failure = None
    assert (await service.access_token()).reveal() == "token-2"


async def test_a_caller_that_is_cancelled_does_not_take_the_others_with_it() -> None:
    endpoint = TokenEndpoint()
    endpoint.gate.clear()
    service = credentials(endpoint, ManualClock(NOW))
    first = asyncio.create_task(service.access_token())
    others = [asyncio.create_task(service.access_token()) for _ in range(3)]
    await turn_of_the_loop()

    first.cancel()
    await turn_of_the_loop()
    endpoint.gate.set()

    assert [(await one).reveal() for one in others] == ["token-1"] * 3
    assert first.cancelled()
    assert len(endpoint.asked) == 1


async def test_forget_makes_the_next_call_ask() -> None:
    endpoint = TokenEndpoint()
    service = credentials(endpoint, ManualClock(NOW))
    await service.access_token()

    service.forget()

    assert (await service.access_token()).reveal() == "token-2"


@pytest.mark.parametrize(
    ("expires_in", "seconds_it_serves"), [(None, 55), (10, 8), (3, 3), (1, 1), (0, 0)]
)
async def test_short_lives_are_used_as_far_as_they_go(
    expires_in: int | None, seconds_it_serves: int
) -> None:
    endpoint, clock = TokenEndpoint(expires_in=expires_in), ManualClock(NOW)
    service = credentials(endpoint, clock)
    await service.access_token()
    endpoint.gate.clear()

    for _ in range(seconds_it_serves):
        assert (await service.access_token()).reveal() == "token-1"
        clock.advance(1)

    endpoint.gate.set()
    await turn_of_the_loop()
    assert (await service.access_token()).reveal() == "token-2"


async def test_a_redirect_of_the_token_endpoint_is_not_followed() -> None:
    endpoint = TokenEndpoint()
    endpoint.failure = HttpResponse(307, {"location": "https://evil.example"}, b"")

    with pytest.raises(FetchFailed) as failure:
        await credentials(endpoint, ManualClock(NOW)).access_token()
    assert failure.value.reason == "redirected"


async def test_metadata_of_another_issuer_are_refused() -> None:
    class Elsewhere(TokenEndpoint):
        async def fetch(self, request: HttpRequest) -> HttpResponse:
            assert request.url.startswith(ISSUER)
            return answer(200, metadata(issuer="https://evil.example"))

    with pytest.raises(ProviderRefused):
        await credentials(Elsewhere(), ManualClock(NOW)).access_token()


async def test_metadata_that_can_not_be_had_are_asked_for_again() -> None:
    class Down(TokenEndpoint):
        is_down = True

        async def fetch(self, request: HttpRequest) -> HttpResponse:
            if self.is_down:
                return HttpResponse(503, {}, json.dumps({}).encode())
            return await super().fetch(request)

    endpoint = Down()
    service = credentials(endpoint, ManualClock(NOW))
    with pytest.raises(FetchFailed):
        await service.access_token()

    endpoint.is_down = False
    assert (await service.access_token()).reveal() == "token-1"


def test_a_public_client_has_no_credentials() -> None:
    with pytest.raises(InvalidConfiguration, match="public client"):
        ServiceCredentials(ISSUER, ClientRegistration("app"))
