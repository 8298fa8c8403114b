"""`sealwax inspect`: explain a token. Works on a core install; the token is sent nowhere."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from sealwax.cli.errors import CommandFailed
from sealwax.cli.output import plain, print_json
from sealwax.clock import SystemClock
from sealwax.inspector import Expectation, Inspection, inspect_token
from sealwax.inspector.checks import Check
from sealwax.inspector.inspection import Member
from sealwax.jose import JoseError, Key, KeySet
from sealwax.resource_server.discovery import Discovery
from sealwax.resource_server.errors import FetchFailed
from sealwax.resource_server.fetching import (
    MAX_METADATA_SIZE_BYTES,
    FetchLimits,
    fetch_document,
)
from sealwax.resource_server.http_fetcher import HttpFetcher
from sealwax.resource_server.web_address import parse_web_address

MAX_INPUT_CHARACTERS = 1024 * 1024
MAX_VALUE_CHARACTERS = 100

REFUSED = 1
_MARKS = {"passed": "ok", "failed": "REFUSED", "not made": "?"}


def inspect(arguments: argparse.Namespace) -> int:
    """Explain a token; exit code 1 when a receiver would refuse it, or when it is none."""
    text = sys.stdin.read(MAX_INPUT_CHARACTERS) if arguments.token == "-" else arguments.token
    expectation = Expectation(
        arguments.issuer, arguments.audience, _keys(arguments), arguments.type
    )
    inspection = inspect_token(text, expectation, now=SystemClock().now())
    if arguments.json:
        print_json(dataclasses.asdict(inspection))
    else:
        _print(inspection)
    return REFUSED if inspection.is_accepted is False or inspection.form == "opaque" else 0


def _keys(arguments: argparse.Namespace) -> KeySet | None:
    """Read the keys of --jwks, or fetch those of --issuer. Raises CommandFailed."""
    source = arguments.jwks
    if source is None:
        return None if arguments.issuer is None else _keys_of_issuer(arguments.issuer)
    try:
        if source.startswith(("https://", "http://")):
            return KeySet.from_jwks(_fetch(source))
        return _keys_in_file(source)
    except (JoseError, ValueError) as error:
        raise CommandFailed(f"--jwks: {source!r} holds no usable keys: {error}") from error
    except FetchFailed as error:
        raise CommandFailed(f"--jwks: {source!r} can't be fetched: {error}") from error
    except OSError as error:
        raise CommandFailed(f"--jwks: {source!r} can't be read: {error.strerror}") from error


def _keys_in_file(path: str) -> KeySet:
    content = Path(path).read_bytes()
    if b"-----BEGIN" in content[:200]:
        return KeySet([Key.from_pem(content)])
    document = json.loads(content)
    if isinstance(document, dict) and "kty" in document:
        return KeySet([Key.from_jwk(content)])
    return KeySet.from_jwks(content)


def _keys_of_issuer(issuer: str) -> KeySet:
    try:
        address = parse_web_address(issuer)
        discovery = Discovery(address, _fetch, clock=SystemClock(), allow_insecure_http=False)
        return KeySet.from_jwks(_fetch(discovery.jwks_uri().url))
    except (FetchFailed, JoseError, ValueError) as error:
        raise CommandFailed(
            f"--issuer: the keys of {issuer!r} can't be fetched: {error}; "
            "give them by --jwks to work without the network"
        ) from error


def _fetch(url: str) -> bytes:
    limits = FetchLimits(MAX_METADATA_SIZE_BYTES)
    return fetch_document(HttpFetcher(), parse_web_address(url).url, limits).body


def _print(inspection: Inspection) -> None:
    print(plain(inspection.summary))
    _print_members("header", inspection.header)
    _print_members("claims: anyone who holds the token can read them", inspection.claims)
    if inspection.checks:
        print("\nchecks")
        for check in inspection.checks:
            _print_check(check)
    for warning in inspection.warnings:
        print(f"\nnote: {plain(warning)}")
    print(f"\n{_conclusion(inspection)}")


def _print_members(title: str, members: tuple[Member, ...]) -> None:
    if not members:
        return
    print(f"\n{title}")
    width = max(len(plain(member.name)) for member in members)
    for member in members:
        value = plain(json.dumps(member.value, ensure_ascii=False))
        if len(value) > MAX_VALUE_CHARACTERS:
            value = value[: MAX_VALUE_CHARACTERS - 1] + "…"
        print(f"  {plain(member.name):<{width}}  {value}")
        about = "; ".join(filter(None, (member.note, member.meaning)))
        if about:
            source = f" ({member.source})" if member.source else ""
            print(f"  {'':<{width}}  {about}{source}")


def _print_check(check: Check) -> None:
    reason = f" [{check.reason}]" if check.reason else ""
    print(f"  {_MARKS[check.verdict]:<7}  {check.name:<9}  {plain(check.text)}{reason}")


def _conclusion(inspection: Inspection) -> str:
    if inspection.form == "opaque":
        return "not a JWT"
    if inspection.is_accepted:
        return "a receiver that expects this would accept it"
    if inspection.is_accepted is False:
        names = ", ".join(check.name for check in inspection.checks if check.verdict == "failed")
        return f"refused: {names}"
    names = ", ".join(check.name for check in inspection.checks if check.verdict == "not made")
    return f"nothing wrong was found, but not everything was checked: {names}"
