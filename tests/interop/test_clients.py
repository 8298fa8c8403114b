"""Relying parties by others sign a person in against our issuer: code flow with PKCE."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import jwt as pyjwt
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt

from tests.interop.issuer import PASSWORD, USERNAME, Issuer, running_issuer
from tests.interop.npm_packages import HERE, TIMEOUT_SECONDS, ask_jose, needs_node
from tests.interop.person import Person

pytestmark = pytest.mark.slow

REDIRECT_URI = "http://localhost:9/callback"
SIGNED_OUT_URI = "http://localhost:9/signed-out"
NONCE = "n-authlib"
SCOPE = "openid profile email offline_access"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    with running_issuer(tmp_path_factory.mktemp("interop") / "data") as started:
        yield started


def _register(issuer: Issuer, client_id: str, *words: str) -> dict[str, Any]:
    scopes = [word for scope in SCOPE.split() for word in ("--scope", scope)]
    return issuer.run(
        "client", "add", client_id, "--redirect-uri", REDIRECT_URI,
        "--post-logout-redirect-uri", SIGNED_OUT_URI, "--grant-type", "authorization_code",
        "--grant-type", "refresh_token", *scopes, *words,
    )  # fmt: skip


@needs_node
@pytest.mark.parametrize(
    ("client_id", "words"),
    [
        ("public", ["--auth-method", "none"]),
        ("confidential", ["--auth-method", "client_secret_post", "--id-token-alg", "ES256"]),
    ],
)
def test_openid_client_of_npm_signs_in(issuer: Issuer, client_id: str, words: list[str]) -> None:
    client = _register(issuer, client_id, *words)
    person = Person(USERNAME, PASSWORD)
    with subprocess.Popen(
        ["node", str(HERE / "openid_client_peer.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as peer:
        assert peer.stdin is not None
        assert peer.stdout is not None
        settings = {
            "issuer": issuer.url,
            "client_id": client_id,
            "client_secret": client.get("client_secret"),
            "redirect_uri": REDIRECT_URI,
            "post_logout_redirect_uri": SIGNED_OUT_URI,
            "scope": SCOPE,
        }
        print(json.dumps(settings), file=peer.stdin, flush=True)
        asked = json.loads(peer.stdout.readline())
        callback = person.go(asked["authorization_url"], stops_at=REDIRECT_URI)
        print(json.dumps({"callback_url": callback}), file=peer.stdin, flush=True)
        got = json.loads(peer.stdout.readline())
        peer.wait(TIMEOUT_SECONDS)
    assert "error" not in got, got
    assert got["claims"]["iss"] == issuer.url
    assert got["claims"]["sub"].startswith("usr_")
    assert got["userinfo"]["email"] == "ada@example.com"
    assert got["refreshed"] is True
    assert got["rotated"] is (client_id == "public")
    signed_out = person.go(got["logout_url"], stops_at=SIGNED_OUT_URI)
    assert signed_out.startswith(SIGNED_OUT_URI)


@pytest.fixture(scope="module")
def signed_in(issuer: Issuer) -> dict[str, Any]:
    """What Authlib got by signing a person in: tokens, and the issuer's metadata and keys."""
    client = _register(issuer, "authlib", "--auth-method", "client_secret_basic")
    metadata = httpx2.get(f"{issuer.url}/.well-known/openid-configuration").json()
    with OAuth2Client(
        "authlib",
        client["client_secret"],
        scope=SCOPE,
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
    ) as session:
        verifier = "v" * 64
        url, state = session.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier, nonce=NONCE
        )
        callback = Person(USERNAME, PASSWORD).go(url, stops_at=REDIRECT_URI)
        token = session.fetch_token(
            metadata["token_endpoint"],
            authorization_response=callback,
            code_verifier=verifier,
            state=state,
        )
        userinfo = session.get(metadata["userinfo_endpoint"]).json()
        refreshed = session.refresh_token(metadata["token_endpoint"])
        revoked = session.revoke_token(metadata["revocation_endpoint"])
        return {
            "token": token,
            "userinfo": userinfo,
            "refreshed": refreshed,
            "revoked": revoked.status_code,
            "jwks": session.get(metadata["jwks_uri"]).json(),
        }


def test_authlib_signs_in(signed_in: dict[str, Any]) -> None:
    assert signed_in["userinfo"]["preferred_username"] == USERNAME
    assert signed_in["refreshed"]["access_token"] != signed_in["token"]["access_token"]
    assert signed_in["revoked"] == 200


def _made(issuer: Issuer, signed_in: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Give each token that the issuer made with its algorithm, audience and type."""
    token = signed_in["token"]
    return [
        (token["access_token"], "ES256", issuer.url, "at+jwt"),
        (token["id_token"], "RS256", "authlib", "JWT"),
    ]


def test_pyjwt_verifies_what_the_issuer_made(issuer: Issuer, signed_in: dict[str, Any]) -> None:
    keys = {key.key_id: key for key in pyjwt.PyJWKSet.from_dict(signed_in["jwks"]).keys}
    for token, algorithm, audience, typ in _made(issuer, signed_in):
        header = pyjwt.get_unverified_header(token)
        claims = pyjwt.decode(
            token, keys[header["kid"]], algorithms=[algorithm], issuer=issuer.url, audience=audience
        )
        assert (header["typ"], claims["sub"]) == (typ, signed_in["userinfo"]["sub"])


def test_joserfc_verifies_what_the_issuer_made(issuer: Issuer, signed_in: dict[str, Any]) -> None:
    keys = joserfc_jwk.KeySet.import_key_set(signed_in["jwks"])
    for token, algorithm, audience, typ in _made(issuer, signed_in):
        decoded = joserfc_jwt.decode(token, keys, algorithms=[algorithm])
        registry = joserfc_jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer.url},
            aud={"essential": True, "value": audience},
        )
        registry.validate(decoded.claims)
        assert decoded.header["typ"] == typ
        assert decoded.claims["sub"] == signed_in["userinfo"]["sub"]


@needs_node
def test_jose_of_npm_verifies_what_the_issuer_made(
    issuer: Issuer, signed_in: dict[str, Any]
) -> None:
    for token, algorithm, audience, typ in _made(issuer, signed_in):
        answer = ask_jose(
            {
                "do": "verify",
                "jwks": signed_in["jwks"],
                "token": token,
                "issuer": issuer.url,
                "audience": audience,
                "typ": typ,
                "algorithms": [algorithm],
            }
        )
        assert answer["claims"]["sub"] == signed_in["userinfo"]["sub"]
        assert answer["claims"].get("nonce") == (NONCE if typ == "JWT" else None)


def test_the_data_folder_is_private(issuer: Issuer) -> None:
    assert Path(issuer.data).stat().st_mode & 0o077 == 0
