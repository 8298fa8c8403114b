"""An authorization request on its way from page to page.

It is checked, then sealed and carried by the browser; nothing is stored until a person has signed
in and agreed. Each step opens the seal and checks the request as if it were new. The sign-in pages
use `resume`, `continue_path` and `refusal_reply`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from sealwax.oauth.authorization import INTERACTION_LIFETIME_SECONDS, Interaction
from sealwax.oauth.authorization_request import (
    AuthorizationRequest,
    check_client,
    check_request,
    check_return_address,
    named_resources,
)
from sealwax.oauth.errors import (
    InteractionUnusable,
    OAuthError,
    RedirectedError,
    ResponseMode,
    ShownError,
)
from sealwax.oauth.id_token import read_id_token_hint
from sealwax.oauth.parameters import Form, form_of
from sealwax.oauth.redirect_uri import TrustedRedirectUri
from sealwax.oauth.resource_indicator import issuer_audience
from sealwax.pages.contexts import FormPostPage
from sealwax.pages.messages import shown_error
from sealwax.server.endpoints.page_reply import page_reply
from sealwax.server.http import Reply, Request
from sealwax.server.interactions import InteractionInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.server.services import Services

INTERACTION_KIND: Final = "authorization"


@dataclass(frozen=True, slots=True)
class AuthorizationInProgress:
    """A checked request and where it stands."""

    request: AuthorizationRequest
    interaction: Interaction
    hinted_subject: str | None
    """The person that a verified `id_token_hint` is about."""


async def check(
    form: Form, interaction: Interaction, services: Services
) -> AuthorizationInProgress:
    """Check a request: first where answers to it go, then everything else.

    Raises ShownError, RedirectedError.
    """
    issuer = services.settings.issuer.url
    client = check_client(await services.catalogue.client(form.get("client_id") or ""))
    address = check_return_address(form, client, issuer=issuer)
    resources = {
        identifier: await services.catalogue.resource(identifier)
        for identifier in named_resources(form, client, issuer=issuer)
    }
    lifetime_seconds = services.settings.tokens.access_token_seconds
    request = check_request(
        form,
        address,
        resources=resources,
        own=issuer_audience(issuer, lifetime_seconds=lifetime_seconds),
    )
    return AuthorizationInProgress(request, interaction, _hinted_subject(request, services))


async def resume(sealed: str | None, services: Services) -> AuthorizationInProgress:
    """Open a sealed request and check it as if it were new.

    Raises InteractionUnusable for a seal that is broken, foreign or too old, and any ShownError or
    RedirectedError when the client or its registration changed meanwhile.
    """
    try:
        data = services.interactions.open(
            INTERACTION_KIND, sealed or "", max_age_seconds=INTERACTION_LIFETIME_SECONDS
        )
    except InteractionInvalid as error:
        raise InteractionUnusable(
            "interaction_invalid", "this sign-in can't be continued: start again"
        ) from error
    interaction = Interaction.from_data(data)
    return await check(form_of(interaction.parameters), interaction, services)


def page_path(path: str, interaction: Interaction, services: Services) -> str:
    """Give the address of a page of ours that works on this request."""
    sealed = services.interactions.seal(INTERACTION_KIND, interaction.to_data())
    return f"{path}?{urlencode({'i': sealed})}"


def continue_path(sealed: str) -> str:
    """Give where a page of ours leads when it has done its part."""
    return f"/authorize/continue?{urlencode({'i': sealed})}"


def refusal_reply(
    error: ShownError | RedirectedError, request: Request, services: Services
) -> Reply:
    """Answer with an error: back to the client where that is safe, else with a page."""
    services.log.event(
        "authorization_refused", route=request.path, error=error.error, reason=error.reason
    )
    if isinstance(error, RedirectedError):
        return client_reply(
            error.redirect_uri, error.response_mode, error.parameters, request, services
        )
    return page_reply(shown_error(error), request, services, status=error.http_status)


def client_reply(
    redirect_uri: TrustedRedirectUri,
    response_mode: ResponseMode,
    parameters: Mapping[str, str],
    request: Request,
    services: Services,
) -> Reply:
    """Answer the client through the browser: by 303, or by a form that posts itself."""
    if response_mode == "query":
        return Reply.redirect(redirect_uri.with_parameters(parameters))
    page = FormPostPage(redirect_uri=redirect_uri.uri, parameters=parameters)
    return page_reply(page, request, services, form_action=(redirect_uri.uri,))


def _hinted_subject(request: AuthorizationRequest, services: Services) -> str | None:
    """Verify `id_token_hint` (OIDC Core §3.1.2.1). Raises RedirectedError."""
    if request.id_token_hint is None:
        return None
    try:
        return read_id_token_hint(
            request.id_token_hint,
            services.key_ring.verification_keys(),
            issuer=request.issuer,
            client_id=request.client.client_id,
        ).subject
    except OAuthError as error:
        raise request.refuse(error) from error
