"""Counting attempts to sign in; the policy is in `identity.throttle`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.identity import throttle as policy
from sealwax.identity.throttle import Limits

if TYPE_CHECKING:
    from sealwax.clock import Clock
    from sealwax.config import Settings
    from sealwax.storage.contracts import Attempts

_DAY_SECONDS: Final = 86_400


class Throttle:
    """Asks the budgets of an attempt before a password is looked at."""

    def __init__(self, settings: Settings, attempts: Attempts, clock: Clock) -> None:
        signin = settings.signin
        self._limits = Limits(
            network_attempts=signin.network_attempts,
            network_window_seconds=signin.network_window_seconds,
            account_network_attempts=signin.account_network_attempts,
            account_network_window_seconds=signin.account_network_window_seconds,
            account_attempts=signin.account_attempts,
            account_window_seconds=signin.account_window_seconds,
        )
        self._known_seconds = signin.known_network_days * _DAY_SECONDS
        self._attempts = attempts
        self._clock = clock

    async def take(self, account: str, network: str) -> int:
        """Count one attempt; give 0 if it may go on, else the seconds to wait.

        `account` is the username as normalized, or as typed where it is none; `network` is the
        address of the client. A refused attempt spends nothing from the budgets behind the one that
        refused.
        """
        now = self._clock.now()
        network = policy.network_of(network)
        known = policy.known_network(account, network)
        is_known = await self._attempts.is_counting(known, now=now)
        for bucket in policy.buckets(account, network, self._limits, is_known=is_known):
            wait_seconds = await self._attempts.take(
                bucket.name, limit=bucket.limit, window_seconds=bucket.window_seconds, now=now
            )
            if wait_seconds > 0:
                return wait_seconds
        return 0

    async def succeeded(self, account: str, network: str) -> None:
        """Give back what mistyping cost, and know this network as one the account signs in from."""
        network = policy.network_of(network)
        await self._attempts.clear(policy.account_network_bucket(account, network))
        known = policy.known_network(account, network)
        await self._attempts.clear(known)
        await self._attempts.take(
            known, limit=1, window_seconds=self._known_seconds, now=self._clock.now()
        )
