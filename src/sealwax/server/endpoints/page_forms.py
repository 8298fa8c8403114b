"""What the endpoints of our pages share: reading what a browser sent, refusing foreign forms."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sealwax.oauth.errors import InvalidRequest
from sealwax.oauth.parameters import Form, form_of, parse_form, parse_query
from sealwax.pages import messages
from sealwax.server.endpoints.page_reply import page_reply
from sealwax.server.form_tokens import FormForged
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.server.http import Request
    from sealwax.server.services import Services


def read_query(request: Request) -> Form:
    """Give the query of a page of ours; one that can't be read counts as none."""
    try:
        return parse_query(request.query)
    except InvalidRequest:
        return form_of(())


def accept_form(
    request: Request, services: Services, *, page_path: str, keep: tuple[str, ...] = ()
) -> Form | Reply:
    """Give what a form of ours sent, or the reply to one that is not accepted.

    A token that does not fit any more, because this browser signed in or out meanwhile, leads to
    the page again: `page_path`, with the parameters to keep. Anything else is explained.
    """
    form = read_form(request)
    if form is None:
        return unreadable_reply(request, services)
    retry_path = path_with(page_path, **{name: form.get(name) or "" for name in keep})
    try:
        services.form_tokens.check(request, form.get("form_token"))
    except FormForged as forged:
        if forged.reason == "form_token_invalid":
            return Reply.redirect(retry_path)
        return forged_reply(forged, request, services, retry_path=retry_path)
    return form


def read_form(request: Request) -> Form | None:
    """Give what a form sent, whoever made it; None if it can't be read."""
    try:
        return parse_form(request.body)
    except InvalidRequest:
        return None


def unreadable_reply(request: Request, services: Services) -> Reply:
    """Answer what no form of ours sends."""
    return page_reply(messages.form_unreadable(), request, services, status=400)


def forged_reply(
    forged: FormForged, request: Request, services: Services, *, retry_path: str
) -> Reply:
    """Explain a form that was not accepted; `retry_path` is the page with a fresh one."""
    services.log.event("form_refused", route=request.path, reason=forged.reason)
    if forged.reason == "form_cookie_missing":
        is_plain_http = not services.settings.issuer.is_https
        page = messages.cookies_missing(is_plain_http=is_plain_http, retry_url=retry_path)
    else:
        page = messages.foreign_form(own_url=services.settings.issuer.url + retry_path)
    return page_reply(page, request, services, status=403)


def path_with(path: str, **parameters: str) -> str:
    """Give one of our own addresses with a query; empty values are left out."""
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{path}?{query}" if query else path
