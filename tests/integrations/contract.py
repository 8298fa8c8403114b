"""What an API answers, whichever framework it is written in: one suite for all of them.

Each API has GET /notes (notes:read), POST /notes (notes:read and notes:write), GET /me (any
token), GET /open (no token), and answers with the subject and the scopes of the token.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from sealwax.clock import ManualClock
from sealwax.resource_server import Verifier
from sealwax.testing import TestIssuer

ISSUER = "https://id.example.com"
AUDIENCE = "https://api.example.com"
METADATA_URL = "https://api.example.com/.well-known/oauth-protected-resource"
METADATA_PATH = "/.well-known/oauth-protected-resource"
START = 1_800_000_000

Header = tuple[str, str]


@dataclass(frozen=True)
class Reply:
    """A response, with the names of its headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - what JSON holds
        return json.loads(self.body)


Send = Callable[[str, str, Sequence[Header]], Reply]


@dataclass
class Api:
    """A protected API in some framework, and the issuer that it trusts."""

    send: Send
    issuer: TestIssuer
    clock: ManualClock

    def get(self, path: str, *authorization: str) -> Reply:
        return self.send("GET", path, [("Authorization", value) for value in authorization])

    def post(self, path: str, *authorization: str) -> Reply:
        return self.send("POST", path, [("Authorization", value) for value in authorization])

    def bearer(self, *scopes: str) -> str:
        return "Bearer " + self.issuer.token(AUDIENCE, scopes=scopes)


