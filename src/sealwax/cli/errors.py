"""How a command fails: one sentence on standard error and an exit code."""

from __future__ import annotations


class CommandFailed(Exception):
    """What went wrong, in one sentence for the person at the terminal; it holds no secret."""

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
