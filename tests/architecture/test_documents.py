"""The documents: every link leads somewhere, every page is found, every decision is whole."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source_tree import REPOSITORY
from tests.architecture.tracked_files import tracked_texts

FENCE = re.compile(r"^(?P<fence>```+|~~~+).*?^(?P=fence)\s*?$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*#*$", re.MULTILINE)

KINDS = {"tutorial", "how-to", "reference", "explanation"}
BESIDE_THE_KINDS = {"decisions", "security", "images"}
DECISION_HEADINGS = ["Context", "Options", "Choice", "Price"]


def links(text: str) -> Iterator[str]:
    """Targets of the links in a Markdown text that stay in the repository; code is left out."""
    prose = CODE.sub("", FENCE.sub("", text))
    for match in LINK.finditer(prose):
        target = match["target"]
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(text: str) -> set[str]:
    """The names of a page's headings as a link writes them."""
    titles = [match["title"] for match in HEADING.finditer(FENCE.sub("", text))]
    plain = [re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in titles]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain}


def dead_links(page: Path, text: str) -> list[str]:
    dead = []
    for target in links(text):
        name, _, anchor = target.partition("#")
        path = (REPOSITORY / page.parent / name) if name else REPOSITORY / page
        if not path.exists() or (
            anchor
            and path.suffix == ".md"
            and anchor not in anchors(path.read_text(encoding="utf-8"))
        ):
            dead.append(f"{page}: {target}")
    return dead


def test_every_link_leads_somewhere() -> None:
    assert [
        dead for page, text in tracked_texts("*.md").items() for dead in dead_links(page, text)
    ] == []


@pytest.mark.parametrize(
    "text", ["[a](no-such-page.md)", "[a](README.md#no-such-heading)", "![a](no-such-picture.png)"]
)
def test_a_dead_link_is_found(text: str) -> None:
    assert len(dead_links(Path("README.md"), text)) == 1


@pytest.mark.parametrize(
    "text", ["[a](LICENSE)", "[a](https://example.com/)", "`[a](b)`", "```\n[a](b)\n```\n"]
)
def test_a_living_link_is_left_alone(text: str) -> None:
    assert dead_links(Path("README.md"), text) == []


def test_every_page_can_be_reached_from_the_first_one() -> None:
    pages = tracked_texts("docs/*.md")
    reached: set[Path] = set()
    ahead = [Path("docs/README.md")]
    while ahead:
        page = ahead.pop()
        if page in pages and page not in reached:
            reached.add(page)
            ahead += [
                (REPOSITORY / page.parent / target.partition("#")[0])
                .resolve()
                .relative_to(REPOSITORY)
                for target in links(pages[page])
                if not target.startswith("#")
            ]
    assert sorted(str(page) for page in pages.keys() - reached) == []


def test_every_page_is_of_one_kind() -> None:
    folders = {page.parts[1] for page in tracked_texts("docs/*.md") if len(page.parts) > 2}
    assert folders - KINDS - BESIDE_THE_KINDS == set()


def test_every_decision_tells_context_options_choice_and_price() -> None:
    pages = tracked_texts("docs/decisions/*.md")
    decisions = [page for page in pages if page.name not in {"README.md", "dependencies.md"}]
    assert decisions
    for page in decisions:
        headings = re.findall(r"^## (.+)$", pages[page], flags=re.MULTILINE)
        assert headings == DECISION_HEADINGS, f"{page}: {headings}"


def test_every_word_of_make_is_described() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    words = set(re.findall(r"^([a-z-]+):.*## ", makefile, flags=re.MULTILINE)) - {"help"}
    contributing = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `make ([a-z-]+)`", contributing, flags=re.MULTILINE)) == words
