"""What every storage promises: few verbs, named by intent.

Every verb that changes something is one transaction: when it returns, its effect is durable; when
it raises, nothing of it has happened. A single-use thing is spent by exactly one caller; the others
get `AlreadyUsed`. Times are handed in (`now`, integer seconds since the epoch); a storage has no
clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sealwax.storage.errors import (
    AlreadyExists,
    AlreadyUsed,
    NotFound,
    StorageError,
    StorageUnavailable,
)
from sealwax.storage.state import Changes, StatusBits

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


__all__ = [
    "AlreadyExists",
    "AlreadyUsed",
    "Attempts",
    "AuthorizationCodes",
    "Changes",
    "ClientAssertions",
    "Clients",
    "Consents",
    "Grants",
    "NotFound",
    "PasswordLinks",
    "RefreshTokens",
    "Resources",
    "Sessions",
    "SigningKeys",
    "StatusBits",
    "StatusLists",
    "Storage",
    "StorageError",
    "StorageUnavailable",
    "Users",
]


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

        Unspent links of the person stop working. Raises NotFound.
        """

    async def replace_password_hash(self, user_id: str, *, old: str, new: str) -> bool:
        """Swap the hash for one of the same password with newer parameters.

        Gives False, and changes nothing, if it is no longer `old`.
        """

    async def set_disabled(self, user_id: str, *, disabled: bool, now: int) -> None:
        """Disable (ending every session, grant and unspent link) or enable again.

        Raises NotFound.
        """

    async def delete(self, user_id: str, *, now: int) -> None:
        """Remove the person with links and consents, ending every session and grant.

        The id is never given out again: adding it raises AlreadyExists. Raises NotFound.
        """


class PasswordLinks(Protocol):
    """One-time links that set a password."""

    async def add(self, link: PasswordLink) -> None:
        """Keep a new link; earlier unused links of the same person stop working.

        Raises NotFound (there is no such person), AlreadyExists.
        """

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
        """Put this record in the place of the one with the same id.

        A disabled client loses its grants. Raises NotFound.
        """

    async def delete(self, client_id: str, *, now: int) -> None:
        """Remove the client with its consents, ending its grants and direct sessions.

        Raises NotFound.
        """


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

    async def add(
        self,
        session: Session,
        *,
        password_hash: str | None = None,
        replaces: str | None = None,
    ) -> None:
        """Keep a new session.

        With `password_hash`, only while that is still the person's: a sign-in that began before the
        password was changed does not outlive the change. `replaces` is the session that the same
        browser had before; it ends. If it was the same person's and living, its grants, codes and
        refresh tokens go over to the new one; else they end with it. Raises NotFound (no such
        person, disabled, or another hash), AlreadyExists.
        """

    async def find(self, session_id: str) -> Session | None:
        """Give the session with this public id, ended or not."""

    async def find_by_secret(self, secret_hash: str) -> Session | None:
        """Give the session whose cookie has this hash, ended or not."""

    async def list(
        self, *, user_id: str | None = None, now: int, after: str = "", limit: int = 100
    ) -> Sequence[Session]:
        """Give sessions that are neither ended nor past `expires_at`, ordered by id."""

    async def touch(self, session_id: str, *, now: int) -> None:
        """Note that the session was seen, unless it has ended; time never runs backwards."""

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

        Of many callers at once all get the same grant; where it is there already nothing is
        written. Raises NotFound for a session that has ended, passed `expires_at` or is another
        person's, and for a client that is unknown or disabled.
        """

    async def find(self, grant_id: str) -> Grant | None:
        """Give the grant with this id, ended or not."""

    async def find_by_status(self, status: StatusReference) -> Grant | None:
        """Give the grant that holds or held this index; an index is never given to a second one."""

    async def revoke_access_tokens(
        self, grant_id: str, *, status: StatusReference, now: int
    ) -> None:
        """Set the bit of `status`; if the grant still issues under it, allot a fresh index.

        RFC 7009 §2.1. Twice is once. Raises NotFound if the grant never held `status`.
        """

    async def end(self, grant_id: str, *, now: int) -> None:
        """End the grant: set its bit, revoke its refresh tokens, drop its unspent codes.

        Twice is once.
        """


class AuthorizationCodes(Protocol):
    """Codes; spent once."""

    async def add(self, code: AuthorizationCode) -> None:
        """Keep a new code. Raises NotFound if its grant has ended, AlreadyExists."""

    async def find(self, code_hash: str) -> AuthorizationCode | None:
        """Give the code, spent or not."""

    async def redeem(self, code_hash: str, *, refresh_token: RefreshToken | None, now: int) -> None:
        """Spend the code and keep the refresh token that it bought, in one step.

        Raises NotFound (unknown, expired, or its grant has ended), AlreadyUsed (with the grant),
        ValueError for a refresh token of another grant.
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
        token gives one more fresh successor and the earlier unused ones die: whoever holds one of
        those is a second holder, so they count as spent. Raises NotFound (unknown, expired,
        revoked), AlreadyUsed (with the grant), ValueError for a successor of another family or
        with another absolute end.
        """

    async def touch(self, token_hash: str, *, now: int) -> None:
        """Note a use of a token that is not rotated.

        Raises NotFound (unknown, expired, revoked meanwhile), AlreadyUsed (rotated meanwhile).
        """

    async def revoke_family(self, family_id: str, *, now: int) -> None:
        """Revoke every token of the family."""


class Consents(Protocol):
    """What people have allowed."""

    async def find(self, user_id: str, client_id: str) -> Consent | None:
        """Give what was allowed."""

    async def remember(self, consent: Consent) -> None:
        """Keep this consent, in the place of an earlier one of the same person and client.

        Raises NotFound (no such person or client).
        """


class SigningKeys(Protocol):
    """The issuer's keys."""

    async def list(self) -> Sequence[SigningKey]:
        """Give all keys, removed and revoked ones included, the oldest first."""

    async def add(
        self, key: SigningKey, *, expected: str | None, predecessor: SigningKey | None = None
    ) -> None:
        """Add a key of its algorithm and replace the record of its predecessor, in one step.

        `expected` is the kid of the newest unrevoked key of this algorithm as the caller saw it
        (None: there is none). Raises AlreadyUsed if another rotation came first, AlreadyExists for
        a taken `kid`, NotFound if the predecessor is not there.
        """

    async def revoke(self, kid: str, *, now: int) -> None:
        """Take the key out of use and out of the published set at once. Twice is once.

        Raises NotFound.
        """


