"""What the client asks of the sign-in: `prompt` and `max_age` (OIDC Core §3.1.2.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sealwax.oauth.errors import InvalidRequest

if TYPE_CHECKING:
    from sealwax.records import Session

PROMPT_VALUES: Final = ("none", "login", "consent", "select_account")

_MAX_AGE: Final = re.compile("[0-9]{1,10}")


def parse_prompt(prompt: str | None) -> frozenset[str]:
    """Split `prompt`; `none` stands alone. Raises InvalidRequest."""
    values = frozenset() if prompt is None else frozenset(prompt.split(" "))
    if not values.issubset(PROMPT_VALUES):
        raise InvalidRequest("prompt_unknown", f"prompt: {', '.join(PROMPT_VALUES)} are accepted")
    if "none" in values and len(values) > 1:
        raise InvalidRequest("prompt_contradictory", "prompt: none goes with no other value")
    return values


def parse_max_age(max_age: str | None) -> int | None:
    """Read the greatest age of a sign-in in seconds. Raises InvalidRequest."""
    if max_age is None:
        return None
    if _MAX_AGE.fullmatch(max_age) is None:
        raise InvalidRequest("max_age", "max_age must be a whole number of seconds")
    return int(max_age)


def is_fresh_enough(
    session: Session,
    *,
    prompt: frozenset[str],
    max_age: int | None,
    requested_at: int,
    prior_session_id: str | None,
    now: int,
) -> bool:
    """Tell whether this sign-in satisfies the request.

    A sign-in made for this request (since it came, and not the session that was there already)
    satisfies anything. An earlier one does not satisfy `login` or `select_account`, nor a `max_age`
    it exceeds; `max_age=0` asks for a new one always (OIDC Core §3.1.2.1).
    """
    if session.session_id != prior_session_id and session.authenticated_at >= requested_at:
        return True
    if "login" in prompt or "select_account" in prompt:
        return False
    return max_age is None or (max_age > 0 and now - session.authenticated_at <= max_age)
