"""The third place of step 2: a cookie in the browser, the token on the server."""

from pathlib import Path

import pytest

from sealwax.tour.web.backend_for_frontend import SESSION_SECONDS
from tests.tour.web import CROSS_SITE, NEIGHBOUR, OWN, Web, make_web

CREDENTIALS = {"username": "ada", "password": "right"}


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return make_web(tmp_path)


def test_the_page_gets_a_cookie_and_the_server_keeps_the_token(web: Web) -> None:
    answer = web.browser.post("/bff/sign-in", json=CREDENTIALS, headers=OWN)

    assert answer.json() == {"signed_in": True}
    (header,) = answer.headers.get_list("set-cookie")
    assert header.startswith("__Host-bff=")
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Secure"} == set(header.split("; ")[1:])
    assert "token-of-the-bff" not in answer.text + header

    assert web.browser.get("/bff/notes").json() == {"notes": ["a note"]}
    assert web.world.asked_notes[0].headers["Authorization"] == "Bearer token-of-the-bff"


def test_signing_out_forgets_the_token(web: Web) -> None:
    web.browser.post("/bff/sign-in", json=CREDENTIALS, headers=OWN)
    copy = web.browser.cookies["__Host-bff"]
    web.browser.post("/bff/sign-out", json={}, headers=OWN)

    thief = web.another_browser()
    thief.cookies.set("__Host-bff", copy)
    assert thief.get("/bff/notes").status_code == 401


def test_it_ends_with_the_token(web: Web) -> None:
    web.browser.post("/bff/sign-in", json=CREDENTIALS, headers=OWN)
    web.clock.advance(SESSION_SECONDS)

    assert web.browser.get("/bff/notes").status_code == 401


@pytest.mark.parametrize("headers", [CROSS_SITE, NEIGHBOUR, {}], ids=["site", "neighbour", "none"])
@pytest.mark.parametrize("path", ["/bff/sign-in", "/bff/sign-out"])
def test_only_our_own_pages_may(web: Web, path: str, headers: dict[str, str]) -> None:
    assert web.browser.post(path, json=CREDENTIALS, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b'{"username":"ada","password":"wrong"}', "application/json", 401),
        (b'{"username":"ada","password":"right"}', "text/plain", 415),
        (b"username=ada&password=right", "application/x-www-form-urlencoded", 415),
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b'{"a":"' + b"x" * 20_000 + b'"}', "application/json", 413),
    ],
)
def test_bad_input_is_answered_and_signs_nobody_in(
    web: Web, content: bytes, content_type: str, status: int
) -> None:
    headers = {**OWN, "Content-Type": content_type}

    answer = web.browser.post("/bff/sign-in", content=content, headers=headers)

    assert answer.status_code == status
    assert "set-cookie" not in answer.headers
    assert len(answer.json()["problem"]) < 100


def test_an_issuer_that_is_stopped_is_said_so(web: Web) -> None:
    web.world.is_issuer_up = False

    assert web.browser.post("/bff/sign-in", json=CREDENTIALS, headers=OWN).status_code == 503
