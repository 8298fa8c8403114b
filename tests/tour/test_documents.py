"""The explanations, as pages of the tour."""

import re
from pathlib import Path

import pytest

from sealwax.tour.web import documents
from sealwax.tour.web.documents import DOCUMENTS, Document, document_html
from tests.tour.web import make_web


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.name)
def test_each_is_there_and_leads_nowhere_dead(document: Document, tmp_path: Path) -> None:
    browser = make_web(tmp_path).browser

    page = browser.get(f"/docs/{document.name}")

    assert page.status_code == 200
    assert f"<h1>{document.title}</h1>" in page.text
    for target in re.findall(r'href="(/[^"#]*)', page.text):
        assert browser.get(target).status_code == 200, target
    assert ".md" not in re.findall(r'href="[^"]*"', page.text)


def test_every_statement_is_there_in_its_order() -> None:
    (fits,) = (one for one in DOCUMENTS if one.name == "where-jwt-fits")
    html = document_html(fits)
    assert html is not None

    numbers = [int(number) for number in re.findall(r"<strong>(\d+)\. ", html)]

    assert numbers == list(range(1, 23))


def test_markup_in_a_text_is_shown_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.md").write_text("# X\n\n<script>alert(1)</script> [a](javascript:alert(1))")
    monkeypatch.setattr(documents, "_REPOSITORY", tmp_path)

    html = document_html(Document("x", "X"))

    assert html is not None
    assert "<script>" not in html
    assert 'href="javascript' not in html


def test_one_that_was_not_installed_along_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = make_web(tmp_path).browser
    monkeypatch.setattr(documents, "_REPOSITORY", tmp_path)

    page = browser.get("/docs/where-jwt-fits")

    assert page.status_code == 404
    assert "docs/explanation/where-jwt-fits.md" in page.text
