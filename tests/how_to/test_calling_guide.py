"""The guide to calling an API: its program and its functions run as they stand there."""

import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from sealwax.client import ClientRegistration, RelyingParty
from sealwax.clock import ManualClock
from sealwax.secret import Secret
from sealwax.testing import TestIssuer
from tests.client.provider import ISSUER, NOW, REDIRECT_URI, ProviderInMemory, query_of
from tests.how_to.snippets import DOCS, blocks
from tests.how_to.whole_projects import REPOSITORY, listening
from tests.interop.issuer import running_issuer

PAGE = (DOCS / "how-to/call-an-api.md").read_text(encoding="utf-8")
FILES = {block.title: block.code for block in blocks("how-to/call-an-api.md")}
AUDIENCE = "https://api.example.com"
SECRET = "the secret of the report"


class Both(ThreadingHTTPServer):
    """An issuer with a token endpoint, and an API that trusts it, at one address."""

    issuer: TestIssuer
    asked: list[dict[str, list[str]]]


class Handler(BaseHTTPRequestHandler):
    server: Both

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.asked.append(parse_qs(form))
        issuer = self.server.issuer
        assert self.headers["authorization"].startswith("Basic ")
        token = issuer.token(AUDIENCE, subject="nightly-report", scopes=["notes:read"])
        self.answer({"access_token": token, "token_type": "Bearer", "expires_in": 600})

    def do_GET(self) -> None:
        issuer = self.server.issuer
        if self.path != "/notes":
            members = {"issuer": issuer.issuer, "jwks_uri": issuer.jwks_uri}
            self.answer({**members, "token_endpoint": f"{issuer.issuer}/token"})
            return
        token = self.headers["authorization"].removeprefix("Bearer ")
        with issuer.verifier(AUDIENCE) as verifier:
            verified = verifier.verify_sync(token, scopes=["notes:read"])
        self.answer(f"the notes for {verified.subject}")

    def answer(self, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Both]:
    with Both(("127.0.0.1", 0), Handler) as server:
        server.issuer = TestIssuer(f"http://127.0.0.1:{server.server_port}")
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def run_report(folder: Path, issuer: str, api: str, secret: str) -> str:
    """Run the guide's program; gives what it prints."""
    (folder / "report.py").write_text(FILES["report.py"])
    result = subprocess.run(
        [sys.executable, "report.py"],
        capture_output=True,
        check=False,
        cwd=folder,
        env={
            "ISSUER": issuer,
            "API": api,
            "CLIENT_SECRET": secret,
            "PYTHONPATH": str(REPOSITORY / "src"),
        },
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_service_of_the_guide_gets_its_notes(tmp_path: Path) -> None:
    with serving() as both:
        address = both.issuer.issuer
        assert run_report(tmp_path, address, address, SECRET) == "the notes for nightly-report\n"
    assert both.asked == [
        {
            "grant_type": ["client_credentials"],
            "scope": ["notes:read"],
            "resource": [AUDIENCE],
        }
    ]


@pytest.mark.slow
def test_issuer_api_and_service_by_their_guides_understand_each_other(tmp_path: Path) -> None:
    [command] = re.findall(r"^sealwax (client add .+)$", PAGE, re.MULTILINE)
    folder = tmp_path / "project"
    folder.mkdir()
    with (
        running_issuer(tmp_path / "data", add_user=False) as issuer,
        listening("how-to/protect-fastapi.md", folder, issuer.url) as port,
    ):
        issuer.run("resource", "add", AUDIENCE, "--scope", "notes:read")
        secret = issuer.run(*shlex.split(command))["client_secret"]
        api = f"http://127.0.0.1:{port}"
        assert run_report(tmp_path, issuer.url, api, secret) == "the notes of nightly-report\n"


@pytest.fixture
def web_app() -> dict[str, Any]:
    names = vars(ModuleType("sign_in"))
    exec(compile(FILES["sign_in.py"], "sign_in.py", "exec"), names)  # noqa: S102 - our own documentation, which this test holds to its word
    return names


@pytest.fixture
def provider(web_app: dict[str, Any]) -> ProviderInMemory:
    provider = ProviderInMemory()
    web_app["provider"] = RelyingParty(
        ISSUER,
        ClientRegistration("web-app", Secret("..."), id_token_algorithm="ES256"),
        redirect_uri=REDIRECT_URI,
        fetcher=provider,
        clock=ManualClock(NOW),
    )
    return provider


async def begun(web_app: dict[str, Any], provider: ProviderInMemory, browser: str) -> str:
    """Press the button, and give the query with which the browser comes back."""
    sent = query_of(await web_app["sign_in_pressed"](browser))
    provider.claims["nonce"] = sent["nonce"]
    return urlencode({"code": "code-1", "state": sent["state"], "iss": ISSUER})


@pytest.mark.anyio
async def test_a_person_signs_in_to_the_web_app(
    web_app: dict[str, Any], provider: ProviderInMemory
) -> None:
    query = await begun(web_app, provider, "browser-1")
    assert await web_app["callback"]("browser-1", query) == "signed in: usr_ada"
    assert web_app["sessions"]["browser-1"]["who"] == (ISSUER, "usr_ada")
    assert await web_app["callback"]("browser-1", query) == "not signed in: not_begun_here"


@pytest.mark.anyio
async def test_another_browser_is_not_signed_in(
    web_app: dict[str, Any], provider: ProviderInMemory
) -> None:
    query = await begun(web_app, provider, "browser-1")
    assert await web_app["callback"]("browser-2", query) == "not signed in: not_begun_here"
    assert web_app["sessions"] == {}


@pytest.mark.anyio
async def test_a_newer_sign_in_can_be_asked_for(
    web_app: dict[str, Any], provider: ProviderInMemory
) -> None:
    del provider
    url, _ = await web_app["provider"].begin(max_age_seconds=300, extra={"acr_values": "mfa"})
    assert (query_of(url)["max_age"], query_of(url)["acr_values"]) == ("300", "mfa")
