"""JSON as text: good, bad, and what two parsers read in two ways.

Values are written as text and never by an encoder, so that each can be wrong in its own way. Half
a surrogate pair that stands in the text becomes bytes that are no UTF-8.
"""

from collections.abc import Sequence
from typing import Final

from fuzz.choices import Choices

Member = tuple[str, str]
"""The text of a name, with its quotes, and the text of a value."""

MAX_DEPTH: Final = 16
MAX_DIGITS: Final = 4300

SMALL: Final = ("0", '""', "null", "true", "false", "{}", "[]", "1", '"a"', "-1", "1.5", "[{}]")
NUMBERS: Final = (
    *("0", "-0", "1", "-1", "-0.0", "0.0", "1.0", "1.5", "1E2", "1e+5", "1E-05", "0e0", "-0e5"),
    *("1e-400", "-1e-400", "1e308", "1.7976931348623157e308", "4.9e-324", "2.4e-324", "2.5e-324"),
    *("2.2250738585072011e-308", "5e-324", "1e22", "1e23", "1" * 309 + ".5", "1" * 308 + ".5"),
    *("0.30000000000000004", "0.1000000000000000055511151231257827", "9007199254740993.0"),
    *("9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808"),
    *("-9223372036854775809", "18446744073709551615", "18446744073709551616", "1" + "0" * 40),
    *("340282366920938463463374607431768211456", "170141183460469231731687303715884105728"),
    *("253402300799", "253402300800", "253402300799.0", "253402300799.5", "1800000000000"),
    *("1" * 4299, "1" * MAX_DIGITS, "-" + "1" * MAX_DIGITS, "1" * 4301 + "e-4300"),
    *("0." + "1" * 4301, "1e-999999999999999999999", "0e999999999999999999999"),
)
BAD_NUMBERS: Final = (
    *("1e400", "-1e400", "1e309", "1.7976931348623159e308", "1" * 310 + ".5", "1" * 4301),
    *("-" + "9" * 4301, "1" * 4301 + ".0", "1e" + "0" * 4301 + "1", "1e999999999999999999999"),
    *("01", "+1", "-01", "00", "-", "1.", ".5", "1.e5", "1e", "1e+", "1E", "-.5", "--1", "0x10"),
    *("1_000", "1,0", "\uff11", "NaN", "-NaN", "Infinity", "-Infinity", "nan", "inf", "1f", "1L"),
)
STRINGS: Final = (
    *('""', '"a"', '"\\u0061"', '"\\/"', '"\\u002f"', '"\\b\\f\\n\\r\\t\\"\\\\"', '"\u00e4"'),
    *('"\U0001f600"', '"\\ud83d\\ude00"', '"\\uD83D\\uDE00"', '"\\u0000"', '"\x7f"', '"\x80"'),
    *('"\u2028\u2029"', '"\ufeff"', '"\uffff"', '"\\uffff"', '"\U0010ffff"', '"e\u0301"'),
    *('"\\\\ud800"', '"\\\\\\\\ud800"', '"\\uDBFF\\uDFFF"', '"{[{[{[{[{[{[{[{[{["', '"\\\\"'),
    *('"\\"{[{[{[{[{[{[{[{[{[\\""', '"' + "a" * 256 + '"', '"' + "a" * 257 + '"'),
    *('"' + "\U0001f600" * 256 + '"', '"' + "\u00e4" * 129 + '"', '"' + "x" * 1000 + '"'),
    *('"\\u0061' + "b" * 60 + '"', '"\'"', '"\'\\""', '"\\u007f\\u0085"', '"\u200b"', '"\u202e"'),
    *('"\\r\\n"', '"\xa0"', '"' + "\u00e4" * 59 + '"', '"\\u00e4\\u0301"', '"\\ud7ff\\ue000"'),
)
BAD_STRINGS: Final = (
    *('"\\ud800"', '"\\udfff"', '"\\udc00\\ud800"', '"\\ud800\\u0041"', '"\\ud800x"'),
    *('"\\\\\\ud800"', '"\\ud800\\\\udc00"', '"\\ud83d\\ud83d\\ude00"', '"\\ud83d\ude00"'),
    *('"\ud83d\\ude00"', '"\ud800"', '"\udfff\ud800"', '"\\x41"', '"\\u00"', '"\\u004"'),
    *('"\\u004g"', '"\\u+041"', '"\\u 041"', '"\\U00000041"', '"\\u-041"', '"\\u0_41"'),
    *('"\n"', '"\t"', '"\x00"', '"\x1f"', '"', '"a', "'a'", '"a\\"', '"\\', '"\\u', '"a""b"'),
    *('"\\\n"', '"\\a"', '"\\0"', '"\\\'"', '"\\ud83d\\n"', '"\\ud83d\\u12"'),
)
BAD_WORDS: Final = ("True", "None", "nul", "truee", "undefined", "N", "tru", "NULL", "-true", "")
SPACES: Final = (
    " ",
    "\n",
    "\t",
    "\r",
    " \t\r\n ",
    "\x0b",
    "\x0c",
    "\xa0",
    "\u2028",
    "\ufeff",
    "\0",
)
NAMES: Final = (
    *('"a"', '"\\u0061"', '""', '"__proto__"', '"a.b"', '"\u00e4"', '"\\u00e4"', '"\\u0000"'),
    *('"\U0001f600"', '"\\ud83d\\ude00"', '"' + "n" * 65 + '"', '"kid"', '"exp"', '"\\/"', '"A"'),
    *('"' + "n" * 300 + '"', '"b"', '"c"', '"d"', '"e"', '"f"', '"g"', '"h"', '"i"', '"j"', '"k"'),
)
BAD_NAMES: Final = (
    *(
        '"\\ud83d"',
        '"\ud83d"',
        "a",
        "1",
        '"a',
        '"' + "n" * 70,
        '"\t"',
        "'a'",
        "null",
        "[]",
        "{}",
        "",
    ),
)
TRAILERS: Final = (
    *(" ", "\n", "\t\r\n ", "x", "}", "{}", ",", "\0", "\x0b", "\x0c", "\xa0", "\ufeff", "null"),
    *("/**/", "//", "[" * 20, "{" * 20, '"', "]" * 20, "\u2028", "\\", " {}", "\x1c", "\x85"),
)
_MAX_ITEMS: Final = 4
_BAD: Final = (BAD_STRINGS, BAD_NUMBERS, BAD_WORDS)


