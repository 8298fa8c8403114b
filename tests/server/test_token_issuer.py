"""The mint: what it makes can be verified, and nothing it draws can be guessed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sealwax.jose import Policy, jwt
from sealwax.oauth.access_token import AccessTokenClaims
from sealwax.records import StatusReference
from sealwax.secret import sha256_hex
from tests.server.given import ISSUER, NOW, Issuer, issuer

pytestmark = pytest.mark.anyio

API = "https://api.example"
CLAIMS = AccessTokenClaims(
    subject="service",
    client_id="service",
    audience=API,
    scopes=("read", "write"),
    status=StatusReference("list-1", 7),
    issued_at=NOW,
    expires_at=NOW + 600,
)


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with issuer(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_an_access_token_says_what_it_was_told(given: Issuer, algorithm: str) -> None:
    token = given.services.token_issuer.access_token(CLAIMS, signing_alg=algorithm)
    verified = jwt.verify(
        token,
        given.services.key_ring.verification_keys(),
        algorithms=[algorithm],
        policy=Policy(ISSUER, API, "at+jwt"),
        now=NOW,
    )
    jwt_id = verified.claims.pop("jti")
    assert len(jwt_id) == 22
    assert verified.claims == {
        "iss": ISSUER,
        "sub": "service",
        "aud": API,
        "client_id": "service",
        "iat": NOW,
        "exp": NOW + 600,
        "scope": "read write",
        "status": {"status_list": {"idx": 7, "uri": f"{ISSUER}/status/list-1"}},
    }


async def test_no_two_tokens_have_one_id(given: Issuer) -> None:
    tokens = [
        given.services.token_issuer.access_token(CLAIMS, signing_alg="ES256") for _ in range(50)
    ]
    assert len({jwt.read_unverified_claims(token)["jti"] for token in tokens}) == 50


async def test_an_id_token_is_of_its_own_kind(given: Issuer) -> None:
    claims = {"iss": ISSUER, "sub": "usr_1", "aud": "client", "exp": NOW + 60, "iat": NOW}
    token = given.services.token_issuer.id_token(claims, signing_alg="RS256")
    assert jwt.read_unverified_header(token)["typ"] == "JWT"
    assert jwt.read_unverified_claims(token) == claims


async def test_what_opens_a_door_has_a_prefix_256_bits_and_a_hash(given: Issuer) -> None:
    mint = given.services.token_issuer
    for draw, prefix in (
        (mint.new_code, "swc_"),
        (mint.new_refresh_token, "swr_"),
        (mint.new_client_secret, "sws_"),
        (mint.new_link_token, "swl_"),
        (mint.new_session_secret, "swk_"),
    ):
        drawn = [draw() for _ in range(20)]
        assert len({secret.reveal() for secret, _ in drawn}) == 20
        for secret, digest in drawn:
            assert secret.reveal().startswith(prefix)
            assert len(secret.reveal()) == 4 + 43
            assert digest == sha256_hex(secret.reveal())
            assert secret.reveal() not in repr(secret)
