"""`sealwax serve`: the authorization server."""

from __future__ import annotations

import argparse
import contextlib
from functools import partial

from sealwax.cli.deployment import load_settings, remember_issuer
from sealwax.cli.errors import CommandFailed
from sealwax.cli.ports import port_number
from sealwax.clock import SystemClock
from sealwax.config import Settings
from sealwax.entropy import SystemEntropy
from sealwax.server.development_certificate import ensure_development_certificate
from sealwax.server.key_encryption import KeyEncryptionKeyError
from sealwax.server.listener import StartFailed
from sealwax.server.run import run_server
from sealwax.storage.contracts import StorageError
from sealwax.storage.sqlite import open_storage


def serve(arguments: argparse.Namespace) -> int:
    """Serve until a signal says to stop."""
    settings = _settings(arguments)
    entropy = SystemEntropy()
    try:
        run_server(
            settings,
            open_storage=partial(
                open_storage, settings.storage.data_folder, entropy=entropy, exclusive=True
            ),
            clock=SystemClock(),
            entropy=entropy,
            announce=partial(_announce, settings),
        )
    except (StartFailed, StorageError, KeyEncryptionKeyError) as error:
        raise CommandFailed(str(error)) from error
    return 0


def _settings(arguments: argparse.Namespace) -> Settings:
    given: dict[str, object] = {
        "server.host": arguments.host,
        "server.port": None if arguments.port is None else port_number(arguments.port),
        "server.tls_certificate_file": arguments.tls_cert,
        "server.tls_key_file": arguments.tls_key,
        "issuer.url": arguments.issuer,
    }
    if arguments.development_certificate:
        given |= _development_certificate(arguments, given)
    return load_settings(arguments, given)


def _development_certificate(
    arguments: argparse.Namespace, given: dict[str, object]
) -> dict[str, object]:
    """Make or renew the certificate, and an https issuer to go with it unless one was named."""
    if arguments.tls_cert or arguments.tls_key:
        raise CommandFailed(
            "--development-certificate: found beside --tls-cert or --tls-key; "
            "accepted: one of them",
            exit_code=2,
        )
    plain = load_settings(arguments, {**given, "issuer.url": None})
    try:
        certificate, key = ensure_development_certificate(plain.storage.data_folder, SystemClock())
    except OSError as error:
        raise CommandFailed(
            f"--data: no certificate can be kept in {str(plain.storage.data_folder)!r}: "
            f"{error.strerror}"
        ) from error
    return {
        "server.tls_certificate_file": str(certificate),
        "server.tls_key_file": str(key),
        "issuer.url": arguments.issuer or f"https://localhost:{plain.server.port}",
    }


def _announce(settings: Settings, text: str) -> None:
    with contextlib.suppress(OSError):
        remember_issuer(settings)
    print(text, flush=True)
