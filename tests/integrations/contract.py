"""What an API answers, whichever framework it is written in: one suite for all of them.

Each API has GET /notes (notes:read), POST /notes (notes:read and notes:write), GET /me (any
token), GET /vault (notes:read and VAULT), GET /open (no token), and answers with the subject and
the scopes of the token.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from sealwax.clock import ManualClock
from sealwax.integrations.protected_resource import SignIn
from sealwax.jose import Key, dpop
from sealwax.resource_server import DpopPolicy, Verifier
from sealwax.resource_server.dpop_policy import PROOF_ALGORITHMS
from sealwax.secret import Secret
from sealwax.testing import TestIssuer

ISSUER = "https://id.example.com"
AUDIENCE = "https://api.example.com"
METADATA_URL = "https://api.example.com/.well-known/oauth-protected-resource"
METADATA_PATH = "/.well-known/oauth-protected-resource"
START = 1_800_000_000
ALGS = 'algs="ES256 ES384 ES512 RS256 PS256 Ed25519"'
VAULT: SignIn = {"acr_values": ["urn:example:gold"], "max_authentication_age_seconds": 300}
DPOP = f'DPoP resource_metadata="{METADATA_URL}", {ALGS}'

CLIENT = Key.generate("ES256")

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

    def get(self, path: str, *authorization: str, dpop: Sequence[str] = ()) -> Reply:
        headers = [("Authorization", value) for value in authorization]
        return self.send("GET", path, [*headers, *(("DPoP", value) for value in dpop)])

    def post(self, path: str, *authorization: str) -> Reply:
        return self.send("POST", path, [("Authorization", value) for value in authorization])

    def bearer(self, *scopes: str) -> str:
        return "Bearer " + self.issuer.token(AUDIENCE, scopes=scopes)

    def bound(self, *scopes: str) -> str:
        """A token that only the holder of CLIENT may use."""
        claims = {"cnf": {"jkt": CLIENT.thumbprint()}}
        return self.issuer.token(AUDIENCE, scopes=scopes, claims=claims)

    def proof(self, token: str, **changes: Any) -> str:  # noqa: ANN401 - arguments of a proof
        """The proof for GET /notes, unless it is changed."""
        right = {"method": "GET", "url": f"{AUDIENCE}/notes", "now": self.clock.now(), "jti": "j"}
        return dpop.prove(CLIENT, **{**right, "access_token": token, **changes})


@dataclass
class World:
    """An issuer and the verifier of an API that is still to be built."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    dpop: DpopPolicy | bool = True
    issuer: TestIssuer = field(init=False)
    verifier: Verifier = field(init=False)

    def __post_init__(self) -> None:
        self.issuer = TestIssuer(ISSUER, clock=self.clock)
        self.verifier = self.issuer.verifier(AUDIENCE, dpop=self.dpop)

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
            f'Bearer scope="notes:read", resource_metadata="{METADATA_URL}", '
            f'DPoP scope="notes:read", resource_metadata="{METADATA_URL}", {ALGS}'
        )
        assert reply.headers["cache-control"] == "no-store"
        assert "error" not in reply.json

    def test_a_challenge_names_scopes_only_where_some_are_needed(self, api: Api) -> None:
        reply = api.get("/me")
        assert reply.headers["www-authenticate"] == (
            f'Bearer resource_metadata="{METADATA_URL}", {DPOP}'
        )

    @pytest.mark.parametrize("value", ["Basic dTpw", "DPoPx abc.def.ghi", "Bearerx abc", "", "abc"])
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
            'accepted, as: Bearer or DPoP, one space, one token", '
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
            f'resource_metadata="{METADATA_URL}", {DPOP}'
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
            "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        }
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["cache-control"] == "public, max-age=3600"
        assert reply.headers["access-control-allow-origin"] == "*"

    def test_a_bound_token_is_let_in_with_its_proof_once(self, api: Api) -> None:
        token = api.bound("notes:read")
        proof = api.proof(token)
        reply = api.get("/notes", f"DPoP {token}", dpop=[proof])
        assert (reply.status, reply.json["subject"]) == (200, "user-1")
        assert "dpop-nonce" not in reply.headers
        again = api.get("/notes", f"dpop {token}", dpop=[proof])
        assert again.status == 401
        assert again.headers["www-authenticate"] == (
            'DPoP error="invalid_dpop_proof", error_description="the DPoP proof was used before", '
            f'resource_metadata="{METADATA_URL}", {ALGS}'
        )
        assert again.json["error"] == "invalid_dpop_proof"

    def test_the_query_is_no_part_of_a_proof(self, api: Api) -> None:
        token = api.bound("notes:read")
        proof = api.proof(token)
        assert api.get("/notes?page=2", f"DPoP {token}", dpop=[proof]).status == 200

    def test_a_proof_for_the_host_of_the_request_is_for_another_api(self, api: Api) -> None:
        token = api.bound("notes:read")
        proof = api.proof(token, url="https://evil.example/notes")
        headers = [("Host", "evil.example"), ("Authorization", f"DPoP {token}"), ("DPoP", proof)]
        reply = api.send("GET", "/notes", headers)
        assert reply.json["error_description"] == "the DPoP proof is for another address"

    def test_a_stolen_bound_token_is_no_bearer_token(self, api: Api) -> None:
        token = api.bound("notes:read")
        for dpop_headers in ([], [api.proof(token)]):
            reply = api.get("/notes", f"Bearer {token}", dpop=dpop_headers)
            assert reply.status == 401
            assert reply.headers["www-authenticate"] == (
                'Bearer error="invalid_token", error_description="the token is bound to a key and '
                f'has to come as: Authorization: DPoP", resource_metadata="{METADATA_URL}", {DPOP}'
            )

    def test_a_bound_token_without_its_proof(self, api: Api) -> None:
        reply = api.get("/notes", f"DPoP {api.bound('notes:read')}")
        assert (reply.status, reply.json["error"]) == (401, "invalid_dpop_proof")
        assert reply.headers["www-authenticate"].startswith('DPoP error="invalid_dpop_proof"')

    def test_two_proofs_are_none(self, api: Api) -> None:
        token = api.bound("notes:read")
        proofs = [api.proof(token), api.proof(token, jti="j-2")]
        reply = api.get("/notes", f"DPoP {token}", dpop=proofs)
        assert (reply.status, reply.json["error"]) == (401, "invalid_dpop_proof")
        assert api.get("/notes", f"DPoP {token}", dpop=proofs[:1]).status == 200

    def test_a_token_that_is_not_bound_is_no_dpop_token(self, api: Api) -> None:
        bearer = api.bearer("notes:read")
        token = bearer.removeprefix("Bearer ")
        proof = api.proof(token)
        for authorization in (f"DPoP {token}", bearer):
            reply = api.get("/notes", authorization, dpop=[proof])
            assert (reply.status, reply.json["error"]) == (401, "invalid_token")

    def test_a_missing_scope_is_named_in_the_scheme_that_was_used(self, api: Api) -> None:
        token = api.bound("notes:write")
        reply = api.get("/notes", f"DPoP {token}", dpop=[api.proof(token)])
        assert reply.status == 403
        assert reply.headers["www-authenticate"] == (
            'DPoP error="insufficient_scope", '
            'error_description="the token lacks a scope that is needed here", '
            f'scope="notes:read", resource_metadata="{METADATA_URL}", {ALGS}'
        )

    @pytest.mark.parametrize("value", ["DPoP", "DPoP  a", "DPoP a b", "DPoP a,b"])
    def test_malformed_dpop_credentials_are_a_bad_request(self, value: str, api: Api) -> None:
        reply = api.get("/notes", value)
        assert reply.status == 400
        assert reply.headers["www-authenticate"].startswith('DPoP error="invalid_request"')

    def test_a_sign_in_that_is_good_enough(self, api: Api) -> None:
        claims = {"acr": "urn:example:gold", "auth_time": START - 300}
        token = api.issuer.token(AUDIENCE, scopes=["notes:read"], claims=claims)
        assert api.get("/vault", f"Bearer {token}").status == 200

    @pytest.mark.parametrize(
        ("claims", "description"),
        [
            ({}, "a different authentication level is required"),
            (
                {"acr": "urn:example:silver", "auth_time": START},
                "a different authentication level is required",
            ),
            ({"acr": "urn:example:gold"}, "it is not known when the person signed in"),
            (
                {"acr": "urn:example:gold", "auth_time": START - 311},
                "more recent authentication is required",
            ),
        ],
    )
    def test_a_sign_in_that_is_not_rfc_9470_3(
        self, claims: dict[str, Any], description: str, api: Api
    ) -> None:
        token = api.issuer.token(AUDIENCE, scopes=["notes:read"], claims=claims)
        reply = api.get("/vault", f"Bearer {token}")
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == (
            f'Bearer error="insufficient_user_authentication", error_description="{description}", '
            f'acr_values="urn:example:gold", max_age="300", resource_metadata="{METADATA_URL}"'
        )
        assert reply.json == {
            "error": "insufficient_user_authentication",
            "error_description": description,
        }


