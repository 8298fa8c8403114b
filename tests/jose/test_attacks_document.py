"""The table of known attacks is whole, and the tests it names exist."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jose.conftest import BOTH

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "security" / "attacks.md").read_text().splitlines()
    if re.match(r"\| \d+ \|", line)
]


def test_every_number_has_one_row() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 113))
    assert all(len(row) == 4 and all(row) for row in ROWS)


def test_every_test_that_is_named_exists() -> None:
    named = [name for row in ROWS for name in re.findall(r"`(tests/[^`]+)`", row[3])]
    assert len(named) > 60
    for name in named:
        file, *_, function = name.split("::")
        assert f"def {function}(" in (ROOT / file).read_text(), name


def test_a_row_of_jose_names_its_test() -> None:
    for row in ROWS:
        if "`jose" in row[2] and "not applicable" not in row[2]:
            assert "`tests/" in row[3], row[0]


ABOUT_TOKENS = range(1, 73)
BOTH_BY_ITSELF = {"test_token_cache"}
"""What runs with both implementations by a fixture of its own."""
ONE_IMPLEMENTATION = {
    "test_attacks_dpop": "the proof brings its key along, which is prepared in Python",
    "test_attacks_encryption": "encryption is Python's",
    "test_hmac_secret": "keys are built in Python",
    "test_jws_json": "documents in JSON are read in Python",
    "test_key_set": "keys are built in Python",
    "test_pem": "the same",
    "test_sd_jwt": "read in Python",
    "test_security_event": "the same",
    "test_vectors_wycheproof": "the door of bytes; test_vectors_signatures is that of tokens",
}


def named_tests(*, in_jose: bool) -> list[str]:
    """Give the tests of the rows about tokens, those of tests/jose or all others."""
    rows = [row for row in ROWS if int(row[0]) in ABOUT_TOKENS]
    named = {name for row in rows for name in re.findall(r"`(tests/[^`]+)`", row[3])}
    return sorted(name for name in named if name.startswith("tests/jose/") is in_jose)


def test_what_verifies_tokens_is_run_with_both_implementations() -> None:
    modules = {Path(name.split("::")[0]).stem for name in named_tests(in_jose=True)}
    assert modules - BOTH - BOTH_BY_ITSELF == ONE_IMPLEMENTATION.keys()


@pytest.mark.slow
def test_the_rows_of_other_rooms_hold_without_the_native_core() -> None:
    named = [name.split("::") for name in named_tests(in_jose=False)]
    files = sorted({file for file, *_ in named})
    wanted = " or ".join(sorted({function for *_, function in named}))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, "-k", wanted],
        cwd=ROOT,
        env={**os.environ, "SEALWAX_NATIVE": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"\b\d{3,} passed", done.stdout)
