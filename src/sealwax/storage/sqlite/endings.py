"""How things end together: a session takes its grants with it, a grant its bits, tokens and codes.

Everything here runs inside the transaction of the verb that ends something, so no moment shows an
ended session with a living grant, or an ended grant with an unset bit.
"""

from __future__ import annotations

import sqlite3
from typing import Final, Literal

from sealwax.storage.sqlite.counters import note_status

Owner = Literal["grant", "session", "user", "client"]

_GRANTS_OF: Final[dict[Owner, str]] = {
    "grant": "grant_id = :key",
    "session": "session_id = :key",
    "user": "user_id = :key AND session_id <> :kept",
    "client": "client_id = :key",
}


def end_grants(
    connection: sqlite3.Connection, owner: Owner, key: str, *, now: int, kept: str = ""
) -> None:
    """End the grants of `owner`, but not those of the session `kept`.

    Sets every bit they ever held, revokes their refresh tokens, drops their unspent codes. What had
    ended before keeps its time.
    """
    values = {"key": key, "now": now, "kept": kept}
    changed = [connection.execute(statement, values).rowcount for statement in _ENDING[owner]]
    if any(changed):
        note_status(connection)


def end_session(connection: sqlite3.Connection, session_id: str, *, now: int) -> bool:
    """End one session with its grants; False if it had ended before or never was.

    The grants are ended even so: refresh tokens may outlive a session that is forgotten by now.
    """
    cursor = connection.execute(
        "UPDATE sessions SET ended_at = ? WHERE session_id = ? AND ended_at IS NULL",
        (now, session_id),
    )
    end_grants(connection, "session", session_id, now=now)
    return cursor.rowcount == 1


def end_sessions_of_user(
    connection: sqlite3.Connection, user_id: str, *, now: int, kept: str | None = None
) -> int:
    """End every session of a person but the kept one; give how many had not expired by themselves.

    Grants are ended by person, not by session: a refresh token may outlive its session's own end.
    """
    ended = connection.execute(
        "UPDATE sessions SET ended_at = ?"
        " WHERE user_id = ? AND ended_at IS NULL AND session_id <> ? RETURNING expires_at",
        (now, user_id, kept or ""),
    ).fetchall()
    end_grants(connection, "user", user_id, now=now, kept=kept or "")
    return sum(expires_at > now for (expires_at,) in ended)


def end_direct_sessions_of_client(
    connection: sqlite3.Connection, client_id: str, *, now: int
) -> None:
    """End the sessions that a first-party client made by `/signin`."""
    connection.execute(
        "UPDATE sessions SET ended_at = ? WHERE client_id = ? AND ended_at IS NULL",
        (now, client_id),
    )


_STATEMENTS: Final = (
    """
    UPDATE grants SET ended_at = :now, lives_until = :now
     WHERE ended_at IS NULL AND <owned>""",
    """
    UPDATE status_entries SET revoked_at = :now
     WHERE revoked_at IS NULL AND grant_id IN (SELECT grant_id FROM grants WHERE <owned>)""",
    """
    UPDATE refresh_tokens SET revoked_at = :now
     WHERE revoked_at IS NULL AND grant_id IN (SELECT grant_id FROM grants WHERE <owned>)""",
    """
    DELETE FROM authorization_codes
     WHERE redeemed_at IS NULL AND grant_id IN (SELECT grant_id FROM grants WHERE <owned>)""",
)
_ENDING: Final = {
    owner: tuple(statement.replace("<owned>", owned) for statement in _STATEMENTS)
    for owner, owned in _GRANTS_OF.items()
}
