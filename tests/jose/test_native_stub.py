"""`sealwax_native.pyi` says what the module has, and nothing else."""

import subprocess
import sys
from pathlib import Path

from tests.jose.native_core import needs_native

ROOT = Path(__file__).parents[2]


@needs_native
def test_the_stub_fits_the_module(tmp_path: Path) -> None:
    inner = tmp_path / "allowed"
    inner.write_text("sealwax_native.sealwax_native\n")  # the extension inside of its package
    found = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "sealwax_native", "--allowlist", str(inner)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert found.returncode == 0, found.stdout


@needs_native
def test_the_installed_stub_is_the_one_in_the_repository() -> None:
    import sealwax_native  # noqa: PLC0415  # where it is

    installed = Path(sealwax_native.__file__).with_suffix(".pyi")
    assert installed.read_text() == (ROOT / "native" / "sealwax_native.pyi").read_text()
