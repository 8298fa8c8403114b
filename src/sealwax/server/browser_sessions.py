"""Who is signed in at this browser: an opaque cookie, matched with a record in storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.entropy import random_id
from sealwax.records import Session
from sealwax.secret import sha256_hex
from sealwax.server.cookies import SESSION_COOKIE, clear_cookie, set_cookie
from sealwax.server.token_issuer import SESSION_PREFIX

if TYPE_CHECKING:
    from sealwax.clock import Clock
    from sealwax.config import Settings
    from sealwax.entropy import Entropy
    from sealwax.records import User
    from sealwax.server.http import RawHeader, Request
    from sealwax.server.token_issuer import TokenIssuer
    from sealwax.storage.contracts import Sessions

TOUCH_INTERVAL_SECONDS: Final = 60
_SESSION_ID_SIZE_BYTES: Final = 16


class BrowserSessions:
    """Begins, recognizes and ends the sessions of people at browsers."""

    def __init__(
        self,
        settings: Settings,
        storage: Sessions,
        token_issuer: TokenIssuer,
        *,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._idle_seconds = settings.signin.session_idle_seconds
        self._absolute_seconds = settings.signin.session_absolute_seconds
        self._storage = storage
        self._token_issuer = token_issuer
        self._clock = clock
        self._entropy = entropy

    async def current(self, request: Request) -> Session | None:
        """Give the living session of the cookie: not ended, not idle too long, not past its end.

        That it was seen is noted at most once a minute.
        """
        session = await self._find(request)
        now = self._clock.now()
        if session is None or not self._is_living(session, now):
            return None
        if now - session.last_seen_at >= TOUCH_INTERVAL_SECONDS:
            await self._storage.touch(session.session_id, now=now)
        return session

    async def begin(
        self, user: User, amr: tuple[str, ...], request: Request
    ) -> tuple[Session, RawHeader]:
        """Begin a session after a sign-in: a new id and a new cookie, never the ones that came in.

        A session that this browser had before is ended, so its cookie opens nothing any more
        (ASVS 7.2.4); what was planted before the sign-in is worth nothing after it. What the same
        person's applications were given goes over to the new session; another person's ends.
        Raises NotFound if the person is gone, disabled, or has another password than `user` had.
        """
        former = await self._find(request)
        now = self._clock.now()
        secret, secret_hash = self._token_issuer.new_session_secret()
        session = Session(
            session_id=random_id(self._entropy, _SESSION_ID_SIZE_BYTES),
            secret_hash=secret_hash,
            user_id=user.user_id,
            kind="browser",
            authenticated_at=now,
            amr=amr,
            created_at=now,
            last_seen_at=now,
            expires_at=now + self._absolute_seconds,
        )
        replaces = None if former is None else former.session_id
        await self._storage.add(session, password_hash=user.password_hash, replaces=replaces)
        return session, set_cookie(SESSION_COOKIE, secret.reveal())

    async def end(self, session: Session) -> RawHeader:
        """End a session with all its grants, and give the header that clears the cookie."""
        await self._storage.end(session.session_id, now=self._clock.now())
        return clear_cookie(SESSION_COOKIE)

    async def _find(self, request: Request) -> Session | None:
        value = request.cookies.get(SESSION_COOKIE, "")
        if not value.startswith(SESSION_PREFIX):
            return None
        return await self._storage.find_by_secret(sha256_hex(value))

    def _is_living(self, session: Session, now: int) -> bool:
        return (
            session.ended_at is None
            and now < session.expires_at
            and now < session.last_seen_at + self._idle_seconds
        )