class StatusLists(Protocol):
    """Bits that take access tokens back (draft-ietf-oauth-status-list)."""

    async def find(self, list_id: str) -> StatusBits | None:
        """Give the set bits of a list; None if there is no such list."""

    async def is_revoked(self, status: StatusReference) -> bool:
        """Say whether the bit is set; an index never allotted, or forgotten, counts as set."""


class Attempts(Protocol):
    """Counters of attempts, for throttling; they outlive a restart."""

    async def take(self, bucket: str, *, limit: int, window_seconds: int, now: int) -> int:
        """Count one attempt in a fixed window; give 0 if it may go on, else the seconds to wait.

        Of many callers at once exactly `limit` go on within a window. A refused attempt is not
        counted.
        """

    async def clear(self, bucket: str) -> None:
        """Forget the attempts of a bucket (after a success)."""

    async def is_counting(self, bucket: str, *, now: int) -> bool:
        """Tell whether a bucket holds an attempt in a window that has not ended; counts nothing."""


class ClientAssertions(Protocol):
    """`jti` values of client assertions (RFC 7523 §3)."""

    async def consume_jti(self, client_id: str, jti: str, *, expires_at: int, now: int) -> None:
        """Spend the value. Raises AlreadyUsed.

        `expires_at` is the last second at which the assertion would be accepted, leeway included:
        later the value is forgotten.
        """


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
        """Forget what can no longer matter; give how many records.

        Codes an hour after they expired, refresh tokens, grants, sessions and status bits once no
        access token of theirs can live (MAXIMUM_ACCESS_TOKEN_SECONDS after their end), links,
        attempts and `jti` values when they are over. Done in steps, each a transaction.
        """

    async def check(self) -> None:
        """Write and read something. Raises StorageUnavailable with the reason."""

    async def close(self) -> None:
        """Finish what was acknowledged and let go of the database."""
