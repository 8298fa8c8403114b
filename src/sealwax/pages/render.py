"""Makes HTML of a page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sealwax.pages.assets import asset_path
from sealwax.pages.contexts import Page
from sealwax.pages.languages import SOURCE_LANGUAGE, catalogue
from sealwax.pages.text import Text

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES: Final = Path(__file__).parent / "templates"


class Pages:
    """Renders every page of one issuer.

    Jinja2 is loaded with the first page, not when a server starts.
    """

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def render(self, page: Page, *, language: str = SOURCE_LANGUAGE) -> str:
        """Give the page as HTML in one of `languages.available_languages()`.

        Whatever is not ours (names, e-mail addresses, scopes) comes out escaped. Raises
        jinja2.UndefinedError when a template asks for something that its context does not have.
        """
        translator = _Translator(language)
        template = self._environment.get_template(page.template)
        return template.render(
            page=page, language=language, _=translator.literal, say=translator.text
        )

    @cached_property
    def _environment(self) -> Environment:
        """Build the template environment; this is the place that loads Jinja2."""
        from jinja2 import (  # noqa: PLC0415  # loaded with the first page: a server that shows none starts faster
            Environment,
            FileSystemLoader,
            StrictUndefined,
        )

        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals.update(
            issuer=self._issuer,
            issuer_host=urlsplit(self._issuer).netloc,
            style_sheet=asset_path("sealwax.css"),
            icon=asset_path("seal.svg"),
            form_post_script=asset_path("form_post.js"),
        )
        return environment


class _Translator:
    """Puts sentences into one language, every value escaped and kept apart from the words."""

    def __init__(self, language: str) -> None:
        self._catalogue = catalogue(language)

    def literal(self, message: str, **values: Any) -> Markup:  # noqa: ANN401  # a template hands in what its context holds
        """Translate a sentence that stands in a template (a test holds that it is a literal)."""
        return self._fill(self._catalogue.gettext(message), values)

    def text(self, text: Text) -> Markup:
        """Translate a sentence that a context brings.

        Raises TypeError for a plain string, which might be foreign.
        """
        if not isinstance(text, Text):
            raise TypeError(f"a page says {type(text).__name__}; Text is accepted")
        if text.plural is None:
            sentence = self._catalogue.gettext(text.message)
        else:
            count = int(text.values["count"])
            sentence = self._catalogue.ngettext(text.message, text.plural, count)
        return self._fill(sentence, text.values)

    def _fill(self, sentence: str, values: Mapping[str, Any]) -> Markup:
        """Put the values into a sentence; `<bdi>` keeps a name from turning the words around it."""
        from markupsafe import Markup  # noqa: PLC0415  # comes with Jinja2, see above

        wrapped = {
            name: value if isinstance(value, int) else Markup("<bdi>{}</bdi>").format(value)
            for name, value in values.items()
        }
        return Markup(sentence) % wrapped if wrapped else Markup(sentence)  # noqa: S704  # sentences are ours: literals and catalogues
