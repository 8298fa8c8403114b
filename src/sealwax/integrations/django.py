"""Django: a decorator for views, sync and async, or a middleware in front of all of them.

    notes = ResourceServer(issuer="https://id.example.com", audience="https://api.example.com")

    @notes.requires("notes:read")
    def list_notes(request: HttpRequest) -> JsonResponse:
        return JsonResponse({"owner": request.token.subject})

    urlpatterns = [path("notes", list_notes), *notes.urls]

The rest stands in docs/how-to/protect-django.md.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Concatenate, ParamSpec, Unpack

from sealwax.integrations.api_request import request_of_environ, request_of_scope
from sealwax.integrations.challenge import Answer, RequestRefused
from sealwax.integrations.credentials import ApiRequest
from sealwax.integrations.extras import MissingExtra
from sealwax.integrations.protected_resource import ProtectedResource, Requirements, SignIn
from sealwax.resource_server import InvalidConfiguration, VerifiedToken

try:
    from django.core.handlers.asgi import ASGIRequest
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern, path
    from django.utils.decorators import sync_and_async_middleware
    from django.utils.deprecation import MiddlewareMixin
except ModuleNotFoundError as error:
    raise MissingExtra("django", error) from error

P = ParamSpec("P")
View = Callable[Concatenate[Any, P], Any]
GetResponse = Callable[[HttpRequest], Any]


class ResourceServer(ProtectedResource):
    """An API in Django; see ProtectedResource for what it is built with."""

    def requires(self, *scopes: str, **sign_in: Unpack[SignIn]) -> Callable[[View[P]], View[P]]:
        """Protect a view: a token with all of `scopes`, and of such a `sign_in`, is needed.

        It is `request.token` in the view.

        The view needs no CSRF token any more: a browser does not send a bearer token by itself,
        so nobody else's page can make it. For a class, what `as_view()` gives is decorated.
        Raises InvalidConfiguration.
        """
        required = Requirements.of(scopes, **sign_in)

        def protect(view: View[P]) -> View[P]:
            @functools.wraps(view)
            async def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> object:
                incoming = _incoming(request, self)
                try:
                    token = await self.authenticate(incoming, required)
                except RequestRefused as refused:
                    return response_of(refused.answer)
                _attach(request, token)
                result: Awaitable[object] = view(request, *args, **kwargs)
                return _with_headers(await result, self.headers_for(incoming, token))

            @functools.wraps(view)
            def guarded_sync(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> object:
                incoming = _incoming(request, self)
                try:
                    token = self.authenticate_sync(incoming, required)
                except RequestRefused as refused:
                    return response_of(refused.answer)
                _attach(request, token)
                response = view(request, *args, **kwargs)
                return _with_headers(response, self.headers_for(incoming, token))

            chosen: Any = guarded if _is_async(view) else guarded_sync
            chosen.csrf_exempt = True
            return chosen  # type: ignore[no-any-return]  # one of two functions of the view's own kind

        return protect

    def middleware(
        self, *scopes: str, open_paths: Collection[str] = (), **sign_in: Unpack[SignIn]
    ) -> "Callable[[GetResponse], TokenMiddleware]":
        """Make a middleware that protects every path but `open_paths`, and serves the metadata.

        Its dotted name goes into MIDDLEWARE. Paths are compared as they are, whole. Raises
        InvalidConfiguration.
        """
        required = Requirements.of(scopes, **sign_in)
        if isinstance(open_paths, str):
            raise InvalidConfiguration("open_paths", "is one text; a collection is accepted")
        open_to_all = frozenset(open_paths)

        def middleware(get_response: GetResponse) -> TokenMiddleware:
            return TokenMiddleware(get_response, self, required, open_to_all)

        return sync_and_async_middleware(middleware)

    @property
    def urls(self) -> list[URLPattern]:
        """The pattern of the metadata (RFC 9728 §3), for the root of `urlpatterns`."""
        if self.metadata_path is None:
            return []
        return [path(self.metadata_path.lstrip("/"), lambda _: response_of(self.metadata_answer()))]


class TokenMiddleware(MiddlewareMixin):
    """Lets requests through that have a good token, and no others; in threads or in a loop."""

    def __init__(
        self,
        get_response: GetResponse,
        resource_server: ProtectedResource,
        required: Requirements,
        open_paths: frozenset[str],
    ) -> None:
        super().__init__(get_response)
        self._resource_server = resource_server
        self._required = required
        self._open_paths = open_paths

    def __call__(self, request: HttpRequest) -> Any:  # noqa: ANN401 - a response, or in a loop one to wait for
        """Authenticate one request."""
        if self.async_mode:
            return self.__acall__(request)
        if (answer := self._metadata_for(request)) is not None:
            return answer
        if request.path_info in self._open_paths:
            return self.get_response(request)
        incoming = _incoming(request, self._resource_server)
        try:
            token = self._resource_server.authenticate_sync(incoming, self._required)
        except RequestRefused as refused:
            return response_of(refused.answer)
        _attach(request, token)
        headers = self._resource_server.headers_for(incoming, token)
        return _with_headers(self.get_response(request), headers)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        """Authenticate one request without blocking the loop."""
        if (answer := self._metadata_for(request)) is not None:
            return answer
        get_response: Any = self.get_response  # in a loop it gives a response to wait for
        if request.path_info in self._open_paths:
            return await get_response(request)  # type: ignore[no-any-return]  # see above
        incoming = _incoming(request, self._resource_server)
        try:
            token = await self._resource_server.authenticate(incoming, self._required)
        except RequestRefused as refused:
            return response_of(refused.answer)
        _attach(request, token)
        headers = self._resource_server.headers_for(incoming, token)
        response: HttpResponseBase = _with_headers(await get_response(request), headers)
        return response

    def _metadata_for(self, request: HttpRequest) -> HttpResponse | None:
        is_read = request.method in {"GET", "HEAD"}
        if is_read and request.path_info == self._resource_server.metadata_path:
            return response_of(self._resource_server.metadata_answer())
        return None


def response_of(answer: Answer) -> HttpResponse:
    """Make Django's response of an answer."""
    return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))


def _incoming(request: HttpRequest, resource_server: ProtectedResource) -> ApiRequest:
    header = resource_server.certificate_header
    if isinstance(request, ASGIRequest):
        return request_of_scope(request.scope, header)
    return request_of_environ(request.META, header)


def _with_headers(response: Any, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - what a view gives
    if isinstance(response, HttpResponseBase):
        for name, value in headers.items():
            response.headers.setdefault(name, value)
    return response


def _is_async(view: Callable[..., Any]) -> bool:
    """True for an async function, and for what stands for a class-based view with async methods."""
    if inspect.iscoroutinefunction(view):
        return True
    # `as_view()` notes the class; `method_decorator` hands in a partial of the bound `dispatch`.
    owner = getattr(view, "view_class", None) or getattr(
        getattr(view, "func", None), "__self__", None
    )
    return bool(getattr(owner, "view_is_async", False))


def _attach(request: HttpRequest, token: VerifiedToken) -> None:
    request.token = token  # type: ignore[attr-defined]  # where views look for it