@dataclass
class World:
    """An issuer and the verifier of an API that is still to be built."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    issuer: TestIssuer = field(init=False)
    verifier: Verifier = field(init=False)

    def __post_init__(self) -> None:
        self.issuer = TestIssuer(ISSUER, clock=self.clock)
        self.verifier = self.issuer.verifier(AUDIENCE)

    def api(self, send: Send) -> Api:
        return Api(send, self.issuer, self.clock)


class Contract:
    """The tests. A framework's module inherits them and gives the fixture `api`."""

    def test_a_good_token_opens_the_door(self, api: Api) -> None:
        reply = api.get("/notes", api.bearer("notes:read", "x"))
        assert reply.status == 200
        assert reply.json == {"subject": "user-1", "scopes": ["notes:read", "x"]}

    def test_all_scopes_are_needed(self, api: Api) -> None:
        assert api.post("/notes", api.bearer("notes:read")).status == 403
        assert api.post("/notes", api.bearer("notes:write")).status == 403
        assert api.post("/notes", api.bearer("notes:read", "notes:write")).status == 200

    def test_without_scopes_any_token_will_do(self, api: Api) -> None:
        assert api.get("/me", api.bearer()).json == {"subject": "user-1", "scopes": []}

    def test_what_is_not_protected_is_open(self, api: Api) -> None:
        assert api.get("/open").status == 200

    def test_no_token_brings_a_challenge_without_an_error(self, api: Api) -> None:
        reply = api.get("/notes")
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == (
            f'Bearer scope="notes:read", resource_metadata="{METADATA_URL}"'
        )
        assert reply.headers["cache-control"] == "no-store"
        assert "error" not in reply.json

    def test_a_challenge_names_scopes_only_where_some_are_needed(self, api: Api) -> None:
        reply = api.get("/me")
        assert reply.headers["www-authenticate"] == f'Bearer resource_metadata="{METADATA_URL}"'

    @pytest.mark.parametrize("value", ["Basic dTpw", "DPoP abc.def.ghi", "Bearerx abc", "", "abc"])
    def test_another_scheme_is_no_token(self, value: str, api: Api) -> None:
        reply = api.get("/notes", value)
        assert reply.status == 401
        assert "error" not in reply.headers["www-authenticate"]

    @pytest.mark.parametrize("scheme", ["bearer", "BEARER", "BeArEr"])
    def test_the_scheme_has_no_case(self, scheme: str, api: Api) -> None:
        token = api.bearer("notes:read").removeprefix("Bearer ")
        assert api.get("/notes", f"{scheme} {token}").status == 200

    @pytest.mark.parametrize(
        "value",
        [
            "Bearer",
            "Bearer  abc",
            "Bearer abc def",
            "Bearer abc,def",
            "Bearer abc, Bearer def",
            'Bearer "abc"',
            "Bearer ab=c",
            "Bearer =",
            "Bearer {}",
            "Bearer abc;q=1",
        ],
    )
    def test_malformed_credentials_are_a_bad_request(self, value: str, api: Api) -> None:
        reply = api.get("/notes", value)
        assert reply.status == 400
        assert reply.json["error"] == "invalid_request"
        assert reply.headers["www-authenticate"] == (
            'Bearer error="invalid_request", error_description="one Authorization header is '
            'accepted, as: Bearer, one space, one token", '
            f'resource_metadata="{METADATA_URL}"'
        )

    def test_two_headers_are_a_bad_request_even_with_good_tokens(self, api: Api) -> None:
        reply = api.get("/notes", api.bearer("notes:read"), api.bearer("notes:read"))
        assert reply.status == 400

    def test_a_token_in_the_query_is_not_read(self, api: Api) -> None:
        token = api.bearer("notes:read").removeprefix("Bearer ")
        reply = api.get(f"/notes?access_token={token}")
        assert reply.status == 401
        assert "error" not in reply.headers["www-authenticate"]

    def test_a_bad_token_is_named_for_what_it_is(self, api: Api) -> None:
        token = api.issuer.token(AUDIENCE, scopes=["notes:read"], lifetime_seconds=-60)
        reply = api.get("/notes", f"Bearer {token}")
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == (
            'Bearer error="invalid_token", error_description="the token has expired", '
            f'resource_metadata="{METADATA_URL}"'
        )
        assert reply.json == {
            "error": "invalid_token",
            "error_description": "the token has expired",
        }
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"

    def test_a_token_for_another_api_is_refused(self, api: Api) -> None:
        token = api.issuer.token("https://other.example", scopes=["notes:read"])
        reply = api.get("/notes", f"Bearer {token}")
        assert reply.status == 401
        assert reply.json["error_description"] == "the token is for another audience"

    def test_a_token_that_was_taken_back_is_refused(self, api: Api) -> None:
        bearer = api.bearer("notes:read")
        assert api.get("/notes", bearer).status == 200
        api.issuer.revoke(bearer.removeprefix("Bearer "))
        api.clock.advance(15)
        assert api.get("/notes", bearer).status == 401

    def test_a_missing_scope_is_forbidden_and_named(self, api: Api) -> None:
        reply = api.post("/notes", api.bearer("notes:read"))
        assert reply.status == 403
        assert reply.headers["www-authenticate"] == (
            'Bearer error="insufficient_scope", '
            'error_description="the token lacks a scope that is needed here", '
            f'scope="notes:read notes:write", resource_metadata="{METADATA_URL}"'
        )
        assert reply.json["error"] == "insufficient_scope"

    def test_keys_that_can_not_be_had_are_503_and_no_challenge(self, api: Api) -> None:
        api.issuer.is_down = True
        reply = api.get("/notes", api.bearer("notes:read"))
        assert reply.status == 503
        assert 1 <= int(reply.headers["retry-after"]) <= 300
        assert "www-authenticate" not in reply.headers
        assert reply.json["error"] == "temporarily_unavailable"
        assert ISSUER not in reply.body.decode()

    def test_a_huge_header_is_refused_unread(self, api: Api) -> None:
        reply = api.get("/notes", "Bearer " + "." * 1_000_000)
        assert reply.status == 401
        assert reply.json["error_description"] == "the token is larger than is accepted"
        assert len(reply.body) < 300

    def test_no_answer_repeats_the_token(self, api: Api) -> None:
        expired = api.issuer.token(AUDIENCE, lifetime_seconds=-60)
        for token in (expired, expired[:-2], "canary.canary.canary", "canary canary"):
            reply = api.get("/notes", f"Bearer {token}")
            text = reply.body.decode() + str(reply.headers)
            assert token.split(" ", maxsplit=1)[0] not in text

    def test_the_api_describes_itself(self, api: Api) -> None:
        reply = api.get(METADATA_PATH)
        assert reply.status == 200
        assert reply.json == {
            "resource": AUDIENCE,
            "authorization_servers": [ISSUER],
            "bearer_methods_supported": ["header"],
            "scopes_supported": ["notes:read", "notes:write"],
        }
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["cache-control"] == "public, max-age=3600"
        assert reply.headers["access-control-allow-origin"] == "*"
