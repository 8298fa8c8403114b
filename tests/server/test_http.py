"""The two values that endpoints take and give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.server.http import Reply
from tests.server.given import request


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("a=1", {"a": "1"}),
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=", {"a": ""}),
        ("__Host-sealwax-session=swk_x-_", {"__Host-sealwax-session": "swk_x-_"}),
        ("a=b=c", {"a": "b=c"}),
        # of a name that came twice neither value is believed
        ("a=1; a=2", {}),
        ("a=1; b=2; a=1", {"b": "2"}),
        ("a=1; a=2; a=3", {}),
        # outside the grammar: left out, the others stay
        ("a", {}),
        ("=1; b=2", {"b": "2"}),
        ('a="1"; b=2', {"b": "2"}),
        ("a=1,b=2; c=3", {"c": "3"}),
        ("a b=1; c=3", {"c": "3"}),
        ("a=1\x00; c=3", {"c": "3"}),
        ("a=\xe9; c=3", {"c": "3"}),
        (";;;", {}),
    ],
)
def test_cookies_are_read_by_the_grammar(header: str, cookies: dict[str, str]) -> None:
    assert dict(request(cookie=header).cookies) == cookies


def test_no_cookie_header_means_no_cookies() -> None:
    assert dict(request().cookies) == {}


@given(st.text(max_size=200))
def test_no_cookie_header_breaks_the_reader(header: str) -> None:
    for name, value in request(cookie=header).cookies.items():
        assert name.isascii()
        assert ";" not in value


def test_json_is_never_stored() -> None:
    reply = Reply.json({"a": 1}, status=201, headers=((b"x", b"y"),))
    assert reply.status == 201
    assert reply.body == b'{"a":1}'
    assert (b"cache-control", b"no-store") in reply.headers
    assert (b"content-type", b"application/json") in reply.headers
    assert (b"x", b"y") in reply.headers


def test_a_redirect_is_303_and_not_stored() -> None:
    reply = Reply.redirect("https://app.example/cb?code=1", headers=((b"set-cookie", b"a=1"),))
    assert reply.status == 303
    assert (b"location", b"https://app.example/cb?code=1") in reply.headers
    assert (b"cache-control", b"no-store") in reply.headers
    assert (b"set-cookie", b"a=1") in reply.headers


@pytest.mark.parametrize(
    "location", ["", "/a b", "/\r\nset-cookie: a=1", "/\n", "/\x00", "/é", "/\u2028"]
)
def test_a_redirect_splits_no_header(location: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        Reply.redirect(location)


def test_a_page_brings_its_policy() -> None:
    headers = dict(Reply.html("<p>é</p>").headers)
    assert headers[b"content-type"] == b"text/html; charset=utf-8"
    assert headers[b"cache-control"] == b"no-store"
    assert b"form-action 'self'" in headers[b"content-security-policy"]
    assert headers[b"referrer-policy"] == b"same-origin"


def test_an_empty_reply_has_no_content_type() -> None:
    reply = Reply.empty(204)
    assert reply.body == b""
    assert b"content-type" not in dict(reply.headers)
