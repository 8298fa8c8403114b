"""One attempt to sign in with username and password, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealwax.identity import sign_in
from sealwax.identity.account import UsernameRefused, normalize_username
from sealwax.identity.sign_in import SignedIn, SignInRefused

if TYPE_CHECKING:
    from sealwax.records import User
    from sealwax.secret import Secret
    from sealwax.server.services import Services


@dataclass(frozen=True, slots=True)
class TooSoon:
    """The password was not looked at."""

    wait_seconds: int


async def attempt(
    username: str, password: Secret, *, network: str, services: Services
) -> SignedIn | SignInRefused | TooSoon:
    """Count the attempt, then look at the password.

    An unknown name, and what is no name at all, take as long as a known one and spend the same
    budgets. Raises ServerBusy.
    """
    user: User | None = None
    account = username
    try:
        account = normalize_username(username)
        user = await services.storage.users.find_by_username(account)
    except UsernameRefused:
        pass
    wait_seconds = await services.throttle.take(account, network)
    if wait_seconds > 0:
        services.log.event("sign_in_too_soon", network=network, retry_after_seconds=wait_seconds)
        return TooSoon(wait_seconds)
    verdict = await services.passwords.verify(password.reveal(), user)
    outcome = sign_in.decide(user, verdict)
    if isinstance(outcome, SignInRefused):
        user_id = None if user is None else user.user_id
        services.log.event(
            "sign_in_refused", reason=outcome.reason, user_id=user_id, network=network
        )
        return outcome
    await services.throttle.succeeded(account, network)
    if outcome.is_rehash_due:
        await _hash_anew(outcome.user, password, services)
    return outcome


async def _hash_anew(user: User, password: Secret, services: Services) -> None:
    """Keep the same password under today's parameters, unless it was changed meanwhile."""
    await services.storage.users.replace_password_hash(
        user.user_id,
        old=user.password_hash or "",
        new=await services.passwords.hash(password.reveal()),
    )
