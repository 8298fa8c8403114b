"""The languages of the pages, and which of them a reader is given.

English is the source. Every other language is one `.po` file in `languages/`, the format that
translators' tools write. It is read once, when the first page in that language is asked for, and
handed to the standard library's gettext as the compiled catalogue it expects: no build step, and
nothing compiled in the repository.
"""

from __future__ import annotations

import ast
import gettext
import io
import re
import struct
from functools import cache
from pathlib import Path
from typing import Final

SOURCE_LANGUAGE: Final = "en"

ACCEPTED_TAGS: Final = ("strong", "em", "code")
"""The markup that a sentence may hold; a test holds the catalogues to it."""

MAX_PREFERENCES_CHARACTERS: Final = 500
"""Of `ui_locales` and of Accept-Language; longer ones are ignored as a whole."""

_FOLDER: Final = Path(__file__).parent / "languages"
_LANGUAGE_RANGE: Final = re.compile(r"[a-z]{1,8}(-[a-z0-9]{1,8}){0,8}")
_QUALITY: Final = re.compile(r"q=(0(\.[0-9]{0,3})?|1(\.0{0,3})?)")
_MO_MAGIC: Final = 0x950412DE


@cache
def available_languages() -> tuple[str, ...]:
    """Give the tags of all languages, English first."""
    return (SOURCE_LANGUAGE, *sorted(path.stem for path in _FOLDER.glob("*.po")))


def choose_language(ui_locales: str | None = None, accept_language: str | None = None) -> str:
    """Give the language a reader prefers among ours; English when there is none.

    What the application asked for comes first (`ui_locales`, OIDC Core §3.1.2.1), then what the
    browser is set to (Accept-Language, RFC 9110 §12.5.4); `de-AT` finds `de` (lookup, RFC 4647
    §3.4). Preferences that can't be read are passed over; this never raises.
    """
    for wanted in (*_split_ui_locales(ui_locales), *_split_accept_language(accept_language)):
        language = _look_up(wanted)
        if language is not None:
            return language
    return SOURCE_LANGUAGE


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Give the sentences of one of the available languages; one that is missing stays English."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    messages = parse_po((_FOLDER / f"{language}.po").read_text("utf-8"))
    return gettext.GNUTranslations(io.BytesIO(_compile(messages)))


def parse_po(text: str) -> dict[str, str]:
    """Read a `.po` file into the pairs of a compiled catalogue, plural forms joined by NUL.

    Reads what our files hold: `msgid`, `msgid_plural`, `msgstr`, `msgstr[n]`, strings over several
    lines, comments. Raises ValueError that names the line for anything else.
    """
    messages: dict[str, str] = {}
    entry: dict[str, str] = {}
    keyword = ""
    for number, line in enumerate((*text.splitlines(), ""), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            _keep(entry, messages)
            entry, keyword = {}, ""
            continue
        match = re.fullmatch(r'(?:(msgid|msgid_plural|msgstr|msgstr\[[0-5]\])\s+)?(".*")', stripped)
        if match is None or not (match[1] or keyword):
            raise ValueError(
                f"line {number} is {stripped[:60]!r}; msgid, msgstr or a quoted string is accepted"
            )
        keyword = match[1] or keyword
        entry[keyword] = entry.get(keyword, "") + str(ast.literal_eval(match[2]))
    return messages


def _keep(entry: dict[str, str], messages: dict[str, str]) -> None:
    """Put a finished entry into the catalogue; one without a translation is left out."""
    if "msgid" not in entry:
        return
    forms = [entry[key] for key in sorted(entry) if key.startswith("msgstr")]
    if not all(forms):
        return
    source = "\0".join(entry[key] for key in ("msgid", "msgid_plural") if key in entry)
    messages[source] = "\0".join(forms)


def _compile(messages: dict[str, str]) -> bytes:
    """Give the messages as a GNU `.mo` file (gettext manual §10.3), without a hash table."""
    pairs = sorted((source.encode(), target.encode()) for source, target in messages.items())
    header_size, row_size = 28, 8
    originals_at, translations_at = header_size, header_size + row_size * len(pairs)
    offset = translations_at + row_size * len(pairs)
    tables: list[bytes] = []
    strings: list[bytes] = []
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), offset))
            strings.append(pair[column] + b"\0")
            offset += len(strings[-1])
    head = struct.pack("<7I", _MO_MAGIC, 0, len(pairs), originals_at, translations_at, 0, offset)
    return b"".join((head, *tables, *strings))


def _split_ui_locales(ui_locales: str | None) -> list[str]:
    """Give the language tags in the order they stand."""
    if ui_locales is None or len(ui_locales) > MAX_PREFERENCES_CHARACTERS:
        return []
    return ui_locales.split()


def _split_accept_language(accept_language: str | None) -> list[str]:
    """Give the language ranges by falling quality; `q=0` and `*` name nothing we could choose."""
    if accept_language is None or len(accept_language) > MAX_PREFERENCES_CHARACTERS:
        return []
    weighted: list[tuple[float, str]] = []
    for item in accept_language.split(","):
        wanted, _, parameter = item.replace(" ", "").partition(";")
        quality = _QUALITY.fullmatch(parameter) if parameter else None
        if parameter and quality is None:
            continue
        weight = float(quality[1]) if quality else 1.0
        if weight > 0:
            weighted.append((-weight, wanted))
    return [wanted for _, wanted in sorted(weighted, key=lambda pair: pair[0])]


def _look_up(wanted: str) -> str | None:
    """Cut a language tag from its end until it is one of ours (RFC 4647 §3.4)."""
    tag = wanted.lower()
    if not _LANGUAGE_RANGE.fullmatch(tag):
        return None
    while tag:
        for language in available_languages():
            if language.lower() == tag:
                return language
        tag = tag.rpartition("-")[0]
    return None
