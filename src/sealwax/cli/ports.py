"""Reading port numbers."""

from __future__ import annotations

from sealwax.cli.errors import CommandFailed

_HIGHEST = 65535


def port_number(text: str, *, room_for: int = 1) -> int:
    """Read a port that leaves room for as many in a row. Raises CommandFailed."""
    highest = _HIGHEST - room_for + 1
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:6]) <= highest:
        raise CommandFailed(f"--port: found {text!r}; accepted: 1 to {highest}", exit_code=2)
    return int(text)
