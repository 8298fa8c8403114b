"""Status lists, signed and ready to be handed out (draft-ietf-oauth-status-list §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sealwax.jose import status_list
from sealwax.jose.status_list import StatusList
from sealwax.oauth.access_token import status_uri
from sealwax.server.key_ring import FIRST_ALGORITHM

if TYPE_CHECKING:
    from sealwax.clock import Clock
    from sealwax.config import Settings
    from sealwax.server.changes import ChangeWatch
    from sealwax.server.key_ring import KeyRing
    from sealwax.storage.contracts import StatusBits, Storage


class _Signed(NamedTuple):
    token: str
    kid: str | None
    fresh_until: int


class StatusPublisher:
    """Signs each list once and hands the same token out until a bit, the key or time changes it."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        key_ring: KeyRing,
        changes: ChangeWatch,
        clock: Clock,
    ) -> None:
        self._issuer = settings.issuer.url
        self._status = settings.status
        self._storage = storage
        self._key_ring = key_ring
        self._changes = changes
        self._clock = clock
        self._generation = 0
        self._signed: dict[str, _Signed] = {}

    def status_uri(self, list_id: str) -> str:
        """Give the address of a list, as access tokens refer to it."""
        return status_uri(self._issuer, list_id)

    async def token(self, list_id: str) -> tuple[str, int] | None:
        """Give the signed list and for how many seconds it may be cached; None if there is none.

        Storage is asked each time whether a bit has changed, so what was revoked a moment ago is
        in the answer. A cache between us and a receiver keeps it for a fraction of the `ttl`, so
        that both waits together stay near the `ttl` that the list names. Raises KeyNotReady.
        """
        await self._changes.look()
        key = self._key_ring.signing_key(FIRST_ALGORITHM)
        signed = self._signed.get(list_id)
        if signed is None or signed.kid != key.kid or self._clock.now() >= signed.fresh_until:
            generation = self._generation
            bits = await self._storage.status_lists.find(list_id)
            if bits is None:
                return None
            signed = self._sign(bits)
            if generation == self._generation:
                self._signed[list_id] = signed
        return signed.token, max(1, self._status.ttl_seconds // 5)

    async def drop(self) -> None:
        """Forget every signed list; one being signed at this moment is not kept either."""
        self._generation += 1
        self._signed = {}

    def _sign(self, bits: StatusBits) -> _Signed:
        now = self._clock.now()
        statuses = StatusList(1, bits.size)
        for index in bits.revoked:
            statuses.set(index, status_list.INVALID)
        key = self._key_ring.signing_key(FIRST_ALGORITHM)
        token = status_list.sign(
            statuses,
            key,
            uri=self.status_uri(bits.list_id),
            issued_at=now,
            lifetime_seconds=self._status.lifetime_seconds,
            ttl_seconds=self._status.ttl_seconds,
        )
        return _Signed(token, key.kid, now + self._status.lifetime_seconds // 4)
