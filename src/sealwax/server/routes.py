"""Every address of the issuer, in one table.

Only the last part of `/status/{list}` and `/static/{file}` varies; every other path is compared as
a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from sealwax.server.endpoints import (
    account,
    authorize,
    consent,
    discovery,
    end_session,
    health,
    home,
    introspect,
    jwks,
    login,
    password,
    password_link,
    revoke,
    signin,
    status,
    token,
    userinfo,
)
from sealwax.server.http import Handler

Cors = Literal["none", "client", "public"]
"""`none`: no page of another origin may read the answer. `client`: pages of the registered web
origins may, and the endpoint holds the origin to the one client. `public`: any page may; for
what is no secret."""

Accepts = Literal["nothing", "form", "json"]
"""What kind of body: none at all, `application/x-www-form-urlencoded`, or `application/json`."""

FORM_LIMIT_BYTES: Final = 64 * 1024
"""For forms of the protocol: a client assertion or token of 32 KiB and its company."""
PAGE_FORM_LIMIT_BYTES: Final = 32 * 1024
"""For forms of our pages: a sealed interaction and a password."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address. A GET route answers HEAD too."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    cors: Cors = "none"
    body_limit: int = FORM_LIMIT_BYTES
    accepts: Accepts = "form"
    """Only looked at for POST."""


SIGN_IN_LIMIT_BYTES: Final = 16 * 1024
"""For a name and a password as JSON."""

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET",
        "/.well-known/openid-configuration",
        discovery.openid_configuration,
        cors="public",
    ),
    Route(
        "GET",
        "/.well-known/oauth-authorization-server",
        discovery.authorization_server,
        cors="public",
    ),
    Route("GET", "/jwks", jwks.show, cors="public"),
    Route("GET", "/status/{list}", status.show, cors="public"),
    Route("GET", "/authorize", authorize.show),
    Route("POST", "/authorize", authorize.submit),
    Route("GET", "/authorize/continue", authorize.go_on),
    Route("POST", "/token", token.exchange, cors="client"),
    Route("GET", "/userinfo", userinfo.show, cors="client"),
    Route("POST", "/userinfo", userinfo.show, cors="client"),
    Route("POST", "/introspect", introspect.introspect),
    Route("POST", "/revoke", revoke.revoke),
    Route(
        "POST",
        "/signin",
        signin.sign_in_directly,
        cors="client",
        body_limit=SIGN_IN_LIMIT_BYTES,
        accepts="json",
    ),
    Route("GET", "/end_session", end_session.show),
    Route("POST", "/end_session", end_session.submit),
    Route("GET", "/", home.show),
    Route("GET", "/static/{file}", home.static_file),
    Route("GET", "/login", login.show),
    Route("POST", "/login", login.submit, body_limit=PAGE_FORM_LIMIT_BYTES),
    Route("GET", "/consent", consent.show),
    Route("POST", "/consent", consent.submit, body_limit=PAGE_FORM_LIMIT_BYTES),
    Route("GET", "/account", account.show),
    Route("POST", "/account", account.submit, body_limit=PAGE_FORM_LIMIT_BYTES),
    Route("GET", "/account/password", password.show),
    Route("POST", "/account/password", password.submit, body_limit=PAGE_FORM_LIMIT_BYTES),
    Route("GET", "/password", password_link.show),
    Route("POST", "/password", password_link.submit, body_limit=PAGE_FORM_LIMIT_BYTES),
    Route("GET", "/health/live", health.live),
    Route("GET", "/health/ready", health.ready),
)
