"""`sealwax user`: people who can sign in."""

from __future__ import annotations

import argparse
import dataclasses
import sys

from sealwax.cli.deployment import Deployment, confirm, run_on_deployment
from sealwax.cli.errors import CommandFailed
from sealwax.cli.listing import everything
from sealwax.cli.output import print_json, print_record, print_table
from sealwax.entropy import random_id
from sealwax.identity.account import UsernameRefused, normalize_username
from sealwax.identity.password import PasswordRefused
from sealwax.records import User
from sealwax.records.user import USER_ID_PREFIX
from sealwax.server.password_links import new_password_link
from sealwax.server.passwords import Passwords


def add(arguments: argparse.Namespace) -> int:
    """Add a person; print a one-time link that sets the password, or read it from input."""
    return run_on_deployment(arguments, _add, may_create=True)


def list_users(arguments: argparse.Namespace) -> int:
    """List people."""
    return run_on_deployment(arguments, _list)


def show(arguments: argparse.Namespace) -> int:
    """Show one person."""
    return run_on_deployment(arguments, _show)


def disable(arguments: argparse.Namespace) -> int:
    """Keep a person out and end all their sessions."""
    return run_on_deployment(arguments, _disable)


def enable(arguments: argparse.Namespace) -> int:
    """Let a person in again."""
    return run_on_deployment(arguments, _enable)


def set_password(arguments: argparse.Namespace) -> int:
    """Print a one-time link that sets a new password, or set it from standard input."""
    return run_on_deployment(arguments, _set_password)


def delete(arguments: argparse.Namespace) -> int:
    """Remove a person for good."""
    confirm(f"Remove {arguments.username!r} for good and end all their sessions?", arguments)
    return run_on_deployment(arguments, _delete)


async def find_user(deployment: Deployment, username: str) -> User:
    """Give the person with this name. Raises CommandFailed."""
    user = await deployment.storage.users.find_by_username(_normal(username))
    if user is None:
        raise CommandFailed(f"there is no person {username!r}; 'sealwax user list' shows all")
    return user


async def _add(deployment: Deployment, arguments: argparse.Namespace) -> int:
    now = deployment.now
    user = User(
        user_id=USER_ID_PREFIX + random_id(deployment.entropy, 16),
        username=_normal(arguments.username),
        display_name=arguments.name or arguments.username,
        email=arguments.email,
        email_verified=arguments.email is not None,
        password_hash=None,
        is_administrator=arguments.administrator,
        created_at=now,
        updated_at=now,
    )
    if arguments.password_stdin:
        password_hash = await _hash_from_stdin(deployment, user)
        user = dataclasses.replace(user, password_hash=password_hash, password_changed_at=now)
    await deployment.storage.users.add(user)
    fields = _fields(user)
    if not arguments.password_stdin:
        fields["password_link"] = await _new_link(deployment, user)
    print_record(fields, as_json=arguments.json)
    if not arguments.password_stdin and not arguments.json:
        print(f"\n{_about_link(deployment)}")
    return 0


async def _list(deployment: Deployment, arguments: argparse.Namespace) -> int:
    users = await everything(deployment.storage.users.list, lambda one: one.username)
    if arguments.json:
        print_json([_fields(user) for user in users])
        return 0
    rows = [
        (
            one.username,
            one.display_name,
            one.email,
            one.is_administrator,
            "disabled" if one.disabled_at else "no password yet" if not one.password_hash else "ok",
        )
        for one in users
    ]
    print_table(
        ("username", "name", "email", "administrator", "state"),
        rows,
        empty="no people; 'sealwax user add' adds one",
    )
    return 0


async def _show(deployment: Deployment, arguments: argparse.Namespace) -> int:
    user = await find_user(deployment, arguments.username)
    print_record(_fields(user), as_json=arguments.json)
    return 0


async def _disable(deployment: Deployment, arguments: argparse.Namespace) -> int:
    user = await find_user(deployment, arguments.username)
    await deployment.storage.users.set_disabled(user.user_id, disabled=True, now=deployment.now)
    print(f"{user.username} is kept out; their sessions are ended and their tokens taken back")
    return 0


async def _enable(deployment: Deployment, arguments: argparse.Namespace) -> int:
    user = await find_user(deployment, arguments.username)
    await deployment.storage.users.set_disabled(user.user_id, disabled=False, now=deployment.now)
    print(f"{user.username} may sign in again")
    return 0


async def _set_password(deployment: Deployment, arguments: argparse.Namespace) -> int:
    user = await find_user(deployment, arguments.username)
    if arguments.password_stdin:
        password_hash = await _hash_from_stdin(deployment, user)
        await deployment.storage.users.set_password(user.user_id, password_hash, now=deployment.now)
        print(f"the password of {user.username} is set; their sessions are ended")
        return 0
    link = await _new_link(deployment, user)
    if arguments.json:
        print_json({"username": user.username, "password_link": link})
    else:
        print(f"{link}\n\n{_about_link(deployment)}")
    return 0


async def _delete(deployment: Deployment, arguments: argparse.Namespace) -> int:
    user = await find_user(deployment, arguments.username)
    await deployment.storage.users.delete(user.user_id, now=deployment.now)
    print(f"{user.username} is removed; their sessions are ended and their tokens taken back")
    return 0


async def _new_link(deployment: Deployment, user: User) -> str:
    return await new_password_link(
        deployment.settings,
        deployment.storage,
        user,
        entropy=deployment.entropy,
        now=deployment.now,
    )


def _about_link(deployment: Deployment) -> str:
    hours = deployment.settings.signin.password_link_seconds / 3600
    return f"The link sets the password; it works once, within {hours:g} hours."


def _normal(text: str) -> str:
    try:
        return normalize_username(text)
    except UsernameRefused as refused:
        raise CommandFailed(str(refused), exit_code=2) from refused


async def _hash_from_stdin(deployment: Deployment, user: User) -> str:
    """Read one password; a line end behind it does not count. Raises CommandFailed."""
    password = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    passwords = Passwords(deployment.settings, deployment.entropy)
    try:
        await passwords.check_new(password, user)
        return await passwords.hash(password)
    except PasswordRefused as refused:
        raise CommandFailed(str(refused)) from refused
    finally:
        passwords.close()


def _fields(user: User) -> dict[str, object]:
    """Give what may be shown: whether there is a password, not its hash."""
    fields: dict[str, object] = dataclasses.asdict(user)
    fields["has_password"] = fields.pop("password_hash") is not None
    return fields
