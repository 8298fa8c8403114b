"""Everything `sealwax.client` refuses with.

    ClientError
      InvalidConfiguration   a client that may not be built so                       .field
      FetchFailed            the provider could not be reached, or answered amiss    .reason .status
      ProviderRefused        the provider's metadata are not what they have to be    .reason
      CallbackRefused        what came back through the browser is not our answer    .reason
      AuthorizationDenied    the provider or the person said no                      .error
      TokenRequestRefused    the token endpoint said no                              .error .status
      TokenResponseInvalid   the token endpoint's answer is not what it has to be    .reason
      IdTokenRefused         the ID token is not the one that was asked for          .reason
      UserinfoRefused        what was told of the person is not about this person    .reason

The text of an error never holds a token, a code, a secret or what a provider wrote, beside the
error codes of the RFCs. `reason` is stable, for logs and tests.
"""

import re
from typing import Final

MAX_ERROR_CODE_LENGTH: Final = 64
_ERROR_CODE: Final = re.compile(r"[a-z0-9_.-]{1,64}")


class ClientError(Exception):
    """Everything that goes wrong in a client by design; `reason` says what, in snake case."""

    def __init__(self, reason: str, text: str) -> None:
        self.reason = reason
        super().__init__(text)


class InvalidConfiguration(ClientError, ValueError):
    """A client was told something that may not be; `field` is which."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        super().__init__("invalid_configuration", f"{field}: {problem}")


class FetchFailed(ClientError):
    """An answer could not be had; `status` is the HTTP status where there was one."""

    def __init__(self, reason: str, text: str, *, status: int | None = None) -> None:
        self.status = status
        super().__init__(reason, text)


class ProviderRefused(ClientError):
    """The metadata of the provider are unusable, or those of another one (RFC 8414 §3.3)."""


class CallbackRefused(ClientError):
    """The browser brought something that is not the answer to this sign-in.

    RFC 9700 §2.1, §4.4.
    """


class AuthorizationDenied(ClientError):
    """The authorization endpoint answered with an error (RFC 6749 §4.1.2.1); `error` is it."""

    def __init__(self, error: str) -> None:
        self.error = known_error_code(error)
        super().__init__("authorization_denied", f"the provider answered {self.error}")


class TokenRequestRefused(ClientError):
    """The token endpoint answered with an error (RFC 6749 §5.2); `error` is its code."""

    def __init__(self, error: object, http_status: int) -> None:
        self.error = known_error_code(error)
        self.status = http_status
        super().__init__(
            "token_request_refused", f"the token endpoint answered {http_status} {self.error}"
        )


class TokenResponseInvalid(ClientError):
    """The token endpoint's answer does not keep to RFC 6749 §5.1 or OIDC Core §3.1.3.3."""


class IdTokenRefused(ClientError):
    """The ID token did not pass OIDC Core §3.1.3.7; `reason` is that of the check that failed."""


class UserinfoRefused(ClientError):
    """The answer of the userinfo endpoint may not be used (OIDC Core §5.3.2)."""


def known_error_code(error: object) -> str:
    """Give an error code as it may be shown: the provider's if it has the form of one."""
    if isinstance(error, str) and _ERROR_CODE.fullmatch(error):
        return error
    return "an error without a readable code"
