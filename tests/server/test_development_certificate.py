"""A certificate for this machine alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from sealwax.clock import ManualClock
from sealwax.server.development_certificate import ensure_development_certificate
from tests.server.given import NOW

DAY = 86_400


def made(folder: Path, clock: ManualClock) -> x509.Certificate:
    certificate_file, _ = ensure_development_certificate(folder, clock)
    return x509.load_pem_x509_certificate(certificate_file.read_bytes())


def test_it_names_loopback_and_nothing_else(tmp_path: Path) -> None:
    certificate = made(tmp_path, ManualClock(NOW))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_it_is_no_authority(tmp_path: Path) -> None:
    certificate = made(tmp_path, ManualClock(NOW))
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.ca is False


def test_its_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    _, key_file = ensure_development_certificate(folder, ManualClock(NOW))
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert isinstance(made(folder, ManualClock(NOW)).public_key(), ec.EllipticCurvePublicKey)


def test_it_is_kept_while_it_lives_and_renewed_a_week_before_its_end(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    first = made(tmp_path, clock)
    clock.advance(83 * DAY - 1)
    assert made(tmp_path, clock) == first
    clock.advance(1)
    second = made(tmp_path, clock)
    assert second.serial_number != first.serial_number
    assert second.not_valid_after_utc.timestamp() == clock.now() + 90 * DAY


@pytest.mark.parametrize("damage", ["certificate", "key"])
def test_a_damaged_pair_is_made_anew(tmp_path: Path, damage: str) -> None:
    clock = ManualClock(NOW)
    first = made(tmp_path, clock)
    certificate_file, key_file = ensure_development_certificate(tmp_path, clock)
    if damage == "certificate":
        certificate_file.write_text("half a certif")
    else:
        key_file.unlink()
    assert made(tmp_path, clock).serial_number != first.serial_number
    assert key_file.exists()


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    ensure_development_certificate(tmp_path, ManualClock(NOW))
    assert len(list(tmp_path.iterdir())) == 2
