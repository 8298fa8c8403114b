"""Claims as a caller may hand them in to be signed: with a JSON form, or with none."""

import struct
from collections import OrderedDict
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from fuzz.choices import Choices


class Text(str):
    """A text of a type of its own."""

    __slots__ = ()


class Whole(int):
    """A whole number of a type of its own, that shows itself as something else."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "whole"


class Real(float):
    """A real number of a type of its own, that shows itself as something else."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "real"


class Level(IntEnum):
    """A number with a name."""

    LOW = 1


class Colour(StrEnum):
    """A text with a name."""

    RED = "red"


class Pair(NamedTuple):
    """A tuple with names."""

    left: int
    right: str


_WHOLE: Final = (
    *(0, 1, -1, 255, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64),
    *(10**40, -(10**40), 2**127, 2**128, 10**4299, 10**4300, -(10**4299), -(10**4300), 2**1024),
)
_REAL: Final = (
    *(0.0, -0.0, 1.0, -1.5, 1e16, 1e15, 9999999999999998.0, 123456789012345680.0, 1e-4, 1e-5, 0.1),
    *(5e-324, 1.7976931348623157e308, float("nan"), float("inf"), float("-inf"), 1e22, 1e21, 1e100),
)
_TEXT: Final = (
    *(
        "",
        "a",
        '"',
        "\\",
        "/",
        "\b\f\n\r\t",
        "\0",
        "\x1f",
        "\x7f",
        "\x80",
        "\u00e4",
        "\u2028\u2029",
    ),
    *(
        "\U0001f600",
        "\ud83d\ude00",
        "\ud800",
        "\udfff",
        "\ufeff",
        "\uffff",
        "\U0010ffff",
        "x" * 300,
    ),
    *(
        "\ue000",
        "\ud7ff",
        "\u07ff\u0800",
        "\x1b[0m",
        "</script>",
        "\x00\x01\x02\x03",
        "\u00ff\u0100",
    ),
)
_NAMES: Final = ("a", "sub", "exp", "", '"', "\u00e4", "\0", "\U0001f600", "b", "c", "d", "\ud800")
_LARGE: Final = "x" * 24_000
_MAX_DEPTH: Final = 20


def claims_object(choices: Choices) -> Any:  # noqa: ANN401  # what a caller may hand in
    """Make claims: nearly always a dict."""
    members = {_name(choices): _value(choices, 1) for _ in range(choices.below(6))}
    kind = choices.byte()
    if kind < 240:
        return members
    if kind < 244:
        return members | {"large": _LARGE + "y" * choices.below(300)}
    others = (
        OrderedDict(members),
        MappingProxyType(members),
        [members],
        None,
        list(members.items()),
    )
    return choices.pick(others)


def _name(choices: Choices) -> Any:  # noqa: ANN401  # a text, or what should be one
    if choices.one_in(40):
        return choices.pick((1, None, True, 1.5, Text("t"), Colour.RED, b"a", ("a",), Level.LOW))
    return choices.pick(_NAMES)


def _value(choices: Choices, depth: int) -> Any:  # noqa: ANN401  # anything
    kind = choices.below(12)
    if kind == 0:
        return choices.pick((None, True, False))
    if kind == 1:
        return choices.pick(_WHOLE)
    if kind == 2:
        return int.from_bytes(choices.take(choices.below(20)), "big", signed=True)
    if kind == 3:
        return choices.pick(_REAL)
    if kind == 4:
        return struct.unpack(">d", choices.take(8).rjust(8, b"\0"))[0]
    if kind == 5:
        return choices.pick(_TEXT)
    if kind == 6:
        return choices.take(choices.below(24)).decode("utf-16-le", "replace")
    if kind == 7:
        return choices.take(choices.below(24)).decode("latin-1")
    if kind == 8:
        return _odd(choices, depth)
    if depth >= _MAX_DEPTH:
        return []
    if kind == 9:
        return tuple(_value(choices, depth + 1) for _ in range(choices.below(4)))
    if kind == 10:
        return [_value(choices, depth + 1) for _ in range(choices.below(4))]
    return {_name(choices): _value(choices, depth + 1) for _ in range(choices.below(4))}


def _odd(choices: Choices, depth: int) -> Any:  # noqa: ANN401  # anything
    if choices.below(2):
        inner: Any = _value(choices, depth + 1) if depth < _MAX_DEPTH else 0
        for _ in range(choices.below(30)):
            inner = [inner] if choices.below(2) else {"a": inner}
        return inner
    return choices.pick(
        (
            *(
                Text("\u00e4"),
                Whole(7),
                Real(1.5),
                Level.LOW,
                Colour.RED,
                Pair(1, "x"),
                OrderedDict(a=1),
            ),
            *(b"bytes", {1, 2}, Decimal("1.5"), 1j, object, MappingProxyType({"a": 1}), range(2)),
        )
    )
