"""The status lists of one issuer: who was taken back (draft-ietf-oauth-status-list).

A token names a list and an index in it. A list is fetched before the first token that names it is
answered, and from then on in the background, ahead of its time to live, for as long as tokens
name it. So a request does not wait, and still sees a revocation within that time.

When the issuer can't be reached, the list at hand is used on, up to a limit; then nobody knows,
and the tokens that name it are refused.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sealwax.clock import Clock
from sealwax.entropy import Entropy
from sealwax.jose import KeySet, jwt, status_list
from sealwax.jose.encoding import base64url_decode
from sealwax.jose.errors import JoseError
from sealwax.jose.status_list import (
    INVALID,
    MAX_STATUS_TOKEN_SIZE_BYTES,
    SUSPENDED,
    VALID,
    StatusList,
    VerifiedStatusList,
)
from sealwax.resource_server.errors import (
    STATUS_INDEX_OUT_OF_RANGE,
    STATUS_LIST_REFUSED,
    STATUS_MALFORMED,
    STATUS_MISSING,
    STATUS_UNKNOWN,
    STATUS_URI_NOT_ALLOWED,
    STATUS_VALUE_UNKNOWN,
    TOKEN_REVOKED,
    TOKEN_SUSPENDED,
    FetchFailed,
    TokenRefused,
    VerifierError,
)
from sealwax.resource_server.events import NO_EVENTS, VerifierEvents
from sealwax.resource_server.fetching import Fetcher, FetchLimits, fetch_document
from sealwax.resource_server.freshness import back_off_seconds, refresh_after_seconds
from sealwax.resource_server.kept import Kept, Loaded, Wait, log_failure
from sealwax.resource_server.policy import StatusPolicy
from sealwax.resource_server.trusted_keys import KeySource, use_keys
from sealwax.resource_server.web_address import WebAddress, parse_web_address

if TYPE_CHECKING:
    from sealwax.resource_server.key_store import KeyStore

DEFAULT_TTL_SECONDS: Final = 15
MAX_TTL_SECONDS: Final = 86_400
IDLE_SECONDS: Final = 300
MAX_LISTS: Final = 256
SAVE_EACH_SECONDS: Final = 60
LONGEST_BACK_OFF_SECONDS: Final = 30
"""Shorter than for keys: what was revoked while the issuer was away is to be seen soon after."""

_REFUSALS: Final = {INVALID: TOKEN_REVOKED, SUSPENDED: TOKEN_SUSPENDED}
_ACCEPT: Final = "application/statuslist+jwt"


def read_reference(status: object) -> tuple[int, str]:
    """Read `idx` and `uri` from a `status` claim (§6.2 of the draft).

    Raises TokenRefused for anything else than a status list reference: a status that can't be
    looked up is not a good one.
    """
    reference = status.get("status_list") if isinstance(status, dict) else None
    if isinstance(reference, dict):
        index, uri = reference.get("idx"), reference.get("uri")
        if type(index) is int and index >= 0 and isinstance(uri, str):
            return index, uri
    raise TokenRefused(STATUS_MALFORMED, claim="status")


class StatusSource:
    """Looks up the status of an issuer's tokens, and keeps the lists that they name."""

    def __init__(  # noqa: PLR0913 - what it works with is spelled out by name
        self,
        issuer: WebAddress,
        keys: KeySource,
        policy: StatusPolicy,
        *,
        algorithms: Collection[str],
        leeway_seconds: int,
        allow_insecure_http: bool,
        fetcher: Fetcher,
        clock: Clock,
        entropy: Entropy,
        store: "KeyStore | None" = None,
        events: VerifierEvents = NO_EVENTS,
    ) -> None:
        self._issuer = issuer
        self._store = store
        self._saved_at: dict[str, int] = {}
        self._events = events
        self._keys = keys
        self._policy = policy
        self._algorithms = algorithms
        self._leeway_seconds = leeway_seconds
        self._allow_insecure_http = allow_insecure_http
        self._origins = policy.origins(allow_insecure_http=allow_insecure_http)
        self._fetcher = fetcher
        self._clock = clock
        self._entropy = entropy
        self._lists: dict[str, Kept[VerifiedStatusList]] = {}

    def check(self, claims: Mapping[str, Any], now: int) -> Wait | None:
        """Accept a genuine token that was not taken back.

        Gives what to wait for when its list is not at hand yet, None when all is well. Raises
        TokenRefused.
        """
        if "status" not in claims:
            if self._policy.required:
                raise TokenRefused(STATUS_MISSING, claim="status")
            return None
        index, uri = read_reference(claims["status"])
        kept = self._lists.get(uri) or self._admit(uri, now)
        kept.last_used_at = now
        loaded = kept.current
        if loaded is None or not loaded.asked_at <= now < loaded.refresh_at:
            wait = _renew(kept, loaded, now)
            if loaded is None or wait is not None:
                return wait
        _check_status(loaded.value.list, index)
        return None

    def close(self) -> None:
        """Stop refreshing."""
        for kept in list(self._lists.values()):
            kept.close()

    def _admit(self, uri: str, now: int) -> Kept[VerifiedStatusList]:
        """Begin to keep the list at `uri`, if it may be there. Raises TokenRefused."""
        try:
            address = parse_web_address(uri, allow_insecure_http=self._allow_insecure_http)
        except ValueError:
            raise TokenRefused(STATUS_URI_NOT_ALLOWED, claim="status") from None
        if address.origin != self._issuer.origin and address.origin not in self._origins:
            raise TokenRefused(STATUS_URI_NOT_ALLOWED, claim="status")
        self._make_room(now)
        kept = Kept(
            f"status list {uri}",
            partial(self._load, address),
            clock=self._clock,
            entropy=self._entropy,
            idle_after_seconds=IDLE_SECONDS,
            longest_back_off_seconds=LONGEST_BACK_OFF_SECONDS,
            on_failure=self._tell_failure,
        )
        kept.last_used_at = now
        # Two threads may come here at once: both go on with the same one.
        return self._lists.setdefault(uri, kept)

    def _make_room(self, now: int) -> None:
        """Drop the lists nobody asks for any more, and if need be the one used longest ago."""
        by_use = sorted(self._lists.items(), key=lambda item: item[1].last_used_at)
        too_many = len(by_use) - MAX_LISTS + 1
        for position, (uri, kept) in enumerate(by_use):
            if position < too_many or now - kept.last_used_at > IDLE_SECONDS:
                kept.close()
                self._lists.pop(uri, None)
                self._saved_at.pop(uri, None)

    def _tell_failure(self, failure: FetchFailed) -> None:
        self._events.fetch_failed(self._issuer.url, "status_list", failure.reason)

    def _load(self, address: WebAddress) -> Loaded[VerifiedStatusList]:
        # The address shares an origin that the operator configured, so any network will do.
        limits = FetchLimits(
            MAX_STATUS_TOKEN_SIZE_BYTES, accept=_ACCEPT, network=address.network_for(address)
        )
        asked_at = self._clock.now()
        try:
            document = fetch_document(self._fetcher, address.url, limits)
        except FetchFailed as failure:
            stored = self._load_stored(address.url, failure)
            if stored is None:
                raise
            return stored
        token = document.body.strip()  # a file on a web server may end with a line feed
        loaded = self._loaded(self._verify(token, address.url), asked_at, address.url)
        self._events.fetched(self._issuer.url, "status_list")
        self._save(address.url, token, asked_at)
        return loaded

    def _loaded(
        self, verified: VerifiedStatusList, asked_at: int, uri: str
    ) -> Loaded[VerifiedStatusList]:
        ttl = min(verified.ttl_seconds or DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS)
        usable_until = asked_at + ttl + self._policy.stale_seconds
        if verified.expires_at is not None:
            usable_until = min(usable_until, verified.expires_at)
        now = self._clock.now()
        if usable_until <= now:
            raise FetchFailed(STATUS_LIST_REFUSED, f"{uri}: it is over already")
        # An issuer that takes longer to answer than its list lives is still worth a second.
        fresh_until = min(max(asked_at + ttl, now + 1), usable_until)
        return Loaded(
            verified,
            asked_at=asked_at,
            refresh_at=asked_at + refresh_after_seconds(fresh_until - asked_at, self._entropy),
            fresh_until=fresh_until,
            usable_until=usable_until,
        )

    def _load_stored(self, uri: str, failure: FetchFailed) -> Loaded[VerifiedStatusList] | None:
        """Give the list on disk where there is none at hand, after a fetch that failed."""
        now = self._clock.now()
        kept = self._lists.get(uri)
        current = kept.current if kept is not None else None
        if self._store is None or (current is not None and now < current.usable_until):
            return None
        try:
            stored = self._store.load("status_list", self._issuer.url, uri, now=now)
            if stored is None:
                return None
            verified = self._verify(stored.body.encode(), uri)
            loaded = self._loaded(verified, stored.fetched_at, uri)
        except FetchFailed as refused:
            log_failure(f"stored status list {uri}", refused, 1)
            return None
        log_failure(f"status list {uri}", failure, 1)
        self._tell_failure(failure)
        pause = max(back_off_seconds(1, self._entropy), failure.retry_after_seconds)
        return replace(loaded, refresh_at=min(now + pause, loaded.usable_until))

    def _save(self, uri: str, token: bytes, asked_at: int) -> None:
        """Keep a list on disk, now and then: it is renewed far more often than a process starts."""
        if self._store is None or 0 <= asked_at - self._saved_at.get(uri, 0) < SAVE_EACH_SECONDS:
            return
        from sealwax.resource_server.key_store import (  # noqa: PLC0415 - few have a store
            StoredDocument,
        )

        self._saved_at[uri] = asked_at
        document = StoredDocument(
            "status_list", self._issuer.url, uri, asked_at, 0, token.decode("ascii")
        )
        try:
            self._store.save(document)
        except FetchFailed as failed:
            log_failure(f"stored status list {uri}", failed, 1)

    def _verify(self, token: bytes, uri: str) -> VerifiedStatusList:
        """Verify a status list token with the issuer's keys, fetching those if need be."""

        def verify(keys: KeySet) -> VerifiedStatusList:
            return status_list.verify(
                token,
                keys,
                algorithms=self._algorithms,
                uri=uri,
                now=self._clock.now(),
                leeway_seconds=self._leeway_seconds,
            )

        try:
            verified = use_keys(self._keys, verify, self._clock)
        except (JoseError, VerifierError) as error:
            raise FetchFailed(STATUS_LIST_REFUSED, f"{uri}: {error}") from error
        self._check_issuer(token, uri)
        self._check_not_older(verified, uri)
        return verified

    def _check_issuer(self, token: bytes, uri: str) -> None:
        """Refuse a genuine list that says it is another issuer's; it need not say whose it is."""
        claims = jwt.read_claims(base64url_decode(token.split(b".")[1]))
        if claims.get("iss", self._issuer.url) != self._issuer.url:
            raise FetchFailed(STATUS_LIST_REFUSED, f"{uri}: of another issuer")

    def _check_not_older(self, verified: VerifiedStatusList, uri: str) -> None:
        """Refuse a list from before the one at hand: it would give back what was taken back."""
        kept = self._lists.get(uri)
        loaded = kept.current if kept is not None else None
        if loaded is not None and verified.issued_at < loaded.value.issued_at:
            raise FetchFailed(STATUS_LIST_REFUSED, f"{uri}: older than the one at hand")


def _renew(
    kept: Kept[VerifiedStatusList], loaded: Loaded[VerifiedStatusList] | None, now: int
) -> Wait | None:
    """Have a list renewed, and tell whether to wait for it.

    Within its time to live, nobody waits. Past it, the first fetch is waited for, so that a
    revocation is seen in time even by a process that slept; once that failed or takes too long,
    the list at hand will do until it is too old. Raises TokenRefused when nobody can know.
    """
    if loaded is not None and now < loaded.usable_until:
        is_fresh = loaded.asked_at <= now < loaded.fresh_until
        if is_fresh or kept.failure is not None or kept.is_late(now):
            kept.refresh_soon(now)
            return None
    elif kept.is_backing_off(now) or kept.is_late(now):
        raise TokenRefused(STATUS_UNKNOWN, claim="status")
    return Wait(kept.join_fetch(), TokenRefused(STATUS_UNKNOWN, claim="status"))


def _check_status(listed: StatusList, index: int) -> None:
    try:
        value = listed.get(index)
    except IndexError:
        raise TokenRefused(STATUS_INDEX_OUT_OF_RANGE, claim="status") from None
    if value != VALID:
        raise TokenRefused(_REFUSALS.get(value, STATUS_VALUE_UNKNOWN), claim="status")
