"""Passwords that attackers try first, told by what they are made of.

A list of whole passwords helps little where fifteen characters are demanded: people then lengthen a
short one. So a password is taken apart: when its common words, its runs (`abcd`, `qwerty`, `1234`)
and its signs are taken out, several different characters must be left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Final

MINIMUM_REMAINDER: Final = 5
"""So many different characters beyond the common parts make a password one's own; a year has
four."""
MINIMUM_DISTINCT: Final = 5
"""A password of fewer different characters is a repetition."""

_WORDS: Final = Path(__file__).with_name("common_words.txt")
_LOOKALIKES: Final = str.maketrans("@4301!5$7", "aaeoiisst")
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiopü",
    "azertyuiop",
    "qsdfghjklm",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
)
_SHORTEST_RUN: Final = 4
_LONGEST_PART: Final = 8
_SHORTEST_CONTEXT: Final = 3


def is_common(password: str, *, context: Collection[str] = ()) -> bool:
    """Tell whether a password is made of common parts, or of those and words of the context."""
    folded = unicodedata.normalize("NFKC", password).casefold()
    if len(set(folded)) < MINIMUM_DISTINCT or _is_repetition(folded):
        return True
    words = _context_words(context)
    spellings = dict.fromkeys((folded, folded.translate(_LOOKALIKES)))
    return any(_remainder(spelling, words) < MINIMUM_REMAINDER for spelling in spellings)


def _remainder(text: str, context: tuple[str, ...]) -> int:
    """Count the different characters that are left when every common part is taken out."""
    for word in (*context, *_common_words()):
        text = text.replace(word, " ")
    text = _runs().sub(" ", text)
    return len({character for character in text if character.isalnum()})


def _is_repetition(text: str) -> bool:
    """Tell whether a text is one short part again and again: `abcabcabcabcabc`."""
    return any(
        text == (text[:size] * (len(text) // size + 1))[: len(text)]
        for size in range(1, min(_LONGEST_PART, len(text) // 3) + 1)
    )


def _context_words(context: Collection[str]) -> tuple[str, ...]:
    """Split names and hosts into their words, the longest first."""
    words: set[str] = set()
    for entry in context:
        folded = unicodedata.normalize("NFKC", entry).casefold()
        words.add(folded)
        words.update(re.split(r"[^\w]+|_", folded))
    kept = (word for word in words if len(word) >= _SHORTEST_CONTEXT)
    return tuple(sorted(kept, key=len, reverse=True))


@cache
def _common_words() -> tuple[str, ...]:
    words = set(_WORDS.read_text(encoding="utf-8").split())
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


@cache
def _runs() -> re.Pattern[str]:
    """Match every run of four or more neighbours, in either direction."""
    parts = {
        row[start : start + size]
        for forward in _ROWS
        for row in (forward, forward[::-1])
        for size in range(_SHORTEST_RUN, len(row) + 1)
        for start in range(len(row) - size + 1)
    }
    return re.compile("|".join(sorted(map(re.escape, parts), key=len, reverse=True)))
