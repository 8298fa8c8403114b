"""`sealwax check`: what is unsafe or unfinished, each finding with its remedy."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses

from sealwax.cli.deployment import load_deployment
from sealwax.cli.output import plain, print_json
from sealwax.clock import SystemClock
from sealwax.config import Settings
from sealwax.entropy import SystemEntropy
from sealwax.server.deployment_check import Finding, check_deployment
from sealwax.server.deployment_probe import probe
from sealwax.storage.contracts import StorageError
from sealwax.storage.sqlite import open_storage


def check(arguments: argparse.Namespace) -> int:
    """Print every finding; exit code 1 when one of them is an error."""
    settings = load_deployment(arguments)
    findings = asyncio.run(_findings(settings))
    if arguments.json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        _print(settings, findings)
    return 1 if any(finding.severity == "error" for finding in findings) else 0


async def _findings(settings: Settings) -> tuple[Finding, ...]:
    folder = settings.storage.data_folder
    if not folder.exists():
        problem = f"there is no folder {str(folder)!r}; the first 'sealwax serve' makes it"
        missing = Finding("note", "storage.data_folder", problem, "start the server once")
        seen = await probe(settings, None)
        return (*check_deployment(settings, seen, now=SystemClock().now()), missing)
    try:
        storage = await open_storage(folder, entropy=SystemEntropy(), exclusive=False)
    except StorageError as error:
        seen = await probe(settings, None, storage_problem=str(error))
    else:
        try:
            seen = await probe(settings, storage)
        finally:
            await storage.close()
    return check_deployment(settings, seen, now=SystemClock().now())


def _print(settings: Settings, findings: tuple[Finding, ...]) -> None:
    print(f"issuer {settings.issuer.url}, data in {settings.storage.data_folder}")
    for finding in findings:
        print(f"\n{finding.severity}: {finding.subject}: {plain(finding.found)}")
        print(f"  remedy: {plain(finding.remedy)}")
    errors = sum(finding.severity == "error" for finding in findings)
    print(f"\n{len(findings)} findings, {errors} of them errors" if findings else "\nall is well")
