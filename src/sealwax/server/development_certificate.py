"""A certificate for this machine alone, made on request, so that https can be tried without a name.

It is no certificate authority: nothing else can be signed with it, and no browser trusts it
unasked.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sealwax.clock import Clock

CERTIFICATE_FILE: Final = "development-certificate.pem"
KEY_FILE: Final = "development-certificate-key.pem"
LIFETIME_DAYS: Final = 90
_RENEW_BEFORE_DAYS: Final = 7
_DNS_NAME: Final = "localhost"
_ADDRESSES: Final = ("127.0.0.1", "::1")


def ensure_development_certificate(data_folder: Path, clock: Clock) -> tuple[Path, Path]:
    """Give certificate and key files for localhost, 127.0.0.1 and ::1, made or renewed if need be.

    Raises OSError if they can't be written.
    """
    certificate_file, key_file = data_folder / CERTIFICATE_FILE, data_folder / KEY_FILE
    now = dt.datetime.fromtimestamp(clock.now(), dt.UTC)
    if key_file.exists() and _is_good(certificate_file, now):
        return certificate_file, key_file
    data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate, private_key = _make(now)
    _replace(key_file, private_key, mode=0o600)
    _replace(certificate_file, certificate, mode=0o644)
    return certificate_file, key_file


def _make(now: dt.datetime) -> tuple[bytes, bytes]:
    """Give a certificate and its private key in PEM."""
    from cryptography import x509  # noqa: PLC0415  # slow to load, and few starts make a certificate
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415  # the same
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # the same
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415  # the same

    key = ec.generate_private_key(ec.SECP256R1())
    common_name = x509.NameAttribute(NameOID.COMMON_NAME, "Sealwax development certificate")
    name = x509.Name([common_name])
    names = [
        x509.DNSName(_DNS_NAME),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES),
    ]
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=LIFETIME_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private_key = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(pem), private_key


def _is_good(certificate_file: Path, now: dt.datetime) -> bool:
    """Tell whether there is a certificate that still lives for a while."""
    from cryptography import x509  # noqa: PLC0415  # slow to load, see above

    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (OSError, ValueError):
        return False
    margin = dt.timedelta(days=_RENEW_BEFORE_DAYS)
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - margin


def _replace(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file in one step, with its final permissions from the beginning."""
    unfinished = path.with_suffix(f".{os.getpid()}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    unfinished.replace(path)