def value(choices: Choices, depth: int = 0) -> str:
    """Write any value: mostly good ones, now and then one that no parser should take."""
    kind = choices.byte()
    if kind < 64:
        return choices.pick(SMALL)
    if kind < 104:
        return choices.pick(STRINGS)
    if kind < 136:
        return choices.pick(NUMBERS)
    if kind < 160:
        return number(choices)
    if kind < 172:
        return choices.pick(choices.pick(_BAD))
    if depth >= _MAX_ITEMS or kind < 180:
        return nested(choices, depth)
    if kind < 216:
        items = [value(choices, depth + 1) for _ in range(choices.below(_MAX_ITEMS))]
        return "[" + joined(choices, items, "]")
    count = choices.below(_MAX_ITEMS)
    return written(choices, [(name(choices), value(choices, depth + 1)) for _ in range(count)])


def name(choices: Choices) -> str:
    """Write the name of a member that means nothing."""
    return choices.pick(BAD_NAMES if choices.one_in(24) else NAMES)


def number(choices: Choices) -> str:
    """Write a number of digits that were never in a table, for the last bit of a float."""
    whole = int.from_bytes(choices.take(choices.below(12)), "big")
    text = ("-" if choices.one_in(4) else "") + str(whole)
    if choices.one_in(2):
        text += f".{int.from_bytes(choices.take(choices.below(12)), 'big')}"
    if choices.one_in(2):
        text += f"{choices.pick('eE')}{choices.pick(('', '-', '+'))}{choices.below(340)}"
    return text


