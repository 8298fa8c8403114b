"""The issuer's signing keys: opened, published, rotated, and used.

`key_schedule` says which key signs and which are published; this ring keeps the opened keys beside
that plan and changes storage. Several processes may do so at once: of two that add a successor,
storage lets one win, and the other takes over what the winner made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from sealwax.jose import Key, KeySet, jwt
from sealwax.records import SigningKey
from sealwax.server import key_schedule
from sealwax.server.error_responses import ServerBusy
from sealwax.server.key_encryption import signing_key_data
from sealwax.server.key_schedule import KeyPlan, Schedule
from sealwax.storage.contracts import AlreadyUsed, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.clock import Clock
    from sealwax.entropy import Entropy
    from sealwax.server.key_encryption import KeyEncryptionKey
    from sealwax.storage.contracts import SigningKeys

GenerateKey = Callable[[str], Key]

FIRST_ALGORITHM: Final = "ES256"
"""What every issuer signs with from its first second; status lists are signed with it."""


class KeyNotReady(ServerBusy):
    """The key of this algorithm is still being made or opened; it will be there within seconds."""


class KeyRing:
    """All keys of one issuer. `refresh` first; `sign` never waits."""

    def __init__(
        self,
        storage: SigningKeys,
        key_encryption_key: KeyEncryptionKey,
        *,
        schedule: Schedule,
        algorithms: Iterable[str],
        clock: Clock,
        entropy: Entropy,
        generate: GenerateKey = Key.generate,
    ) -> None:
        self._storage = storage
        self._key_encryption_key = key_encryption_key
        self._schedule = schedule
        self._clock = clock
        self._entropy = entropy
        self._generate = generate
        self._wanted = dict.fromkeys((FIRST_ALGORITHM, *algorithms))
        self._records: tuple[SigningKey, ...] = ()
        self._private: dict[str, Key] = {}
        self._signers: dict[tuple[str, str], jwt.PreparedSigner] = {}
        self._plan = KeyPlan({}, (), None)
        self._published = KeySet(())
        self._jwks = b'{"keys":[]}'

    @property
    def is_ready(self) -> bool:
        """Tell whether every algorithm that is wanted has an opened key that signs."""
        signing = self._current().signing
        return all(name in signing and signing[name].kid in self._private for name in self._wanted)

    @property
    def jwks_document(self) -> bytes:
        """The published keys as a JWK Set (RFC 7517 §5)."""
        self._current()
        return self._jwks

    @property
    def published_kids(self) -> tuple[str, ...]:
        """The names of the published keys, by algorithm and in the order in which they sign."""
        return tuple(key.kid for key in self._current().published)

    def verification_keys(self) -> KeySet:
        """Give the published keys: whatever we signed that is still good, one of these signed."""
        self._current()
        return self._published

    def sign(self, claims: Mapping[str, object], *, typ: str, algorithm: str) -> str:
        """Sign claims. Raises KeyNotReady."""
        return self.sign_payload(msgspec.json.encode(claims), typ=typ, algorithm=algorithm)

    def sign_payload(self, payload: bytes, *, typ: str, algorithm: str) -> str:
        """Sign claims that are JSON already. Raises KeyNotReady."""
        self._current()
        signer = self._signers.get((algorithm, typ))
        if signer is None:
            signer = jwt.PreparedSigner(self.signing_key(algorithm), typ=typ)
            self._signers[algorithm, typ] = signer
        return signer.sign_payload(payload)

    def signing_key(self, algorithm: str) -> Key:
        """Give the key that signs now. Raises KeyNotReady; `prepare` then makes it ready."""
        record = self._current().signing.get(algorithm)
        key = None if record is None else self._private.get(record.kid)
        if key is None:
            self._wanted[algorithm] = None
            raise KeyNotReady
        return key

    async def refresh(self) -> None:
        """Take over what storage holds.

        Raises KeyEncryptionKeyError when the first algorithm's key can't be opened.
        """
        self._records = tuple(await self._storage.list())
        known = {record.kid for record in self._records if record.revoked_at is None}
        self._private = {kid: key for kid, key in self._private.items() if kid in known}
        self._replan()
        current = self._plan.signing.get(FIRST_ALGORITHM)
        if current is not None and current.kid not in self._private:
            self._private[current.kid] = self._open(current)

    async def prepare(self, algorithms: Iterable[str] | None = None) -> None:
        """Make what is missing, publish successors that are due, and open what signs now or later.

        Without `algorithms` this is done for all that are wanted. Raises KeyEncryptionKeyError.
        """
        for algorithm in tuple(self._wanted if algorithms is None else algorithms):
            now = self._clock.now()
            latest = key_schedule.newest(self._records, algorithm)
            if latest is None:
                await self._add(algorithm, signs_from=now)
            elif key_schedule.is_rotation_due(latest, self._schedule, now):
                await self._add(algorithm, signs_from=self._successor_start(latest, now))
            for record in key_schedule.signing_now_or_later(self._records, algorithm, now):
                if record.kid not in self._private:
                    self._private[record.kid] = await asyncio.to_thread(self._open, record)
        self._current()

    async def rotate(self, algorithm: str) -> SigningKey:
        """Publish a successor now; it signs when every receiver had time to fetch it.

        Gives the new key, or the one that another process made at the same moment.
        """
        now = self._clock.now()
        latest = key_schedule.newest(self._records, algorithm)
        start = now if latest is None else now + self._schedule.publish_ahead_seconds
        return await self._add(algorithm, signs_from=start)

    async def revoke(self, kid: str) -> None:
        """Take a key out of use at once; if it signs now, a fresh key signs from this moment.

        Tokens it signed are refused by every receiver that fetches the keys again. Raises NotFound.
        """
        await self.refresh()
        record = next((record for record in self._records if record.kid == kid), None)
        if record is None:
            raise NotFound("signing key")
        now = self._clock.now()
        await self._storage.revoke(kid, now=now)
        await self.refresh()
        if record.revoked_at is None and record.algorithm not in self._current().signing:
            await self._add(record.algorithm, signs_from=now)

    def _successor_start(self, latest: SigningKey, now: int) -> int:
        """Begin when the rotation says, but never before receivers had time to fetch the key."""
        due = latest.signs_from + self._schedule.rotation_seconds
        return max(due, now + self._schedule.publish_ahead_seconds)

    async def _add(self, algorithm: str, *, signs_from: int) -> SigningKey:
        """Make a key that signs from then on; if another process added one first, take that one.

        The predecessor's record is replaced only where storage compares it too (`expected`): that
        must not undo its revocation. Where it is not replaced the schedule knows its end anyway.
        """
        last_added = key_schedule.last_added(self._records, algorithm)
        predecessor = key_schedule.predecessor(self._records, algorithm, signs_from)
        if predecessor != last_added:
            predecessor = None
        if predecessor is not None:
            removed_at = signs_from + self._schedule.retention_seconds
            predecessor = replace(predecessor, signs_until=signs_from, removed_at=removed_at)
        key = await asyncio.to_thread(self._generate, algorithm)
        record = self._seal(key, algorithm, signs_from)
        expected = None if last_added is None else last_added.kid
        try:
            await self._storage.add(record, expected=expected, predecessor=predecessor)
        except AlreadyUsed:
            await self.refresh()
            return key_schedule.newest(self._records, algorithm) or record
        self._private[record.kid] = key
        await self.refresh()
        return record

    def _seal(self, key: Key, algorithm: str, signs_from: int) -> SigningKey:
        kid = key.kid or key.thumbprint()
        sealed = self._key_encryption_key.seal(
            msgspec.json.encode(key.to_jwk(private=True)),
            associated_data=signing_key_data(kid, algorithm),
            entropy=self._entropy,
        )
        public_jwk = {**key.public().to_jwk(), "kid": kid, "use": "sig"}
        return SigningKey(
            kid=kid,
            algorithm=algorithm,
            public_jwk=msgspec.json.encode(public_jwk).decode(),
            encrypted_private_key=sealed,
            published_at=self._clock.now(),
            signs_from=signs_from,
        )

    def _open(self, record: SigningKey) -> Key:
        opened = self._key_encryption_key.open(
            record.encrypted_private_key,
            associated_data=signing_key_data(record.kid, record.algorithm),
        )
        return Key.from_jwk(opened, algorithm=record.algorithm)

    def _current(self) -> KeyPlan:
        """Give the plan, made anew when time has changed it."""
        if self._plan.changes_at is not None and self._clock.now() >= self._plan.changes_at:
            self._replan()
        return self._plan

    def _replan(self) -> None:
        self._plan = key_schedule.plan(self._records, self._schedule, self._clock.now())
        self._signers = {}
        members = [msgspec.json.decode(key.public_jwk) for key in self._plan.published]
        self._jwks = msgspec.json.encode({"keys": members})
        self._published = KeySet(
            Key.from_jwk(member, algorithm=key.algorithm)
            for member, key in zip(members, self._plan.published, strict=True)
        )
