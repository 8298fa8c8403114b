"""The key-encryption key seals, is made once, and is never made over another."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sealwax.entropy import SeededEntropy, SystemEntropy
from sealwax.server.key_encryption import (
    FILE_NAME,
    KeyEncryptionKey,
    KeyEncryptionKeyError,
    load_key_encryption_key,
)
from tests.server.given import settings

ENTROPY = SystemEntropy()
KEY = KeyEncryptionKey(bytes(range(32)))
TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def sealed(data: bytes = b"private", about: bytes = b"kid-1") -> bytes:
    return KEY.seal(data, associated_data=about, entropy=ENTROPY)


def test_what_is_sealed_opens_again_and_never_looks_the_same() -> None:
    assert KEY.open(sealed(), associated_data=b"kid-1") == b"private"
    assert sealed() != sealed()
    assert b"private" not in sealed()


def test_the_nonce_comes_from_the_given_entropy() -> None:
    first = KEY.seal(b"x", associated_data=b"", entropy=SeededEntropy(1))
    assert first == KEY.seal(b"x", associated_data=b"", entropy=SeededEntropy(1))


def test_every_flipped_bit_is_noticed() -> None:
    good = sealed()
    for position in range(len(good)):
        bad = bytearray(good)
        bad[position] ^= 1
        with pytest.raises(KeyEncryptionKeyError):
            KEY.open(bytes(bad), associated_data=b"kid-1")


@pytest.mark.parametrize("cut", [0, 1, 11, 12, 27, -1])
def test_a_part_does_not_open(cut: int) -> None:
    with pytest.raises(KeyEncryptionKeyError):
        KEY.open(sealed()[:cut], associated_data=b"kid-1")


def test_what_was_sealed_for_one_name_does_not_open_for_another() -> None:
    with pytest.raises(KeyEncryptionKeyError):
        KEY.open(sealed(about=b"kid-1"), associated_data=b"kid-2")


def test_another_key_does_not_open_and_says_what_to_do() -> None:
    with pytest.raises(KeyEncryptionKeyError, match="lost-key-encryption-key"):
        KeyEncryptionKey(bytes(32)).open(sealed(), associated_data=b"kid-1")


def test_derived_keys_differ_by_purpose_and_by_root() -> None:
    derived = {KEY.derive("a"), KEY.derive("b"), KeyEncryptionKey(bytes(32)).derive("a")}
    assert len(derived) == 3
    assert KEY.derive("a") == KEY.derive("a")
    assert all(len(key) == 32 for key in derived)


@pytest.mark.parametrize("text", [TEXT, f"{TEXT}\n", f"  {TEXT}\r\n"])
def test_the_text_form_is_read(text: str) -> None:
    read = KeyEncryptionKey.from_text(text)
    assert read.open(sealed(), associated_data=b"kid-1") == b"private"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        TEXT[:-1],
        TEXT + "A",
        TEXT + "=",
        "!" * 43,
        TEXT[:20] + "\n" + TEXT[20:],
        "\ufffd" * 43,
    ],
)
def test_any_other_text_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(KeyEncryptionKeyError, match="43 characters") as caught:
        KeyEncryptionKey.from_text(text)
    assert not text or len(text) < 2 or text not in str(caught.value)


def test_a_first_start_makes_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    chosen.storage.data_folder.mkdir()
    first = load_key_encryption_key(chosen, has_signing_keys=False, entropy=ENTROPY)
    path = chosen.storage.data_folder / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().strip()) == 43
    again = load_key_encryption_key(chosen, has_signing_keys=True, entropy=ENTROPY)
    assert again.derive("x") == first.derive("x")


def test_a_lost_file_is_not_made_anew_while_there_are_keys(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    chosen.storage.data_folder.mkdir()
    with pytest.raises(KeyEncryptionKeyError, match="put it back"):
        load_key_encryption_key(chosen, has_signing_keys=True, entropy=ENTROPY)
    assert list(chosen.storage.data_folder.iterdir()) == []


def test_a_broken_file_is_not_overwritten(tmp_path: Path) -> None:
    chosen = settings(tmp_path, keys__encryption_key_file=tmp_path / "key")
    (tmp_path / "key").write_text("half a ke")
    with pytest.raises(KeyEncryptionKeyError, match="malformed"):
        load_key_encryption_key(chosen, has_signing_keys=False, entropy=ENTROPY)
    assert (tmp_path / "key").read_text() == "half a ke"


def test_a_file_that_can_not_be_read_or_written_is_said(tmp_path: Path) -> None:
    chosen = settings(tmp_path, keys__encryption_key_file=tmp_path)
    with pytest.raises(KeyEncryptionKeyError, match="can't be read"):
        load_key_encryption_key(chosen, has_signing_keys=False, entropy=ENTROPY)
    chosen = settings(tmp_path, keys__encryption_key_file=tmp_path / "no" / "folder")
    with pytest.raises(KeyEncryptionKeyError, match="can't be written"):
        load_key_encryption_key(chosen, has_signing_keys=False, entropy=ENTROPY)


def test_a_configured_key_needs_no_file(tmp_path: Path) -> None:
    chosen = settings(tmp_path, keys__encryption_key=TEXT)
    loaded = load_key_encryption_key(chosen, has_signing_keys=True, entropy=ENTROPY)
    assert loaded.open(sealed(), associated_data=b"kid-1") == b"private"
    assert not (tmp_path / "data").exists()
