"""Finds every English sentence that the pages can say, in templates and in code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

PAGES = Path(__file__).parents[2] / "src" / "sealwax" / "pages"
ENDPOINTS = PAGES.parent / "server"

Message = tuple[str, str | None]
"""The sentence and its plural, if it has one."""


def template_sources() -> Iterator[tuple[str, str]]:
    """Give name and text of every template."""
    for path in sorted((PAGES / "templates").glob("*.html")):
        yield path.name, path.read_text("utf-8")


def template_calls(source: str) -> Iterator[nodes.Call]:
    """Give every `_(...)` of a template."""
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_":
            yield call


def template_messages() -> set[Message]:
    """Give the sentences of the templates."""
    return {
        (call.args[0].value, None)
        for _, source in template_sources()
        for call in template_calls(source)
        if isinstance(call.args[0], nodes.Const)
    }


def code_messages() -> set[Message]:
    """Give the sentences of `Text(...)` and `Text.counted(...)`, which must be literals."""
    found: set[Message] = set()
    for folder in (PAGES, ENDPOINTS):
        for path in sorted(folder.rglob("*.py")):
            if path.name == "text.py":
                continue
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                message = _message(call)
                if message is not None:
                    found.add(message)
    return found


def _message(node: ast.AST) -> Message | None:
    if not isinstance(node, ast.Call):
        return None
    called = ast.unparse(node.func)
    if called == "Text":
        return _literal(node.args[0]), None
    if called == "Text.counted":
        return _literal(node.args[0]), _literal(node.args[1])
    return None


def _literal(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant), f"line {node.lineno}: {ast.unparse(node)} is no literal"
    assert isinstance(node.value, str)
    return node.value
