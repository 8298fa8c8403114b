"""Whether a person who gave a username and a password is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sealwax.identity.password import PasswordVerdict
    from sealwax.records import User

PASSWORD_AMR: Final = ("pwd",)
"""What a password proves (RFC 8176 §2)."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person is who they say."""

    user: User
    amr: tuple[str, ...]
    is_rehash_due: bool
    """The password is to be hashed anew, with today's parameters."""


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """The person is not signed in; all reasons are answered alike, `reason` is for the log."""

    reason: str
    """`unknown_user`, `no_password_yet`, `wrong_password` or `user_disabled`."""


def decide(user: User | None, verdict: PasswordVerdict) -> SignedIn | SignInRefused:
    """Decide on a sign-in by password.

    `verdict` comes from looking at a password in every case, of a made-up person too, so that no
    answer takes longer than another. A disabled person is refused after the password was looked at.
    """
    if user is None:
        return SignInRefused("unknown_user")
    if user.password_hash is None:
        return SignInRefused("no_password_yet")
    if not verdict.is_correct:
        return SignInRefused("wrong_password")
    if user.disabled_at is not None:
        return SignInRefused("user_disabled")
    return SignedIn(user, PASSWORD_AMR, verdict.is_rehash_due)
