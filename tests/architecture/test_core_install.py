"""The core install: the verifier and the inspector, with cryptography alone, imported cheaply."""

import json
import tomllib
from pathlib import Path

import pytest

import sealwax
from tests.architecture.layers import room_of
from tests.architecture.rooms import CORE, THIRD_PARTY
from tests.architecture.source_tree import REPOSITORY, source_modules
from tests.core_install import run_on_core_install
from tests.jose.examples import A3_KEY

LOADED = "import json, sys; print(json.dumps(sorted(sys.modules)))"
CORE_MODULES = [module.name for module in source_modules() if room_of(module.name) in CORE]


def loaded_after(statement: str, folder: Path) -> set[str]:
    """The modules a fresh interpreter of the core install holds after a statement."""
    result = run_on_core_install(["-c", f"{statement}\n{LOADED}"], folder)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout))


def test_importing_the_package_loads_nothing_of_it_yet(tmp_path: Path) -> None:
    loaded = loaded_after("import sealwax", tmp_path)
    ours = {name for name in loaded if name.startswith("sealwax.")}
    assert ours == set()
    assert "cryptography" not in loaded
    assert "asyncio" not in loaded


# What a verifier with given keys has no use for: an HTTP client, an event loop, readers of files.
IDLE = {
    "asyncio", "concurrent.futures", "cryptography.x509", "email", "http", "http.client", "logging",
    "sealwax.resource_server.http_fetcher", "selectors", "socket", "ssl", "subprocess", "tempfile",
    "urllib.request",
    "cryptography.hazmat.primitives.serialization.ssh",
}  # fmt: skip
HEAD = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ"  # {"alg":"ES256","kid":"1"}
BUILT = """
from sealwax import Verifier
keys = {"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "x": X, "y": Y}]}
verifier = Verifier("https://id.example.com", "https://api.example.com", keys=keys)
"""


def refused(token: str) -> str:
    """A program that builds a verifier with a key and has it refuse a token."""
    x, y = A3_KEY["x"], A3_KEY["y"]
    return f"""X, Y = {x!r}, {y!r}{BUILT}
try:
    verifier.verify_sync({token!r})
except Exception as error:
    assert error.reason == "signature_invalid", error
"""


def test_a_verifier_with_given_keys_loads_no_package_until_a_token_comes(tmp_path: Path) -> None:
    loaded = loaded_after(f"X, Y = {A3_KEY['x']!r}, {A3_KEY['y']!r}{BUILT}", tmp_path)
    tops = {name.partition(".")[0] for name in loaded}
    assert "sealwax.resource_server.verifier" in loaded
    assert tops & THIRD_PARTY.keys() == set()
    assert loaded & IDLE == set()


def test_its_first_verification_loads_cryptography_and_nothing_idle(tmp_path: Path) -> None:
    loaded = loaded_after(refused(f"{HEAD}.e30.{'A' * 86}"), tmp_path)
    tops = {name.partition(".")[0] for name in loaded}
    assert tops & THIRD_PARTY.keys() == {"cryptography"}
    assert loaded & IDLE == set()


@pytest.mark.parametrize("module", CORE_MODULES)
def test_every_module_of_the_core_imports_without_an_extra(module: str, tmp_path: Path) -> None:
    assert module in loaded_after(f"import {module}", tmp_path)


@pytest.mark.parametrize("name", sorted(THIRD_PARTY.keys() - {"cryptography"}))
def test_the_core_install_of_these_tests_hides_the_extras(name: str, tmp_path: Path) -> None:
    result = run_on_core_install(["-c", f"import {name}"], tmp_path)
    assert f"No module named '{name}'" in result.stderr


def test_the_package_hands_out_every_name_it_promises() -> None:
    for name in sealwax.__all__:
        assert getattr(sealwax, name) is not None
    assert set(sealwax.__all__) <= set(dir(sealwax))


def test_the_version_is_the_one_of_the_distribution() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert sealwax.__version__ == project["version"]
