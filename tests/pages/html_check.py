"""Reads a page as a strict reader would, and holds it to what every page must be."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})
SVG_EMPTY = frozenset({"path", "circle"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: Element | None
    text: str = ""

    @property
    def ancestors(self) -> list[str]:
        found, element = [], self.parent
        while element is not None:
            found.append(element.tag)
            element = element.parent
        return found


@dataclass
class Document:
    elements: list[Element] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def by_id(self, name: str) -> Element | None:
        return next((each for each in self.elements if each.attributes.get("id") == name), None)

    def fields(self) -> dict[str, str]:
        """Give names and values of all inputs, as a browser would send them."""
        return {
            each.attributes["name"]: each.attributes.get("value", "") for each in self.all("input")
        }

    @property
    def text(self) -> str:
        """Give all words a reader sees or hears."""
        return " ".join((self.elements[0].text if self.elements else "").split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.document = Document()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.document.faults.append(f"<{tag}> has an attribute twice")
        element = Element(
            tag, {name: value or "" for name, value in attrs}, self.open[-1] if self.open else None
        )
        self.document.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in SVG_EMPTY:
            self.open.pop()
        elif tag not in VOID:
            self.document.faults.append(f"<{tag}/> closes itself")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            self.document.faults.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and any(each.tag == "style" for each in self.open):
            self.document.faults.append("there is an inline style sheet")
        if data.strip() and any(each.tag == "script" for each in self.open):
            self.document.faults.append("there is an inline script")
        for element in self.open:
            element.text += data


def read(html: str) -> Document:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.document.faults.extend(f"<{element.tag}> stays open" for element in reader.open)
    return reader.document


def faults(html: str) -> list[str]:
    """Give everything that is wrong with a page."""
    document = read(html)
    found = list(document.faults)
    if not html.startswith("<!doctype html>\n"):
        found.append("the page does not begin with its doctype")
    found += _faults_of_structure(document)
    found += _faults_of_names(document)
    found += _faults_of_forms(document)
    for element in document.elements:
        found += _faults_of_element(element)
    return found


def _faults_of_structure(document: Document) -> list[str]:
    found = []
    if len(document.all("html")) != 1 or not document.all("html")[0].attributes.get("lang"):
        found.append("the page does not say its language")
    found += [
        f"there are {len(document.all(tag))} <{tag}>"
        for tag in ("h1", "main", "title")
        if len(document.all(tag)) != 1
    ]
    found += [
        f"an empty <{each.tag}>"
        for each in document.elements
        if each.tag in {"title", "h1", "h2", "p", "li", "a", "button", "label", "summary"}
        and not each.text.strip()
    ]
    if any(element.tag == "form" and "form" in element.ancestors for element in document.elements):
        found.append("a form stands in a form")
    return found


def _faults_of_names(document: Document) -> list[str]:
    found = []
    ids = [element.attributes["id"] for element in document.elements if "id" in element.attributes]
    found += [f"id {name!r} is there twice" for name in set(ids) if ids.count(name) > 1]
    for element in document.elements:
        for attribute in ("for", "aria-describedby", "aria-labelledby"):
            names = element.attributes.get(attribute, "").split()
            found += [
                f"{attribute} points to {name!r}, which is not there"
                for name in names
                if name not in ids
            ]
        href = element.attributes.get("href", "")
        if href.startswith("#") and href[1:] not in ids:
            found.append(f"a link points to {href!r}, which is not there")
    if sum("autofocus" in element.attributes for element in document.elements) > 1:
        found.append("two elements want the focus")
    return found


def _faults_of_forms(document: Document) -> list[str]:
    found = []
    labelled = [element.attributes.get("for") for element in document.all("label")]
    for entry in document.all("input"):
        if entry.attributes.get("type") == "hidden":
            continue
        name = entry.attributes.get("id")
        if labelled.count(name) != 1:
            found.append(f"input {name!r} has {labelled.count(name)} labels")
        if not entry.attributes.get("autocomplete"):
            found.append(f"input {name!r} does not say what a password manager may fill in")
        if "maxlength" in entry.attributes or "onpaste" in entry.attributes:
            found.append(f"input {name!r} would cut or refuse what is pasted")
    found += [
        "a button belongs to no form"
        for button in document.all("button")
        if button.attributes.get("type") != "submit" or "form" not in button.ancestors
    ]
    return found


def _faults_of_element(element: Element) -> list[str]:
    found = []
    for name, value in element.attributes.items():
        if name == "style" or name.startswith("on"):
            found.append(f"<{element.tag}> has {name!r} inline")
        if "<" in value and name != "value":
            found.append(f"{name!r} of <{element.tag}> holds markup")
    if element.tag in {"style", "iframe", "object", "embed", "base"}:
        found.append(f"there is <{element.tag}>")
    source = element.attributes.get("src", element.attributes.get("href", ""))
    if element.tag in {"link", "script", "img"} and not source.startswith("/static/"):
        found.append(f"<{element.tag}> loads {source!r}")
    if element.tag == "a" and element.attributes["href"].lower().startswith(
        ("javascript:", "data:")
    ):
        found.append("a link runs a script")
    return found
