"""The modules of `src/sealwax` and what they import, read without running them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src"


@dataclass(frozen=True)
class Import:
    """One imported module, by its absolute dotted name, and the line that asks for it."""

    module: str
    line: int


@dataclass(frozen=True)
class Module:
    """One source file by its dotted name, with all its imports: at the top and inside functions."""

    name: str
    is_package: bool
    text: str

    def imports(self) -> list[Import]:
        return list(_imports(self))


def source_modules() -> list[Module]:
    return [_read(path) for path in sorted(SOURCE.rglob("*.py"))]


def is_part_of(module: str, package: str) -> bool:
    """True when `module` is `package` or lies in it."""
    return module == package or module.startswith(f"{package}.")


def _read(path: Path) -> Module:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(name, is_package, path.read_text(encoding="utf-8"))


def _imports(module: Module) -> Iterator[Import]:
    for node in ast.walk(ast.parse(module.text, filename=module.name)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(module, node)
            for alias in node.names:
                # `from sealwax.storage import contracts` may name a module: the whole name counts.
                yield Import(f"{source}.{alias.name}", node.lineno)


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    parts = module.name.split(".")
    package = parts if module.is_package else parts[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)
