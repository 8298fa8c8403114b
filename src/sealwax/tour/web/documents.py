"""The explanations of the repository, as pages of the tour."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

_PACKAGED: Final = Path(__file__).parent / "documents"
_REPOSITORY: Final = Path(__file__).parents[4] / "docs" / "explanation"
_LINK: Final = re.compile(r'href="(?:\./)?([a-z-]+)\.md(#[a-z0-9-]+)?"')
_OTHER_LINK: Final = re.compile(r'<a href="(?!https?:|#|/docs/)[^"]*">(.*?)</a>')


@dataclass(frozen=True, slots=True)
class Document:
    """One explanation."""

    name: str
    title: str


DOCUMENTS: Final = (
    Document("where-jwt-fits", "Where JWT fits"),
    Document("sessions-and-tokens", "Sessions and tokens"),
    Document("taking-tokens-back", "Taking tokens back"),
    Document("where-to-keep-a-token", "Where to keep a token"),
)


def find_document(name: str) -> Document | None:
    """Give the explanation of this name."""
    return next((one for one in DOCUMENTS if one.name == name), None)


def document_html(document: Document) -> str | None:
    """Give the explanation as HTML; None where it was not installed along.

    Markup in the text is shown as text. Links between the explanations lead to the tour's own
    pages; links to other files of the repository become plain words.
    """
    for folder in (_PACKAGED, _REPOSITORY):
        file = folder / f"{document.name}.md"
        if file.is_file():
            html = (
                MarkdownIt("commonmark", {"html": False}).enable("table").render(file.read_text())
            )
            html = _LINK.sub(_own_link, html)
            return _OTHER_LINK.sub(r"\1", html)
    return None


def _own_link(match: re.Match[str]) -> str:
    name, anchor = match.group(1), match.group(2) or ""
    return f'href="/docs/{name}{anchor}"' if find_document(name) else match.group(0)
