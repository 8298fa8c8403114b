"""Finding one's way in DER (X.690): where an element begins and ends, and what it is.

It reads nothing else of a document, so nothing else of it can surprise anybody.
"""

from typing import Final, NamedTuple

BIT_STRING: Final = 0x03
SEQUENCE: Final = 0x30

_LONG_LENGTH: Final = 0x80
_LONGEST_LENGTH_FIELD: Final = 3


class Element(NamedTuple):
    """One element: its tag, where its content begins, and where it ends."""

    tag: int
    start: int
    end: int


def read_element(data: bytes, start: int) -> Element | None:
    """Read the element that begins at `start`; None if it is cut off or absurdly long."""
    head = data[start : start + 2]
    if len(head) < 2:  # noqa: PLR2004  # a tag and a length
        return None
    length, content = head[1], start + 2
    if length & _LONG_LENGTH:
        size = length & ~_LONG_LENGTH
        if not 1 <= size <= _LONGEST_LENGTH_FIELD:
            return None
        length = int.from_bytes(data[content : content + size], "big")
        content += size
    end = content + length
    return Element(head[0], content, end) if end <= len(data) else None


def read_sequence(data: bytes) -> list[tuple[int, bytes]] | None:
    """Read elements that fill `data` exactly, as tags and contents; None if they do not."""
    elements = []
    position = 0
    while position < len(data):
        element = read_element(data, position)
        if element is None:
            return None
        elements.append((element.tag, data[element.start : element.end]))
        position = element.end
    return elements
