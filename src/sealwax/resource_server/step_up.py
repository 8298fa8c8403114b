"""How somebody has to have signed in for a request, and when (RFC 9470)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sealwax.jose.claims import LATEST_NUMERIC_DATE
from sealwax.resource_server.access_token import VerifiedToken
from sealwax.resource_server.errors import (
    AUTHENTICATION_CONTEXT,
    AUTHENTICATION_METHODS,
    AUTHENTICATION_TIME_UNKNOWN,
    AUTHENTICATION_TOO_OLD,
    TokenRefused,
)

MAX_AUTHENTICATION_AGE_SECONDS: Final = LATEST_NUMERIC_DATE


@dataclass(frozen=True, slots=True)
class AuthenticationDemands:
    """What is asked of the sign-in behind a token: one of `acr_values`, all of `amr_values`.

    `max_age_seconds` is how long ago it may have been. Raises TypeError or ValueError.
    """

    acr_values: tuple[str, ...]
    max_age_seconds: int | None
    amr_values: tuple[str, ...]

    @classmethod
    def of(
        cls,
        acr_values: Collection[str],
        max_age_seconds: int | None,
        amr_values: Collection[str],
    ) -> "AuthenticationDemands":
        """Check what a caller asks for, before anything is let through by mistake."""
        age = max_age_seconds
        if age is not None and not (
            type(age) is int and 0 <= age <= MAX_AUTHENTICATION_AGE_SECONDS
        ):
            name = "max_authentication_age_seconds"
            raise ValueError(f"{name} is {age!r:.60}; a whole number, not below 0, is accepted")
        return cls(_texts("acr_values", acr_values), age, _texts("amr_values", amr_values))

    def check(self, token: VerifiedToken, now: int, leeway_seconds: int) -> None:
        """Accept a token whose sign-in was good enough, and recent enough.

        A token that does not say is not good enough. Raises TokenRefused, with what the challenge
        of RFC 9470 §3 names.
        """
        if self.acr_values and token.acr not in self.acr_values:
            self._refuse(AUTHENTICATION_CONTEXT, "acr")
        if not set(self.amr_values).issubset(token.amr):
            self._refuse(AUTHENTICATION_METHODS, "amr")
        if self.max_age_seconds is None:
            return
        auth_time = token.auth_time
        if auth_time is None or auth_time > now + leeway_seconds:
            self._refuse(AUTHENTICATION_TIME_UNKNOWN, "auth_time")
        elif auth_time < now - self.max_age_seconds - leeway_seconds:
            self._refuse(AUTHENTICATION_TOO_OLD, "auth_time")

    def _refuse(self, reason: str, claim: str) -> None:
        raise TokenRefused(
            reason,
            claim=claim,
            acr_values=self.acr_values,
            max_authentication_age_seconds=self.max_age_seconds,
        )


def _texts(name: str, values: Collection[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError(f"{name} is the text {values!r:.60}; a collection of texts is accepted")
    texts: tuple[object, ...] = tuple(values)
    if not all(isinstance(each, str) and each for each in texts):
        raise TypeError(f"{name} holds what is not a text; a collection of texts is accepted")
    return tuple(values)
