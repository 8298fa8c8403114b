"""Tuples of words as JSON text in a column, and back.

The same few lists (scopes, resources, factors) stand in very many rows, so both ways are kept.
"""

from __future__ import annotations

import json
from functools import lru_cache


@lru_cache(maxsize=1024)
def to_text(words: tuple[str, ...]) -> str:
    """Write a tuple as a JSON array."""
    return json.dumps(words, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=1024)
def from_text(text: str) -> tuple[str, ...]:
    """Read back what `to_text` wrote."""
    return tuple(json.loads(text))
