"""All records of one database file, behind the contracts."""

from __future__ import annotations

import sqlite3

from sealwax.entropy import Entropy
from sealwax.storage.contracts import (
    Attempts,
    AuthorizationCodes,
    Changes,
    ClientAssertions,
    Clients,
    Consents,
    Grants,
    PasswordLinks,
    RefreshTokens,
    Resources,
    Sessions,
    SigningKeys,
    StatusLists,
    StorageUnavailable,
    Users,
)
from sealwax.storage.sqlite.attempts import SqliteAttempts
from sealwax.storage.sqlite.authorization_codes import SqliteAuthorizationCodes
from sealwax.storage.sqlite.client_assertions import SqliteClientAssertions
from sealwax.storage.sqlite.clients import SqliteClients
from sealwax.storage.sqlite.consents import SqliteConsents
from sealwax.storage.sqlite.database import Database
from sealwax.storage.sqlite.folder import ServerLock
from sealwax.storage.sqlite.grants import SqliteGrants
from sealwax.storage.sqlite.password_links import SqlitePasswordLinks
from sealwax.storage.sqlite.purge import purge
from sealwax.storage.sqlite.refresh_tokens import SqliteRefreshTokens
from sealwax.storage.sqlite.resources import SqliteResources
from sealwax.storage.sqlite.sessions import SqliteSessions
from sealwax.storage.sqlite.signing_keys import SqliteSigningKeys
from sealwax.storage.sqlite.status_lists import STATUS_LIST_SIZE, IndexAllotter, SqliteStatusLists
from sealwax.storage.sqlite.users import SqliteUsers


class SqliteStorage:
    """`storage.contracts.Storage` in one SQLite file; `open_storage` builds it."""

    def __init__(
        self,
        database: Database,
        entropy: Entropy,
        lock: ServerLock | None,
        *,
        status_list_size: int = STATUS_LIST_SIZE,
    ) -> None:
        """Take over the database, and the lock of the server if this is one."""
        self._database = database
        self._lock = lock
        allotter = IndexAllotter(entropy, status_list_size)
        self.users: Users = SqliteUsers(database)
        self.password_links: PasswordLinks = SqlitePasswordLinks(database)
        self.clients: Clients = SqliteClients(database)
        self.resources: Resources = SqliteResources(database)
        self.sessions: Sessions = SqliteSessions(database)
        self.grants: Grants = SqliteGrants(database, entropy, allotter)
        self.authorization_codes: AuthorizationCodes = SqliteAuthorizationCodes(database)
        self.refresh_tokens: RefreshTokens = SqliteRefreshTokens(database)
        self.consents: Consents = SqliteConsents(database)
        self.signing_keys: SigningKeys = SqliteSigningKeys(database)
        self.status_lists: StatusLists = SqliteStatusLists(database)
        self.attempts: Attempts = SqliteAttempts(database)
        self.client_assertions: ClientAssertions = SqliteClientAssertions(database)

    async def changes(self) -> Changes:
        """Give the change counters; a few microseconds when nothing was committed since."""
        return self._database.changes()

    async def purge(self, *, now: int) -> int:
        """Forget what can no longer matter."""
        return await purge(self._database, now=now)

    async def check(self) -> None:
        """Write a number and read it back."""
        written = await self._database.write(_write_check)
        read = self._database.row("SELECT checks FROM change_counters")
        if read is None or read[0] < written:
            raise StorageUnavailable(f"{self._database.path} does not give back what was written")

    async def close(self) -> None:
        """Finish what was acknowledged and let go of the database, then of the lock."""
        try:
            await self._database.close()
        finally:
            if self._lock is not None:
                self._lock.release()


def _write_check(connection: sqlite3.Connection) -> int:
    written: int = connection.execute(
        "UPDATE change_counters SET checks = checks + 1 RETURNING checks"
    ).fetchone()[0]
    return written
