"""What is published: one pure wheel with every file of the package, and nothing beside it."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source_tree import REPOSITORY, SOURCE
from tests.architecture.tracked_files import tracked_texts


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    built = list(folder.iterdir())
    assert [path.name.split("-")[-3:] for path in built] == [["py3", "none", "any.whl"]]
    with zipfile.ZipFile(built[0]) as opened:
        yield opened


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    source = SOURCE.relative_to(REPOSITORY)
    files = {str(path.relative_to(source)) for path in tracked_texts("src/sealwax")}
    assert "sealwax/py.typed" in files
    assert files - set(wheel.namelist()) == set()


def test_the_wheel_holds_the_explanations_that_the_tour_shows(wheel: zipfile.ZipFile) -> None:
    pages = {path.name for path in tracked_texts("docs/explanation/*.md")}
    assert pages
    packed = {f"sealwax/tour/web/documents/{name}" for name in pages}
    assert packed - set(wheel.namelist()) == set()


def test_the_wheel_holds_nothing_beside_the_package(wheel: zipfile.ZipFile) -> None:
    tops = {Path(name).parts[0].split("-")[0] for name in wheel.namelist()}
    assert tops == {"sealwax"}


def test_the_wheel_asks_for_cryptography_alone(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    lines = wheel.read(name).decode().splitlines()
    required = [line.removeprefix("Requires-Dist: ") for line in lines if "Requires-Dist" in line]
    assert [text for text in required if "extra ==" not in text] == ["cryptography>=46"]
