"""The change counters, moved in the same transaction as the change they tell of."""

from __future__ import annotations

import sqlite3


def note_catalogue(connection: sqlite3.Connection) -> None:
    """A client, a resource or a person has changed."""
    connection.execute("UPDATE change_counters SET catalogue = catalogue + 1")


def note_keys(connection: sqlite3.Connection) -> None:
    """A signing key has changed."""
    connection.execute("UPDATE change_counters SET keys = keys + 1")


def note_status(connection: sqlite3.Connection) -> None:
    """A status bit has changed, or a session or grant has ended."""
    connection.execute("UPDATE change_counters SET status = status + 1")
