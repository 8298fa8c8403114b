"""`sealwax resource`: APIs that accept the tokens."""

from __future__ import annotations

import argparse
import dataclasses

from sealwax.cli.deployment import Deployment, confirm, run_on_deployment
from sealwax.cli.errors import CommandFailed
from sealwax.cli.listing import everything
from sealwax.cli.output import print_json, print_record, print_table
from sealwax.oauth.registration import check_resource
from sealwax.records import Resource


def add(arguments: argparse.Namespace) -> int:
    """Register an API."""
    return run_on_deployment(arguments, _add, may_create=True)


def list_resources(arguments: argparse.Namespace) -> int:
    """List all APIs."""
    return run_on_deployment(arguments, _list)


def show(arguments: argparse.Namespace) -> int:
    """Show one API."""
    return run_on_deployment(arguments, _show)


def delete(arguments: argparse.Namespace) -> int:
    """Remove an API."""
    confirm(f"Remove {arguments.identifier!r}? No more tokens are issued for it.", arguments)
    return run_on_deployment(arguments, _delete)


async def _add(deployment: Deployment, arguments: argparse.Namespace) -> int:
    resource = Resource(
        identifier=arguments.identifier,
        display_name=arguments.name or arguments.identifier,
        scopes=tuple(arguments.scope),
        access_token_lifetime_seconds=_seconds(arguments.lifetime),
        created_at=deployment.now,
        access_token_signing_alg=arguments.alg,
    )
    check_resource(resource)
    await deployment.storage.resources.add(resource)
    print_record(dataclasses.asdict(resource), as_json=arguments.json)
    return 0


async def _list(deployment: Deployment, arguments: argparse.Namespace) -> int:
    resources = await everything(deployment.storage.resources.list, lambda one: one.identifier)
    if arguments.json:
        print_json([dataclasses.asdict(resource) for resource in resources])
        return 0
    rows = [
        (one.identifier, one.display_name, one.scopes, f"{one.access_token_lifetime_seconds} s")
        for one in resources
    ]
    print_table(
        ("identifier", "name", "scopes", "token lifetime"),
        rows,
        empty="no APIs; 'sealwax resource add' registers one",
    )
    return 0


async def _show(deployment: Deployment, arguments: argparse.Namespace) -> int:
    resource = await deployment.storage.resources.find(arguments.identifier)
    if resource is None:
        raise CommandFailed(
            f"there is no API {arguments.identifier!r}; 'sealwax resource list' shows all"
        )
    print_record(dataclasses.asdict(resource), as_json=arguments.json)
    return 0


async def _delete(deployment: Deployment, arguments: argparse.Namespace) -> int:
    await deployment.storage.resources.delete(arguments.identifier)
    print(f"{arguments.identifier!r} is removed; tokens already out end by themselves")
    return 0


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise CommandFailed(f"--lifetime: found {text!r}; accepted: whole seconds", exit_code=2)
    return int(text)
