"""What is unsafe or unfinished in a deployment, each finding with its remedy.

`check_deployment` is a pure function of the settings and of what `deployment_probe` saw; `sealwax
check` prints what it gives.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sealwax.config.hosts import is_loopback_host

if TYPE_CHECKING:
    from sealwax.config import Settings

Severity = Literal["error", "warning", "note"]

_DAY_SECONDS: Final = 86_400
_CERTIFICATE_MARGIN_SECONDS: Final = 14 * _DAY_SECONDS
_SINGLE_FACTOR_MINIMUM: Final = 15
_SLOW_TTL_SECONDS: Final = 60
_SMALLEST_FREE_BYTES: Final = 256 * 1024 * 1024
_OTHERS: Final = 0o077
_ARGON2_FLOORS: Final = ((47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5))
"""Memory and passes of equal strength, from the OWASP Password Storage Cheat Sheet."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    `error`: do not serve so; `warning`: mend it; `note`: know it.
    """

    severity: Severity
    subject: str
    """The setting or thing that it is about."""
    found: str
    remedy: str


@dataclass(frozen=True, slots=True)
class CertificateProbe:
    """What stands in the configured certificate."""

    names: tuple[str, ...]
    expires_at: int
    is_development: bool


@dataclass(frozen=True, slots=True)
class Probes:
    """What was seen of the machine; None where there was nothing to see."""

    data_folder_mode: int | None = None
    encryption_key_mode: int | None = None
    is_encryption_key_in_data_folder: bool = False
    storage_problem: str | None = None
    key_problem: str | None = None
    certificate: CertificateProbe | None = None
    open_files_limit: int | None = None
    free_bytes: int | None = None
    has_administrator: bool | None = None
    """Whether an administrator who is not disabled has a password."""


Rule = Callable[["Settings", Probes, int], Iterator[Finding]]


def check_deployment(settings: Settings, probes: Probes, *, now: int) -> tuple[Finding, ...]:
    """Give every finding, the errors first."""
    order = {"error": 0, "warning": 1, "note": 2}
    found = [finding for rule in _RULES for finding in rule(settings, probes, now)]
    return tuple(sorted(found, key=lambda finding: order[finding.severity]))


def _storage(_: Settings, probes: Probes, __: int) -> Iterator[Finding]:
    if probes.storage_problem is not None:
        remedy = "mend what it says; nothing can be served without storage"
        yield Finding("error", "storage.data_folder", probes.storage_problem, remedy)
    if probes.key_problem is not None:
        remedy = "see docs/how-to/lost-key-encryption-key.md"
        yield Finding("error", "keys.encryption_key", probes.key_problem, remedy)


def _permissions(_: Settings, probes: Probes, __: int) -> Iterator[Finding]:
    if probes.data_folder_mode is not None and probes.data_folder_mode & _OTHERS:
        found = f"other users may look into it (mode {probes.data_folder_mode:04o})"
        yield Finding("error", "storage.data_folder", found, "chmod 700 the folder")
    if probes.encryption_key_mode is not None and probes.encryption_key_mode & _OTHERS:
        found = f"other users may read it (mode {probes.encryption_key_mode:04o})"
        yield Finding("error", "keys.encryption_key_file", found, "chmod 600 the file")
    if probes.is_encryption_key_in_data_folder:
        found = "it lies in the data folder, so a copy of the folder opens the private keys"
        remedy = "move the file elsewhere and name it in keys.encryption_key_file"
        yield Finding("warning", "keys.encryption_key_file", found, remedy)


def _transport(settings: Settings, _: Probes, __: int) -> Iterator[Finding]:
    issuer, server = settings.issuer, settings.server
    if not issuer.is_https:
        found = f"{issuer.url} can be used on this machine alone"
        yield Finding("note", "issuer.url", found, "set an https URL before others use it")
    elif not server.is_tls and not server.trusted_proxies:
        found = "the issuer is https and the server speaks plain http, but no proxy is trusted"
        remedy = (
            "name the proxy's address, so that attempts to sign in are counted by client and not "
            "all together"
        )
        yield Finding("warning", "server.trusted_proxies", found, remedy)
    for entry in server.trusted_proxies:
        network = ipaddress.ip_network(entry)
        if network.num_addresses > 2**16 and not network.is_private:
            found = f"{entry} trusts {network.num_addresses} public addresses"
            remedy = "name only the addresses of your proxies"
            yield Finding("warning", "server.trusted_proxies", found, remedy)


def _certificate(settings: Settings, probes: Probes, now: int) -> Iterator[Finding]:
    certificate, subject = probes.certificate, "server.tls_certificate_file"
    if certificate is None:
        return
    host = settings.issuer.host
    if certificate.expires_at <= now:
        yield Finding("error", subject, "it has expired", "renew the certificate")
    elif certificate.expires_at - now < _CERTIFICATE_MARGIN_SECONDS:
        days = (certificate.expires_at - now) // _DAY_SECONDS
        yield Finding("warning", subject, f"it expires in {days} days", "renew the certificate")
    if not any(_covers(name, host) for name in certificate.names):
        found = f"it is for {', '.join(certificate.names) or 'no name'}, and the issuer is {host}"
        yield Finding("error", subject, found, "use a certificate for the host of issuer.url")
    if certificate.is_development and not is_loopback_host(host):
        found = "it is the development certificate, which nobody trusts"
        yield Finding("error", subject, found, "use a certificate of a public authority")


def _passwords(settings: Settings, _: Probes, __: int) -> Iterator[Finding]:
    signin = settings.signin
    if signin.password_minimum_length < _SINGLE_FACTOR_MINIMUM:
        found = f"{signin.password_minimum_length} characters, where a password is the only factor"
        yield Finding(
            "warning",
            "signin.password_minimum_length",
            found,
            "15 or more (SP 800-63B-4 §3.1.1.2)",
        )
    if not any(
        signin.argon2_memory_kib >= memory and signin.argon2_iterations >= passes
        for memory, passes in _ARGON2_FLOORS
    ):
        found = f"{signin.argon2_memory_kib} KiB and {signin.argon2_iterations} passes"
        remedy = "19456 KiB and 2 passes, or stronger"
        yield Finding("warning", "signin.argon2_memory_kib", found, remedy)


def _revocation(settings: Settings, _: Probes, __: int) -> Iterator[Finding]:
    ttl_seconds = settings.status.ttl_seconds
    if ttl_seconds > _SLOW_TTL_SECONDS:
        found = f"a token that was taken back is accepted for up to {ttl_seconds} seconds more"
        yield Finding("warning", "status.ttl_seconds", found, "15, unless that is meant")
    if settings.tokens.refresh_retry_window_seconds > 0:
        found = "a refresh token that was stolen and used at once goes unnoticed for this long"
        remedy = "0, unless clients lose answers on the way"
        yield Finding("note", "tokens.refresh_retry_window_seconds", found, remedy)


def _machine(settings: Settings, probes: Probes, _: int) -> Iterator[Finding]:
    connections = settings.server.connections_limit
    if probes.open_files_limit is not None and probes.open_files_limit < connections + 64:
        found = f"{connections}, and the process may open {probes.open_files_limit} files"
        remedy = "raise the limit of open files (LimitNOFILE=, ulimit -Hn), or lower the setting"
        yield Finding("warning", "server.connections_limit", found, remedy)
    if probes.free_bytes is not None and probes.free_bytes < _SMALLEST_FREE_BYTES:
        found = f"{probes.free_bytes // 2**20} MiB are free on its disk"
        yield Finding("warning", "storage.data_folder", found, "make room")


def _people(_: Settings, probes: Probes, __: int) -> Iterator[Finding]:
    if probes.has_administrator is False:
        found = "no administrator can sign in"
        remedy = "'sealwax user set-password NAME' prints a link that sets a password"
        yield Finding("warning", "administrator", found, remedy)


def _covers(name: str, host: str) -> bool:
    """Match a certificate's name with a host (RFC 9525 §6.3): a wildcard stands for one label."""
    name, host = name.lower(), host.lower()
    if name.startswith("*."):
        return "." in host and host.partition(".")[2] == name[2:]
    return name == host


_RULES: Final[tuple[Rule, ...]] = (
    _storage,
    _permissions,
    _transport,
    _certificate,
    _passwords,
    _revocation,
    _machine,
    _people,
)
