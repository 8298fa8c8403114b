"""Answering with one of our pages, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.pages.languages import choose_language
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.pages.contexts import Page
    from sealwax.server.http import RawHeader, Request
    from sealwax.server.services import Services


def page_reply(
    page: Page,
    request: Request,
    services: Services,
    *,
    status: int = 200,
    headers: tuple[RawHeader, ...] = (),
    form_action: tuple[str, ...] = (),
    ui_locales: str | None = None,
) -> Reply:
    """Render a page; `form_action` names where an answer to its form may lead beside ourselves.

    `ui_locales` is what the application asked for (OIDC Core §3.1.2.1).
    """
    language = choose_language(ui_locales, request.header("accept-language"))
    html = services.pages.render(page, language=language)
    return Reply.html(html, status=status, headers=headers, form_action=form_action)
