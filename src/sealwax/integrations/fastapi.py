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
from typing import Annotated, Unpack

from sealwax.integrations.api_request import request_of_scope
from sealwax.integrations.challenge import RequestRefused
from sealwax.integrations.extras import MissingExtra
from sealwax.integrations.protected_resource import ProtectedResource, Requirements, SignIn
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

    def requires(self, *scopes: str, **sign_in: Unpack[SignIn]) -> VerifiedTokenDependency:
        """Make a dependency that gives the token, and demands all of `scopes` and `sign_in` of it.

        Scopes that are asked for around it, with `Security(..., scopes=[...])`, are demanded too.
        Raises InvalidConfiguration.
        """
        required = Requirements.of(scopes, **sign_in)

        async def verified_token(
            connection: HTTPConnection,
            response: Response,
            asked_for: SecurityScopes,
            _: Annotated[None, Security(_BearerScheme(), scopes=list(scopes))],
        ) -> VerifiedToken:
            incoming = request_of_scope(connection.scope, self.certificate_header)
            needed = required.with_scopes(asked_for.scopes) if asked_for.scopes else required
            try:
                token = await self.authenticate(incoming, needed)
            except RequestRefused as refused:
                raise HttpRefusal(refused) from refused
            response.headers.update(self.headers_for(incoming, token))
            return token

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
