"""Step 7 without a browser: the endpoints, and what they make of each stranger."""

from pathlib import Path

import pytest

from sealwax.tour.web.forgery_lab import COINS_AT_ONCE, FIRST_COINS
from tests.tour.web import ADDRESSES, CROSS_SITE, NEIGHBOUR, OWN, Web, make_web

OPEN = "__Host-DEMO-UNGUARDED-purse"
STRICT = "__Host-demo-strict-purse"


@pytest.fixture
def web(tmp_path: Path) -> Web:
    web = make_web(tmp_path)
    assert web.browser.post("/demo-only/get-cookies", json={}, headers=OWN).status_code == 200
    return web


def coins(web: Web) -> int:
    left: int = web.browser.get("/demo-only/forgery-results").json()["coins"]
    return left


def test_the_two_cookies_say_in_so_many_words_where_they_go(tmp_path: Path) -> None:
    answer = make_web(tmp_path).browser.post("/demo-only/get-cookies", json={}, headers=OWN)

    cookies = {
        header.split("=", 1)[0]: set(header.split("; ")[1:])
        for header in answer.headers.get_list("set-cookie")
    }
    assert cookies[OPEN] == {"HttpOnly", "Path=/", "SameSite=none", "Secure"}
    assert cookies[STRICT] == {"HttpOnly", "Path=/", "SameSite=strict", "Secure"}


@pytest.mark.parametrize(
    ("path", "headers", "is_paid"),
    [
        ("UNGUARDED", OWN, True),
        ("UNGUARDED", CROSS_SITE, True),
        ("UNGUARDED", {}, True),
        ("same-site", OWN, True),
        ("same-site", NEIGHBOUR, True),
        ("origin-checked", OWN, True),
        ("origin-checked", CROSS_SITE, False),
        ("origin-checked", NEIGHBOUR, False),
        ("origin-checked", {}, False),
    ],
)
def test_what_each_endpoint_looks_at(
    web: Web,
    path: str,
    headers: dict[str, str],
    is_paid: bool,  # noqa: FBT001 - a column of the table
) -> None:
    answer = web.browser.post(f"/demo-only/{path}/transfer", headers=headers, data={"coins": "100"})

    assert answer.json()["moved"] is is_paid
    assert coins(web) == FIRST_COINS - (COINS_AT_ONCE if is_paid else 0)


def test_without_cookies_nobody_pays(web: Web) -> None:
    stranger = web.another_browser()
    for path in ("UNGUARDED", "same-site", "origin-checked"):
        assert not stranger.post(f"/demo-only/{path}/transfer", headers=OWN).json()["moved"]
    assert coins(web) == FIRST_COINS


@pytest.mark.parametrize(
    ("attacker", "page"),
    [
        ("other-site", f"{ADDRESSES.other_site}/demo-only/other-site"),
        ("neighbour", f"{ADDRESSES.notes}/demo-only/neighbour"),
    ],
)
def test_a_stranger_is_sent_on_to_its_next_attempt(web: Web, attacker: str, page: str) -> None:
    for following, path in enumerate(("UNGUARDED", "same-site", "origin-checked"), start=1):
        answer = web.browser.post(f"/demo-only/{path}/transfer", data={"attacker": attacker})
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{page}?next={following}"


@pytest.mark.parametrize("attacker", ["https://evil.example", "//evil.example", "", "x"])
def test_nobody_else_is_sent_anywhere(web: Web, attacker: str) -> None:
    answer = web.browser.post("/demo-only/UNGUARDED/transfer", data={"attacker": attacker})

    assert answer.status_code == 200
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"x" * 20_000, 413), (b"attacker=%ff", 400), (b"&".join([b"a=1"] * 50), 400)],
)
def test_a_form_beyond_the_limits_is_refused(web: Web, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = web.browser.post("/demo-only/UNGUARDED/transfer", content=body, headers=headers)

    assert answer.status_code == status


def test_no_stranger_opens_an_account(web: Web) -> None:
    for headers in (CROSS_SITE, NEIGHBOUR, {}):
        answer = web.browser.post("/demo-only/get-cookies", json={}, headers=headers)
        assert answer.status_code == 403
