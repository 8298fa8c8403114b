"""What is wrong with a setting, said in one sentence."""

from __future__ import annotations


class ConfigurationError(Exception):
    """A setting that can't be used: the field, what was found, what is accepted.

    A secret's value is never shown.
    """

    def __init__(self, field: str, found: str, accepted: str, reason: str = "") -> None:
        """Keep the parts, and make one sentence of them."""
        sentence = f"{field}: found {found}; accepted is {accepted}"
        super().__init__(f"{sentence} ({reason})" if reason else sentence)
        self.field = field
        self.found = found
        self.accepted = accepted
        self.reason = reason
