"""What the protocol answers when it refuses.

    OAuthError                       error                       answer
    ├── InvalidRequest               invalid_request             400 or redirect
    ├── InvalidClient                invalid_client              401
    ├── InvalidGrant                 invalid_grant               400
    │   └── GrantReused              invalid_grant               400, and the grant is ended
    ├── UnauthorizedClient           unauthorized_client         400 or redirect
    ├── UnsupportedGrantType         unsupported_grant_type      400
    ├── UnsupportedResponseType      unsupported_response_type   redirect
    ├── InvalidScope                 invalid_scope               400 or redirect
    ├── InvalidTarget                invalid_target              400 or redirect   RFC 8707 §2
    ├── AccessDenied                 access_denied               redirect
    ├── LoginRequired                login_required              redirect   OIDC Core §3.1.2.6
    ├── ConsentRequired              consent_required            redirect   OIDC Core §3.1.2.6
    ├── RequestNotSupported          request_not_supported       redirect   OIDC Core §3.1.2.6
    ├── RequestUriNotSupported       request_uri_not_supported   redirect   OIDC Core §3.1.2.6
    ├── RegistrationNotSupported     registration_not_supported  redirect   OIDC Core §3.1.2.6
    ├── InvalidToken                 invalid_token               401   RFC 6750 §3.1
    │   └── TokenMissing             invalid_token               401, a bare challenge
    ├── InsufficientScope            insufficient_scope          403   RFC 6750 §3.1
    ├── TooManyAttempts              temporarily_unavailable     429   RFC 6585 §4
    ├── ShownError                   invalid_request             a page, never a redirect
    │   ├── RequestUnreadable
    │   ├── ClientUnknown
    │   ├── RedirectUriMismatch
    │   ├── PostLogoutRedirectUriMismatch
    │   └── InteractionUnusable
    └── RedirectedError              that of its cause           redirect

Where no section is named it is RFC 6749 §4.1.2.1 for redirects and pages, and §5.2 for the rest.
An error says three things: `error`, the code on the wire; `description`, a fixed text for the
developer at the other end, which never holds what was sent; `reason`, a stable word for logs and
tests, which is never sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from sealwax.oauth.redirect_uri import TrustedRedirectUri

ResponseMode = Literal["query", "form_post"]
"""How an answer reaches the client: in the query of its redirect URI, or by a form posted to it."""

BASIC_CHALLENGE: Final = 'Basic realm="sealwax", charset="UTF-8"'
"""RFC 7617 §2: how a client may prove who it is."""
_BEARER: Final = 'Bearer realm="sealwax"'


class OAuthError(Exception):
    """Root of every refusal of the protocol."""

    error: str = "server_error"
    http_status: int = 400

    def __init__(self, reason: str, description: str) -> None:
        """Take the stable word for logs and the fixed text for the other end."""
        super().__init__(description)
        self.reason = reason
        self.description = description

    @property
    def authenticate(self) -> str | None:
        """The value of the `WWW-Authenticate` header that goes with the answer, if one does."""
        return None

    def body(self) -> dict[str, str]:
        """Give the members of the JSON answer (RFC 6749 §5.2)."""
        return {"error": self.error, "error_description": self.description}


class InvalidRequest(OAuthError):
    """A parameter is missing, malformed, repeated, or does not fit another."""

    error = "invalid_request"


class InvalidClient(OAuthError):
    """The client is unknown or did not prove who it is; only `reason` tells which."""

    error = "invalid_client"
    http_status = 401

    @property
    def authenticate(self) -> str | None:
        """The challenge that every 401 carries (RFC 9110 §11.6.1, RFC 6749 §5.2)."""
        return BASIC_CHALLENGE


class InvalidGrant(OAuthError):
    """The code or refresh token is unknown, expired, spent, taken back, or another client's."""

    error = "invalid_grant"


class GrantReused(InvalidGrant):
    """A code or refresh token came a second time: whoever catches this ends the grant it bought."""

    def __init__(self, reason: str, description: str, *, grant_id: str) -> None:
        """Name the grant that is to be ended."""
        super().__init__(reason, description)
        self.grant_id = grant_id


