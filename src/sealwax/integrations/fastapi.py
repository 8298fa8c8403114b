"""FastAPI: a dependency that gives the verified token, and shows in the OpenAPI document.

    notes = ResourceServer(issuer="https://id.example.com", audience="https://api.example.com")
    app = FastAPI()
    notes.install(app)

    @app.get("/notes")
    async def list_notes(
        token: Annotated[VerifiedToken, Depends(notes.requires("notes:read"))],
    ) -> list[str]: ...

The rest stands in docs/how-to/protect-fastapi.md.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from sealwax.integrations.bearer import RequestRefused
from sealwax.integrations.extras import MissingExtra
from sealwax.integrations.protected_resource import ProtectedResource, check_scopes
from sealwax.integrations.starlette import HttpRefusal, response_of
from sealwax.resource_server import VerifiedToken

try:
    from fastapi import FastAPI, Security
    from fastapi.openapi.models import HTTPBearer
    from fastapi.security import SecurityScopes
    from fastapi.security.base import SecurityBase
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response
except ModuleNotFoundError as error:
    raise MissingExtra("fastapi", error) from error

VerifiedTokenDependency = Callable[..., Awaitable[VerifiedToken]]


class ResourceServer(ProtectedResource):
    """An API in FastAPI; see ProtectedResource for what it is built with."""

    def requires(self, *scopes: str) -> VerifiedTokenDependency:
        """Make a dependency that gives the token, and demands all of `scopes` of it.

        Scopes that are asked for around it, with `Security(..., scopes=[...])`, are demanded too.
        Raises InvalidConfiguration.
        """
        check_scopes("scopes", scopes)

        async def verified_token(
            connection: HTTPConnection,
            asked_for: SecurityScopes,
            _: Annotated[None, Security(_BearerScheme(), scopes=list(scopes))],
        ) -> VerifiedToken:
            needed = tuple(dict.fromkeys((*scopes, *asked_for.scopes)))
            try:
                return await self.authenticate(connection.headers.getlist("authorization"), needed)
            except RequestRefused as refused:
                raise HttpRefusal(refused) from refused

        return verified_token

    def install(self, app: FastAPI) -> None:
        """Serve the metadata (RFC 9728 §3), and have refusals answered in the form of RFC 6750.

        Without it requests are refused all the same, with FastAPI's own body.
        """
        app.add_exception_handler(HttpRefusal, _answer)
        if self.metadata_path is not None:

            async def metadata() -> Response:
                return response_of(self.metadata_answer())

            app.add_api_route(self.metadata_path, metadata, include_in_schema=False)


class _BearerScheme(SecurityBase):
    """What the OpenAPI document says of these endpoints; it checks nothing by itself."""

    def __init__(self) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description="An access token (RFC 6750)")
        self.scheme_name = "AccessToken"

    async def __call__(self) -> None:
        """Leave the checking to the dependency around it."""


async def _answer(_: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, HttpRefusal):
        raise refusal
    return response_of(refusal.answer)
