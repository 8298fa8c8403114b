"""The rules about imports, as functions from modules to sentences about what is wrong."""

import sys
from collections.abc import Iterable, Iterator

from tests.architecture.rooms import (
    CORE,
    FOR_TYPE_CHECKERS,
    IMPURE_MODULES,
    LAYERS,
    ONLY,
    PURE,
    PURE_ENOUGH,
    THIRD_PARTY,
)
from tests.architecture.source_tree import Import, Module, is_part_of

PACKAGE = "sealwax"
VERSION = "sealwax.__version__"  # what every room may know of the package as a whole
LINE_OF_ROOM = {room: number for number, line in enumerate(LAYERS) for room in line}


def broken_layers(modules: Iterable[Module]) -> list[str]:
    """Imports of our own modules that point up or sideways, and modules that belong to no room."""
    return [sentence for module in modules for sentence in _layer_faults(module)]


def foreign_imports(modules: Iterable[Module]) -> list[str]:
    """Third-party imports from a room that may not have them."""
    return [sentence for module in modules for sentence in _third_party_faults(module)]


def impure_imports(modules: Iterable[Module]) -> list[str]:
    """Imports that let a pure room reach the world outside."""
    return [
        f"{module.name}:{found.line}: {found.module}, and `{room}` is pure"
        for module in modules
        if (room := room_of(module.name)) in PURE
        for found in module.imports()
        if any(is_part_of(found.module, impure) for impure in IMPURE_MODULES)
        and (module.name, found.module) not in PURE_ENOUGH
    ]


def room_of(module: str) -> str | None:
    """The narrowest room a module of ours lies in; "" for the package itself, None for no room."""
    inner = module.removeprefix(PACKAGE).removeprefix(".")
    if not inner:
        return ""
    parts = inner.split(".")
    for length in range(len(parts), 0, -1):
        room = ".".join(parts[:length])
        if room in LINE_OF_ROOM:
            return room
    return None


def _layer_faults(module: Module) -> Iterator[str]:
    room = room_of(module.name)
    if room is None:
        yield f"{module.name}: lies in no room; give it one in tests/architecture/rooms.py"
        return
    for found in module.imports():
        if is_part_of(found.module, PACKAGE) and found.module != VERSION:
            target = _imported_room(found)
            if target != room and not _may_import(room, target):
                yield f"{module.name}:{found.line}: `{room}` may not import `{target}`"


def _imported_room(found: Import) -> str | None:
    """The room of an imported name, which may be a module or something a module holds."""
    return room_of(found.module) or room_of(found.module.rpartition(".")[0])


def _may_import(room: str, target: str | None) -> bool:
    if target is None:
        return False
    if room in ONLY:
        return target in ONLY[room]
    # What stands in `sealwax/__init__.py` is for users; our own modules go to the room itself.
    return target != "" and LINE_OF_ROOM[target] < LINE_OF_ROOM[room]


def _third_party_faults(module: Module) -> Iterator[str]:
    for found in module.imports():
        top = found.module.partition(".")[0]
        if top in sys.stdlib_module_names or top in FOR_TYPE_CHECKERS or top == PACKAGE:
            continue
        inner = module.name.removeprefix(PACKAGE).removeprefix(".")
        if top not in THIRD_PARTY:
            yield f"{module.name}:{found.line}: {top} is no dependency of ours"
        elif not any(is_part_of(inner, room) for room in THIRD_PARTY[top]):
            yield f"{module.name}:{found.line}: {top} is not for this room"
        elif room_of(module.name) in CORE and top != "cryptography":
            yield f"{module.name}:{found.line}: a core install has no {top}"
