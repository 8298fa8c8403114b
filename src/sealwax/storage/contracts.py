"""What every storage promises: few verbs, named by intent.

Every verb that changes something is one transaction: when it returns, its effect is durable; when
it raises, nothing of it has happened. A single-use thing is spent by exactly one caller; the others
get `AlreadyUsed`. Times are handed in (`now`, integer seconds since the epoch); a storage has no
clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sealwax.records import (
        AuthorizationCode,
        Client,
        Consent,
        Grant,
        PasswordLink,
        RefreshToken,
        Resource,
        Session,
        SigningKey,
        StatusReference,
        User,
    )


class StorageError(Exception):
    """Root of what a storage raises; the text names no secret."""


class StorageUnavailable(StorageError):
    """The database can't be opened, read or written; the text says why, in one sentence."""


class AlreadyExists(StorageError):
    """A record with this key is there already; `field` names the key."""

    def __init__(self, kind: str, field: str) -> None:
        """Name the kind of record and the field whose value is taken."""
        super().__init__(f"a {kind} with this {field} exists already")
        self.kind = kind
        self.field = field


class NotFound(StorageError):
    """There is no such record."""

    def __init__(self, kind: str) -> None:
        """Name the kind of record."""
        super().__init__(f"there is no such {kind}")
        self.kind = kind


class AlreadyUsed(StorageError):
    """A single-use thing was spent before (RFC 6749 §4.1.2).

    `grant_id` says what its first use bought.
    """

    def __init__(self, kind: str, grant_id: str | None = None) -> None:
        """Name the kind of thing, and the grant that is to be ended where there is one."""
        super().__init__(f"this {kind} was used before")
        self.kind = kind
        self.grant_id = grant_id


@dataclass(frozen=True, slots=True)
class Changes:
    """Counters that grow whenever another process or task changed what is cached."""

    catalogue: int
    """Clients, resources, users."""
    keys: int
    status: int
    """Status bits, grants, sessions."""


class Users(Protocol):
    """People."""

    async def add(self, user: User) -> None:
        """Keep a new person. Raises AlreadyExists for a taken `username` or `user_id`."""

    async def find(self, user_id: str) -> User | None:
        """Give the person with this id."""

    async def find_by_username(self, username: str) -> User | None:
        """Give the person with this normalized username."""

    async def list(self, *, after: str = "", limit: int = 100) -> Sequence[User]:
        """Give people ordered by username, beginning behind `after`."""

    async def count(self) -> int:
        """Count all people; zero means a new deployment."""

    async def set_password(
        self, user_id: str, password_hash: str, *, now: int, keep_session_id: str | None = None
    ) -> None:
        """Set a new password and end every session and grant but those of the kept session.

        Raises NotFound.
        """

    async def replace_password_hash(self, user_id: str, *, old: str, new: str) -> bool:
        """Swap the hash for one of the same password with newer parameters.

        Gives False, and changes nothing, if it is no longer `old`.
        """

    async def set_disabled(self, user_id: str, *, disabled: bool, now: int) -> None:
        """Disable (ending every session and grant) or enable again. Raises NotFound."""

    async def delete(self, user_id: str, *, now: int) -> None:
        """Remove the person, ending every session and grant.

        The id is never given out again. Raises NotFound.
        """


class PasswordLinks(Protocol):
    """One-time links that set a password."""

    async def add(self, link: PasswordLink) -> None:
        """Keep a new link; earlier unused links of the same person stop working."""

    async def find(self, token_hash: str) -> PasswordLink | None:
        """Give the link with this hash, spent or not."""

    async def redeem(self, token_hash: str, password_hash: str, *, now: int) -> None:
        """Spend the link and set the password, ending every session.

        Raises NotFound (unknown, expired), AlreadyUsed.
        """


class Clients(Protocol):
    """Registered clients."""

    async def add(self, client: Client) -> None:
        """Keep a new client. Raises AlreadyExists."""

    async def find(self, client_id: str) -> Client | None:
        """Give the client with this id."""

    async def list(self, *, after: str = "", limit: int = 100) -> Sequence[Client]:
        """Give clients ordered by id, beginning behind `after`."""

    async def replace(self, client: Client) -> None:
        """Put this record in the place of the one with the same id. Raises NotFound."""

    async def delete(self, client_id: str, *, now: int) -> None:
        """Remove the client and end its grants. Raises NotFound."""


class Resources(Protocol):
    """Registered APIs."""

    async def add(self, resource: Resource) -> None:
        """Keep a new resource. Raises AlreadyExists."""

    async def find(self, identifier: str) -> Resource | None:
        """Give the resource with this identifier, compared character for character."""

    async def list(self, *, after: str = "", limit: int = 100) -> Sequence[Resource]:
        """Give resources ordered by identifier, beginning behind `after`."""

    async def delete(self, identifier: str) -> None:
        """Remove the resource; tokens for it are no longer issued. Raises NotFound."""


class Sessions(Protocol):
    """Sign-in sessions."""

    async def add(self, session: Session) -> None:
        """Keep a new session."""

    async def find(self, session_id: str) -> Session | None:
        """Give the session with this public id, ended or not."""

    async def find_by_secret(self, secret_hash: str) -> Session | None:
        """Give the session whose cookie has this hash, ended or not."""

    async def list(
        self, *, user_id: str | None = None, now: int, after: str = "", limit: int = 100
    ) -> Sequence[Session]:
        """Give sessions that are neither ended nor past `expires_at`, ordered by id."""

    async def touch(self, session_id: str, *, now: int) -> None:
        """Note that the session was seen; a lost write only ends it earlier."""

    async def end(self, session_id: str, *, now: int) -> bool:
        """End the session and its grants (bits, refresh tokens, unspent codes).

        Gives False if it had ended before.
        """

    async def end_all(self, user_id: str, *, now: int, keep_session_id: str | None = None) -> int:
        """End every session of a person but the kept one, with their grants; give how many."""


