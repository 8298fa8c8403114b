"""`sealwax client`: applications and services that ask for tokens."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from sealwax.cli.deployment import Deployment, confirm, run_on_deployment
from sealwax.cli.errors import CommandFailed
from sealwax.cli.listing import everything
from sealwax.cli.output import print_json, print_record, print_table
from sealwax.entropy import Entropy, random_id
from sealwax.oauth.registration import check_client
from sealwax.records import Client
from sealwax.secret import sha256_hex


def add(arguments: argparse.Namespace) -> int:
    """Register a client; print its secret once."""
    return run_on_deployment(arguments, _add, may_create=True)


def list_clients(arguments: argparse.Namespace) -> int:
    """List all clients."""
    return run_on_deployment(arguments, _list)


def show(arguments: argparse.Namespace) -> int:
    """Show one client."""
    return run_on_deployment(arguments, _show)


def rotate_secret(arguments: argparse.Namespace) -> int:
    """Give a client a new secret; the last one stays good until the next rotation."""
    return run_on_deployment(arguments, _rotate_secret)


def delete(arguments: argparse.Namespace) -> int:
    """Remove a client and end its grants."""
    confirm(f"Remove client {arguments.client_id!r} and end all it was given?", arguments)
    return run_on_deployment(arguments, _delete)


async def _add(deployment: Deployment, arguments: argparse.Namespace) -> int:
    has_secret = arguments.auth_method in {"client_secret_basic", "client_secret_post"}
    secret = _new_secret(deployment.entropy) if has_secret else None
    is_signin_only = arguments.first_party and not arguments.redirect_uri
    default_grants = () if is_signin_only or arguments.introspects else ("authorization_code",)
    client = Client(
        client_id=arguments.client_id,
        client_name=arguments.name or arguments.client_id,
        token_endpoint_auth_method=arguments.auth_method,
        created_at=deployment.now,
        client_secret_hashes=() if secret is None else (sha256_hex(secret),),
        jwks=None if arguments.jwks is None else _read_keys(arguments.jwks),
        redirect_uris=tuple(arguments.redirect_uri),
        post_logout_redirect_uris=tuple(arguments.post_logout_redirect_uri),
        grant_types=tuple(arguments.grant_type or default_grants),
        scopes=tuple(arguments.scope),
        web_origins=tuple(arguments.web_origin),
        default_resource=arguments.default_resource,
        introspects=tuple(arguments.introspects),
        is_first_party=arguments.first_party,
        id_token_signed_response_alg=arguments.id_token_alg,
    )
    resources = await everything(deployment.storage.resources.list, lambda one: one.identifier)
    check_client(client, [resource.identifier for resource in resources])
    await deployment.storage.clients.add(client)
    _print_client(client, secret, as_json=arguments.json)
    return 0


async def _list(deployment: Deployment, arguments: argparse.Namespace) -> int:
    clients = await everything(deployment.storage.clients.list, lambda one: one.client_id)
    if arguments.json:
        print_json([_fields(client) for client in clients])
        return 0
    rows = [
        (
            one.client_id,
            one.client_name,
            one.token_endpoint_auth_method,
            one.grant_types,
            one.scopes,
        )
        for one in clients
    ]
    print_table(
        ("client id", "name", "authenticates by", "grant types", "scopes"),
        rows,
        empty="no clients; 'sealwax client add' registers one",
    )
    return 0


async def _show(deployment: Deployment, arguments: argparse.Namespace) -> int:
    client = await _find(deployment, arguments.client_id)
    _print_client(client, None, as_json=arguments.json)
    return 0


async def _rotate_secret(deployment: Deployment, arguments: argparse.Namespace) -> int:
    client = await _find(deployment, arguments.client_id)
    if not client.client_secret_hashes:
        raise CommandFailed(
            f"client {client.client_id!r} authenticates by {client.token_endpoint_auth_method}; "
            "only client_secret_basic and client_secret_post have a secret"
        )
    secret = _new_secret(deployment.entropy)
    kept = () if arguments.drop_old else client.client_secret_hashes[:1]
    rotated = dataclasses.replace(client, client_secret_hashes=(sha256_hex(secret), *kept))
    await deployment.storage.clients.replace(rotated)
    _print_client(rotated, secret, as_json=arguments.json)
    return 0


async def _delete(deployment: Deployment, arguments: argparse.Namespace) -> int:
    await deployment.storage.clients.delete(arguments.client_id, now=deployment.now)
    print(f"client {arguments.client_id!r} is removed; its tokens are taken back")
    return 0


async def _find(deployment: Deployment, client_id: str) -> Client:
    client = await deployment.storage.clients.find(client_id)
    if client is None:
        raise CommandFailed(f"there is no client {client_id!r}; 'sealwax client list' shows all")
    return client


def _print_client(client: Client, secret: str | None, *, as_json: bool) -> None:
    fields = _fields(client)
    if secret is not None:
        fields["client_secret"] = secret
    print_record(fields, as_json=as_json)
    if secret is not None and not as_json:
        print("\nThe secret is shown this once; only its hash is kept.")


def _fields(client: Client) -> dict[str, object]:
    """Give what may be shown: how many secrets there are, not their hashes."""
    fields: dict[str, object] = dataclasses.asdict(client)
    fields["client_secrets"] = len(fields.pop("client_secret_hashes"))  # type: ignore[arg-type]  # a tuple by its class
    return fields


def _new_secret(entropy: Entropy) -> str:
    return "sws_" + random_id(entropy, 32)


def _read_keys(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise CommandFailed(f"--jwks: {path!r} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandFailed(f"--jwks: {path!r} is no text in UTF-8") from error
