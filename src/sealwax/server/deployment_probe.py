"""Looking at the machine for `deployment_check`; changes nothing."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from sealwax.server.deployment_check import CertificateProbe, Probes
from sealwax.server.development_certificate import CERTIFICATE_FILE
from sealwax.server.key_encryption import (
    KeyEncryptionKeyError,
    check_opens,
    key_encryption_key_file,
)
from sealwax.storage.contracts import StorageError

if TYPE_CHECKING:
    from sealwax.config import Settings
    from sealwax.storage.contracts import Storage


async def probe(
    settings: Settings, storage: Storage | None, *, storage_problem: str | None = None
) -> Probes:
    """Look at files, storage and limits.

    Without a storage `storage_problem` says why there is none.
    """
    folder = settings.storage.data_folder
    key_file = key_encryption_key_file(settings)
    is_file_used = settings.keys.encryption_key is None and key_file.exists()
    has_administrator, key_problem = None, None
    if storage is not None:
        try:
            await storage.check()
            has_administrator = await _has_administrator(storage)
            key_problem = await _key_problem(settings, storage)
        except StorageError as error:
            storage_problem = str(error)
    return Probes(
        data_folder_mode=_mode(folder),
        encryption_key_mode=_mode(key_file) if is_file_used else None,
        is_encryption_key_in_data_folder=is_file_used
        and folder.resolve() in key_file.resolve().parents,
        storage_problem=storage_problem,
        key_problem=key_problem,
        certificate=_certificate(settings.server.tls_certificate_file),
        open_files_limit=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        free_bytes=shutil.disk_usage(folder).free if folder.exists() else None,
        has_administrator=has_administrator,
    )


async def _has_administrator(storage: Storage) -> bool:
    after = ""
    while page := await storage.users.list(after=after):
        for user in page:
            if user.is_administrator and user.password_hash and user.disabled_at is None:
                return True
        after = page[-1].username
    return False


async def _key_problem(settings: Settings, storage: Storage) -> str | None:
    keys = [key for key in await storage.signing_keys.list() if key.revoked_at is None]
    if not keys:
        return None
    try:
        check_opens(settings, keys[-1])
    except KeyEncryptionKeyError as error:
        return str(error)
    return None


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return None


def _certificate(path: Path | None) -> CertificateProbe | None:
    if path is None:
        return None
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return CertificateProbe((), 0, is_development=False)
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return CertificateProbe(
        names=(*names.get_values_for_type(x509.DNSName), *addresses),
        expires_at=int(certificate.not_valid_after_utc.timestamp()),
        is_development=path.name == CERTIFICATE_FILE,
    )
