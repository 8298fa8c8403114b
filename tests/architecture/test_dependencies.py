"""What pyproject.toml asks for, the lock files pin and the decision page explains is the same."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.rooms import (
    BROUGHT_BY_THE_USER,
    INSTALLED_AS,
    NOT_IMPORTED,
    THIRD_PARTY,
)
from tests.architecture.source_tree import REPOSITORY, source_modules

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
LOCKS = REPOSITORY / "requirements"

# Lock file -> what it must hold.
LOCKED = {
    "core": PROJECT["project"]["dependencies"],
    "tour": [*PROJECT["project"]["dependencies"], *EXTRAS["tour"]],
    "dev": [*PROJECT["project"]["dependencies"], *EXTRAS["dev"]],
    "docs": PROJECT["dependency-groups"]["docs"],
    "native": PROJECT["dependency-groups"]["native"],
    "fuzz": PROJECT["dependency-groups"]["fuzz"],
    "build": PROJECT["build-system"]["requires"],
}
PIN = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+?))? \\"
)
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def flat(requirements: list[str]) -> Iterator[Requirement]:
    """The requirements with our own extras replaced by what they hold."""
    for text in requirements:
        requirement = Requirement(text)
        if requirement.name == PROJECT["project"]["name"]:
            for extra in requirement.extras:
                yield from flat(EXTRAS[extra])
        else:
            yield requirement


def pins(lock: str) -> dict[str, set[Version]]:
    """Name -> versions (more than one where Pythons differ) of one lock file."""
    found: dict[str, set[Version]] = {}
    for line in (LOCKS / f"{lock}.txt").read_text(encoding="utf-8").splitlines():
        if match := PIN.fullmatch(line):
            found.setdefault(canonicalize_name(match["name"]), set()).add(Version(match["version"]))
    return found


@pytest.mark.parametrize("lock", LOCKED)
def test_a_lock_file_holds_versions_and_hashes_and_nothing_else(lock: str) -> None:
    lines = (LOCKS / f"{lock}.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not (PIN.fullmatch(line) or HASH.fullmatch(line))] == []
    unhashed = [
        line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if PIN.fullmatch(line) and not HASH.fullmatch(following)
    ]
    assert unhashed == []


@pytest.mark.parametrize("lock", LOCKED)
def test_a_lock_file_pins_what_the_project_asks_for(lock: str) -> None:
    pinned = pins(lock)
    unmet = [
        str(requirement)
        for requirement in flat(LOCKED[lock])
        if not any(
            requirement.specifier.contains(version)
            for version in pinned.get(canonicalize_name(requirement.name), ())
        )
    ]
    assert unmet == [], "run `make lock`"


def test_every_lock_file_is_accounted_for() -> None:
    assert {path.stem for path in LOCKS.iterdir()} == set(LOCKED)


def test_one_environment_can_hold_all_lock_files() -> None:
    dev = pins("dev")
    clashes = [
        f"{lock}: {name}"
        for lock in LOCKED
        for name, versions in pins(lock).items()
        if name in dev and versions != dev[name]
    ]
    assert clashes == [], "run `make lock`"
    assert pins("core").keys() <= pins("tour").keys() <= dev.keys()


def test_the_core_depends_on_cryptography_alone() -> None:
    assert [requirement.name for requirement in flat(LOCKED["core"])] == ["cryptography"]


def test_what_the_package_imports_is_what_it_declares() -> None:
    runtime = [
        *LOCKED["core"],
        *(text for extra, texts in EXTRAS.items() if extra != "dev" for text in texts),
    ]
    declared = {requirement.name for requirement in flat(runtime)}
    imported = {
        INSTALLED_AS.get(top, top)
        for module in source_modules()
        for found in module.imports()
        if (top := found.module.partition(".")[0]) in THIRD_PARTY
    }
    assert imported - declared == BROUGHT_BY_THE_USER.keys(), "imported, and not declared"
    assert declared - imported - NOT_IMPORTED.keys() == set(), "declared, and not imported"


def test_every_dependency_has_its_reason() -> None:
    page = (REPOSITORY / "docs/decisions/dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([\w-]+)`", page, flags=re.MULTILINE))
    every = [text for texts in [*LOCKED.values(), *EXTRAS.values()] for text in texts]
    asked_for = {requirement.name for requirement in flat(every)}
    assert asked_for - explained == set(), "not explained"
    assert explained - asked_for == set(), "explained, and no dependency any more"
