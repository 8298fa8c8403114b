"""The web app of step 6: signs people in with OpenID Connect, then keeps a session of its own."""

import contextlib
import dataclasses
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sealwax.client import (
    AuthorizationDenied,
    ClientError,
    ClientRegistration,
    Fetcher,
    PendingSignIn,
    RelyingParty,
    SignIn,
    TokenResponse,
    VerifiedIdToken,
)
from sealwax.clock import Clock
from sealwax.entropy import Entropy
from sealwax.secret import Secret
from sealwax.tour.demonstration import (
    CALLBACK_PATH,
    NOTES_READ,
    WEB_APP_PATH,
    WEB_CLIENT_ID,
    Demonstration,
)
from sealwax.tour.web.cookie_sessions import CookieSession, CookieSessions
from sealwax.tour.web.guards import check_own_page
from sealwax.tour.web.notes_client import NotesClient
from sealwax.tour.web.rendering import Pages

SESSION_SECONDS: Final = 8 * 3600
SIGN_IN_SECONDS: Final = 600
LAST_SECONDS: Final = 30
_ARRIVED: Final = "arrived"

COOKIE_ATTRIBUTES: Final = (
    ("__Host-", "this host alone may set and get it; no other name of the same domain"),
    ("HttpOnly", "no script can read it"),
    ("Secure", "it never travels unencrypted to another machine"),
    ("SameSite=Strict", "no request that another site causes carries it"),
    ("Path=/", "the whole app, as the prefix demands"),
)


@dataclass(slots=True)
class SignedIn:
    """What the server keeps of a person who signed in; none of it is in the browser."""

    id_token: VerifiedIdToken
    name: str
    tokens: TokenResponse
    """For calls to the notes API, which the server makes in their name."""


