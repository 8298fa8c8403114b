"""How a peer in Python is spoken to: one JSON command a line, one JSON answer a line.

What the commands are stands in `tests/interop/protocol.py`.
"""

import base64
import json
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

Command = dict[str, Any]
Answers = Mapping[str, Callable[[Command], dict[str, Any]]]


class NotOffered(Exception):
    """The library has no such algorithm or form."""


def serve(answers: Answers) -> None:
    """Answer every line of standard input, until there are no more."""
    for line in sys.stdin:
        command = json.loads(line)
        sys.stdout.write(json.dumps(_answer(answers, command)) + "\n")
        sys.stdout.flush()


def form_of(command: Command, offered: tuple[str, ...]) -> str:
    """Give the form a command asks for. Raises NotOffered for one the library has not."""
    form: str = command["form"]
    if form not in offered:
        raise NotOffered(f"has no form named {form}")
    return form


def versions(name: str) -> dict[str, str]:
    """Name the version of a library, and of the cryptography it stands on."""
    return {one: version(one) for one in (name, "cryptography")}


def read_once(read: Callable[..., Any]) -> Callable[..., Any]:
    """Keep what keys were read as: RSA keys are tested for long each time."""
    kept: dict[str, Any] = {}

    def of(key: dict[str, Any], *further: str) -> Any:  # noqa: ANN401  # keys have many types
        name = json.dumps([key, *further])
        if name not in kept:
            kept[name] = read(key, *further)
        return kept[name]

    return of


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _answer(answers: Answers, command: Command) -> dict[str, Any]:
    name = command["do"]
    if name not in answers:
        return {"not_offered": f"has no way to {name}"}
    try:
        return {"ok": answers[name](command)}
    except NotOffered as error:
        return {"not_offered": str(error)}
    except Exception as error:  # noqa: BLE001  # whatever a library raises is its refusal
        return {"refused": f"{type(error).__name__}: {error}"[:300]}
