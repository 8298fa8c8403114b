"""Signing people in with OpenID Connect: the code flow with PKCE, from the web server's side."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sealwax.client.authorization import (
    PendingSignIn,
    begin_authorization,
    read_callback,
)
from sealwax.client.errors import ProviderRefused, TokenResponseInvalid
from sealwax.client.http import Fetcher, HttpRequest, UrllibFetcher, refuse_redirect
from sealwax.client.id_token import VerifiedIdToken, verify_id_token
from sealwax.client.provider import METADATA_INVALID
from sealwax.client.provider_connection import ProviderConnection
from sealwax.client.registration import ClientRegistration
from sealwax.client.token_request import (
    RESPONSE_MALFORMED,
    TokenResponse,
    code_fields,
    refresh_fields,
)
from sealwax.client.userinfo import read_userinfo, userinfo_request
from sealwax.clock import Clock, SystemClock
from sealwax.entropy import Entropy, SystemEntropy
from sealwax.jose import jwt
from sealwax.jose.errors import JoseError
from sealwax.secret import Secret


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person who signed in, and the tokens that came with it; they belong on the server."""

    id_token: VerifiedIdToken
    tokens: TokenResponse


class RelyingParty:
    """A web app's way to let its people sign in at a provider.

    Three steps, and the app keeps what is between them. `begin` gives the address to send the
    browser to and a `PendingSignIn`, to be kept on the server under a cookie of this browser.
    `finish` takes the query of the redirect URI and that `PendingSignIn`, and gives a `SignIn`.
    Then the app makes a session of its own: the ID token has done its work.
    """

    def __init__(
        self,
        issuer: str,
        client: ClientRegistration,
        *,
        redirect_uri: str,
        scopes: Collection[str] = ("openid",),
        resource: str | None = None,
        fetcher: Fetcher | None = None,
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        allow_insecure_http: bool = False,
    ) -> None:
        self._client = client
        self._redirect_uri = redirect_uri
        self._scopes = tuple(scopes)
        self._resource = resource
        self._fetcher = fetcher or UrllibFetcher()
        self._clock = clock or SystemClock()
        self._entropy = entropy or SystemEntropy()
        self._connection = ProviderConnection(
            issuer,
            client,
            fetcher=self._fetcher,
            clock=self._clock,
            entropy=self._entropy,
            allow_insecure_http=allow_insecure_http,
        )

    async def begin(
        self, *, max_age_seconds: int | None = None, extra: dict[str, str] | None = None
    ) -> tuple[str, PendingSignIn]:
        """Give the address to send the browser to, and what to remember until it comes back."""
        return begin_authorization(
            await self._connection.provider(),
            self._client,
            redirect_uri=self._redirect_uri,
            scopes=self._scopes,
            resource=self._resource,
            max_age_seconds=max_age_seconds,
            extra=extra,
            now=self._clock.now(),
            entropy=self._entropy,
        )

    async def finish(self, query: str, pending: PendingSignIn | None) -> SignIn:
        """Take the query that came to the redirect URI, and give who signed in.

        `pending` is what this browser began, taken out of the store: it serves once, whatever
        comes of it. Raises ClientError; nobody is signed in then.
        """
        provider = await self._connection.provider()
        answer = read_callback(query, pending, provider, now=self._clock.now())
        tokens = await self._connection.request_token(code_fields(answer, self._resource))
        if tokens.id_token is None:
            raise TokenResponseInvalid(RESPONSE_MALFORMED, "the answer has no id_token")
        id_token = verify_id_token(
            tokens.id_token,
            await self._connection.keys(kid=_kid_of(tokens.id_token)),
            client=self._client,
            pending=answer.pending,
            access_token=tokens.access_token,
            now=self._clock.now(),
        )
        return SignIn(id_token, tokens)

    async def refresh(self, refresh_token: Secret, *, resource: str | None = None) -> TokenResponse:
        """Trade a refresh token for fresh tokens; a new refresh token replaces the old one.

        The access token is for `resource`, or else for the one that this party was built with.
        """
        fields = refresh_fields(refresh_token, resource or self._resource)
        return await self._connection.request_token(fields)

    async def userinfo(self, access_token: Secret, *, subject: str) -> Mapping[str, Any]:
        """Give more about the person `subject` of the ID token. Raises ClientError.

        The access token has to be one for the provider itself.
        """
        endpoint = (await self._connection.provider()).userinfo_endpoint
        if endpoint is None:
            raise ProviderRefused(METADATA_INVALID, "the provider has no userinfo_endpoint")
        response = await self._fetcher.fetch(userinfo_request(endpoint, access_token))
        refuse_redirect(response, endpoint)
        return read_userinfo(response, subject=subject)

    async def revoke(self, token: Secret) -> bool:
        """Give a token back (RFC 7009). True when the provider said that it is taken back."""
        provider = await self._connection.provider()
        if provider.revocation_endpoint is None:
            return False
        headers, fields = self._client.authenticate(
            issuer=provider.issuer, now=self._clock.now(), entropy=self._entropy
        )
        form = urlencode({"token": token.reveal(), **fields}).encode("ascii")
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        request = HttpRequest("POST", provider.revocation_endpoint, headers, form)
        return (await self._fetcher.fetch(request)).status == 200  # noqa: PLR2004 - RFC 7009 §2.2 says 200

    async def sign_out_url(
        self,
        *,
        post_logout_redirect_uri: str | None = None,
        state: str | None = None,
        id_token_hint: Secret | None = None,
    ) -> str | None:
        """Give where to send the browser to end the session at the provider too.

        OIDC RP-Initiated Logout §2. None when the provider offers no such address. A hint spares
        the person a question, and puts the ID token into the browser's history.
        """
        endpoint = (await self._connection.provider()).end_session_endpoint
        if endpoint is None:
            return None
        parameters = {
            "client_id": self._client.client_id,
            "post_logout_redirect_uri": post_logout_redirect_uri,
            "state": state,
            "id_token_hint": None if id_token_hint is None else id_token_hint.reveal(),
        }
        given = {name: value for name, value in parameters.items() if value is not None}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(given)}"


def _kid_of(id_token: Secret) -> str | None:
    """Give the key that the header asks for; the signature will tell whether it was right."""
    try:
        kid = jwt.read_unverified_header(id_token.reveal()).get("kid")
    except JoseError:
        return None
    return kid if isinstance(kid, str) else None
