"""The web app of step 6, against whoever would sign in as somebody else, or stay signed in."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from sealwax.tour.web.web_app import SESSION_SECONDS, SIGN_IN_SECONDS
from tests.client.provider import query_of
from tests.tour.web import ADDRESSES, CROSS_SITE, NEIGHBOUR, OWN, Web, make_web

SESSION = "__Host-notebook"
SIGN_IN = "__Host-notebook-sign-in"


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return make_web(tmp_path)


def begin(web: Web, browser: TestClient | None = None) -> dict[str, str]:
    """Press "Sign in", and give what the issuer is asked."""
    answer = (browser or web.browser).post("/app/sign-in", headers=OWN)
    assert answer.status_code == 303
    asked = query_of(answer.headers["location"])
    web.world.provider.claims["nonce"] = asked["nonce"]
    return asked


def callback(asked: dict[str, str], **changes: str) -> str:
    answer = {"code": "code-1", "state": asked["state"], "iss": ADDRESSES.issuer, **changes}
    return f"/app/callback?{urlencode(answer)}"


def sign_in(web: Web) -> None:
    """Sign in, all the way."""
    arrived = web.browser.get(callback(begin(web)))
    assert arrived.status_code == 200
    assert SESSION in web.browser.cookies


def test_a_person_signs_in_and_sees_their_notes(web: Web) -> None:
    asked = begin(web)
    assert asked["redirect_uri"] == f"{ADDRESSES.web}/app/callback"
    assert asked["scope"] == "openid profile notes:read"
    assert asked["resource"] == ADDRESSES.notes
    assert asked["code_challenge_method"] == "S256"

    arrived = web.browser.get(callback(asked))
    assert 'http-equiv="refresh" content="0;url=/app?arrived"' in arrived.text

    page = web.browser.get("/app?arrived")
    assert "Hello, Ada" in page.text
    assert "a note" in page.text
    assert web.world.asked_notes[0].headers["Authorization"] == "Bearer access-token-1"


def test_the_session_is_a_random_number_in_a_cookie_that_no_script_gets(web: Web) -> None:
    arrived = web.browser.get(callback(begin(web)))

    cookies = {header.split("=", 1)[0]: header for header in arrived.headers.get_list("set-cookie")}
    value, *attributes = cookies[SESSION].split("; ")
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=strict", "Secure"}
    assert len(value.split("=")[1]) == 43
    assert "Max-Age=0" in cookies[SIGN_IN], "what served once is taken away"
    for secret in ("access-token-1", "refresh-token-1", "eyJ"):
        assert secret not in arrived.text + str(arrived.headers)


def test_the_cookie_of_a_sign_in_under_way_is_lax(web: Web) -> None:
    answer = web.browser.post("/app/sign-in", headers=OWN)

    (header,) = answer.headers.get_list("set-cookie")
    assert header.startswith(f"{SIGN_IN}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} == set(header.split("; ")[1:])


def test_an_answer_in_another_browser_signs_nobody_in(web: Web) -> None:
    # login CSRF: the attacker's answer, brought to the victim's browser
    asked = begin(web)
    victim = web.another_browser()

    answer = victim.get(callback(asked))

    assert answer.status_code == 400
    assert "this browser began no sign-in" in answer.text
    assert SESSION not in victim.cookies
    assert web.world.provider.asked("/token") == []


def test_an_answer_to_another_sign_in_of_another_browser_signs_nobody_in(web: Web) -> None:
    attacker = web.another_browser()
    theirs = begin(web, attacker)
    begin(web)

    answer = web.browser.get(callback(theirs))

    assert answer.status_code == 400
    assert "another sign-in" in answer.text
    assert SESSION not in web.browser.cookies


def test_an_answer_serves_once(web: Web) -> None:
    asked = begin(web)
    assert web.browser.get(callback(asked)).status_code == 200
    web.browser.cookies.delete(SESSION)

    assert web.browser.get(callback(asked)).status_code == 400
    assert SESSION not in web.browser.cookies


@pytest.mark.parametrize(
    "changes",
    [{"iss": "https://evil.example"}, {"state": "x"}, {"code": ""}, {"error": "access_denied"}],
)
def test_a_wrong_answer_signs_nobody_in_and_ends_the_attempt(
    web: Web, changes: dict[str, str]
) -> None:
    asked = begin(web)

    answer = web.browser.get(callback(asked, **changes))
    assert "You were not signed in" in answer.text

    assert web.browser.get(callback(asked)).status_code == 400
    assert SESSION not in web.browser.cookies


def test_an_answer_that_comes_too_late_is_refused(web: Web) -> None:
    asked = begin(web)
    web.clock.advance(SIGN_IN_SECONDS)

    assert web.browser.get(callback(asked)).status_code == 400


def test_what_stands_in_an_answer_does_not_stand_in_the_page(web: Web) -> None:
    answer = web.browser.get(
        callback(begin(web), error="<script>alert(1)</script>", error_description="<b>")
    )

    assert "<script>" not in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize("headers", [CROSS_SITE, NEIGHBOUR, {}], ids=["site", "neighbour", "none"])
@pytest.mark.parametrize("path", ["/app/sign-in", "/app/sign-out", "/app/session/end"])
def test_only_our_own_pages_sign_in_and_out(web: Web, path: str, headers: dict[str, str]) -> None:
    sign_in(web)

    assert web.browser.post(path, headers=headers).status_code == 403
    assert web.browser.get(path, headers=OWN).status_code == 405
    assert "Hello, Ada" in web.browser.get("/app").text


def test_signing_out_ends_it_for_a_copy_of_the_cookie_too(web: Web) -> None:
    sign_in(web)
    copy = web.browser.cookies[SESSION]

    answer = web.browser.post("/app/sign-out", headers=OWN)

    assert answer.status_code == 303
    target = query_of(answer.headers["location"])
    assert target == {
        "client_id": "notebook-web-app",
        "post_logout_redirect_uri": f"{ADDRESSES.web}/app",
    }
    thief = web.another_browser()
    thief.cookies.set(SESSION, copy)
    assert "Hello" not in thief.get("/app").text
    assert thief.get("/app/session").json() == {"session": None}


def test_a_session_ends_by_itself(web: Web) -> None:
    sign_in(web)
    web.clock.advance(SESSION_SECONDS - 1)
    assert web.browser.get("/app/session").json()["session"] is not None

    web.clock.advance(1)
    assert web.browser.get("/app/session").json() == {"session": None}


def test_a_session_ends_when_the_api_refuses_its_token(web: Web) -> None:
    sign_in(web)
    web.world.notes_status = 401

    assert "You were signed out" in web.browser.get("/app").text
    web.world.notes_status = 200
    assert "Hello" not in web.browser.get("/app").text


def test_the_access_token_is_renewed_before_it_ends(web: Web) -> None:
    sign_in(web)
    asked = len(web.world.provider.asked("/token"))
    web.world.provider.access_token = "access-token-2"

    web.clock.advance(600 - 31)
    web.browser.get("/app")
    assert web.world.asked_notes[-1].headers["Authorization"] == "Bearer access-token-1"

    web.clock.advance(2)
    web.browser.get("/app")
    assert web.world.asked_notes[-1].headers["Authorization"] == "Bearer access-token-2"
    assert len(web.world.provider.asked("/token")) == asked + 1


def test_an_issuer_that_is_stopped_is_said_so(web: Web) -> None:
    web.world.is_issuer_up = False

    answer = web.browser.post("/app/sign-in", headers=OWN)
    assert answer.status_code == 503
    assert "The issuer does not answer" in answer.text


def test_signing_out_works_without_the_issuer(web: Web) -> None:
    sign_in(web)
    web.world.is_issuer_up = False
    web.clock.advance(3600)  # what is known of the issuer is to be asked for again

    answer = web.browser.post("/app/sign-out", headers=OWN)

    assert (answer.status_code, answer.headers["location"]) == (303, "/app")
    assert "Hello" not in web.browser.get("/app").text


def test_a_browser_that_keeps_no_secure_cookie_is_told_so(web: Web) -> None:
    page = web.browser.get("/app?arrived")

    assert "did not keep the session cookie" in page.text
    assert "--tls-cert" in page.text


def test_what_the_page_of_the_tour_is_told_holds_no_token(web: Web) -> None:
    sign_in(web)

    told = web.browser.get("/app/session")

    assert told.json()["session"]["name"] == "Ada"
    for secret in ("access-token-1", "refresh-token-1", "eyJ", web.browser.cookies[SESSION]):
        assert secret not in told.text
