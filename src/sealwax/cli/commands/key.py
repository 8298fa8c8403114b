"""`sealwax key`: the keys that sign."""

from __future__ import annotations

import argparse

from sealwax.cli.deployment import Deployment, confirm, run_on_deployment
from sealwax.cli.errors import CommandFailed
from sealwax.cli.output import moment, print_json, print_record, print_table
from sealwax.records import SigningKey
from sealwax.server import key_schedule
from sealwax.server.key_encryption import KeyEncryptionKeyError, load_key_encryption_key
from sealwax.server.key_ring import KeyRing
from sealwax.server.key_schedule import KeyPlan, Schedule


def list_keys(arguments: argparse.Namespace) -> int:
    """List keys and their place in the rotation."""
    return run_on_deployment(arguments, _list)


def rotate(arguments: argparse.Namespace) -> int:
    """Publish a new key now; it signs once every receiver has seen it."""
    return run_on_deployment(arguments, _rotate)


def revoke(arguments: argparse.Namespace) -> int:
    """Take a key out of use at once."""
    confirm(f"Revoke key {arguments.kid!r}? Every token it signed stops being accepted.", arguments)
    return run_on_deployment(arguments, _revoke)


async def _list(deployment: Deployment, arguments: argparse.Namespace) -> int:
    keys = await deployment.storage.signing_keys.list()
    schedule = Schedule.of(deployment.settings)
    plan = key_schedule.plan(keys, schedule, deployment.now)
    if arguments.json:
        print_json([_fields(key, plan) for key in keys])
        return 0
    rows = [
        (key.kid, key.algorithm, _state(key, plan), moment(key.signs_from), moment(key.removed_at))
        for key in keys
    ]
    headings = ("kid", "algorithm", "state", "signs from", "unpublished at")
    print_table(headings, rows, empty="no keys; the first 'sealwax serve' makes them")
    return 0


async def _rotate(deployment: Deployment, arguments: argparse.Namespace) -> int:
    ring = await _key_ring(deployment)
    key = await ring.rotate(arguments.algorithm)
    schedule = Schedule.of(deployment.settings)
    plan = key_schedule.plan([key], schedule, deployment.now)
    print_record(_fields(key, plan), as_json=arguments.json)
    if not arguments.json:
        print(f"\nPublished now; it signs from {moment(key.signs_from)}.")
    return 0


async def _revoke(deployment: Deployment, arguments: argparse.Namespace) -> int:
    ring = await _key_ring(deployment)
    await ring.revoke(arguments.kid)
    print(f"key {arguments.kid!r} is revoked; a fresh key signs from now on")
    return 0


async def _key_ring(deployment: Deployment) -> KeyRing:
    """Open the ring of this deployment. Raises CommandFailed."""
    has_keys = bool(await deployment.storage.signing_keys.list())
    try:
        key_encryption_key = load_key_encryption_key(
            deployment.settings, has_signing_keys=has_keys, entropy=deployment.entropy
        )
        ring = KeyRing(
            deployment.storage.signing_keys,
            key_encryption_key,
            schedule=Schedule.of(deployment.settings),
            algorithms=(),
            clock=deployment.clock,
            entropy=deployment.entropy,
        )
        await ring.refresh()
    except KeyEncryptionKeyError as error:
        raise CommandFailed(str(error)) from error
    return ring


def _state(key: SigningKey, plan: KeyPlan) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if plan.signing.get(key.algorithm) == key:
        return "signs"
    if key not in plan.published:
        return "unpublished"
    current = plan.signing.get(key.algorithm)
    is_next = current is None or key.signs_from > current.signs_from
    return "published, signs next" if is_next else "published, has signed"


def _fields(key: SigningKey, plan: KeyPlan) -> dict[str, object]:
    """Give what may be shown: no private key, not even sealed."""
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "state": _state(key, plan),
        "published_at": key.published_at,
        "signs_from": key.signs_from,
        "signs_until": key.signs_until,
        "removed_at": key.removed_at,
        "revoked_at": key.revoked_at,
    }
