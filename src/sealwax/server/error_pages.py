"""Errors as pages, for a person who opened an address in a browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from sealwax.pages import messages
from sealwax.pages.languages import choose_language
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.pages.contexts import MessagePage
    from sealwax.server.services import Services

_PAGES: Final[Mapping[int, Callable[[], MessagePage]]] = {
    404: messages.not_found,
    405: messages.method_not_allowed,
    500: messages.server_error,
    503: messages.unavailable,
}
_MISDIRECTED: Final = 421
_REPLACED_HEADERS: Final = frozenset({b"content-type", b"cache-control"})


def as_page(reply: Reply, scope: Mapping[str, Any], services: Services) -> Reply:
    """Give an error of the server as a page where a browser asked for one, else as it is.

    Errors of the protocol (400, 401, 403) stay JSON: a program reads those. Status and other
    headers stay too. What is wrong is told, never what was sent.
    """
    if reply.status not in _PAGES and reply.status != _MISDIRECTED:
        return reply
    if (b"content-type", b"application/json") not in reply.headers:
        return reply
    headers = {bytes(name): bytes(value) for name, value in scope["headers"]}
    if b"text/html" not in headers.get(b"accept", b"") or scope["path"].startswith("/health/"):
        return reply
    language = choose_language(None, headers.get(b"accept-language", b"").decode("latin-1"))
    html = services.pages.render(_page(reply.status, services), language=language)
    kept = tuple(header for header in reply.headers if header[0] not in _REPLACED_HEADERS)
    return Reply.html(html, status=reply.status, headers=kept)


def _page(status: int, services: Services) -> MessagePage:
    if status == _MISDIRECTED:
        return messages.wrong_address(own_url=services.settings.issuer.url)
    return _PAGES[status]()