class WebApp:
    """The web app; `routes` are its addresses."""

    def __init__(
        self,
        demonstration: Demonstration,
        pages: Pages,
        notes: NotesClient,
        fetcher: Fetcher,
        *,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._demonstration = demonstration
        self._pages = pages
        self._notes = notes
        self._clock = clock
        self._provider = RelyingParty(
            demonstration.addresses.issuer,
            ClientRegistration(
                WEB_CLIENT_ID,
                Secret(demonstration.web_client_secret),
                id_token_algorithm="ES256",
            ),
            redirect_uri=demonstration.redirect_uri,
            scopes=("openid", "profile", NOTES_READ),
            resource=demonstration.addresses.notes,
            fetcher=fetcher,
            clock=clock,
            entropy=entropy,
        )
        # The answer arrives by a link from the issuer, so this one has to be Lax; the session's
        # own is Strict, and a page of our own stands between the two.
        self._under_way: CookieSessions[PendingSignIn] = CookieSessions(
            "notebook-sign-in",
            same_site="lax",
            lifetime_seconds=SIGN_IN_SECONDS,
            clock=clock,
            entropy=entropy,
        )
        self._sessions: CookieSessions[SignedIn] = CookieSessions(
            "notebook",
            same_site="strict",
            lifetime_seconds=SESSION_SECONDS,
            clock=clock,
            entropy=entropy,
        )
        self.routes: Final = [
            Route(WEB_APP_PATH, self.home, methods=["GET"]),
            Route("/app/sign-in", self.sign_in, methods=["POST"]),
            Route(CALLBACK_PATH, self.callback, methods=["GET"]),
            Route("/app/sign-out", self.sign_out, methods=["POST"]),
            Route("/app/session", self.session, methods=["GET"]),
            Route("/app/session/end", self.end_session, methods=["POST"]),
        ]

    async def home(self, request: Request) -> Response:
        """Show the notes of whoever is signed in, or the way to sign in."""
        session = self._sessions.find(request)
        if session is None:
            return self._welcome(has_arrived=_ARRIVED in request.query_params)
        status, notes = await self._notes.get("/notes", await self._fresh_token(session.data))
        if status == HTTPStatus.UNAUTHORIZED:
            response = self._welcome(
                problem="You were signed out: the access token was taken back or has ended."
            )
            self._sessions.end(request, response)
            return response
        return self._pages.response(
            "app/notes.html",
            person=session.data,
            notes=notes.get("notes", []),
            cookie_name=self._sessions.name,
        )

    async def sign_in(self, request: Request) -> Response:
        """Send the browser to the issuer, and remember in this browser that it was us."""
        check_own_page(request, self._demonstration.addresses)
        try:
            url, pending = await self._provider.begin()
        except ClientError:
            return self._welcome(
                problem="The issuer does not answer. If step 5 stopped it, start it again there.",
                status=503,
            )
        response = RedirectResponse(url, 303)
        self._under_way.begin(response, pending)
        return response

    async def callback(self, request: Request) -> Response:
        """Take the answer; begin a session if it is the one that this browser asked for."""
        under_way = self._under_way.take(request)
        try:
            sign_in = await self._provider.finish(
                request.url.query, None if under_way is None else under_way.data
            )
        except AuthorizationDenied as denial:
            response = self._welcome(
                problem=f"You were not signed in: the issuer answered {denial.error}."
            )
        except ClientError as error:
            response = self._welcome(problem=f"You were not signed in: {error}.", status=400)
        else:
            response = self._pages.response("app/arrived.html")
            self._sessions.begin(response, await self._signed_in(sign_in))
        self._under_way.end(request, response)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session here, then send the browser to the issuer to end the one there.

        Without an ID token as a hint: it would stand in the browser's history. The issuer asks
        instead.
        """
        check_own_page(request, self._demonstration.addresses)
        uri = self._demonstration.post_logout_redirect_uri
        try:
            target = await self._provider.sign_out_url(post_logout_redirect_uri=uri)
        except ClientError:
            target = None
        response = RedirectResponse(target or WEB_APP_PATH, 303)
        self._sessions.end(request, response)
        return response

    async def session(self, request: Request) -> Response:
        """Tell the tour's page what there is under this browser's cookie."""
        session = self._sessions.find(request)
        shown = None if session is None else self._shown(session)
        return JSONResponse({"session": shown}, headers={"Cache-Control": "no-store"})

    async def end_session(self, request: Request) -> Response:
        """End the session here alone."""
        check_own_page(request, self._demonstration.addresses)
        response = JSONResponse({"ended": self._sessions.find(request) is not None})
        self._sessions.end(request, response)
        return response

    async def _signed_in(self, sign_in: SignIn) -> SignedIn:
        """Give what is kept of a sign-in, and ask the issuer what the person is called.

        An access token is for one audience; the one for the issuer itself is another one.
        """
        subject, tokens = sign_in.id_token.subject, sign_in.tokens
        name = subject
        if tokens.refresh_token is not None:
            with contextlib.suppress(ClientError):
                issuer = self._demonstration.addresses.issuer
                own = await self._provider.refresh(tokens.refresh_token, resource=issuer)
                claims = await self._provider.userinfo(own.access_token, subject=subject)
                name = str(claims.get("name", subject))
        return SignedIn(sign_in.id_token, name, tokens)

    async def _fresh_token(self, person: SignedIn) -> Secret:
        """Give the access token for the notes API, renewed when it is about to end."""
        refresh_token, expires_at = person.tokens.refresh_token, person.tokens.expires_at
        is_ending = expires_at is not None and expires_at - self._clock.now() < LAST_SECONDS
        if is_ending and refresh_token is not None:
            with contextlib.suppress(ClientError):
                renewed = await self._provider.refresh(refresh_token)
                kept = renewed.refresh_token or refresh_token
                person.tokens = dataclasses.replace(renewed, refresh_token=kept)
        return person.tokens.access_token

    def _welcome(
        self, *, problem: str = "", has_arrived: bool = False, status: int = 200
    ) -> Response:
        return self._pages.response(
            "app/welcome.html", status, problem=problem, has_arrived=has_arrived
        )

    def _shown(self, session: CookieSession[SignedIn]) -> dict[str, Any]:
        id_token = session.data.id_token
        attributes = [{"name": name, "why": why} for name, why in COOKIE_ATTRIBUTES]
        return {
            "name": session.data.name,
            "subject": id_token.subject,
            "issuer": id_token.issuer,
            "began_at": session.began_at,
            "cookie": {"name": self._sessions.name, "attributes": attributes},
        }