def nested(choices: Choices, levels_above: int = 1) -> str:
    """Write something nested to just below, at or just beyond the limit, by what is around it."""
    count = MAX_DEPTH - levels_above + choices.pick((-1, 0, 1, 2, -9, 900))
    opening, closing = choices.pick((("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")))
    if len(opening) > 5:
        count //= 2
    inner = choices.pick(("0", '"a"', '"]]]]}}}}"', '"\\"[["', "", "[]", '"{[{["'))
    ending = choices.pick((count, count, count, count - 1, count + 1, 0))
    return opening * count + inner + closing * ending


def written(choices: Choices, members: Sequence[Member]) -> str:
    """Write an object with its members in their order, mostly without white space."""
    if choices.byte() < 248:
        return "{" + ",".join([f"{label}:{text}" for label, text in members]) + "}"
    space = choices.pick(SPACES)
    colon = choices.pick((f":{space}", f"{space}:", ":", "", "=", "::", ",", f"{space}:{space}"))
    return "{" + joined(choices, [f"{label}{colon}{text}" for label, text in members], "}")


def joined(choices: Choices, items: Sequence[str], end: str) -> str:
    """Write items up to their end, mostly as they should be."""
    if choices.byte() < 250:
        return ",".join(items) + end
    space = choices.pick(SPACES)
    comma = choices.pick((f",{space}", f"{space},", ",,", space, ";", "", f"{space},{space}"))
    last = choices.pick(("", "", ",", space, f",{space}"))
    return comma.join(items) + last + choices.pick((end, end, end, "", "]", "}", f"{space}{end}"))


def framed(choices: Choices, text: str) -> bytes:
    """Give a document its bytes: now and then with something around it, or in another encoding."""
    kind = choices.byte()
    if kind < 240:
        return text.encode("utf-8", "surrogatepass")
    if kind < 244:
        return (text + choices.pick(TRAILERS)).encode("utf-8", "surrogatepass")
    if kind < 246:
        return (choices.pick(TRAILERS) + text).encode("utf-8", "surrogatepass")
    if kind < 249:
        encoding = choices.pick(("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "cp037"))
        return text.encode(encoding, "replace")
    data = text.encode("utf-8", "surrogatepass")
    if kind < 252:
        return data.replace(b"a", choices.pick(FOREIGN_BYTES), 1)
    return mutated(choices, data)


FOREIGN_BYTES: Final = (
    *(b"\xc1\xa1", b"\xe0\x81\xa1", b"\xf0\x80\x81\xa1", b"\xff", b"\x80", b"\xed\xa0\x80"),
    *(b"\xf4\x90\x80\x80", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xfe\xff", b"\xf8\x88\x80\x80"),
)


def mutated(choices: Choices, data: bytes) -> bytes:
    """Change bytes anywhere: flip, put in, take out, double, swap, cut."""
    for _ in range(1 + choices.below(3)):
        at = choices.below(len(data) + 1)
        kind = choices.below(8)
        if kind == 0:
            data = data[:at] + bytes((choices.byte(),)) + data[at + 1 :]
        elif kind == 1 and at < len(data):
            data = data[:at] + bytes((data[at] ^ 1 << choices.below(8),)) + data[at + 1 :]
        elif kind == 2:
            data = data[:at] + choices.take(1 + choices.below(4)) + data[at:]
        elif kind == 3:
            data = data[:at] + data[at + 1 + choices.below(8) :]
        elif kind == 4:
            data = data[:at] + data[max(0, at - 1 - choices.below(16)) :]
        elif kind == 5:
            data = data[:at] + choices.pick(FOREIGN_BYTES) + data[at:]
        elif kind == 6:
            data = data[:at]
        else:
            data = data[:at] + choices.pick(PIECES) + data[at:]
    return data


PIECES: Final = (
    *(b".", b"=", b"\n", b" ", b"\0", b"+", b"/", b"-", b"_", b'"', b"\\", b"{", b"[", b"}", b"]"),
    *(b"\\ud800", b"\\u0061", b'"exp":1,', b',"alg":"none"', b"..", b"e30", b"1e5", b",", b":"),
)
