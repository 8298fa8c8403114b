"""A browser session is an opaque cookie and a record; each sign-in has its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from sealwax.records import Session
from sealwax.secret import sha256_hex
from sealwax.server.cookies import SESSION_COOKIE
from sealwax.server.http import RawHeader
from tests.server.given import NOW, Issuer, issuer, request, user

pytestmark = pytest.mark.anyio

ALICE, BOB = user(1), user(2)


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with issuer(tmp_path) as opened:
        for person in (ALICE, BOB):
            await opened.services.storage.users.add(person)
        yield opened


def cookie_of(header: RawHeader) -> str:
    """Give `name=value` of a Set-Cookie header."""
    assert header[0] == b"set-cookie"
    return header[1].decode().partition(";")[0]


async def begin(given: Issuer, *, cookie: str = "") -> tuple[Session, str]:
    session, header = await given.services.browser_sessions.begin(
        ALICE, ("pwd",), request(cookie=cookie)
    )
    return session, cookie_of(header)


async def current(given: Issuer, cookie: str) -> Session | None:
    return await given.services.browser_sessions.current(request(cookie=cookie))


async def test_the_cookie_is_locked_to_us_and_hidden_from_scripts(given: Issuer) -> None:
    _, header = await given.services.browser_sessions.begin(ALICE, ("pwd",), request())
    (morsel,) = SimpleCookie(header[1].decode()).values()
    assert morsel.key == "__Host-sealwax-session"
    assert morsel["secure"]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    assert morsel["path"] == "/"
    assert not morsel["domain"]
    assert not morsel["max-age"]
    assert len(header[1]) < 4096


async def test_the_cookie_is_opaque_and_only_its_hash_is_kept(given: Issuer) -> None:
    session, cookie = await begin(given)
    value = cookie.partition("=")[2]
    assert len(value) == 47  # a prefix and 256 bits
    assert session.secret_hash == sha256_hex(value)
    assert session.session_id not in value
    database = (given.services.settings.storage.data_folder / "sealwax.sqlite3").read_bytes()
    assert value.encode() not in database


async def test_the_cookie_gives_the_session_back(given: Issuer) -> None:
    session, cookie = await begin(given)
    assert await current(given, cookie) == session
    assert (session.user_id, session.amr, session.kind) == (ALICE.user_id, ("pwd",), "browser")
    assert (session.authenticated_at, session.expires_at) == (NOW, NOW + 43_200)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda _: f"{SESSION_COOKIE}=",
        lambda cookie: cookie[:-1],
        lambda cookie: cookie + "x",
        lambda cookie: cookie.swapcase(),
        lambda cookie: cookie.replace("swk_", "swr_"),
        lambda cookie: cookie.replace("__Host-", ""),
        lambda cookie: f"{cookie}; {cookie}",
        lambda cookie: f"{SESSION_COOKIE}=swk_planted; {cookie}",
    ],
)
async def test_no_other_cookie_does(given: Issuer, change: object) -> None:
    _, cookie = await begin(given)
    assert callable(change)
    assert await current(given, change(cookie)) is None


async def test_a_sign_in_has_a_new_cookie_and_ends_the_one_before(given: Issuer) -> None:
    """What was planted or seen before a sign-in is worth nothing after it (session fixation)."""
    first, first_cookie = await begin(given)
    second, second_cookie = await begin(given, cookie=first_cookie)
    assert first.session_id != second.session_id
    assert await current(given, first_cookie) is None
    assert await current(given, second_cookie) == second


async def test_a_planted_cookie_is_not_taken_up(given: Issuer) -> None:
    planted = f"{SESSION_COOKIE}=swk_{'A' * 43}"
    _, cookie = await begin(given, cookie=planted)
    assert cookie != planted
    assert await current(given, planted) is None


async def test_a_session_that_was_not_used_for_an_hour_has_ended(given: Issuer) -> None:
    _, cookie = await begin(given)
    given.clock.advance(3599)
    assert await current(given, cookie) is not None
    given.clock.advance(3599)
    assert await current(given, cookie) is not None
    given.clock.advance(3600)
    assert await current(given, cookie) is None


async def test_a_session_ends_twelve_hours_after_the_sign_in_however_busy(given: Issuer) -> None:
    _, cookie = await begin(given)
    for _ in range(12 * 2 - 1):
        given.clock.advance(1800)
        assert await current(given, cookie) is not None
    given.clock.advance(1800)
    assert await current(given, cookie) is None


async def test_that_it_was_seen_is_written_once_a_minute(given: Issuer) -> None:
    session, cookie = await begin(given)

    async def last_seen() -> int:
        found = await given.services.storage.sessions.find(session.session_id)
        assert found is not None
        return found.last_seen_at - NOW

    for advance, expected in ((59, 0), (1, 60), (59, 60), (1, 120)):
        given.clock.advance(advance)
        await current(given, cookie)
        assert await last_seen() == expected


async def test_an_ended_session_is_gone_and_its_cookie_cleared(given: Issuer) -> None:
    session, cookie = await begin(given)
    header = await given.services.browser_sessions.end(session)
    assert header[1].startswith(b"__Host-sealwax-session=; Max-Age=0; Path=/; Secure; HttpOnly")
    assert await current(given, cookie) is None


async def test_disabling_a_person_ends_what_they_have(given: Issuer) -> None:
    _, cookie = await begin(given)
    await given.services.storage.users.set_disabled(ALICE.user_id, disabled=True, now=NOW)
    assert await current(given, cookie) is None
