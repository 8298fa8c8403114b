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

LOADED = "import json, sys; print(json.dumps(sorted(sys.modules)))"
CORE_MODULES = [module.name for module in source_modules() if room_of(module.name) in CORE]


def loaded_after(statement: str, folder: Path) -> set[str]:
    """The modules a fresh interpreter of the core install holds after a statement."""
    result = run_on_core_install(["-c", f"{statement}; {LOADED}"], folder)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout))


def test_importing_the_package_loads_nothing_of_it_yet(tmp_path: Path) -> None:
    loaded = loaded_after("import sealwax", tmp_path)
    ours = {name for name in loaded if name.startswith("sealwax.")}
    assert ours == set()
    assert "cryptography" not in loaded
    assert "asyncio" not in loaded


def test_the_verifier_loads_cryptography_and_no_other_package(tmp_path: Path) -> None:
    loaded = loaded_after("from sealwax import Verifier", tmp_path)
    tops = {name.partition(".")[0] for name in loaded}
    assert "sealwax.resource_server" in loaded
    assert tops & THIRD_PARTY.keys() == {"cryptography"}


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
