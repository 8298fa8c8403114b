"""What is unsafe in a deployment is found, with its remedy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sealwax.clock import ManualClock
from sealwax.server.deployment_check import (
    CertificateProbe,
    Finding,
    Probes,
    check_deployment,
)
from sealwax.server.deployment_probe import probe
from sealwax.server.development_certificate import ensure_development_certificate
from sealwax.server.key_encryption import FILE_NAME
from tests.server.given import NOW, issuer, settings, user

DAY = 86_400
CERTIFICATE = CertificateProbe(("id.example.com",), NOW + 60 * DAY, is_development=False)
SAFE = Probes(
    data_folder_mode=0o700,
    encryption_key_mode=0o600,
    certificate=CERTIFICATE,
    open_files_limit=65_536,
    free_bytes=10**11,
    has_administrator=True,
)
STRONG: dict[str, object] = {
    "signin__argon2_memory_kib": 19_456,
    "signin__argon2_iterations": 2,
    "server__tls_certificate_file": "c.pem",
    "server__tls_key_file": "k.pem",
}


def findings(probes: Probes = SAFE, /, **overrides: object) -> tuple[Finding, ...]:
    return check_deployment(settings(**{**STRONG, **overrides}), probes, now=NOW)


def test_a_safe_deployment_has_no_findings() -> None:
    assert findings() == ()


@pytest.mark.parametrize(
    ("changes", "severity", "subject"),
    [
        ({"storage_problem": "the disk is full"}, "error", "storage.data_folder"),
        ({"key_problem": "does not open"}, "error", "keys.encryption_key"),
        ({"data_folder_mode": 0o755}, "error", "storage.data_folder"),
        ({"encryption_key_mode": 0o640}, "error", "keys.encryption_key_file"),
        ({"is_encryption_key_in_data_folder": True}, "warning", "keys.encryption_key_file"),
        ({"has_administrator": False}, "warning", "administrator"),
        ({"open_files_limit": 1000}, "warning", "server.connections_limit"),
        ({"free_bytes": 1000}, "warning", "storage.data_folder"),
    ],
)
def test_what_the_machine_shows(changes: dict[str, Any], severity: str, subject: str) -> None:
    (finding,) = findings(replace(SAFE, **changes))
    assert (finding.severity, finding.subject) == (severity, subject)
    assert finding.remedy


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"expires_at": NOW}, "error"),
        ({"expires_at": NOW + 13 * DAY}, "warning"),
        ({"names": ()}, "error"),
        ({"names": ("example.com",)}, "error"),
        ({"names": ("*.example.org",)}, "error"),
        ({"names": ("*.id.example.com",)}, "error"),
        ({"is_development": True}, "error"),
    ],
)
def test_what_a_certificate_shows(changes: dict[str, Any], severity: str) -> None:
    (finding,) = findings(replace(SAFE, certificate=replace(CERTIFICATE, **changes)))
    assert finding.severity == severity
    assert finding.subject == "server.tls_certificate_file"


@pytest.mark.parametrize("name", ["id.example.com", "ID.Example.Com", "*.example.com"])
def test_a_certificate_for_the_host_is_good(name: str) -> None:
    assert findings(replace(SAFE, certificate=replace(CERTIFICATE, names=(name,)))) == ()


@pytest.mark.parametrize(
    ("overrides", "severity", "subject"),
    [
        ({"signin__password_minimum_length": 8}, "warning", "signin.password_minimum_length"),
        ({"signin__argon2_memory_kib": 7168}, "warning", "signin.argon2_memory_kib"),
        ({"signin__argon2_iterations": 1}, "warning", "signin.argon2_memory_kib"),
        ({"status__ttl_seconds": 300}, "warning", "status.ttl_seconds"),
        (
            {"tokens__refresh_retry_window_seconds": 10},
            "note",
            "tokens.refresh_retry_window_seconds",
        ),
        ({"server__trusted_proxies": ["8.0.0.0/8"]}, "warning", "server.trusted_proxies"),
    ],
)
def test_what_the_settings_show(overrides: dict[str, object], severity: str, subject: str) -> None:
    (finding,) = findings(**overrides)
    assert (finding.severity, finding.subject) == (severity, subject)


@pytest.mark.parametrize(
    ("memory", "passes"), [(47_104, 1), (12_288, 3), (9216, 4), (7168, 5), (65_536, 3)]
)
def test_parameters_of_equal_strength_are_good(memory: int, passes: int) -> None:
    found = findings(signin__argon2_memory_kib=memory, signin__argon2_iterations=passes)
    assert found == ()


def test_an_https_issuer_without_tls_or_proxy_is_told() -> None:
    found = check_deployment(
        settings(signin__argon2_memory_kib=19_456, signin__argon2_iterations=2),
        replace(SAFE, certificate=None),
        now=NOW,
    )
    assert [finding.subject for finding in found] == ["server.trusted_proxies"]


def test_a_loopback_issuer_is_a_note() -> None:
    found = check_deployment(
        settings(
            issuer__url="http://localhost:8000",
            signin__argon2_memory_kib=19_456,
            signin__argon2_iterations=2,
        ),
        replace(SAFE, certificate=None),
        now=NOW,
    )
    assert [(one.severity, one.subject) for one in found] == [("note", "issuer.url")]


def test_errors_come_first() -> None:
    found = findings(
        replace(SAFE, data_folder_mode=0o777, has_administrator=False),
        tokens__refresh_retry_window_seconds=10,
    )
    assert [finding.severity for finding in found] == ["error", "warning", "note"]


@pytest.mark.anyio
async def test_a_probe_sees_the_machine(tmp_path: Path) -> None:
    async with issuer(tmp_path) as opened:
        services = opened.services
        seen = await probe(services.settings, services.storage)
        assert seen.data_folder_mode == 0o700
        assert seen.encryption_key_mode == 0o600
        assert seen.is_encryption_key_in_data_folder
        assert seen.storage_problem is None
        assert seen.key_problem is None
        assert seen.certificate is None
        assert seen.has_administrator is False
        assert seen.free_bytes
        await services.storage.users.add(user(1, is_administrator=True, password_hash="$argon2id$"))
        assert (await probe(services.settings, services.storage)).has_administrator


@pytest.mark.anyio
async def test_a_probe_sees_a_lost_and_a_wrong_key_and_makes_none(tmp_path: Path) -> None:
    async with issuer(tmp_path) as opened:
        services = opened.services
        key_file = services.settings.storage.data_folder / FILE_NAME
        key_file.unlink()
        seen = await probe(services.settings, services.storage)
        assert "put it back" in (seen.key_problem or "")
        assert not key_file.exists()
        key_file.write_text("A" * 43)
        seen = await probe(services.settings, services.storage)
        assert "does not open" in (seen.key_problem or "")


@pytest.mark.anyio
async def test_a_probe_without_storage_says_why(tmp_path: Path) -> None:
    seen = await probe(settings(tmp_path), None, storage_problem="locked")
    assert seen.storage_problem == "locked"
    assert seen.data_folder_mode is None
    assert seen.free_bytes is None


@pytest.mark.anyio
async def test_a_probe_reads_the_certificate(tmp_path: Path) -> None:
    certificate_file, key_file = ensure_development_certificate(tmp_path, ManualClock(NOW))
    chosen = settings(
        tmp_path,
        server__tls_certificate_file=certificate_file,
        server__tls_key_file=key_file,
    )
    seen = await probe(chosen, None)
    assert seen.certificate == CertificateProbe(
        ("localhost", "127.0.0.1", "::1"), NOW + 90 * DAY, is_development=True
    )
    certificate_file.write_text("damaged")
    damaged = await probe(chosen, None)
    assert damaged.certificate == CertificateProbe((), 0, is_development=False)
