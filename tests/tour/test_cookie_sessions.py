"""Sessions behind a cookie: unguessable, bounded, and over when they are over."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from sealwax.clock import ManualClock
from sealwax.entropy import SystemEntropy
from sealwax.tour.web.cookie_sessions import SESSION_LIMIT, CookieSessions


def sessions(clock: ManualClock) -> CookieSessions[str]:
    return CookieSessions(
        "test", same_site="strict", lifetime_seconds=60, clock=clock, entropy=SystemEntropy()
    )


def begin(kept: CookieSessions[str], data: str = "ada") -> str:
    """Begin a session, and give the cookie as the browser sends it."""
    response = Response()
    kept.begin(response, data)
    return response.headers["set-cookie"].split(";")[0]


def request(cookie: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


def test_the_cookie_leads_to_what_is_kept() -> None:
    kept = sessions(ManualClock(0))
    cookie = begin(kept)

    found = kept.find(request(cookie))
    assert found is not None
    assert found.data == "ada"
    assert cookie.partition("=")[2] not in repr(found), "the number is kept as its hash"


@pytest.mark.parametrize("cookie", ["", "__Host-test=", "__Host-test=guess", "test=x"])
def test_another_cookie_leads_nowhere(cookie: str) -> None:
    kept = sessions(ManualClock(0))
    begin(kept)

    assert kept.find(request(cookie)) is None


def test_each_session_has_a_number_of_its_own() -> None:
    kept = sessions(ManualClock(0))

    assert len({begin(kept) for _ in range(50)}) == 50


def test_it_ends_with_its_time() -> None:
    clock = ManualClock(0)
    kept = sessions(clock)
    cookie = begin(kept)

    clock.advance(59)
    assert kept.find(request(cookie)) is not None
    clock.advance(1)
    assert kept.find(request(cookie)) is None


def test_what_is_taken_is_gone() -> None:
    kept = sessions(ManualClock(0))
    cookie = begin(kept)

    assert kept.take(request(cookie)) is not None
    assert kept.take(request(cookie)) is None


def test_nobody_fills_the_memory() -> None:
    kept = sessions(ManualClock(0))
    first = begin(kept)
    for _ in range(SESSION_LIMIT - 1):
        begin(kept)
    last = begin(kept)

    assert kept.find(request(first)) is None
    assert kept.find(request(last)) is not None
