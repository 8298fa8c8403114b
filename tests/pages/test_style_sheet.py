"""The colours, computed: enough contrast in both schemes, none beside the tokens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pages.messages_in_use import PAGES

CSS = (PAGES / "static" / "sealwax.css").read_text("utf-8")
TEXT = 4.5
"""WCAG 2.2 §1.4.3."""
PARTS = 3.0
"""WCAG 2.2 §1.4.11: what one must see to use a control."""

PAIRS = [
    ("--ink", "--paper", TEXT),
    ("--ink", "--sheet", TEXT),
    ("--ink", "--flap", TEXT),
    ("--ink-soft", "--paper", TEXT),
    ("--ink-soft", "--sheet", TEXT),
    ("--ink-soft", "--flap", TEXT),
    ("--wax-ink", "--sheet", TEXT),
    ("--wax-ink", "--flap", TEXT),
    ("--wax-ink", "--paper", TEXT),
    ("--on-wax", "--wax", TEXT),
    ("--on-wax", "--wax-pressed", TEXT),
    ("--trouble-ink", "--trouble-sheet", TEXT),
    ("--trouble-ink", "--sheet", TEXT),
    ("--done-ink", "--done-sheet", TEXT),
    ("--edge", "--sheet", PARTS),
    ("--edge", "--flap", PARTS),
    ("--wax", "--sheet", PARTS),
    ("--focus", "--sheet", PARTS),
    ("--focus", "--paper", PARTS),
    ("--focus", "--flap", PARTS),
    ("--trouble-ink", "--trouble-sheet", PARTS),
]


def _tokens(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    tokens = dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        tokens.update(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6});", dark))
    return tokens


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast(front: str, back: str, least: float, scheme: str) -> None:
    tokens = _tokens(scheme)

    assert _contrast(tokens[front], tokens[back]) >= least


def test_both_schemes_define_every_colour() -> None:
    _, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)

    assert set(re.findall(r"(--[a-z-]+): #", dark)) == set(_tokens("light"))


def test_every_colour_in_a_pair_is_tested() -> None:
    decoration = {"--line"}  # separates what is apart already

    assert set(_tokens("light")) - decoration == {name for pair in PAIRS for name in pair[:2]}


def test_colours_stand_in_the_tokens_alone() -> None:
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)

    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rules)


def test_nothing_comes_from_elsewhere() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_every_class_in_use_is_styled_and_every_style_in_use() -> None:
    used: set[str] = set()
    for path in Path(PAGES / "templates").glob("*.html"):
        for value in re.findall(r'class="([^"]*)"', path.read_text("utf-8")):
            used.update(re.sub(r"\{[%{].*?[%}]\}", " ", value).split())
            used.update(re.findall(r"[a-z]+--[a-z]+", value))
    used.update(re.findall(r"page--[a-z]+", (PAGES / "templates" / "account.html").read_text()))
    styled = set(re.findall(r"\.([a-z][a-z_-]*[a-z])", CSS))

    assert styled - used == set()
    assert {"button", "field", "sheet", "note--trouble"} <= used & styled
