"""Forgetting what can no longer matter, in steps short enough to stand between other writes.

What was ended or spent is remembered as long as a token that it bought may live, so that a set bit
stays set and a second use is still seen as one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from sealwax.records import MAXIMUM_ACCESS_TOKEN_SECONDS
from sealwax.storage.sqlite.counters import note_status
from sealwax.storage.sqlite.database import Database

REMEMBERED_SECONDS: Final = MAXIMUM_ACCESS_TOKEN_SECONDS + 600
"""How long what has ended is kept: as the longest access token lives, and some leeway."""

CODE_REMEMBERED_SECONDS: Final = 3600
"""How long a code is kept after its end, so that its second use ends what the first bought."""

_STEP: Final = 500
"""Records forgotten in one transaction."""


async def purge(database: Database, *, now: int) -> int:
    """Forget what is over, step by step; give how many records."""
    horizon = now - REMEMBERED_SECONDS
    forgotten = 0
    for statement, until in (
        (_ATTEMPTS, now),
        (_CLIENT_ASSERTIONS, now),
        (_PASSWORD_LINKS, now),
        (_AUTHORIZATION_CODES, now - CODE_REMEMBERED_SECONDS),
        (_REFRESH_TOKENS, horizon),
        (_EXPIRED_SESSIONS, horizon),
        (_ENDED_SESSIONS, horizon),
    ):
        forgotten += await _in_steps(database, _deletion(statement, until))
    await _in_steps(database, lambda connection: _forget_revoked_entries(connection, horizon))
    forgotten += await _in_steps(database, lambda connection: _forget_grants(connection, horizon))
    await _in_steps(database, lambda connection: connection.execute(_CLOSED, (_STEP,)).rowcount)
    await database.write(lambda connection: connection.execute(_EMPTY_LISTS).rowcount)
    return forgotten


async def _in_steps(database: Database, step: Callable[[sqlite3.Connection], int]) -> int:
    """Repeat a step until it finds less than it may take."""
    total = 0
    while True:
        count = await database.write(step)
        total += count
        if count < _STEP:
            return total


def _deletion(statement: str, until: int) -> Callable[[sqlite3.Connection], int]:
    return lambda connection: connection.execute(statement, (until, _STEP)).rowcount


def _forget_revoked_entries(connection: sqlite3.Connection, horizon: int) -> int:
    count = connection.execute(_REVOKED_ENTRIES, (horizon, _STEP)).rowcount
    if count:
        note_status(connection)
    return count


def _forget_grants(connection: sqlite3.Connection, horizon: int) -> int:
    over = connection.execute(_GRANTS, (horizon, _STEP)).fetchall()
    connection.executemany(_ENTRIES_OF_GRANT, over)
    connection.executemany("DELETE FROM grants WHERE grant_id = ?", over)
    return len(over)


_ATTEMPTS = """
    DELETE FROM attempts WHERE bucket IN (
        SELECT bucket FROM attempts WHERE ends_at <= ? LIMIT ?)"""
_CLIENT_ASSERTIONS = """
    DELETE FROM client_assertions WHERE (client_id, jti) IN (
        SELECT client_id, jti FROM client_assertions WHERE expires_at < ? LIMIT ?)"""
_PASSWORD_LINKS = """
    DELETE FROM password_links WHERE token_hash IN (
        SELECT token_hash FROM password_links WHERE expires_at <= ? LIMIT ?)"""
_AUTHORIZATION_CODES = """
    DELETE FROM authorization_codes WHERE code_hash IN (
        SELECT code_hash FROM authorization_codes WHERE expires_at <= ? LIMIT ?)"""
_REFRESH_TOKENS = """
    DELETE FROM refresh_tokens WHERE token_hash IN (
        SELECT token_hash FROM refresh_tokens WHERE expires_at <= ? LIMIT ?)"""
_EXPIRED_SESSIONS = """
    DELETE FROM sessions WHERE session_id IN (
        SELECT session_id FROM sessions WHERE expires_at <= ? LIMIT ?)"""
_ENDED_SESSIONS = """
    DELETE FROM sessions WHERE session_id IN (
        SELECT session_id FROM sessions WHERE ended_at <= ? LIMIT ?)"""
# A forgotten index keeps its place in an open list, so that nobody gets it again.
_REVOKED_ENTRIES = """
    UPDATE status_entries SET grant_id = NULL, revoked_at = NULL WHERE (list_id, idx) IN (
        SELECT list_id, idx FROM status_entries WHERE revoked_at <= ? LIMIT ?)"""
_GRANTS = "SELECT grant_id FROM grants WHERE lives_until <= ? LIMIT ?"
_ENTRIES_OF_GRANT = """
    UPDATE status_entries SET grant_id = NULL, revoked_at = NULL WHERE grant_id = ?"""
_CLOSED = """
    DELETE FROM status_entries WHERE (list_id, idx) IN (
        SELECT entry.list_id, entry.idx
          FROM status_lists AS list JOIN status_entries AS entry ON entry.list_id = list.list_id
         WHERE list.allotted * 2 >= list.size AND entry.grant_id IS NULL LIMIT ?)"""
_EMPTY_LISTS = """
    DELETE FROM status_lists
     WHERE allotted * 2 >= size
       AND NOT EXISTS (SELECT 1 FROM status_entries
                        WHERE status_entries.list_id = status_lists.list_id)"""
