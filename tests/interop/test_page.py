"""The page is written from a run, and a run that says something else is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop import page
from tests.interop.__main__ import conclude
from tests.interop.catalogue import LIBRARIES
from tests.interop.tables import tables

VERSIONS = {one.name: {"Something": "3", one.title: "1.2"} for one in LIBRARIES}
CELLS = {
    (one.name, table.title, row.title): "both"
    for one in LIBRARIES
    for table in tables()
    for row in table.rows
}
ONE = ("jose", "Signatures", "ES256")


def rendered(*, date: str = "2026-11-22", es256: str = "both") -> str:
    return page.render(VERSIONS, {**CELLS, ONE: es256}, date, "Python alone")


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of its own, written from a run."""
    path = tmp_path / "interop.md"
    path.write_text(f"# Before\n\n{page.BEGIN}\n\nnothing\n\n{page.END}\n\n## After\n")
    monkeypatch.setattr(page, "PAGE", path)
    page.write(rendered())
    return path


def test_what_was_written_is_read_again(written: Path) -> None:
    assert written.read_text().startswith("# Before\n")
    assert written.read_text().endswith("## After\n")
    assert page.written()["Signatures", "ES256"]["jose"] == "both"
    assert page.written()["", "jose"]["version"] == "1.2, Something 3"
    assert all(page.speaks_of(one, VERSIONS[one.name]) for one in LIBRARIES)
    assert not page.speaks_of(LIBRARIES[0], {"joserfc": "1.3"})


@pytest.mark.usefixtures("written")
def test_another_outcome_is_noticed_and_another_day_is_not() -> None:
    assert page.is_up_to_date(rendered(date="2027-01-01"))
    assert not page.is_up_to_date(rendered(es256="reads"))


@pytest.mark.parametrize(
    ("es256", "failures", "is_whole", "write", "code"),
    [
        ("both", [], True, False, 0),
        ("reads", [], True, False, 1),
        ("reads", [], True, True, 0),
        ("both", ["jose, ES256"], True, True, 1),
        ("both", [], False, False, 0),
        ("both", [], False, True, 1),
    ],
    ids=["same", "other", "written", "failed", "partial", "partial is not written"],
)
def test_a_run_ends_as_it_went(
    written: Path, es256: str, failures: list[str], *, is_whole: bool, write: bool, code: int
) -> None:
    before = written.read_text()
    text = rendered(es256=es256)
    assert conclude(text, failures, is_whole=is_whole, write=write) == code
    assert (written.read_text() != before) == (write and code == 0)


def test_a_library_that_was_not_run_is_said_to_be_so() -> None:
    text = page.render({}, {}, "2026-11-22", "Python alone")
    assert f"| jose | {page.SKIPPED} | JavaScript |" in text
