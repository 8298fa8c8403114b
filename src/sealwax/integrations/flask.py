"""Flask: a decorator for views, and the token of the current request.

    notes = ResourceServer(issuer="https://id.example.com", audience="https://api.example.com")
    notes.install(app)

    @app.get("/notes")
    @notes.requires("notes:read")
    def list_notes() -> dict[str, str]:
        return {"owner": current_token().subject}

The rest stands in docs/how-to/protect-flask.md.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, ParamSpec, TypeVar, Unpack

from sealwax.integrations.api_request import request_of_environ
from sealwax.integrations.challenge import Answer, RequestRefused
from sealwax.integrations.extras import MissingExtra
from sealwax.integrations.protected_resource import ProtectedResource, Requirements, SignIn
from sealwax.resource_server import VerifiedToken

try:
    from flask import Flask, Response, after_this_request, current_app, g, request
except ModuleNotFoundError as error:
    raise MissingExtra("flask", error) from error

P = ParamSpec("P")
Result = TypeVar("Result")

_PLACE: Final = "sealwax_token"


class ResourceServer(ProtectedResource):
    """An API in Flask; see ProtectedResource for what it is built with."""

    def requires(
        self, *scopes: str, **sign_in: Unpack[SignIn]
    ) -> Callable[[Callable[P, Result]], Callable[P, Any]]:
        """Protect a view: a token with all of `scopes`, and of such a `sign_in`, is needed.

        It is `current_token()` in the view. The decorator stands below the route, next to the
        function. Raises InvalidConfiguration.
        """
        required = Requirements.of(scopes, **sign_in)

        def protect(view: Callable[P, Result]) -> Callable[P, Any]:
            @functools.wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - whatever a view may return
                incoming = request_of_environ(request.environ, self.certificate_header)
                try:
                    token = self.authenticate_sync(incoming, required)
                except RequestRefused as refused:
                    return response_of(refused.answer)
                setattr(g, _PLACE, token)
                if headers := self.headers_for(incoming, token):
                    after_this_request(functools.partial(_add_headers, headers))
                return current_app.ensure_sync(view)(*args, **kwargs)

            return guarded

        return protect

    def install(self, app: Flask) -> None:
        """Serve the metadata (RFC 9728 §3)."""
        if self.metadata_path is not None:
            app.add_url_rule(
                self.metadata_path,
                endpoint=f"sealwax:{self.metadata_path}",
                view_func=lambda: response_of(self.metadata_answer()),
                methods=["GET"],
            )


def response_of(answer: Answer) -> Response:
    """Make Flask's response of an answer."""
    return Response(answer.body, status=answer.status, headers=dict(answer.headers))


def _add_headers(headers: Mapping[str, str], response: Response) -> Response:
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response


def current_token() -> VerifiedToken:
    """Give the token of the current request, in a view that `requires` protects.

    Raises RuntimeError anywhere else.
    """
    token: VerifiedToken | None = g.get(_PLACE)
    if token is None:
        raise RuntimeError("current_token() is for a view with requires(), and only there")
    return token
