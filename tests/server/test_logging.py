"""A log line says what happened, and holds no secret, no second line and no colour."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.clock import ManualClock
from sealwax.server.logging import FIELDS, EventLog, LibraryHandler
from sealwax.storage.contracts import StorageUnavailable
from tests.server.given import NOW


class Lines(list[bytes]):
    """What was written."""

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self]


def log(lines: Lines, **changes: Any) -> EventLog:  # noqa: ANN401  # the options of a log
    return EventLog(lines.append, clock=ManualClock(NOW), **changes)


def test_an_event_has_time_level_name_and_fields() -> None:
    lines = Lines()
    log(lines).event("token_issued", client_id="c", status=200, grant_type="client_credentials")
    assert lines.events() == [
        {
            "time": "2027-01-15T08:00:00Z",
            "level": "info",
            "event": "token_issued",
            "client_id": "c",
            "status": 200,
            "grant_type": "client_credentials",
        }
    ]


@pytest.mark.parametrize(
    "name",
    ["token", "access_token", "code", "password", "cookie", "url", "secret", "authorization"],
)
def test_a_field_that_is_not_on_the_list_is_dropped(name: str) -> None:
    lines = Lines()
    log(lines).event("x", **{name: "canary"})  # type: ignore[arg-type]  # any field may be tried
    assert b"canary" not in lines[0]
    assert name not in FIELDS


@pytest.mark.parametrize(
    "value",
    [
        "swc_AbCdEfGhIjKlMnOpQrStUvWxYz",
        "reason: swr_AbCdEfGhIjKlMnOpQrStUvWxYz!",
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln",
        ["swk_AbCdEfGhIjKlMnOpQrStUvWxYz"],
    ],
)
def test_what_looks_like_a_secret_is_hidden_in_any_field(value: object) -> None:
    lines = Lines()
    log(lines).event("x", reason=value)
    text = json.dumps(lines.events()[0]["reason"])
    assert "(hidden)" in text
    assert not re.search(r"AbCdEf|eyJ", text)


def test_a_long_value_is_cut() -> None:
    lines = Lines()
    log(lines).event("x", reason="a" * 100_000)
    assert len(lines[0]) < 400


@pytest.mark.parametrize("format", ["json", "text"])
@given(value=st.text(max_size=300))
def test_no_value_makes_a_second_line_or_a_colour(format: str, value: str) -> None:  # noqa: A002  # the word of the setting
    lines = Lines()
    log(lines, format=format).event("x", reason=value, client_id=value)
    (line,) = lines
    assert line.endswith(b"\n")
    text = line[:-1].decode()
    assert text.splitlines() in ([text], [])
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("format", ["json", "text"])
def test_half_a_character_is_written_as_its_number(format: str) -> None:  # noqa: A002  # the word of the setting
    lines = Lines()
    log(lines, format=format).event("x", reason="a\ud800\x1b[31mb")
    assert b"ud800" in lines[0]
    assert b"u001b[31mb" in lines[0]


def test_text_is_for_reading() -> None:
    lines = Lines()
    log(lines, format="text").event("x", client_id="a", reason="two words", status=200)
    assert lines[0] == b"2027-01-15T08:00:00Z info    x client_id=a reason='two words' status=200\n"


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_less_important_levels_are_not_written(level: str, written: list[str]) -> None:
    lines = Lines()
    chosen = log(lines, level=level)
    for each in ("debug", "info", "warning", "error"):
        chosen.event("x", level=each)
    assert [event["level"] for event in lines.events()] == written


def test_access_events_can_be_switched_off() -> None:
    for changes in ({"access": False}, {"level": "warning"}):
        lines = Lines()
        log(lines, **changes).access("GET", "/token", 200, 0.0)
        assert lines == []


def test_a_failure_names_kind_and_place_and_no_foreign_text() -> None:
    lines = Lines()
    try:
        json.loads('{"password": canary}')
    except ValueError as error:
        log(lines).failure("broken", error, route="/x")
    (event,) = lines.events()
    assert event["error_type"] == "json.decoder.JSONDecodeError"
    assert "error_message" not in event
    assert b"canary" not in lines[0]
    assert any("test_logging.py" in frame for frame in event["traceback"])


def test_a_failure_of_our_own_says_why() -> None:
    lines = Lines()
    log(lines).failure("storage_unavailable", StorageUnavailable("the disk is full"))
    assert lines.events()[0]["error_message"] == "the disk is full"


def test_what_libraries_log_comes_without_the_values_they_quote() -> None:
    lines = Lines()
    logger = logging.getLogger("tests.library")
    logger.handlers, logger.propagate = [LibraryHandler(log(lines))], False
    logger.warning("cannot parse %s", "canary")
    logger.info("not important")
    try:
        raise ValueError("canary")  # noqa: TRY301  # what a library would do
    except ValueError:
        logger.exception("failed with %s", "canary")
    assert [event["event"] for event in lines.events()] == ["library_message", "library_error"]
    assert b"canary" not in b"".join(lines)
    logger.handlers = []


def test_a_log_that_can_not_be_written_stops_nothing() -> None:
    closed = io.BytesIO()
    closed.close()

    def full(_: bytes) -> None:
        raise BrokenPipeError

    EventLog(closed.write, clock=ManualClock(NOW)).event("x")
    EventLog(full, clock=ManualClock(NOW)).event("x")
