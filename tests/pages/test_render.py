"""Pages as HTML: well-formed, usable without sight or mouse, safe whatever names people choose."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from jinja2 import UndefinedError, nodes

from sealwax.pages import contexts
from sealwax.pages.languages import available_languages
from sealwax.pages.render import Pages
from sealwax.pages.text import Text
from tests.pages import html_check
from tests.pages.messages_in_use import template_calls, template_sources
from tests.pages.samples import HOSTILE, pages

PAGES = Pages("https://id.example.com")


@pytest.mark.parametrize("language", available_languages())
@pytest.mark.parametrize("name", list(pages()))
def test_each_page_is_without_fault_in_each_language(name: str, language: str) -> None:
    html = PAGES.render(pages()[name], language=language)

    assert html_check.faults(html) == []
    assert html_check.read(html).all("html")[0].attributes["lang"] == language


@pytest.mark.parametrize("language", available_languages())
@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize("name", list(pages()))
def test_hostile_words_stay_words(name: str, word: str, language: str) -> None:
    plain = html_check.read(PAGES.render(pages()[name], language=language))
    html = PAGES.render(pages(word)[name], language=language)
    document = html_check.read(html)

    assert html_check.faults(html) == []
    assert [(each.tag, sorted(each.attributes)) for each in document.elements] == [
        (each.tag, sorted(each.attributes)) for each in plain.elements
    ], "a word changed the structure of the page"


@pytest.mark.parametrize("name", ["consent", "login for an application", "account"])
def test_foreign_words_are_kept_apart_from_ours(name: str) -> None:
    word = "\u202eevil"
    document = html_check.read(PAGES.render(pages(word)[name]))

    carriers = [
        each for each in document.elements if word in each.text and each.tag in {"bdi", "code"}
    ]
    assert carriers
    assert all(
        "bdi" in [each.tag, *each.ancestors] or "code" in [each.tag, *each.ancestors]
        for each in document.elements
        if word in each.text
        and not any(word in child.text for child in document.elements if child.parent is each)
        and each.tag != "title"
    )


@pytest.mark.parametrize(
    "source", [pytest.param(text, id=name) for name, text in template_sources()]
)
def test_templates_translate_literals_alone_and_never_switch_escaping_off(source: str) -> None:
    for call in template_calls(source):
        assert isinstance(call.args[0], nodes.Const), (
            "a sentence that is not a literal may be foreign"
        )
    assert not re.search(r"\|\s*safe\b|autoescape|Markup|<style|style=|\son[a-z]+=", source)


def test_a_plain_string_is_not_said() -> None:
    page = contexts.MessagePage(title="<b>foreign</b>", paragraphs=())  # type: ignore[arg-type]  # the mistake under test

    with pytest.raises(TypeError, match="a page says str; Text is accepted"):
        PAGES.render(page)


def test_what_a_context_lacks_is_an_error_and_not_an_empty_place() -> None:
    class Misfit(contexts.Page):
        template = "home.html"

    with pytest.raises(UndefinedError, match="signed_in_as"):
        PAGES.render(Misfit())


def test_a_text_in_the_singular_and_plural() -> None:
    def said(count: int, language: str) -> str:
        text = Text.counted("%(count)s minute ago", "%(count)s minutes ago", count)
        page = contexts.MessagePage(title=text, paragraphs=())
        return html_check.read(PAGES.render(page, language=language)).all("h1")[0].text

    assert [said(1, "en"), said(5, "en")] == ["1 minute ago", "5 minutes ago"]
    assert [said(1, "de"), said(5, "de")] == ["vor 1 Minute", "vor 5 Minuten"]


def test_problems_link_to_their_fields_and_take_the_focus() -> None:
    html = PAGES.render(pages()["login with problems"])
    document = html_check.read(html)

    summary = document.by_id("problems")
    assert summary is not None
    assert summary.attributes["role"] == "alert"
    assert "autofocus" in summary.attributes
    targets = [link.attributes["href"] for link in document.all("a") if "ul" in link.ancestors]
    assert targets == ["#username", "#password"]
    for name in ("username", "password"):
        entry = document.by_id(name)
        assert entry is not None
        assert entry.attributes["aria-invalid"] == "true"
        assert entry.attributes["aria-describedby"] == f"{name}-problem"
    assert document.all("title")[0].text.startswith("Problem:")


def test_a_password_is_never_written_back() -> None:
    for page in pages("secret").values():
        for entry in html_check.read(PAGES.render(page)).all("input"):
            if entry.attributes.get("type") == "password":
                assert "value" not in entry.attributes


def test_password_fields_are_named_for_password_managers() -> None:
    def autocomplete(name: str) -> list[str]:
        entries = html_check.read(PAGES.render(pages()[name])).all("input")
        return [
            each.attributes["autocomplete"] for each in entries if "autocomplete" in each.attributes
        ]

    assert autocomplete("login") == ["username", "current-password"]
    assert autocomplete("password") == [
        "username",
        "current-password",
        "new-password",
        "new-password",
    ]
    assert autocomplete("password by link") == ["username", "new-password", "new-password"]


def test_allowing_and_declining_weigh_the_same() -> None:
    buttons = html_check.read(PAGES.render(pages()["consent"])).all("button")

    assert [each.attributes["value"] for each in buttons] == ["deny", "allow"]
    assert len({each.attributes["class"] for each in buttons}) == 1


def test_enter_in_a_field_signs_in_and_does_not_cancel() -> None:
    document = html_check.read(PAGES.render(pages()["login for an application"]))

    assert [each.attributes["value"] for each in document.all("button")] == ["sign_in", "cancel"]
    assert "formnovalidate" in document.all("button")[1].attributes


def test_nothing_is_loaded_before_the_first_page() -> None:
    code = (
        "import sys; from sealwax.pages.render import Pages; import sealwax.pages.messages; "
        "p = Pages('https://id.example.com'); assert 'jinja2' not in sys.modules; "
        "from sealwax.pages.contexts import HomePage; p.render(HomePage()); "
        "assert 'jinja2' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
