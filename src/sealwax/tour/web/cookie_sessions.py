"""Sessions as they are meant to be: a random number in a cookie, everything else on the server.

A cookie named `__Host-` belongs to one host alone and travels over secure connections only (RFC
10025); this machine counts as secure for Chromium, Firefox and curl. `HttpOnly` keeps it from
scripts, `SameSite` from requests that other sites cause. The number is kept as its hash.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from sealwax.clock import Clock
from sealwax.entropy import Entropy, random_id
from sealwax.secret import sha256_hex

SESSION_LIMIT: Final = 1000
"""More sessions than this, and the oldest is forgotten: nobody can fill the memory."""

_Data = TypeVar("_Data")


@dataclass(frozen=True, slots=True)
class CookieSession(Generic[_Data]):
    """What is kept on the server under one cookie."""

    key: str
    data: _Data
    began_at: int
    ends_at: int


class CookieSessions(Generic[_Data]):
    """The sessions behind one cookie."""

    def __init__(
        self,
        name: str,
        *,
        same_site: Literal["strict", "lax", "none"],
        lifetime_seconds: int,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self.name: Final = f"__Host-{name}"
        self.same_site: Final = same_site
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock
        self._entropy = entropy
        self._sessions: OrderedDict[str, CookieSession[_Data]] = OrderedDict()

    def begin(self, response: Response, data: _Data) -> CookieSession[_Data]:
        """Begin a session under a new number, and give the browser its cookie."""
        value = random_id(self._entropy)
        now = self._clock.now()
        session = CookieSession(sha256_hex(value), data, now, now + self._lifetime_seconds)
        self._sessions[session.key] = session
        while len(self._sessions) > SESSION_LIMIT:
            self._sessions.popitem(last=False)
        response.set_cookie(
            self.name, value, path="/", secure=True, httponly=True, samesite=self.same_site
        )
        return session

    def find(self, request: Request) -> CookieSession[_Data] | None:
        """Give the session of this browser, if it has one that has not ended."""
        value = request.cookies.get(self.name)
        session = None if value is None else self._sessions.get(sha256_hex(value))
        if session is not None and session.ends_at <= self._clock.now():
            del self._sessions[session.key]
            return None
        return session

    def take(self, request: Request) -> CookieSession[_Data] | None:
        """Give the session of this browser and forget it: for what serves once."""
        session = self.find(request)
        if session is not None:
            self._sessions.pop(session.key, None)
        return session

    def end(self, request: Request, response: Response) -> None:
        """Forget the session of this browser, and take its cookie away."""
        self.take(request)
        response.delete_cookie(
            self.name, path="/", secure=True, httponly=True, samesite=self.same_site
        )
