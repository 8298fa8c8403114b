"""One-time links with which a person sets a password, and the first administrator's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from sealwax.entropy import random_id
from sealwax.records import PasswordLink, User
from sealwax.records.user import USER_ID_PREFIX
from sealwax.secret import sha256_hex
from sealwax.server.token_issuer import LINK_PREFIX
from sealwax.storage.contracts import AlreadyExists

if TYPE_CHECKING:
    from sealwax.config import Settings
    from sealwax.entropy import Entropy
    from sealwax.storage.contracts import Storage

PASSWORD_LINK_PATH: Final = "/password"
PASSWORD_LINK_PARAMETER: Final = "link"
FIRST_ADMINISTRATOR: Final = "admin"
_USER_ID_SIZE_BYTES: Final = 16


async def new_password_link(
    settings: Settings, storage: Storage, user: User, *, entropy: Entropy, now: int
) -> str:
    """Give a link that sets this person's password once; earlier unused ones stop working.

    Only its hash is kept, so it can't be shown a second time.
    """
    token = LINK_PREFIX + random_id(entropy)
    expires_at = now + settings.signin.password_link_seconds
    await storage.password_links.add(
        PasswordLink(sha256_hex(token), user.user_id, created_at=now, expires_at=expires_at)
    )
    query = urlencode({PASSWORD_LINK_PARAMETER: token})
    return f"{settings.issuer.url}{PASSWORD_LINK_PATH}?{query}"


async def first_administrator_link(
    settings: Settings, storage: Storage, *, entropy: Entropy, now: int
) -> str | None:
    """Give the link of the first administrator if nobody was ever added, else None.

    There is no default password: until the link is used, nobody can sign in as this person.
    """
    if await storage.users.count() > 0:
        return None
    user = User(
        user_id=USER_ID_PREFIX + random_id(entropy, _USER_ID_SIZE_BYTES),
        username=FIRST_ADMINISTRATOR,
        display_name="Administrator",
        email=None,
        email_verified=False,
        password_hash=None,
        is_administrator=True,
        created_at=now,
        updated_at=now,
    )
    try:
        await storage.users.add(user)
    except AlreadyExists:
        return None
    return await new_password_link(settings, storage, user, entropy=entropy, now=now)
