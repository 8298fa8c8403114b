"""The plugin: found by itself, at work in three frameworks, and not felt where it is not used."""

from pathlib import Path

import pytest

from sealwax.testing import FAULTS
from tests.testing.plugin_runs import run_pytest

CONFTEST = """
import pytest

@pytest.fixture
def sealwax_audience():
    return "https://api.example.com"
"""

FIXTURES = """
import asyncio

import pytest

from sealwax import KeysUnavailable, TokenRefused
from sealwax.testing import FAULTS, faulty_token

def reason(verifier, token):
    with pytest.raises(TokenRefused) as refused:
        verifier.verify_sync(token)
    return refused.value.reason

def test_a_token_is_believed(sealwax_issuer, sealwax_verifier, sealwax_audience):
    token = sealwax_issuer.token(sealwax_audience, scopes=["a"])
    assert sealwax_verifier.verify_sync(token).audience == ("https://api.example.com",)
    assert asyncio.run(sealwax_verifier.verify(token)).scopes == {"a"}

@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_one_is_not(fault, sealwax_issuer, sealwax_verifier, sealwax_audience):
    token = faulty_token(sealwax_issuer, fault, sealwax_audience)
    assert reason(sealwax_verifier, token) == FAULTS[fault]

def test_time_passes_when_told(sealwax_issuer, sealwax_verifier, sealwax_audience, sealwax_clock):
    token = sealwax_issuer.token(sealwax_audience)
    sealwax_verifier.verify_sync(token)
    sealwax_issuer.revoke(token)
    sealwax_clock.advance(15)
    assert reason(sealwax_verifier, token) == "token_revoked"
    sealwax_clock.advance(600)
    assert reason(sealwax_verifier, token) == "token_expired"

def test_headers(sealwax_headers, sealwax_verifier):
    headers = sealwax_headers("a", "b", subject="alice", lifetime_seconds=5)
    assert list(headers) == ["Authorization"]
    token = sealwax_verifier.verify_sync(headers["Authorization"].removeprefix("Bearer "))
    assert (token.subject, token.scopes) == ("alice", {"a", "b"})

def test_broken_keys(sealwax_issuer, sealwax_verifier, sealwax_audience):
    sealwax_issuer.break_document(sealwax_issuer.jwks_uri)
    with pytest.raises(KeysUnavailable):
        sealwax_verifier.verify_sync(sealwax_issuer.token(sealwax_audience))

def test_each_test_has_an_issuer_of_its_own(sealwax_issuer):
    assert sealwax_issuer.requests == []
"""

FASTAPI = """
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from starlette.testclient import TestClient

from sealwax import VerifiedToken
from sealwax.integrations.fastapi import ResourceServer
from sealwax.testing import FAULTS

notes = ResourceServer(issuer="https://id.example.com", audience="https://api.example.com")
app = FastAPI()
notes.install(app)

@app.get("/notes")
async def list_notes(token: Annotated[VerifiedToken, Depends(notes.requires("notes:read"))]) -> str:
    return token.subject

def test_it_lets_in_who_may(sealwax_stand_in):
    api = sealwax_stand_in(notes)
    reply = TestClient(app).get("/notes", headers=api.headers("notes:read", subject="alice"))
    assert (reply.status_code, reply.json()) == (200, "alice")
    assert TestClient(app).get("/notes", headers=api.headers()).status_code == 403

@pytest.mark.parametrize("fault", FAULTS)
def test_it_refuses_the_rest(fault, sealwax_stand_in):
    headers = sealwax_stand_in(notes).faulty_headers(fault, "notes:read")
    assert TestClient(app).get("/notes", headers=headers).status_code == 401

def test_the_app_has_its_own_issuer_again():
    assert not notes.verifier.is_ready
"""

