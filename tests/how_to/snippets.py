"""Runs what a guide shows, statement by statement, and holds it to what it says comes out.

A block is marked by whose code it is: ```python title="PyJWT". In it,

    claims["sub"]  # -> 'alice'                     the value has that repr
    jwt.decode(...)  # raises ExpiredSignatureError      that is raised
    jwt.verify(...)  # raises ClaimInvalid: audience_mismatch    and has that `reason`

The same comment may stand on the last line of a statement of several lines.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"

_BLOCK = re.compile(
    r'^```python title="(?P<title>[^"]+)"\n(?P<code>.*?)^```$', re.MULTILINE | re.DOTALL
)
_VALUE = re.compile(r"#\s->\s(?P<value>.+)$")
_ERROR = re.compile(r"#\sraises\s(?P<type>\w+)(?::\s(?P<reason>\w+))?$")


@dataclass(frozen=True)
class Block:
    title: str
    code: str
    line: int


def blocks(page: str) -> list[Block]:
    """The marked blocks of a page, in their order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = [
        Block(match["title"], match["code"], text.count("\n", 0, match.start()) + 2)
        for match in _BLOCK.finditer(text)
    ]
    assert found, page
    return found


def run(code: str, names: dict[str, Any]) -> int:
    """Run one block; gives how many of its statements were held to a comment."""
    lines = code.splitlines()
    checked = 0
    for statement in ast.parse(code).body:
        said = lines[(statement.end_lineno or 1) - 1]
        if (raised := _ERROR.search(said)) is not None:
            _run_raising(statement, names, raised)
        elif (value := _VALUE.search(said)) is not None:
            assert isinstance(statement, ast.Expr), said
            found = eval(_compiled(ast.Expression(statement.value), "eval"), names)  # noqa: S307 - our own documentation, which this holds to its word
            assert repr(found) == value["value"], said
        else:
            exec(_compiled(ast.Module([statement], []), "exec"), names)  # noqa: S102 - the same
            continue
        checked += 1
    return checked


def _run_raising(statement: ast.stmt, names: dict[str, Any], said: re.Match[str]) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - its type is compared below, by name
        exec(_compiled(ast.Module([statement], []), "exec"), names)  # noqa: S102 - the same
    assert raised.type.__name__ == said["type"], said.string
    if said["reason"] is not None:
        reason = getattr(raised.value, "reason", None)
        assert reason == said["reason"], said.string


def _compiled(tree: ast.Expression | ast.Module, mode: str) -> Any:  # noqa: ANN401 - a code object, for eval and exec
    return compile(tree, "<documentation>", mode)
