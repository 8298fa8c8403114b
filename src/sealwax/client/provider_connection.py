"""The metadata, the keys and the token endpoint of one provider, fetched when they are needed."""

from collections.abc import Mapping
from typing import Final

from sealwax.client.errors import FetchFailed, ProviderRefused
from sealwax.client.http import Fetcher, HttpRequest, HttpResponse, refuse_redirect
from sealwax.client.provider import METADATA_INVALID, Provider, metadata_url, read_metadata
from sealwax.client.registration import ClientRegistration
from sealwax.client.token_request import TokenResponse, read_token_response, token_request
from sealwax.clock import Clock
from sealwax.entropy import Entropy
from sealwax.jose import KeySet
from sealwax.jose.errors import JoseError

METADATA_LIFETIME_SECONDS: Final = 3600
KEYS_LIFETIME_SECONDS: Final = 300
KEYS_COOL_DOWN_SECONDS: Final = 10
"""An unknown key is asked for at most so often, whoever sends tokens."""

_OK: Final = 200


class ProviderConnection:
    """One client's way to one provider: metadata and keys are kept for a while, errors never.

    Nothing here is guarded against two tasks that fetch the same document at once: the second
    fetch is superfluous and harmless.
    """

    def __init__(
        self,
        issuer: str,
        client: ClientRegistration,
        *,
        fetcher: Fetcher,
        clock: Clock,
        entropy: Entropy,
        allow_insecure_http: bool = False,
    ) -> None:
        self.client = client
        self._issuer = issuer
        self._fetcher = fetcher
        self._clock = clock
        self._entropy = entropy
        self._allow_insecure_http = allow_insecure_http
        self._metadata_url = metadata_url(issuer, allow_insecure_http=allow_insecure_http)
        self._provider: Provider | None = None
        self._provider_until = 0
        self._keys: KeySet | None = None
        self._keys_fetched_at = 0

    async def provider(self) -> Provider:
        """Give the provider's metadata. Raises FetchFailed and ProviderRefused."""
        now = self._clock.now()
        if self._provider is None or now >= self._provider_until:
            document = await self._get(self._metadata_url)
            self._provider = read_metadata(
                document, self._issuer, allow_insecure_http=self._allow_insecure_http
            )
            self._provider_until = now + METADATA_LIFETIME_SECONDS
        return self._provider

    async def keys(self, *, kid: str | None = None) -> KeySet:
        """Give the provider's keys, fetched anew when they are old or when `kid` is none of them.

        Raises FetchFailed and ProviderRefused.
        """
        now = self._clock.now()
        age_seconds = now - self._keys_fetched_at
        keys = self._keys
        if keys is not None and age_seconds < KEYS_LIFETIME_SECONDS:
            is_known = kid is None or any(key.kid == kid for key in keys.keys)
            if is_known or age_seconds < KEYS_COOL_DOWN_SECONDS:
                return keys
        provider = await self.provider()
        try:
            self._keys = KeySet.from_jwks(await self._get(provider.jwks_uri))
        except JoseError as error:
            raise ProviderRefused(METADATA_INVALID, f"jwks_uri: {error}") from error
        self._keys_fetched_at = now
        return self._keys

    async def request_token(self, fields: Mapping[str, str]) -> TokenResponse:
        """Ask the token endpoint, authenticated as the client.

        Raises FetchFailed, ProviderRefused, TokenRequestRefused, TokenResponseInvalid.
        """
        provider = await self.provider()
        now = self._clock.now()
        request = token_request(provider, self.client, fields, now=now, entropy=self._entropy)
        return read_token_response(await self._send(request), now=now)

    async def _get(self, url: str) -> bytes:
        response = await self._send(HttpRequest("GET", url, {"Accept": "application/json"}))
        if response.status != _OK:
            text = f"{url} answered {response.status}; 200 is accepted"
            raise FetchFailed("http_status", text, status=response.status)
        return response.body

    async def _send(self, request: HttpRequest) -> HttpResponse:
        response = await self._fetcher.fetch(request)
        refuse_redirect(response, request.url)
        return response