class Grants(Protocol):
    """What clients were given."""

    async def ensure(
        self, client_id: str, *, user_id: str | None, session_id: str | None, now: int
    ) -> Grant:
        """Give the living grant of this client in this session (or by itself), made if need be.

        Of many callers at once all get the same grant. Raises NotFound if the session has ended.
        """

    async def find(self, grant_id: str) -> Grant | None:
        """Give the grant with this id, ended or not."""

    async def find_by_status(self, status: StatusReference) -> Grant | None:
        """Give the grant that holds or held this index."""

    async def revoke_access_tokens(
        self, grant_id: str, *, status: StatusReference, now: int
    ) -> None:
        """Set the bit of `status`; if the grant still issues under it, allot a fresh index.

        RFC 7009 §2.1.
        """

    async def end(self, grant_id: str, *, now: int) -> None:
        """End the grant: set its bit, revoke its refresh tokens, drop its unspent codes.

        Twice is once.
        """


class AuthorizationCodes(Protocol):
    """Codes; spent once."""

    async def add(self, code: AuthorizationCode) -> None:
        """Keep a new code. Raises NotFound if its grant has ended."""

    async def find(self, code_hash: str) -> AuthorizationCode | None:
        """Give the code, spent or not."""

    async def redeem(self, code_hash: str, *, refresh_token: RefreshToken | None, now: int) -> None:
        """Spend the code and keep the refresh token that it bought, in one step.

        Raises NotFound (unknown, or its grant has ended), AlreadyUsed (with the grant).
        """


class RefreshTokens(Protocol):
    """Refresh tokens and their families."""

    async def find(self, token_hash: str) -> RefreshToken | None:
        """Give the token, spent or not."""

    async def rotate(
        self, token_hash: str, *, successor: RefreshToken, now: int, retry_window_seconds: int = 0
    ) -> None:
        """Spend the token and keep its successor, in one step.

        Within `retry_window_seconds` after its first use, and while no successor was used, a spent
        token gives one more fresh successor and the earlier unused ones die. Raises NotFound
        (unknown, revoked), AlreadyUsed (with the grant).
        """

    async def touch(self, token_hash: str, *, now: int) -> None:
        """Note a use of a token that is not rotated.

        Raises NotFound if it was revoked meanwhile.
        """

    async def revoke_family(self, family_id: str, *, now: int) -> None:
        """Revoke every token of the family."""


class Consents(Protocol):
    """What people have allowed."""

    async def find(self, user_id: str, client_id: str) -> Consent | None:
        """Give what was allowed."""

    async def remember(self, consent: Consent) -> None:
        """Keep this consent, in the place of an earlier one of the same person and client."""


class SigningKeys(Protocol):
    """The issuer's keys."""

    async def list(self) -> Sequence[SigningKey]:
        """Give all keys, removed and revoked ones included, the oldest first."""

    async def add(
        self, key: SigningKey, *, expected: str | None, predecessor: SigningKey | None = None
    ) -> None:
        """Add a key of its algorithm and replace the record of its predecessor, in one step.

        `expected` is the kid of the newest unrevoked key of this algorithm as the caller saw it
        (None: there is none); raises AlreadyUsed if another rotation came first.
        """

    async def revoke(self, kid: str, *, now: int) -> None:
        """Take the key out of use and out of the published set at once. Raises NotFound."""


class StatusLists(Protocol):
    """Bits that take access tokens back (draft-ietf-oauth-status-list)."""

    async def find(self, list_id: str) -> StatusBits | None:
        """Give the set bits of a list; None if there is no such list."""

    async def is_revoked(self, status: StatusReference) -> bool:
        """Say whether the bit is set; an index that was never allotted counts as set."""


@dataclass(frozen=True, slots=True)
class StatusBits:
    """One list as it stands: `size` entries of one bit, the set ones by index."""

    list_id: str
    size: int
    revoked: tuple[int, ...]


class Attempts(Protocol):
    """Counters of attempts, for throttling; they outlive a restart."""

    async def take(self, bucket: str, *, limit: int, window_seconds: int, now: int) -> int:
        """Count one attempt in a fixed window; give 0 if it may go on, else the seconds to wait.

        Of many callers at once exactly `limit` go on within a window. A refused attempt is not
        counted.
        """

    async def clear(self, bucket: str) -> None:
        """Forget the attempts of a bucket (after a success)."""


class ClientAssertions(Protocol):
    """`jti` values of client assertions (RFC 7523 §3)."""

    async def consume_jti(self, client_id: str, jti: str, *, expires_at: int, now: int) -> None:
        """Spend the value. Raises AlreadyUsed. Values past `expires_at` are forgotten."""


class Storage(Protocol):
    """All of it; what a backend builds."""

    users: Users
    password_links: PasswordLinks
    clients: Clients
    resources: Resources
    sessions: Sessions
    grants: Grants
    authorization_codes: AuthorizationCodes
    refresh_tokens: RefreshTokens
    consents: Consents
    signing_keys: SigningKeys
    status_lists: StatusLists
    attempts: Attempts
    client_assertions: ClientAssertions

    async def changes(self) -> Changes:
        """Give the change counters; cheap enough to ask twice a second."""

    async def purge(self, *, now: int) -> int:
        """Forget what can no longer matter; give how many rows.

        That is expired codes, tokens, sessions, links, attempts.
        """

    async def check(self) -> None:
        """Write and read something. Raises StorageUnavailable with the reason."""

    async def close(self) -> None:
        """Finish what was acknowledged and let go of the database."""
