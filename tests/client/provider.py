"""A provider in memory: real metadata, keys and signatures, no network."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from sealwax.client import HttpRequest, HttpResponse
from sealwax.jose import Key, KeySet, jwt

ISSUER = "https://id.example"
CLIENT_ID = "web-app"
REDIRECT_URI = "https://app.example/callback"
NOW = 1_800_000_000


def metadata(base: str = ISSUER, **changes: object) -> dict[str, object]:
    """Give the metadata of the provider; a change to None takes a member away."""
    members: dict[str, object] = {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/jwks",
        "end_session_endpoint": f"{base}/end_session",
        "revocation_endpoint": f"{base}/revoke",
        "userinfo_endpoint": f"{base}/userinfo",
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def answer(status: int, members: object, **headers: str) -> HttpResponse:
    """Give a JSON answer."""
    return HttpResponse(status, headers, json.dumps(members).encode())


def form_of(request: HttpRequest) -> dict[str, str]:
    """Read the form of a request."""
    return dict(parse_qsl((request.body or b"").decode(), keep_blank_values=True))


def query_of(url: str) -> dict[str, str]:
    """Read the query of a URL in which no parameter occurs twice."""
    parameters = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in parameters.values())
    return {name: values[0] for name, values in parameters.items()}


def access_token_hash(access_token: str) -> str:
    """Give `at_hash` for the 256-bit algorithms (OIDC Core §3.1.3.6)."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


@dataclass
class ProviderInMemory:
    """A fetcher that answers as the provider would, and keeps what it was asked."""

    key: Key = field(default_factory=lambda: Key.generate("ES256"))
    metadata: dict[str, object] = field(default_factory=metadata)
    claims: dict[str, Any] = field(default_factory=dict)
    requests: list[HttpRequest] = field(default_factory=list)
    answer_token: Callable[[HttpRequest], HttpResponse] | None = None
    now: int = NOW
    userinfo: tuple[int, object] = (200, {"sub": "usr_ada", "name": "Ada"})
    access_token: str = "access-token-1"

    async def fetch(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        path = urlsplit(request.url).path
        if path == "/.well-known/openid-configuration":
            return answer(200, self.metadata)
        if path == "/jwks":
            return answer(200, KeySet([self.key.public()]).to_jwks())
        if path == "/userinfo":
            return answer(*self.userinfo)
        if path == "/revoke":
            return HttpResponse(200, {}, b"")
        assert path == "/token"
        if self.answer_token is not None:
            return self.answer_token(request)
        return answer(
            200,
            {
                "access_token": self.access_token,
                "token_type": "Bearer",
                "expires_in": 600,
                "refresh_token": "refresh-token-1",
                "id_token": self.id_token(),
            },
        )

    def id_token(self, *, key: Key | None = None, typ: str = "JWT", **changes: object) -> str:
        claims = {
            "iss": ISSUER,
            "sub": "usr_ada",
            "aud": CLIENT_ID,
            "iat": self.now,
            "exp": self.now + 600,
            "at_hash": access_token_hash(self.access_token),
            **self.claims,
            **changes,
        }
        given = {name: value for name, value in claims.items() if value is not ...}
        return jwt.sign(given, key or self.key, typ=typ)

    def asked(self, path: str) -> list[HttpRequest]:
        return [one for one in self.requests if urlsplit(one.url).path == path]
