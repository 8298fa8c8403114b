"""A service's own access token: asked for once, kept, renewed ahead of its end (RFC 6749 §4.4)."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sealwax.client.errors import ClientError, InvalidConfiguration
from sealwax.client.http import Fetcher, UrllibFetcher
from sealwax.client.provider_connection import ProviderConnection
from sealwax.client.registration import ClientRegistration
from sealwax.client.token_request import TokenResponse, client_credentials_fields
from sealwax.clock import Clock, SystemClock
from sealwax.entropy import Entropy, SystemEntropy
from sealwax.secret import Secret

RENEW_AHEAD_SECONDS: Final = 60
"""Or a fifth of the token's life, if that is less."""
LAST_SECONDS: Final = 5
"""A token this near to its end may end on the way, and is no longer handed out."""
ASSUMED_LIFETIME_SECONDS: Final = 60
"""Of a token whose life the provider does not tell."""
RETRY_SECONDS: Final = 5
"""After a renewal that failed while the earlier token is still good."""


@dataclass(frozen=True, slots=True)
class _Held:
    response: TokenResponse
    renew_at: int
    usable_until: int


class ServiceCredentials:
    """The access token of a service, always at hand.

    `await credentials.access_token()` gives a token that is good for some seconds at least. The
    first call asks the issuer; later ones answer from memory. Ahead of its end the token is renewed
    in the background, while everyone goes on with the earlier one; of many callers that have to
    wait, one asks and all get its answer. Belongs to one event loop.
    """

    def __init__(
        self,
        issuer: str,
        client: ClientRegistration,
        *,
        scopes: Collection[str] = (),
        resource: str | None = None,
        fetcher: Fetcher | None = None,
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        allow_insecure_http: bool = False,
    ) -> None:
        if client.method == "none":
            text = "a public client can't ask in its own name; a secret or a key is needed"
            raise InvalidConfiguration("client", text)
        self._clock = clock or SystemClock()
        self._fields = client_credentials_fields(scopes, resource)
        self._connection = ProviderConnection(
            issuer,
            client,
            fetcher=fetcher or UrllibFetcher(),
            clock=self._clock,
            entropy=entropy or SystemEntropy(),
            allow_insecure_http=allow_insecure_http,
        )
        self._held: _Held | None = None
        self._renewal: asyncio.Task[_Held] | None = None
        self._next_attempt_at = 0

    async def access_token(self) -> Secret:
        """Give a good access token. Raises ClientError when there is none and none can be had."""
        now = self._clock.now()
        held = self._held
        if held is not None and now < held.usable_until:
            if now >= held.renew_at and now >= self._next_attempt_at:
                _ = self._renew()
            return held.response.access_token
        return (await asyncio.shield(self._renew())).response.access_token

    async def authorization(self) -> dict[str, str]:
        """Give the header to send with a request (RFC 6750 §2.1)."""
        return {"Authorization": f"Bearer {(await self.access_token()).reveal()}"}

    def forget(self) -> None:
        """Drop the token, after an API refused it: the next call asks for another."""
        self._held = None

    def _renew(self) -> "asyncio.Task[_Held]":
        """Give the renewal that is under way, or begin one."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.get_running_loop().create_task(self._ask())
            self._renewal.add_done_callback(_look_at)
        return self._renewal

    async def _ask(self) -> _Held:
        asked_at = self._clock.now()
        try:
            response = await self._connection.request_token(self._fields)
        except ClientError:
            self._next_attempt_at = self._clock.now() + RETRY_SECONDS
            raise
        ends_at = response.expires_at
        lifetime = ASSUMED_LIFETIME_SECONDS if ends_at is None else ends_at - asked_at
        ends_at = asked_at + lifetime
        self._held = _Held(
            response,
            renew_at=ends_at - min(RENEW_AHEAD_SECONDS, lifetime // 5) - LAST_SECONDS,
            usable_until=ends_at - min(LAST_SECONDS, lifetime // 5),
        )
        return self._held


def _look_at(renewal: "asyncio.Task[_Held]") -> None:
    """Take note of a failure: whoever waits gets it, and in the background nobody may wait."""
    if not renewal.cancelled():
        renewal.exception()
