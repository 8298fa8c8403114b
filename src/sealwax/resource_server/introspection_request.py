"""Asking an issuer about a token: the settings, and the request made of them (RFC 7662 §2.1).

The token goes into the body of a POST and nowhere else: a URL ends up in logs.
"""

from binascii import b2a_base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import quote_plus, urlencode

from sealwax.entropy import Entropy, random_id
from sealwax.jose import Key, jwt
from sealwax.resource_server.errors import InvalidConfiguration
from sealwax.resource_server.setting_checks import check_flag, check_number, check_text
from sealwax.resource_server.web_address import WebAddress, parse_web_address
from sealwax.secret import Secret

AuthenticationMethod = Literal["client_secret_basic", "client_secret_post", "private_key_jwt"]

ASSERTION_LIFETIME_SECONDS: Final = 60
MAX_CACHE_SECONDS: Final = 3600
MAX_TOKENS: Final = 1_000_000
MAX_REQUESTS: Final = 256

_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Introspection:
    """How to ask an issuer about tokens that only it can read (RFC 7662).

    - `client_id` is what this API is called there; `client_secret` or `client_key` (a private key,
      for `private_key_jwt`) proves it. A secret is sent as `client_secret_basic`, or as
      `client_secret_post` where the issuer's metadata knows only that;
      `authentication_method` decides it.
    - `endpoint` is where to ask, in place of the `introspection_endpoint` of the metadata.
    - `cache_seconds` is how long an answer counts, never past the token's `exp`: that long a token
      is accepted after it was taken back. With 0 every request is asked for. "Not in force" counts
      for `inactive_cache_seconds`. At most `max_tokens` answers of each kind are kept.
    - `max_requests` is how many questions are under way at once; the others wait their turn.
    - `always` has every token asked for, JWTs too, in place of verifying those here.
    - `signed_answers` asks for answers as signed JWTs and accepts no others (RFC 9701): they are
      verified with the issuer's keys, and TLS is not all there is to trust.
    - `allow_missing_audience` accepts a token whose answer does not say whom it is for. Whoever
      calls another API of this issuer can then call this one with the same token.

    Raises InvalidConfiguration, which names the field.
    """

    client_id: str
    client_secret: Secret | str | None = field(default=None, repr=False)
    client_key: Key | None = field(default=None, repr=False)
    endpoint: str | None = field(default=None, kw_only=True)
    authentication_method: AuthenticationMethod | None = field(default=None, kw_only=True)
    cache_seconds: int = field(default=15, kw_only=True)
    inactive_cache_seconds: int = field(default=5, kw_only=True)
    max_tokens: int = field(default=10_000, kw_only=True)
    max_requests: int = field(default=8, kw_only=True)
    always: bool = field(default=False, kw_only=True)
    signed_answers: bool = field(default=False, kw_only=True)
    allow_missing_audience: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        """Check every field."""
        check_text("introspection.client_id", self.client_id)
        self._check_proof()
        self._check_method()
        for name, most in (
            ("cache_seconds", MAX_CACHE_SECONDS),
            ("inactive_cache_seconds", MAX_CACHE_SECONDS),
        ):
            check_number(f"introspection.{name}", getattr(self, name), 0, most)
        check_number("introspection.max_tokens", self.max_tokens, 1, MAX_TOKENS)
        check_number("introspection.max_requests", self.max_requests, 1, MAX_REQUESTS)
        check_flag("introspection.always", self.always)
        check_flag("introspection.signed_answers", self.signed_answers)
        check_flag("introspection.allow_missing_audience", self.allow_missing_audience)

    def endpoint_address(self, *, allow_insecure_http: bool) -> WebAddress | None:
        """Give `endpoint`, taken apart, when it was given. Raises InvalidConfiguration."""
        if self.endpoint is None:
            return None
        try:
            return parse_web_address(self.endpoint, allow_insecure_http=allow_insecure_http)
        except ValueError as error:
            raise InvalidConfiguration("introspection.endpoint", str(error)) from None

    def method(self, supported: Collection[str] | None) -> AuthenticationMethod:
        """Choose how to authenticate, by what was given and what the issuer's metadata supports."""
        if self.authentication_method is not None:
            return self.authentication_method
        if self.client_key is not None:
            return "private_key_jwt"
        if supported and "client_secret_basic" not in supported:
            return "client_secret_post"
        return "client_secret_basic"

    def _check_proof(self) -> None:
        if (self.client_secret is None) == (self.client_key is None):
            text = "one of client_secret and client_key is needed, and not both"
            raise InvalidConfiguration("introspection.client_secret", text)
        if isinstance(self.client_secret, str):
            object.__setattr__(self, "client_secret", Secret(self.client_secret))
        if self.client_secret is not None and not self.client_secret:
            raise InvalidConfiguration("introspection.client_secret", "is empty")
        if self.client_secret is not None and not isinstance(self.client_secret, Secret):
            text = f"{type(self.client_secret).__name__} given; a Secret or a text is accepted"
            raise InvalidConfiguration("introspection.client_secret", text)
        key: object = self.client_key
        if key is not None and not (isinstance(key, Key) and key.is_private):
            text = "is no private Key; one is accepted"
            raise InvalidConfiguration("introspection.client_key", text)

    def _check_method(self) -> None:
        possible: tuple[str, ...] = ("client_secret_basic", "client_secret_post")
        if self.client_key is not None:
            possible = ("private_key_jwt",)
        if self.authentication_method not in (None, *possible):
            text = f"is {self.authentication_method!r:.40}; with what was given, "
            text += f"{' or '.join(possible)} is accepted"
            raise InvalidConfiguration("introspection.authentication_method", text)


@dataclass(frozen=True, slots=True)
class IntrospectionRequest:
    """The body and the headers of one question; its `repr` shows neither."""

    form: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def write_request(
    settings: Introspection,
    token: str,
    *,
    issuer: str,
    method: AuthenticationMethod,
    now: int,
    entropy: Entropy,
) -> IntrospectionRequest:
    """Write the question about `token`, with the proof of who asks (RFC 7662 §2.1).

    RFC 6749 §2.3.1 for a secret; RFC 7523 §2.2 for a key, with the issuer as the only audience.
    """
    form = {"token": token, "token_type_hint": "access_token"}
    headers: dict[str, str] = {}
    secret, key = settings.client_secret, settings.client_key
    if key is not None:
        form |= {
            "client_id": settings.client_id,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": _assertion(settings.client_id, key, issuer, now, entropy),
        }
    elif isinstance(secret, Secret):
        if method == "client_secret_post":
            form |= {"client_id": settings.client_id, "client_secret": secret.reveal()}
        else:
            pair = f"{quote_plus(settings.client_id)}:{quote_plus(secret.reveal())}"
            encoded = b2a_base64(pair.encode(), newline=False).decode("ascii")
            headers["Authorization"] = f"Basic {encoded}"
    return IntrospectionRequest(urlencode(form).encode("ascii"), headers)


def _assertion(client_id: str, key: Key, issuer: str, now: int, entropy: Entropy) -> str:
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "iat": now,
        "exp": now + ASSERTION_LIFETIME_SECONDS,
        "jti": random_id(entropy),
    }
    return jwt.sign(claims, key, typ="client-authentication+jwt")
