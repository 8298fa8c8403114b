"""Relying parties by others sign a person in against our issuer: code flow with PKCE."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from interop.issuer import PASSWORD, USERNAME, Issuer, running_issuer
from interop.peers import HERE, TIMEOUT_SECONDS, needs_node
from interop.person import Person
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt

pytestmark = pytest.mark.slow

REDIRECT_URI = "http://localhost:9/callback"
SIGNED_OUT_URI = "http://localhost:9/signed-out"
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


def test_authlib_signs_in(issuer: Issuer) -> None:
    client = _register(issuer, "authlib", "--auth-method", "client_secret_basic")
    metadata = httpx2.get(f"{issuer.url}/.well-known/openid-configuration").json()
    with OAuth2Client(
        "authlib",
        client["client_secret"],
        scope=SCOPE,
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
    ) as session:
        verifier, nonce = "v" * 64, "n-authlib"
        url, state = session.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        callback = Person(USERNAME, PASSWORD).go(url, stops_at=REDIRECT_URI)
        token = session.fetch_token(
            metadata["token_endpoint"],
            authorization_response=callback,
            code_verifier=verifier,
            state=state,
        )
        keys = joserfc_jwk.KeySet.import_key_set(session.get(metadata["jwks_uri"]).json())
        id_token = joserfc_jwt.decode(token["id_token"], keys, algorithms=["RS256"])
        assert id_token.claims["nonce"] == nonce
        assert id_token.claims["aud"] == "authlib"
        userinfo = session.get(metadata["userinfo_endpoint"]).json()
        assert userinfo["sub"] == id_token.claims["sub"]
        assert userinfo["preferred_username"] == USERNAME
        refreshed = session.refresh_token(metadata["token_endpoint"])
        assert refreshed["access_token"] != token["access_token"]
        assert session.revoke_token(metadata["revocation_endpoint"]).status_code == 200


def test_the_data_folder_is_private(issuer: Issuer) -> None:
    assert Path(issuer.data).stat().st_mode & 0o077 == 0
