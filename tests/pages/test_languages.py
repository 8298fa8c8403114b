"""Who reads in which language, and that no sentence is missing in one."""

from __future__ import annotations

import re

import pytest

from sealwax.pages import languages
from sealwax.pages.languages import (
    ACCEPTED_TAGS,
    MAX_PREFERENCES_CHARACTERS,
    available_languages,
    catalogue,
    choose_language,
    parse_po,
)
from tests.pages.messages_in_use import Message, code_messages, template_messages

TRANSLATIONS = [language for language in available_languages() if language != "en"]


@pytest.mark.parametrize(
    ("ui_locales", "accept_language", "chosen"),
    [
        (None, None, "en"),
        ("de", None, "de"),
        ("DE", None, "de"),
        ("fr-CA fr de", "en", "de"),
        ("de-AT", "en", "de"),
        ("fr", "de", "de"),
        ("fr", None, "en"),
        (None, "de-CH, de;q=0.9, en;q=0.8", "de"),
        (None, "en;q=0.8, de;q=0.9", "de"),
        (None, "de;q=0, en;q=0.1", "en"),
        (None, "fr, *;q=0.5", "en"),
        (None, "de;q=nan", "en"),
        (None, "de;q=2", "en"),
        (None, "de ; q=0.5", "de"),
        ('"><script>', '"><script>', "en"),
        ("../../de", None, "en"),
        ("d" * MAX_PREFERENCES_CHARACTERS + " de", None, "en"),
        (None, "x," * MAX_PREFERENCES_CHARACTERS + "de", "en"),
    ],
)
def test_choice(ui_locales: str | None, accept_language: str | None, chosen: str) -> None:
    assert choose_language(ui_locales, accept_language) == chosen


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_sentence_is_translated_and_none_is_left_over(language: str) -> None:
    used = {_key(message) for message in template_messages() | code_messages()}
    known = set(_file(language)) - {""}

    assert sorted(used - known) == [], f"missing in {language}.po"
    assert sorted(known - used) == [], f"no longer said, but in {language}.po"


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_places_and_markup_are_those_of_the_source(language: str) -> None:
    for source, translation in _file(language).items():
        if not source:
            continue
        assert set(_places(translation)) == set(_places(source)), source
        assert sorted(_tags(translation)) == sorted(_tags(source)), source
        for form in translation.split("\0"):
            assert form == form.strip()


def test_sentences_hold_accepted_markup_alone() -> None:
    for singular, plural in template_messages() | code_messages():
        for sentence in (singular, plural or ""):
            assert set(_tags(sentence)) <= set(ACCEPTED_TAGS), sentence
            opened = re.findall(r"<[^>]*>", sentence)
            assert all(re.fullmatch(r"</?[a-z]+>", tag) for tag in opened), sentence


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_catalogue_says_what_the_file_says(language: str) -> None:
    for source, translation in _file(language).items():
        if source and "\0" not in source:
            assert catalogue(language).gettext(source) == translation
    assert catalogue(language).gettext("not a sentence of ours") == "not a sentence of ours"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", {}),
        ('# note\nmsgid "a"\nmsgstr "b"\n', {"a": "b"}),
        ('msgid ""\n"a"\n"b"\nmsgstr "c\\n\\"d\\""\n', {"ab": 'c\n"d"'}),
        ('msgid "a"\nmsgid_plural "as"\nmsgstr[0] "b"\nmsgstr[1] "bs"\n', {"a\0as": "b\0bs"}),
        ('msgid "a"\nmsgstr ""\n\nmsgid "c"\nmsgstr "d"', {"c": "d"}),
    ],
)
def test_po_file(text: str, messages: dict[str, str]) -> None:
    assert parse_po(text) == messages


@pytest.mark.parametrize(
    "text", ["rubbish", '"a string before its keyword"', 'msgid "never ends', 'msgctxt "x"']
)
def test_po_file_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"line 1 is .* is accepted"):
        parse_po(text)


def _file(language: str) -> dict[str, str]:
    path = languages._FOLDER / f"{language}.po"  # noqa: SLF001  # the files are what is under test
    return parse_po(path.read_text("utf-8"))


def _key(message: Message) -> str:
    singular, plural = message
    return singular if plural is None else f"{singular}\0{plural}"


def _places(sentence: str) -> list[str]:
    return re.findall(r"%(?:\([a-z]+\)s|.)", sentence)


def _tags(sentence: str) -> list[str]:
    return re.findall(r"</?([a-z]+)[^>]*>", sentence.split("\0", maxsplit=1)[0])
