"""Against forged forms (CSRF): where a form comes from, and a token bound to the browser.

The token is a MAC over two cookies, one that every browser with a form gets and the session's.
Another site can neither read it nor make one, and a token from before a sign-in fits no form after
it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from sealwax.entropy import random_id
from sealwax.server.cookies import FORM_COOKIE, SESSION_COOKIE, set_cookie

if TYPE_CHECKING:
    from sealwax.config import Settings
    from sealwax.entropy import Entropy
    from sealwax.server.http import RawHeader, Request
    from sealwax.server.key_encryption import KeyEncryptionKey

FORM_PREFIX: Final = "swf_"


class FormForged(Exception):
    """A form that is not from a page of ours, or not from this browser; see `reason`."""

    def __init__(self, reason: str) -> None:
        """Keep `cross_site`, `form_cookie_missing` or `form_token_invalid`."""
        super().__init__(reason)
        self.reason = reason


class FormTokens:
    """Gives each form its token, and checks it when the form comes back."""

    def __init__(
        self, settings: Settings, key_encryption_key: KeyEncryptionKey, entropy: Entropy
    ) -> None:
        self._origin = settings.issuer.url
        self._key = key_encryption_key.derive("form tokens")
        self._entropy = entropy

    def issue(self, request: Request) -> tuple[str, tuple[RawHeader, ...]]:
        """Give the token of a form, and the cookie that goes with it if there is none yet."""
        cookie = request.cookies.get(FORM_COOKIE, "")
        if cookie.startswith(FORM_PREFIX):
            return self._token(cookie, request), ()
        cookie = FORM_PREFIX + random_id(self._entropy)
        return self._token(cookie, request), (set_cookie(FORM_COOKIE, cookie),)

    def check(self, request: Request, token: str | None) -> None:
        """Accept a form that was sent from a page of ours by the browser it was given to.

        Raises FormForged.
        """
        check_same_origin(request, self._origin)
        cookie = request.cookies.get(FORM_COOKIE, "")
        if not cookie.startswith(FORM_PREFIX):
            raise FormForged("form_cookie_missing")
        wanted = self._token(cookie, request).encode("ascii")
        if not hmac.compare_digest((token or "").encode("utf-8", "replace"), wanted):
            raise FormForged("form_token_invalid")

    def _token(self, form_cookie: str, request: Request) -> str:
        session_cookie = request.cookies.get(SESSION_COOKIE, "")
        bound = f"{form_cookie}\n{session_cookie}".encode("ascii")
        digest = hmac.digest(self._key, bound, hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def check_same_origin(request: Request, origin: str) -> None:
    """Refuse what a page of another origin sent. Raises FormForged.

    `Sec-Fetch-Site` decides where a browser sends it (Fetch Metadata §2.4); else `Origin` does.
    Without both it is no browser of the last years, and the token alone decides.
    """
    site = request.header("sec-fetch-site")
    if site is not None:
        is_ours = site in {"same-origin", "none"}
    else:
        is_ours = request.header("origin") in {None, origin}
    if not is_ours or {"sec-fetch-site", "origin"} & request.repeated:
        raise FormForged("cross_site")
