"""`/userinfo`: who the person is, for the bearer of their access token (OIDC Core §5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.oauth.access_token import check_token_scope, read_bearer_token
from sealwax.oauth.userinfo import check_bearer, check_person, userinfo_response
from sealwax.oauth.web_origin import check_web_origin
from sealwax.server.endpoints import own_tokens
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.server.http import Request
    from sealwax.server.services import Services


async def show(request: Request, services: Services) -> Reply:
    """Answer GET and POST /userinfo.

    The token is taken from the Authorization header alone: RFC 6750 §2.2 makes the form a last
    resort and §2.3 warns of the query.
    """
    issuer = services.settings.issuer.url
    bearer = read_bearer_token(request.header("authorization"))
    token = await own_tokens.verify_unrevoked(bearer, services, audience=issuer)
    check_token_scope(token, "openid")
    client = check_bearer(await services.catalogue.client(token.client_id))
    check_web_origin(request.header("origin"), client, issuer=issuer)
    user = check_person(await services.storage.users.find(token.subject))
    return Reply.json(userinfo_response(user, token.scopes))
