"""Checks of what an operator configured; each raises InvalidConfiguration with the field's name."""

from collections.abc import Collection, Mapping
from typing import Any

from sealwax.resource_server.errors import InvalidConfiguration


def read_texts(name: str, value: object, *, at_least_one: bool = False) -> tuple[str, ...]:
    """Take one text or several, none of them empty."""
    if isinstance(value, str):
        texts: tuple[Any, ...] = (value,)
    elif isinstance(value, Collection) and not isinstance(value, bytes | Mapping):
        texts = tuple(value)
    else:
        raise InvalidConfiguration(
            name, f"{type(value).__name__} given; a text or a collection of texts is accepted"
        )
    if at_least_one and not texts:
        raise InvalidConfiguration(name, "is empty; at least one is needed")
    for text in texts:
        check_text(name, text)
    return texts


def check_text(name: str, value: object) -> None:
    """Insist on a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise InvalidConfiguration(name, f"is {value!r:.60}; a text that is not empty is accepted")


def check_flag(name: str, value: object) -> None:
    """Insist on a bool."""
    if not isinstance(value, bool):
        raise InvalidConfiguration(name, f"is {value!r:.60}; True or False is accepted")


def check_number(name: str, value: object, minimum: int, maximum: int) -> None:
    """Insist on a whole number between two others."""
    if type(value) is not int or not minimum <= value <= maximum:
        raise InvalidConfiguration(
            name, f"is {value!r:.60}; a whole number of {minimum} to {maximum} is accepted"
        )
