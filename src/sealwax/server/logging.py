"""What the server says: one line for each event, a name and a few fields.

Only the fields of the allow-list are written, so a careless call can't log a secret: no token,
code, password, cookie or full URL has a field here. Values are cut, hidden when they look like one
of our secrets or tokens, and escaped, so nobody can write a second line or colour a terminal (ASVS
16.4.1). Every event is described in docs/reference/logging.md, and a test holds the two together.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    from sealwax.clock import Clock

Level = Literal["debug", "info", "warning", "error"]
Write = Callable[[bytes], object]

FIELDS: Final = frozenset(
    {
        "amr", "audience", "client_id", "count", "duration_ms", "error", "error_message",
        "error_type", "grant_id", "grant_type", "issuer", "kid", "logger", "message", "method",
        "network", "port", "reason", "retry_after_seconds", "route", "scope", "session_id",
        "signal", "status", "traceback", "user_id",
    }
)  # fmt: skip
"""Names of the fields that are written; all others are dropped."""

VALUE_LIMIT: Final = 200
_TRACEBACK_LIMIT: Final = 20
_HIDDEN: Final = "(hidden)"
_SECRET: Final = re.compile(r"(?:sw[a-z]_|eyJ)[A-Za-z0-9_.-]{6,}")
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_OWN_MESSAGES: Final = ("sealwax.", "sqlite3", "builtins.OSError", "builtins.PermissionError")


class EventLog:
    """Writes events as JSON or as text; `write` takes one whole line."""

    def __init__(
        self,
        write: Write,
        *,
        clock: Clock,
        format: Literal["json", "text"] = "json",  # noqa: A002  # the word of the setting
        level: Level = "info",
        access: bool = True,
    ) -> None:
        self._write = write
        self._clock = clock
        self._encode = _as_json if format == "json" else _as_text
        self._threshold = _LEVELS[level]
        self._second = -1
        self._second_text = ""
        self._has_access = access and self._threshold <= _LEVELS["info"]

    def event(self, name: str, *, level: Level = "info", **fields: object) -> None:
        """Write one event. Fields that are not on the allow-list, or are None, are dropped."""
        if _LEVELS[level] < self._threshold:
            return
        line: dict[str, object] = {"time": self._time(), "level": level, "event": name}
        for field, value in fields.items():
            if field in FIELDS and value is not None:
                line[field] = _safe(value)
        self._put(self._encode(line))

    def access(self, method: str, route: str, status: int, started: float) -> None:
        """Write that a request was answered: the route's pattern, never the path or query sent."""
        if not self._has_access:
            return
        duration_ms = round((time.perf_counter() - started) * 1000, 2)
        line = {
            "time": self._time(),
            "level": "info",
            "event": "request",
            "method": method,
            "route": route,
            "status": status,
            "duration_ms": duration_ms,
        }
        self._put(self._encode(line))

    def failure(self, name: str, error: BaseException, **fields: object) -> None:
        """Write that something broke: where, and why if the text of the error is safe."""
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        frames = traceback.extract_tb(error.__traceback__)[-_TRACEBACK_LIMIT:]
        self.event(
            name,
            level="error",
            **fields,
            error_type=kind.removeprefix("builtins."),
            error_message=str(error) if kind.startswith(_OWN_MESSAGES) else None,
            traceback=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        )

    def _time(self) -> str:
        """Give the time as RFC 3339 has it, written once for each second."""
        now = self._clock.now()
        if now != self._second:
            self._second_text = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            self._second = now
        return self._second_text

    def _put(self, line: bytes) -> None:
        """Hand the line on; a log that can't be written does not stop the server."""
        with contextlib.suppress(OSError, ValueError):
            self._write(line)


def standard_error_writer() -> Write:
    """Give a writer to standard error that hands on each line whole, with nothing kept back."""
    descriptor = sys.stderr.fileno()
    return lambda line: os.write(descriptor, line)


class LibraryHandler(logging.Handler):
    """Takes what libraries log into our events, without the values they may quote."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(level=logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; of an error only its kind and place are told."""
        level: Level = "error" if record.levelno >= logging.ERROR else "warning"
        if record.exc_info and record.exc_info[1] is not None:
            self._log.failure("library_error", record.exc_info[1], logger=record.name)
        else:
            self._log.event("library_message", level=level, logger=record.name, message=record.msg)


def _safe(value: object) -> object:
    """Give a value that may stand in a log line."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(entry) for entry in value]
    text = str(value)
    if "sw" in text or "eyJ" in text:
        text = _SECRET.sub(_HIDDEN, text)
    if len(text) > VALUE_LIMIT:
        text = f"{text[:VALUE_LIMIT]}..."
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def _as_json(line: dict[str, object]) -> bytes:
    return msgspec.json.encode(line) + b"\n"


def _as_text(line: dict[str, object]) -> bytes:
    """Write `time level event field=value ...`; whatever is not printable is escaped."""
    head = f"{line.pop('time')} {line.pop('level'):<7} {line.pop('event')}"
    parts = (f"{name}={_printable(value)}" for name, value in line.items())
    return f"{head} {' '.join(parts)}\n".encode()


def _printable(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_printable(entry) for entry in value)
    text = str(value)
    if text and text.isprintable() and not re.search(r"[\s\"=]", text):
        return text
    return ascii(text)
