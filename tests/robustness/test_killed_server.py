"""A server killed in the middle of its work and started again: nothing answered is lost."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import http.client
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sealwax.entropy import SystemEntropy
from sealwax.records import AuthorizationCode, Client, RefreshToken
from sealwax.secret import sha256_hex
from sealwax.storage.sqlite import open_storage
from tests.interop.issuer import PASSWORD, USERNAME, Issuer, running_issuer
from tests.interop.person import Person

pytestmark = pytest.mark.slow

REQUESTS = 200
REDIRECT_URI = "http://localhost:9/callback"
VERIFIER = "v" * 64
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


@dataclass
class Exchange:
    """One code on its way to becoming tokens, each for a client of its own."""

    client_id: str
    code: str
    answer: dict[str, Any] | None = None


@pytest.mark.parametrize("answers_before_the_kill", [1, 60, 150])
def test_what_was_answered_holds_after_kill_9(tmp_path: Path, answers_before_the_kill: int) -> None:
    data = tmp_path / "data"
    asyncio.run(_register_clients(data))
    with running_issuer(data) as issuer:
        exchanges = _codes(issuer)
        _redeem_until_killed(issuer, exchanges, answers_before_the_kill)
    answered = [exchange for exchange in exchanges if exchange.answer is not None]
    assert len(answered) >= answers_before_the_kill
    with running_issuer(data, add_user=False) as issuer:
        asyncio.run(_assert_spent(data, answered))
        _assert_refresh_tokens_work(issuer, answered)
        _assert_none_is_spent_twice(issuer, exchanges)


async def _register_clients(data: Path) -> None:
    storage = await open_storage(data, entropy=SystemEntropy(), exclusive=False)
    for number in range(REQUESTS):
        await storage.clients.add(
            Client(
                client_id=f"client-{number}",
                client_name=f"Client {number}",
                token_endpoint_auth_method="none",
                created_at=0,
                redirect_uris=(REDIRECT_URI,),
                grant_types=("authorization_code", "refresh_token"),
                scopes=("openid", "offline_access"),
                is_first_party=True,
            )
        )
    await storage.close()


def _codes(issuer: Issuer) -> list[Exchange]:
    """Sign in once, and get a code for every client."""
    person = Person(USERNAME, PASSWORD)
    exchanges = []
    for number in range(REQUESTS):
        query = urlencode(
            {
                "client_id": f"client-{number}",
                "response_type": "code",
                "redirect_uri": REDIRECT_URI,
                "scope": "openid offline_access",
                "code_challenge": CHALLENGE,
                "code_challenge_method": "S256",
                "state": "s",
            }
        )
        callback = person.go(f"{issuer.url}/authorize?{query}", stops_at=REDIRECT_URI)
        code = parse_qs(urlsplit(callback).query)["code"][0]
        exchanges.append(Exchange(f"client-{number}", code))
    random.Random(7).shuffle(exchanges)
    return exchanges


def _redeem_until_killed(issuer: Issuer, exchanges: list[Exchange], answers: int) -> None:
    """Send all requests at once; kill the server when this many were answered."""
    reached = threading.Event()
    counter = threading.Semaphore(answers)

    def redeem(exchange: Exchange) -> None:
        exchange.answer = _redeem(issuer, exchange)
        if exchange.answer is not None and not counter.acquire(blocking=False):
            reached.set()

    def kill() -> None:
        reached.wait(30)
        issuer.process.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with ThreadPoolExecutor(REQUESTS) as pool:
        list(pool.map(redeem, exchanges))
    reached.set()
    killer.join()
    issuer.process.wait(10)


def _redeem(issuer: Issuer, exchange: Exchange) -> dict[str, Any] | None:
    """Exchange one code; None when no whole answer came, or a refusal."""
    form = {
        "grant_type": "authorization_code",
        "client_id": exchange.client_id,
        "code": exchange.code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    status, answer = _post(issuer, "/token", form)
    return answer if status == 200 else None


def _post(issuer: Issuer, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
    host = urlsplit(issuer.url)
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
    try:
        connection.request(
            "POST", path, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
        )
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}
    finally:
        connection.close()
    return response.status, answer


async def _assert_spent(data: Path, answered: list[Exchange]) -> None:
    """Look into storage: the code of every answer is spent, its refresh token is there."""
    storage = await open_storage(data, entropy=SystemEntropy(), exclusive=False)
    for exchange in answered:
        code = await storage.authorization_codes.find(sha256_hex(exchange.code))
        assert isinstance(code, AuthorizationCode)
        assert code.redeemed_at is not None
        assert exchange.answer is not None
        token = await storage.refresh_tokens.find(sha256_hex(exchange.answer["refresh_token"]))
        assert isinstance(token, RefreshToken)
    await storage.close()


def _assert_refresh_tokens_work(issuer: Issuer, answered: list[Exchange]) -> None:
    for exchange in answered:
        assert exchange.answer is not None
        form = {
            "grant_type": "refresh_token",
            "client_id": exchange.client_id,
            "refresh_token": exchange.answer["refresh_token"],
        }
        status, refreshed = _post(issuer, "/token", form)
        assert status == 200, refreshed
        assert refreshed["refresh_token"] != exchange.answer["refresh_token"]


def _assert_none_is_spent_twice(issuer: Issuer, exchanges: list[Exchange]) -> None:
    """Present every code again, twice at once: an answered one never, any other at most once."""
    started = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        for exchange in exchanges:
            again = list(pool.map(lambda one: _redeem(issuer, one), [exchange, exchange]))
            successes = sum(answer is not None for answer in (exchange.answer, *again))
            assert successes <= 1, exchange.client_id
    assert time.monotonic() - started < 60
