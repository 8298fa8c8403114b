"""What a username may look like, and which spellings are the same."""

from __future__ import annotations

import unicodedata
from typing import Final

MAX_USERNAME_LENGTH: Final = 128
_SIGNS: Final = frozenset("._-+@")
_ACCEPTED: Final = (
    f"1 to {MAX_USERNAME_LENGTH} letters, digits and . _ - + @, beginning with a letter or digit"
)


class UsernameRefused(ValueError):
    """A text that is no username; the message says what is accepted, and never repeats the text."""

    def __init__(self, reason: str) -> None:
        """Keep the stable reason."""
        super().__init__(f"the username is {reason}; accepted are {_ACCEPTED}")
        self.reason = reason


def normalize_username(text: str) -> str:
    """Give the one spelling under which a person is kept and looked for.

    Compatibility forms are folded, case is folded, space around it is taken off (RFC 8265 §3.3
    asks for width and case; we fold all of NFKC). Giving the result again changes nothing.
    Raises UsernameRefused: `empty`, `too_long`, or `not_allowed` for a character that is neither
    letter, digit nor one of the few signs: no spaces, no control and no direction marks.
    """
    if len(text) > 4 * MAX_USERNAME_LENGTH:
        raise UsernameRefused("too_long")
    name = _fold(text.strip())
    if not name:
        raise UsernameRefused("empty")
    if len(name) > MAX_USERNAME_LENGTH:
        raise UsernameRefused("too_long")
    if not name[0].isalnum() or not all(_is_allowed(character) for character in name):
        raise UsernameRefused("not_allowed")
    return name


def _fold(text: str) -> str:
    """Fold to a fixed point: folding case can undo a normal form, so it is done until it rests."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    while (again := unicodedata.normalize("NFKC", folded).casefold()) != folded:
        folded = again
    return folded


def _is_allowed(character: str) -> bool:
    """Letters, marks and digits of any script, and the signs that e-mail addresses need."""
    return unicodedata.category(character)[0] in "LMN" or character in _SIGNS
