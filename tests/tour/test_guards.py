"""Who may reach the tour's page and its levers, and what its answers let a browser do."""

from pathlib import Path

import pytest
from starlette.datastructures import Headers

from sealwax.tour.web.guards import is_from_own_page
from tests.tour.web import ADDRESSES, CROSS_SITE, NEIGHBOUR, OWN, Web, make_web

LEVERS = (
    "issuer/stop",
    "issuer/start",
    "expired-token",
    "sign-out-everywhere",
    "nightly-report",
    "measure",
)


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return make_web(tmp_path)


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-origin", "origin": ADDRESSES.web}, True),
        ({"origin": ADDRESSES.web}, True),
        ({"sec-fetch-site": "same-site", "origin": ADDRESSES.notes}, False),
        ({"sec-fetch-site": "cross-site", "origin": ADDRESSES.web}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": ""}, False),
        ({"origin": "null"}, False),
        ({"origin": ADDRESSES.web + ".evil.example"}, False),
        ({"origin": ADDRESSES.other_site}, False),
        ({}, False),
    ],
)
def test_what_counts_as_our_own_page(headers: dict[str, str], is_own: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_from_own_page(Headers(headers), ADDRESSES.web) is is_own


@pytest.mark.parametrize(
    "headers",
    [CROSS_SITE, NEIGHBOUR, {}, {"Origin": "null"}],
    ids=["site", "neighbour", "none", "null"],
)
@pytest.mark.parametrize("lever", LEVERS)
def test_no_stranger_pulls_a_lever(web: Web, lever: str, headers: dict[str, str]) -> None:
    answer = web.browser.post(f"/demo-only/{lever}", json={}, headers=headers)

    assert answer.status_code == 403
    assert answer.json() == {"problem": "only the pages of this tour may do that"}


@pytest.mark.parametrize("lever", LEVERS)
def test_a_form_pulls_no_lever(web: Web, lever: str) -> None:
    assert web.browser.post(f"/demo-only/{lever}", data={}, headers=OWN).status_code == 415
    assert web.browser.get(f"/demo-only/{lever}", headers=OWN).status_code in {404, 405}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8003",
        "localhost",
        "localhost:8000",
        "localhost:8003.evil.example",
        "",
        "127.0.0.1",
    ],
)
def test_another_name_gets_nothing(web: Web, host: str) -> None:
    # DNS rebinding: the attacker's name points at this machine
    for path in ("/", "/demo-only/tour.json", "/app", "/demo-only/other-site"):
        answer = web.browser.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert web.demonstration.password not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8003", "[::1]:8003"])
def test_the_loopback_addresses_lead_to_localhost(web: Web, host: str) -> None:
    answer = web.browser.get("/docs/where-jwt-fits", headers={"Host": host})
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{ADDRESSES.web}/docs/where-jwt-fits"

    assert web.browser.post("/app/sign-in", headers={"Host": host, **OWN}).status_code == 421


def test_the_other_site_has_its_own_page_and_nothing_else(web: Web) -> None:
    other = {"Host": "127.0.0.1:8003"}
    page = web.browser.get("/demo-only/other-site", headers=other)
    assert page.status_code == 200
    assert "You have won a golden pen" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert web.browser.get("/demo-only/attack.js", headers=other).status_code == 200
    assert web.browser.get("/demo-only/tour.json", headers=other).status_code == 307


def test_a_host_twice_is_refused(web: Web) -> None:
    headers = [("Host", "localhost:8003"), ("Host", "evil.example")]

    assert web.browser.get("/", headers=headers).status_code == 421


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/app",
        "/docs/where-jwt-fits",
        "/docs/no-such-page",
        "/static/tour.js",
        "/no-such-path",
        "/demo-only/tour.json",
    ],
)
def test_every_answer_holds_the_browser_to_the_policy(web: Web, path: str) -> None:
    headers = web.browser.get(path).headers

    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["connect-src"].split() == [
        "'self'",
        ADDRESSES.issuer,
        ADDRESSES.notes,
        ADDRESSES.parcels,
    ]
    assert "unsafe" not in headers["content-security-policy"]
    assert "*" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_inline(web: Web) -> None:
    for path in ("/", "/app", "/docs/where-jwt-fits"):
        text = web.browser.get(path).text
        for forbidden in (" style=", " onclick=", "<style", "javascript:", 'src="http', "//cdn"):
            assert forbidden not in text
        assert "<script>" not in text


def test_static_files_are_checked_for_news(web: Web) -> None:
    first = web.browser.get("/static/tour.css")
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    again = web.browser.get("/static/tour.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/", "/static//etc/passwd"]
)
def test_a_path_that_is_no_file_of_the_page_is_none(web: Web, path: str) -> None:
    assert web.browser.get(path).status_code == 404
