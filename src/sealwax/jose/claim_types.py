"""The types a claim can have, by the annotations of a dataclass or a TypedDict.

A value must be of its type as JSON has it: a text is no number, 1 is not true, and null is only
what may be None. What JSON can't tell apart is made what the annotation says: a whole number where
any number is expected, a list as a tuple or a set, a member of an Enum by its value.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NewType,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

_Read = Callable[[Any], Any]

_SCALARS: Final[Mapping[Any, tuple[tuple[type, ...], str]]] = {
    str: ((str,), "a text"),
    int: ((int,), "a whole number"),
    float: ((float, int), "a number"),
    bool: ((bool,), "true or false"),
    None: ((NoneType,), "null"),
    NoneType: ((NoneType,), "null"),
}
_LISTS: Final[Mapping[Any, Callable[[Any], Any]]] = {
    list: list, Sequence: list, Collection: list,
    tuple: tuple, set: set, frozenset: frozenset, AbstractSet: frozenset,
}  # fmt: skip
_OBJECTS: Final = (dict, Mapping)
_WRAPPERS: Final = (Annotated, Required, NotRequired)


class Misfit(Exception):
    """A value that is not of its type. `path` leads to it, the name of the claim first."""

    def __init__(self, found: object, expected: str, *, is_missing: bool = False) -> None:
        self.path: list[str | int] = []
        self.found = found
        self.expected = expected
        self.is_missing = is_missing
        super().__init__(expected)


def reader_of_members(members_type: type[Any]) -> _Read:
    """Build what reads an object as a dataclass or a TypedDict.

    A field reads the claim of its name, or of the name in its `metadata["claim"]`. What it gives
    raises Misfit. Raises TypeError for an annotation that no claim can have.
    """
    hints = get_type_hints(members_type, include_extras=True)
    if is_typeddict(members_type):
        demanded: frozenset[str] = members_type.__required_keys__
        rows = [(name, name, hint, name in demanded) for name, hint in hints.items()]
    else:
        rows = [
            (
                field.name,
                field.metadata.get("claim", field.name),
                hints[field.name],
                field.default is MISSING and field.default_factory is MISSING,
            )
            for field in fields(members_type)
            if field.init
        ]
    readers = [
        (name, claim, _reader(hint, f"{members_type.__name__}.{name}"), is_demanded)
        for name, claim, hint, is_demanded in rows
    ]

    def read(value: Any) -> Any:  # noqa: ANN401  # of the caller's type
        if not isinstance(value, Mapping):
            raise Misfit(value, "an object")
        found = {}
        for name, claim, read_one, is_demanded in readers:
            if claim in value:
                found[name] = _at(claim, read_one, value[claim])
            elif is_demanded:
                raise _along(claim, Misfit(None, "a value", is_missing=True))
        try:
            return members_type(**found)
        except ValueError:  # the type's own check; its words may hold anything, so they stay there
            raise Misfit({}, f"what {members_type.__name__} takes") from None

    return read


def _reader(annotation: Any, place: str) -> _Read:  # noqa: ANN401  # annotations have no type
    """Build what reads a value of the annotation at `place`, a field's name for the TypeError."""
    while isinstance(annotation, NewType) or get_origin(annotation) in _WRAPPERS:
        is_new = isinstance(annotation, NewType)
        annotation = annotation.__supertype__ if is_new else get_args(annotation)[0]
    if annotation in (Any, object):
        return _as_it_is
    if annotation in _SCALARS:
        return _scalar(annotation)
    found = _reader_of_several(get_origin(annotation) or annotation, get_args(annotation), place)
    if found is None and isinstance(annotation, type):
        if issubclass(annotation, Enum):
            found = _member_of(annotation)
        elif is_dataclass(annotation) or is_typeddict(annotation):
            found = reader_of_members(annotation)
    if found is None:
        message = f"{place} is annotated with {annotation!r:.80}, and no claim can be that"
        raise TypeError(message)
    return found


def _reader_of_several(origin: Any, arguments: tuple[Any, ...], place: str) -> _Read | None:  # noqa: ANN401  # see above
    """Build what reads one of several values, or several; None for a type that is neither."""
    if origin is Literal:
        return _one_of(arguments)
    if origin in (Union, UnionType):
        return _any_of([_reader(argument, place) for argument in arguments])
    if origin is tuple and arguments and arguments[1:] != (...,):
        return _tuple_of([_reader(argument, place) for argument in arguments])
    if origin in _LISTS:
        return _list_of(_LISTS[origin], _reader(arguments[0], place) if arguments else _as_it_is)
    if origin in _OBJECTS and arguments[:1] in ((), (str,)):
        return _object_of(_reader(arguments[1], place) if arguments else _as_it_is)
    return None


def _as_it_is(value: Any) -> Any:  # noqa: ANN401  # whatever it is
    return value


def _scalar(kind: Any) -> _Read:  # noqa: ANN401  # one of _SCALARS
    types, expected = _SCALARS[kind]

    def read(value: Any) -> Any:  # noqa: ANN401  # of that kind
        if type(value) not in types:
            raise Misfit(value, expected)
        return float(value) if kind is float else value

    return read


def _one_of(values: tuple[Any, ...]) -> _Read:
    def read(value: Any) -> Any:  # noqa: ANN401  # one of them
        if not any(type(value) is type(each) and value == each for each in values):
            raise Misfit(value, "one of " + ", ".join(map(repr, values)))
        return value

    return read


def _member_of(kind: type[Enum]) -> _Read:
    members = [(each.value, each) for each in kind]

    def read(value: Any) -> Enum:  # noqa: ANN401  # any value of JSON
        for own, member in members:
            if type(own) is type(value) and own == value:
                return member
        raise Misfit(value, "one of " + ", ".join(repr(own) for own, _ in members))

    return read


def _any_of(readers: list[_Read]) -> _Read:
    def read(value: Any) -> Any:  # noqa: ANN401  # of one of the types
        expected = []
        for read_one in readers:
            try:
                return read_one(value)
            except Misfit as misfit:
                expected.append(misfit.expected)
        raise Misfit(value, " or ".join(expected))

    return read


def _list_of(make: Callable[[list[Any]], Any], read_one: _Read) -> _Read:
    def read(value: Any) -> Any:  # noqa: ANN401  # of that kind
        if type(value) is not list:
            raise Misfit(value, "a list")
        members = [_at(index, read_one, member) for index, member in enumerate(value)]
        try:
            return make(members)
        except TypeError:  # objects and lists don't go into a set
            raise Misfit(value, "a list of texts or numbers") from None

    return read


def _tuple_of(readers: list[_Read]) -> _Read:
    def read(value: Any) -> Any:  # noqa: ANN401  # a tuple of that length
        if type(value) is not list or len(value) != len(readers):
            raise Misfit(value, f"a list of {len(readers)}")
        pairs = zip(readers, value, strict=True)
        return tuple(_at(index, one, member) for index, (one, member) in enumerate(pairs))

    return read


def _object_of(read_one: _Read) -> _Read:
    def read(value: Any) -> dict[str, Any]:  # noqa: ANN401  # any value of JSON
        if not isinstance(value, Mapping):
            raise Misfit(value, "an object")
        return {name: _at(name, read_one, member) for name, member in value.items()}

    return read


def _at(step: str | int, read: _Read, value: Any) -> Any:  # noqa: ANN401  # what `read` gives
    try:
        return read(value)
    except Misfit as misfit:
        raise _along(step, misfit) from None


def _along(step: str | int, misfit: Misfit) -> Misfit:
    misfit.path.insert(0, step)
    return misfit
