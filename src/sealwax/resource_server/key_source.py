"""The keys of one issuer, fetched, kept and refreshed.

While keys are at hand nobody waits for a fetch. A `kid` that is not among them is looked for once,
then not again for half a minute, whatever is asked; a key that left the issuer's document is no
longer trusted from the next refresh on; an issuer that does not answer takes nothing away.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from sealwax.clock import Clock
from sealwax.entropy import Entropy
from sealwax.jose import KeySet
from sealwax.jose.errors import KEY_UNKNOWN, JoseError, KeyInvalid, KeyNotFound
from sealwax.resource_server.discovery import Discovery
from sealwax.resource_server.errors import (
    DOCUMENT_INVALID,
    HTTP_STATUS,
    KEYS_NOT_STORED,
    NO_ANSWER_YET,
    STORED_KEYS_REFUSED,
    FetchFailed,
    KeysUnavailable,
)
from sealwax.resource_server.events import NO_EVENTS, DocumentKind, VerifierEvents
from sealwax.resource_server.fetching import (
    MAX_METADATA_SIZE_BYTES,
    FetchedDocument,
    Fetcher,
    FetchLimits,
    fetch_document,
)
from sealwax.resource_server.freshness import (
    back_off_seconds,
    lifetime_seconds,
    refresh_after_seconds,
)
from sealwax.resource_server.kept import Flight, Kept, Loaded, Wait, log_failure
from sealwax.resource_server.trusted_keys import TrustedKeys
from sealwax.resource_server.web_address import Network, WebAddress, parse_web_address

if TYPE_CHECKING:
    from sealwax.resource_server.key_store import KeyStore

UNKNOWN_KEY_PAUSE_SECONDS: Final = 30
ABSENT_KEY_SECONDS: Final = 300
MAX_SOUGHT_KEYS: Final = 1024

_JWKS_ACCEPT: Final = "application/jwk-set+json, application/json"
_GONE: Final = frozenset({404, 410})


class _Sought(NamedTuple):
    """A kid that was fetched for: how many loads there had been, and when."""

    loads: int
    at: int

    def was_in_vain(self, loads: int, now: int) -> bool:
        """True when a load since then did not bring it, for as long as that is remembered."""
        return loads > self.loads and 0 <= now - self.at < ABSENT_KEY_SECONDS


class FetchedKeys:
    """Keys from the issuer's `jwks_uri`, which is discovered unless it was configured.

    `prepare` makes what a verifier works with of a new key set. `stale_seconds` is how long keys
    are used past their time while the issuer can't be reached. With a `store` they are kept on
    disk too, and used from there by a process that starts while the issuer can't be reached; the
    time counts from when they were fetched, in whichever process.
    """

    def __init__(
        self,
        issuer: WebAddress,
        prepare: Callable[[KeySet], TrustedKeys],
        *,
        jwks_uri: WebAddress | None,
        stale_seconds: int,
        allow_insecure_http: bool,
        fetcher: Fetcher,
        clock: Clock,
        entropy: Entropy,
        store: "KeyStore | None" = None,
        events: VerifierEvents = NO_EVENTS,
    ) -> None:
        self._issuer = issuer
        self._prepare = prepare
        self._configured_uri = jwks_uri
        self._stale_seconds = stale_seconds
        self._fetcher = fetcher
        self._clock = clock
        self._entropy = entropy
        self._discovery = Discovery(
            issuer, self._get_metadata, clock=clock, allow_insecure_http=allow_insecure_http
        )
        self._store = store
        self._events = events
        self._kept = Kept(
            f"keys of {issuer.url}",
            self._load,
            clock=clock,
            entropy=entropy,
            on_failure=self._tell_failure,
        )
        self._looked_at: int | None = None
        self._sought: dict[str, _Sought] = {}

    def find(self, now: int) -> TrustedKeys | None:
        """Give the keys at hand; they are renewed in the background when that is due."""
        loaded = self._kept.current
        if loaded is not None and loaded.asked_at <= now < loaded.refresh_at:
            return loaded.value
        if loaded is not None and now < loaded.usable_until:
            self._kept.refresh_soon(now)
            return loaded.value
        return None

    def fetch(self, now: int) -> Wait:
        """Fetch the keys, unless that was just tried in vain."""
        self._raise_if_hopeless(now)
        return self._wait(self._kept.join_fetch())

    def look_again(self, error: KeyNotFound, keys: TrustedKeys, now: int) -> Wait | None:
        """Fetch for an unknown kid, at most every 30 seconds, and not for one known to be absent.

        A kid that a fetch did not bring is left alone for five minutes. So a storm of invented
        ones costs the issuer two requests a minute.
        """
        kid = error.kid
        if kid is None or error.reason != KEY_UNKNOWN:
            return None
        self._raise_if_hopeless(now)
        with self._kept.lock:
            if self._kept.current is not None and self._kept.current.value is not keys:
                return self._wait(Flight.landed())
            sought = self._sought.get(kid)
            if sought is not None and sought.was_in_vain(self._kept.loads, now):
                return None
            if self._kept.is_fetching:
                # It may have begun before there was such a key: what it brings is looked at first.
                return self._wait(self._kept.join_fetch())
            looked_at = self._looked_at
            if looked_at is not None and 0 <= now - looked_at < UNKNOWN_KEY_PAUSE_SECONDS:
                return None
            self._looked_at = now
            self._remember(kid, now)
            return self._wait(self._kept.join_fetch())

    def close(self) -> None:
        """Stop refreshing."""
        self._kept.close()

    def _wait(self, flight: Flight) -> Wait:
        late = KeysUnavailable(self._issuer.url, FetchFailed(NO_ANSWER_YET), 1)
        return Wait(flight, late)

    def _raise_if_hopeless(self, now: int) -> None:
        """Raise KeysUnavailable when the last fetch failed, or the one under way hangs."""
        failure = self._kept.failure
        if failure is not None and self._kept.is_backing_off(now):
            pause = self._kept.seconds_until_retry(now)
            raise KeysUnavailable(self._issuer.url, failure, pause)
        if self._kept.is_late(now):
            raise KeysUnavailable(self._issuer.url, FetchFailed(NO_ANSWER_YET), 1)

    def _remember(self, kid: str, now: int) -> None:
        self._sought.pop(kid, None)
        while len(self._sought) >= MAX_SOUGHT_KEYS:
            del self._sought[next(iter(self._sought))]
        self._sought[kid] = _Sought(self._kept.loads, now)

    def _load(self) -> Loaded[TrustedKeys]:
        try:
            loaded = self._fetch_keys()
        except FetchFailed as failure:
            stored = self._load_stored(failure)
            if stored is None:
                raise
            return stored
        self._events.fetched(self._issuer.url, "keys")
        self._save(loaded)
        return loaded

    def _fetch_keys(self) -> Loaded[TrustedKeys]:
        jwks_uri = self._configured_uri or self._discovery.jwks_uri()
        asked_at = self._clock.now()
        trusted = self._configured_uri or self._issuer
        try:
            document = self._get(jwks_uri, jwks_uri.network_for(trusted), _JWKS_ACCEPT)
        except FetchFailed as failure:
            if failure.reason == HTTP_STATUS and failure.status in _GONE:
                self._discovery.forget()
            raise
        try:
            keys = self._prepare(KeySet.from_jwks(document.body))
        except JoseError as error:
            raise FetchFailed(DOCUMENT_INVALID, f"{jwks_uri.url}: {error}") from None
        lifetime = lifetime_seconds(document.headers)
        refresh_at = asked_at + refresh_after_seconds(lifetime, self._entropy)
        return self._loaded(keys, asked_at, lifetime, refresh_at)

    def _loaded(
        self, keys: TrustedKeys, asked_at: int, lifetime: int, refresh_at: int
    ) -> Loaded[TrustedKeys]:
        usable_until = asked_at + lifetime + self._stale_seconds
        return Loaded(
            keys,
            asked_at=asked_at,
            refresh_at=min(refresh_at, usable_until),
            fresh_until=asked_at + lifetime,
            usable_until=usable_until,
        )

    @property
    def _stored_under(self) -> str:
        """Where the keys are said to be by the operator, or whose metadata says it."""
        return (self._configured_uri or self._issuer).url

    def _load_stored(self, failure: FetchFailed) -> Loaded[TrustedKeys] | None:
        """Give the keys on disk where there are none at hand, after a fetch that failed."""
        now = self._clock.now()
        current = self._kept.current
        if self._store is None or (current is not None and now < current.usable_until):
            return None
        try:
            loaded = self._read_stored(self._store, failure, now)
        except FetchFailed as refused:
            self._complain(refused, "stored_keys")
            return None
        if loaded is not None:
            self._complain(failure, "keys")
            self._events.fetched(self._issuer.url, "stored_keys")
        return loaded

    def _read_stored(
        self, store: "KeyStore", failure: FetchFailed, now: int
    ) -> Loaded[TrustedKeys] | None:
        stored = store.load("keys", self._issuer.url, self._stored_under, now=now)
        if stored is None:
            return None
        try:
            keys = self._prepare(KeySet.from_jwks(stored.body))
        except JoseError as error:
            raise FetchFailed(STORED_KEYS_REFUSED, str(error)) from None
        pause = max(back_off_seconds(1, self._entropy), failure.retry_after_seconds)
        loaded = self._loaded(keys, stored.fetched_at, stored.lifetime_seconds, now + pause)
        return loaded if now < loaded.usable_until else None

    def _save(self, loaded: Loaded[TrustedKeys]) -> None:
        if self._store is None:
            return
        import json  # noqa: PLC0415 - only a verifier with a store needs either

        from sealwax.resource_server.key_store import StoredDocument  # noqa: PLC0415 - the same

        try:
            self._store.save(
                StoredDocument(
                    "keys",
                    self._issuer.url,
                    self._stored_under,
                    loaded.asked_at,
                    loaded.fresh_until - loaded.asked_at,
                    json.dumps(loaded.value.key_set.to_jwks()),
                )
            )
        except KeyInvalid as error:  # HMAC secrets have no business in a published document
            self._complain(FetchFailed(KEYS_NOT_STORED, str(error)), "stored_keys")
        except FetchFailed as failure:
            self._complain(failure, "stored_keys")

    def _complain(self, failure: FetchFailed, document: DocumentKind) -> None:
        log_failure(f"{document} of {self._issuer.url}", failure, 1)
        self._events.fetch_failed(self._issuer.url, document, failure.reason)

    def _tell_failure(self, failure: FetchFailed) -> None:
        self._events.fetch_failed(self._issuer.url, "keys", failure.reason)

    def _get_metadata(self, url: str) -> bytes:
        address = parse_web_address(url, allow_insecure_http=True)
        return self._get(address, address.network_for(self._issuer), "application/json").body

    def _get(self, address: WebAddress, network: Network, accept: str) -> FetchedDocument:
        limits = FetchLimits(MAX_METADATA_SIZE_BYTES, accept=accept, network=network)
        return fetch_document(self._fetcher, address.url, limits)
