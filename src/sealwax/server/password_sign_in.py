"""Signing in by username and password, with all that stands against guessing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sealwax.identity import sign_in
from sealwax.identity.account import UsernameRefused, normalize_username
from sealwax.identity.sign_in import SignedIn, SignInRefused

if TYPE_CHECKING:
    from sealwax.records import User
    from sealwax.server.services import Services


@dataclass(frozen=True, slots=True)
class MustWait:
    """Too many attempts; the password was not looked at."""

    seconds: int


async def sign_in_by_password(
    typed_username: str, password: str, network: str, services: Services
) -> SignedIn | SignInRefused | MustWait:
    """Count the attempt, look at the password, decide; a person who does not exist takes as long.

    A hash that was made with other parameters than today's is made anew. Raises ServerBusy.
    """
    try:
        username = normalize_username(typed_username)
        user = await services.storage.users.find_by_username(username)
    except UsernameRefused:
        username, user = typed_username, None
    wait_seconds = await services.throttle.take(username, network)
    if wait_seconds > 0:
        services.log.event(
            "sign_in_refused",
            reason="throttled",
            network=network,
            retry_after_seconds=wait_seconds,
        )
        return MustWait(wait_seconds)
    verdict = await services.passwords.verify(password, user)
    decision = sign_in.decide(user, verdict)
    if isinstance(decision, SignInRefused):
        services.log.event("sign_in_refused", reason=decision.reason, network=network)
        return decision
    await services.throttle.succeeded(username, network)
    if decision.is_rehash_due:
        return replace(decision, user=await _hash_anew(decision.user, password, services))
    return decision


async def _hash_anew(user: User, password: str, services: Services) -> User:
    """Put a hash with today's parameters in the place of the one that was just matched.

    If the password was changed meanwhile nothing is replaced, and the session that this sign-in
    wants to begin is refused by storage.
    """
    if user.password_hash is None:
        return user
    password_hash = await services.passwords.hash(password)
    is_replaced = await services.storage.users.replace_password_hash(
        user.user_id, old=user.password_hash, new=password_hash
    )
    return replace(user, password_hash=password_hash) if is_replaced else user
