"""Who is signed in, and why not."""

from __future__ import annotations

from typing import Any

import pytest

from sealwax.identity.password import PasswordVerdict
from sealwax.identity.sign_in import SignedIn, SignInRefused, decide
from sealwax.records import User

RIGHT = PasswordVerdict(is_correct=True)
WRONG = PasswordVerdict(is_correct=False)


def person(**changes: Any) -> User:  # noqa: ANN401  # fields of every type
    values: dict[str, Any] = {
        "user_id": "usr_1",
        "username": "alice",
        "display_name": "Alice",
        "email": None,
        "email_verified": False,
        "password_hash": "$argon2id$",
        "is_administrator": False,
        "created_at": 1,
        "updated_at": 1,
    }
    return User(**{**values, **changes})


@pytest.mark.parametrize(
    ("user", "verdict", "reason"),
    [
        (None, WRONG, "unknown_user"),
        (None, RIGHT, "unknown_user"),
        (person(password_hash=None), RIGHT, "no_password_yet"),
        (person(password_hash=None, disabled_at=2), RIGHT, "no_password_yet"),
        (person(), WRONG, "wrong_password"),
        (person(disabled_at=2), WRONG, "wrong_password"),
        (person(disabled_at=2), RIGHT, "user_disabled"),
    ],
)
def test_a_refusal_has_its_reason(user: User | None, verdict: PasswordVerdict, reason: str) -> None:
    assert decide(user, verdict) == SignInRefused(reason)


@pytest.mark.parametrize("is_due", [True, False])
def test_the_right_password_signs_in(*, is_due: bool) -> None:
    user = person()
    verdict = PasswordVerdict(is_correct=True, is_rehash_due=is_due)
    assert decide(user, verdict) == SignedIn(user, ("pwd",), is_rehash_due=is_due)
