"""`sealwax session`: sign-in sessions."""

from __future__ import annotations

import argparse
import dataclasses
from functools import partial

from sealwax.cli.commands.user import find_user
from sealwax.cli.deployment import Deployment, run_on_deployment
from sealwax.cli.errors import CommandFailed
from sealwax.cli.listing import everything
from sealwax.cli.output import moment, print_json, print_table
from sealwax.records import Session


def list_sessions(arguments: argparse.Namespace) -> int:
    """List living sessions."""
    return run_on_deployment(arguments, _list)


def revoke(arguments: argparse.Namespace) -> int:
    """End a session, or all of a person."""
    return run_on_deployment(arguments, _revoke)


async def _list(deployment: Deployment, arguments: argparse.Namespace) -> int:
    user_id = None
    if arguments.user is not None:
        user_id = (await find_user(deployment, arguments.user)).user_id
    sessions = await everything(
        partial(deployment.storage.sessions.list, user_id=user_id, now=deployment.now),
        lambda one: one.session_id,
    )
    names: dict[str, str] = {}
    for session in sessions:
        if session.user_id not in names:
            user = await deployment.storage.users.find(session.user_id)
            names[session.user_id] = user.username if user else session.user_id
    if arguments.json:
        print_json([_fields(session, names[session.user_id]) for session in sessions])
        return 0
    rows = [
        (
            one.session_id,
            names[one.user_id],
            "browser" if one.kind == "browser" else one.client_id,
            moment(one.authenticated_at),
            moment(one.last_seen_at),
            moment(one.expires_at),
        )
        for one in sessions
    ]
    headings = ("session", "person", "signed in with", "signed in at", "last seen", "ends")
    print_table(headings, rows, empty="no living sessions")
    return 0


async def _revoke(deployment: Deployment, arguments: argparse.Namespace) -> int:
    sessions = deployment.storage.sessions
    if arguments.user is not None:
        user = await find_user(deployment, arguments.user)
        count = await sessions.end_all(user.user_id, now=deployment.now)
        print(f"ended {count} {'session' if count == 1 else 'sessions'} of {user.username}")
        return 0
    if await sessions.find(arguments.session_id) is None:
        raise CommandFailed(
            f"there is no session {arguments.session_id!r}; 'sealwax session list' shows all"
        )
    was_living = await sessions.end(arguments.session_id, now=deployment.now)
    print("the session is ended" if was_living else "the session had ended before")
    return 0


def _fields(session: Session, username: str) -> dict[str, object]:
    fields: dict[str, object] = dataclasses.asdict(session)
    del fields["secret_hash"]
    fields["username"] = username
    return fields