FLASK = """
from flask import Flask

from sealwax.integrations.flask import ResourceServer, current_token

notes = ResourceServer(issuer="https://id.example.com", audience="https://api.example.com")
app = Flask(__name__)

@app.get("/notes")
@notes.requires("notes:read")
def list_notes() -> str:
    return current_token().subject

def test_it_lets_in_who_may_and_nobody_else(sealwax_stand_in, sealwax_clock):
    api = sealwax_stand_in(notes)
    headers = api.headers("notes:read", subject="alice")
    reply = app.test_client().get("/notes", headers=headers)
    assert (reply.status_code, reply.text) == (200, "alice")
    api.issuer.is_down = True
    assert app.test_client().get("/notes", headers=headers).status_code == 200
    sealwax_clock.advance(610)
    assert app.test_client().get("/notes", headers=headers).status_code == 401
"""

DJANGO = """
import asyncio

import django
from django.conf import settings
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="for tests")
django.setup()

from sealwax.integrations.django import ResourceServer

notes = ResourceServer(issuer="https://id.example.com", audience="https://api.example.com")

@notes.requires("notes:read")
def list_notes(request):
    return HttpResponse(request.token.subject)

urlpatterns = [path("notes", list_notes), *notes.urls]

def test_it_lets_in_who_may(sealwax_stand_in):
    api = sealwax_stand_in(notes)
    reply = Client().get("/notes", headers=api.headers("notes:read", subject="alice"))
    assert (reply.status_code, reply.content) == (200, b"alice")
    forged = api.faulty_headers("forged", "notes:read")
    assert Client().get("/notes", headers=forged).status_code == 401

def test_an_async_client_too(sealwax_stand_in):
    headers = sealwax_stand_in(notes).headers("notes:read")
    assert asyncio.run(AsyncClient().get("/notes", headers=headers)).status_code == 200
"""

UNUSED = """
import sys

def test_nothing_of_ours_but_the_plugin_is_there(pytestconfig):
    assert pytestconfig.pluginmanager.has_plugin("sealwax")
    loaded = {name for name in sys.modules if name.split(".")[0] in {"sealwax", "cryptography"}}
    assert loaded == {"sealwax", "sealwax.testing", "sealwax.testing.pytest_plugin"}
    assert "asyncio" not in sys.modules
"""


@pytest.mark.parametrize(
    ("text", "passed"),
    [(FIXTURES, 5 + len(FAULTS)), (FASTAPI, 2 + len(FAULTS)), (FLASK, 1), (DJANGO, 2)],
    ids=["fixtures", "fastapi", "flask", "django"],
)
def test_it_does_what_it_says(text: str, passed: int, tmp_path: Path) -> None:
    result = run_pytest(tmp_path, {"conftest.py": CONFTEST, "test_api.py": text})
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"\n{passed} passed" in result.stdout


def test_a_run_that_does_not_use_it_does_not_feel_it(tmp_path: Path) -> None:
    plugins = [
        "-p",
        "no:anyio",
        "-p",
        "no:hypothesispytest",
        "-p",
        "no:xdist",
        "-p",
        "no:pytest_cov",
    ]
    result = run_pytest(tmp_path, {"test_x.py": UNUSED}, *plugins, looks_for_plugins=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_it_can_be_left_out(tmp_path: Path) -> None:
    text = "def test_x(sealwax_issuer): pass"
    result = run_pytest(tmp_path, {"test_x.py": text}, "-p", "no:sealwax", looks_for_plugins=True)
    assert "fixture 'sealwax_issuer' not found" in result.stdout


def test_pytest_lists_what_each_fixture_is_for(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, {}, "--fixtures")
    for name in ("clock", "audience", "issuer", "verifier", "headers", "stand_in"):
        line = next(line for line in result.stdout.splitlines() if f"sealwax_{name} " in line)
        assert "no docstring" not in line


def test_warnings_are_none(tmp_path: Path) -> None:
    files = {"conftest.py": CONFTEST, "test_api.py": FIXTURES}
    result = run_pytest(tmp_path, files, "-W", "error", "--strict-config", "--strict-markers")
    assert result.returncode == 0, result.stdout + result.stderr
