"""Receivers by others accept our tokens from our key set; our Verifier accepts theirs."""

from __future__ import annotations

import json
from typing import Any

import jwt as pyjwt
import pytest
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt

from sealwax import TokenRefused, Verifier
from sealwax.clock import ManualClock
from sealwax.jose import Key, KeySet, jwt
from tests.interop.npm_packages import ask_jose, needs_node

ISSUER = "https://id.example.com"
AUDIENCE = "https://api.example.com"
ALGORITHMS = ("ES256", "RS256", "PS256", "Ed25519")
NOW = 1_700_000_000
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "usr_someone",
    "aud": AUDIENCE,
    "client_id": "web",
    "scope": "notes:read",
    "jti": "one",
    "iat": NOW,
    "exp": 4_000_000_000,
}


@pytest.fixture(scope="module", params=ALGORITHMS)
def ours(request: pytest.FixtureRequest) -> tuple[str, str, dict[str, Any]]:
    """One of our access tokens, with its algorithm and our key set."""
    key = Key.generate(request.param)
    token = jwt.sign(CLAIMS, key, typ="at+jwt")
    return request.param, token, KeySet([key.public()]).to_jwks()


@needs_node
def test_jose_of_npm_verifies_ours(ours: tuple[str, str, dict[str, Any]]) -> None:
    algorithm, token, jwks = ours
    command = {
        "do": "verify",
        "jwks": jwks,
        "token": token,
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "typ": "at+jwt",
        "algorithms": [algorithm],
    }
    assert ask_jose(command)["claims"] == CLAIMS
    assert "error" in ask_jose({**command, "token": token[:-4] + "AAAA"})


def test_pyjwt_verifies_ours(ours: tuple[str, str, dict[str, Any]]) -> None:
    algorithm, token, jwks = ours
    # PyJWT knows Ed25519 by its older name alone, so that key and token are made with it.
    if algorithm == "Ed25519":
        key = Key.generate("Ed25519")
        token = jwt.sign(CLAIMS, key, typ="at+jwt", algorithm_name="EdDSA")
        jwks = {"keys": [{**key.public().to_jwk(), "alg": "EdDSA"}]}
        algorithm = "EdDSA"
    key_of_theirs = pyjwt.PyJWKSet.from_dict(jwks).keys[0]
    claims = pyjwt.decode(
        token, key_of_theirs, algorithms=[algorithm], issuer=ISSUER, audience=AUDIENCE
    )
    assert claims == CLAIMS


def test_joserfc_verifies_ours(ours: tuple[str, str, dict[str, Any]]) -> None:
    algorithm, token, jwks = ours
    keys = joserfc_jwk.KeySet.import_key_set(jwks)  # type: ignore[arg-type]  # their own TypedDict
    assert joserfc_jwt.decode(token, keys, algorithms=[algorithm]).claims == CLAIMS


@needs_node
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_we_verify_jose_of_npm(algorithm: str) -> None:
    made = ask_jose({"do": "sign", "alg": algorithm, "claims": CLAIMS, "typ": "at+jwt"})
    _assert_accepted(made["token"], made["jwks"])


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA"])
def test_we_verify_pyjwt(algorithm: str) -> None:
    key = Key.generate("Ed25519" if algorithm == "EdDSA" else algorithm)
    private_pem = key.to_pem(private=True).decode()
    headers = {"typ": "at+jwt", "kid": key.kid}
    token = pyjwt.encode(CLAIMS, private_pem, algorithm=algorithm, headers=headers)
    _assert_accepted(token, KeySet([key.public()]).to_jwks())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_we_verify_joserfc(algorithm: str) -> None:
    key = Key.generate(algorithm)
    their_key = joserfc_jwk.import_key(key.to_jwk(private=True))
    header = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid}
    token = joserfc_jwt.encode(header, CLAIMS, their_key, algorithms=[algorithm])
    _assert_accepted(token, KeySet([key.public()]).to_jwks())


def _assert_accepted(token: str, jwks: dict[str, Any]) -> None:
    with Verifier(
        ISSUER, AUDIENCE, keys=KeySet.from_jwks(json.dumps(jwks)), clock=ManualClock(NOW)
    ) as verifier:
        verified = verifier.verify_sync(token)
        assert verified.claims == CLAIMS
        assert verified.scopes == frozenset({"notes:read"})
        head, _, signature = token.rpartition(".")
        flipped = ("A" if signature[10] != "A" else "B") + signature[11:]
        with pytest.raises(TokenRefused):
            verifier.verify_sync(f"{head}.{signature[:10]}{flipped}")
