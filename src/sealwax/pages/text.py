"""Sentences that are still to be put into the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """An English sentence as the catalogues know it, and the values for its `%(name)s` places.

    The sentence may hold the few tags of `languages.ACCEPTED_TAGS`; a value is escaped.
    """

    message: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    plural: str | None = None
    """The English plural; the value `count` decides which form is taken."""

    @classmethod
    def counted(cls, singular: str, plural: str, count: int) -> Text:
        """Give a sentence about a number of things."""
        return cls(singular, {"count": count}, plural)