NONCES = DpopPolicy(nonce_secret=Secret("a secret of these tests, and of nothing else"))


class NonceContract:
    """An API that wants nonces in DPoP proofs (RFC 9449 §9); its world has `dpop=NONCES`."""

    def test_the_nonce_comes_with_the_refusal_and_the_next_with_the_response(
        self, api: Api
    ) -> None:
        token = api.bound("notes:read")
        reply = api.get("/notes", f"DPoP {token}", dpop=[api.proof(token)])
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == (
            'DPoP error="use_dpop_nonce", error_description="a nonce is needed in the DPoP proof", '
            f'resource_metadata="{METADATA_URL}", {ALGS}'
        )
        nonce = reply.headers["dpop-nonce"]
        assert reply.headers["cache-control"] == "no-store"
        good = api.get("/notes", f"DPoP {token}", dpop=[api.proof(token, nonce=nonce)])
        assert good.status == 200
        assert good.headers["dpop-nonce"] == nonce
        assert good.headers["cache-control"] == "no-store"
        api.clock.advance(300)
        late = api.get("/notes", f"DPoP {token}", dpop=[api.proof(token, nonce=nonce, jti="j-2")])
        assert late.status == 200
        assert late.headers["dpop-nonce"] != nonce

    def test_a_bearer_token_needs_none(self, api: Api) -> None:
        reply = api.get("/notes", api.bearer("notes:read"))
        assert reply.status == 200
        assert "dpop-nonce" not in reply.headers