class UnauthorizedClient(OAuthError):
    """The client is not registered for this way of getting a token."""

    error = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """There is no such grant here."""

    error = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """Anything but `code`."""

    error = "unsupported_response_type"


class InvalidScope(OAuthError):
    """A scope is malformed, not registered for the client, or more than was granted."""

    error = "invalid_scope"


class InvalidTarget(OAuthError):
    """A `resource` is malformed, unknown, or not for this client."""

    error = "invalid_target"


class AccessDenied(OAuthError):
    """The person said no."""

    error = "access_denied"


class LoginRequired(OAuthError):
    """The person would have to sign in, and the client asked for no page, or for another person."""

    error = "login_required"


class ConsentRequired(OAuthError):
    """The person would have to consent, and the client asked for no page."""

    error = "consent_required"


class RequestNotSupported(OAuthError):
    """Request objects are not taken."""

    error = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """Request objects are not fetched."""

    error = "request_uri_not_supported"


class RegistrationNotSupported(OAuthError):
    """A client does not register inside an authorization request."""

    error = "registration_not_supported"


class InvalidToken(OAuthError):
    """The access token is missing, malformed, expired, taken back, or for another audience."""

    error = "invalid_token"
    http_status = 401

    @property
    def authenticate(self) -> str | None:
        """The challenge of RFC 6750 §3."""
        return f'{_BEARER}, error="{self.error}", error_description="{self.description}"'


class TokenMissing(InvalidToken):
    """No access token came; RFC 6750 §3.1 then gives no error code."""

    @property
    def authenticate(self) -> str | None:
        """The bare challenge."""
        return _BEARER


class InsufficientScope(OAuthError):
    """The access token is good but does not reach here."""

    error = "insufficient_scope"
    http_status = 403

    def __init__(self, reason: str, description: str, *, scope: str) -> None:
        """Name the scope that would do."""
        super().__init__(reason, description)
        self.scope = scope

    @property
    def authenticate(self) -> str | None:
        """The challenge of RFC 6750 §3, with the scope that is needed."""
        return f'{_BEARER}, error="{self.error}", scope="{self.scope}"'


class TooManyAttempts(OAuthError):
    """Attempts are slowed down; the same for an account that exists and one that does not."""

    error = "temporarily_unavailable"
    http_status = 429

    def __init__(self, reason: str, description: str, *, retry_after_seconds: int) -> None:
        """Say when to try again (`Retry-After`)."""
        super().__init__(reason, description)
        self.retry_after_seconds = retry_after_seconds


class ShownError(OAuthError):
    """An error that is shown to the person here, because no redirect URI is to be trusted."""

    error = "invalid_request"


class RequestUnreadable(ShownError):
    """The request could not be read, so nothing in it is to be trusted."""


class ClientUnknown(ShownError):
    """No such client, or it is disabled."""


class RedirectUriMismatch(ShownError):
    """The redirect URI is missing or not one that the client registered."""


class PostLogoutRedirectUriMismatch(ShownError):
    """The address to go to after signing out is not one that the client registered."""


class InteractionUnusable(ShownError):
    """The sealed state of a sign-in in progress is broken, foreign or too old."""


class RedirectedError(OAuthError):
    """An error that goes back to the client, by way of the browser.

    Only a `TrustedRedirectUri` can carry it: whoever has one has checked it against the
    registration.
    """

    def __init__(
        self,
        cause: OAuthError,
        *,
        redirect_uri: TrustedRedirectUri,
        response_mode: ResponseMode,
        state: str | None,
        issuer: str,
    ) -> None:
        """Take over the cause's words, echo `state`, and say who answers (RFC 9207 §2)."""
        super().__init__(cause.reason, cause.description)
        self.error = cause.error
        self.http_status = 303
        self.cause = cause
        parameters = cause.body()
        if state is not None:
            parameters["state"] = state
        parameters["iss"] = issuer
        self.parameters = parameters
        self.redirect_uri = redirect_uri
        self.response_mode: ResponseMode = response_mode
        self.location = redirect_uri.with_parameters(parameters)
