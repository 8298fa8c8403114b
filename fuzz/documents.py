"""A good document, changed: members replaced, doubled, taken out, put in, at any level."""

import json
from collections.abc import Mapping
from typing import Any

from fuzz.choices import Choices
from fuzz.json_text import Member, framed, mutated, name, value, written


def document(choices: Choices, good: Mapping[str, Any]) -> bytes:
    """Write a document with changes, and now and then with something around it."""
    return framed(choices, altered(choices, good))


def mapping(choices: Choices, good: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a changed document as a caller would who read it with a lenient parser."""
    try:
        read = json.loads(altered(choices, good))
    except (ValueError, RecursionError):
        return good
    return read if isinstance(read, dict) else {"read": read}


def altered(choices: Choices, good: Mapping[str, Any]) -> str:
    """Write an object with changes as text, that may be no JSON any more."""
    members: list[Member] = [(json.dumps(key), json.dumps(each)) for key, each in good.items()]
    values = list(good.values())
    for _ in range(choices.below(4)):
        if not members:
            break
        at = choices.below(len(members))
        label, text = members[at]
        kind = choices.below(12)
        if kind < 3:
            members[at] = (label, value(choices))
        elif kind < 6:
            members[at] = (label, _within(choices, values[at] if at < len(values) else None, text))
        elif kind < 8:
            members[at] = (
                label,
                mutated(choices, text.encode("utf-8", "replace")).decode("utf-8", "replace"),
            )
        elif kind == 8:
            del members[at]
            values = []  # what stands where is not known any more
        elif kind == 9:
            members.append((label, text))
        elif kind == 10:
            members.append((name(choices), value(choices)))
        else:
            other = choices.below(len(members))
            members[at] = (label, members[other][1])
    return written(choices, members)


def _within(choices: Choices, member: object, text: str) -> str:
    """Change something inside of a member: an object, one entry of a list, some characters."""
    if isinstance(member, dict):
        return altered(choices, member)
    if isinstance(member, list) and member:
        texts = [json.dumps(entry) for entry in member]
        at = choices.below(len(texts))
        texts[at] = _within(choices, member[at], texts[at])
        if choices.one_in(4):
            texts *= choices.below(40)
        return "[" + ",".join(texts) + "]"
    if isinstance(member, str) and member:
        at = choices.below(len(member))
        put = choices.pick(("", "A", "_", "=", "\u00e4", "AAAA", "\0", "."))
        return json.dumps(member[:at] + put + member[at + 1 :])
    return text
