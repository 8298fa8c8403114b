from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.oauth.errors import RedirectUriMismatch
from sealwax.oauth.redirect_uri import check_redirect_uri, find_registered, is_weak_identity
from tests.oauth.given import client, refused

REGISTERED = "https://app.example/callback"
LOOPBACK = "http://127.0.0.1/callback"

MUTATIONS = [
    pytest.param("https://app.example/callback/", id="a slash more"),
    pytest.param("https://app.example/callbac", id="a letter less"),
    pytest.param("https://app.example/callback/../evil", id="a dot segment"),
    pytest.param("https://app.example/callback%2f%2e%2e%2fevil", id="an encoded dot segment"),
    pytest.param("https://app.example/%63allback", id="an encoded letter"),
    pytest.param("https://app.example/callback?", id="an empty query"),
    pytest.param("https://app.example/callback?next=evil", id="a query"),
    pytest.param("https://app.example/callback#", id="an empty fragment"),
    pytest.param("https://app.example/callback#evil", id="a fragment"),
    pytest.param("https://app.example/callback;evil", id="a path parameter"),
    pytest.param("https://app.example//callback", id="two slashes"),
    pytest.param("https://app.example\\callback", id="a backslash"),
    pytest.param("https:app.example/callback", id="no slashes"),
    pytest.param("//app.example/callback", id="no scheme"),
    pytest.param("http://app.example/callback", id="http"),
    pytest.param("HTTPS://app.example/callback", id="the scheme in capitals"),
    pytest.param("https://APP.example/callback", id="the host in capitals"),
    pytest.param("https://app.example:443/callback", id="the default port written out"),
    pytest.param("https://app.example:8443/callback", id="another port"),
    pytest.param("https://app.example./callback", id="a rooted host"),
    pytest.param("https://app.example.evil.example/callback", id="a longer host"),
    pytest.param("https://appaexample/callback", id="a dot that is any character"),
    pytest.param("https://evil.example/https://app.example/callback", id="inside a path"),
    pytest.param("https://evil.example?https://app.example/callback", id="inside a query"),
    pytest.param("https://app.example@evil.example/callback", id="as user information"),
    pytest.param("https://user@app.example/callback", id="with user information"),
    pytest.param("https://app.example:80@evil.example/callback", id="a port as a password"),
    pytest.param("https://\u0430pp.example/callback", id="a look-alike letter"),
    pytest.param("https://app.example/callback ", id="a space behind"),
    pytest.param(" https://app.example/callback", id="a space before"),
    pytest.param("https://app.example/call\tback", id="a tab"),
    pytest.param("https://app.example/callback\n", id="a line feed"),
    pytest.param("javascript:alert(1)", id="a script"),
    pytest.param("data:text/html,x", id="a document"),
    pytest.param("urn:ietf:wg:oauth:2.0:oob", id="out of band"),
]


def test_the_registered_one_is_trusted() -> None:
    trusted = check_redirect_uri(REGISTERED, client(redirect_uris=(REGISTERED,)), required=True)

    assert trusted.uri == REGISTERED


@pytest.mark.parametrize("uri", MUTATIONS)
def test_anything_else_is_a_mismatch(uri: str) -> None:
    with refused(RedirectUriMismatch, "redirect_uri_mismatch"):
        check_redirect_uri(uri, client(redirect_uris=(REGISTERED,)), required=False)


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("http://127.0.0.1/callback", id="as registered"),
        pytest.param("http://127.0.0.1:49152/callback", id="RFC 8252 7.3: a port"),
        pytest.param("http://127.0.0.1:80/callback", id="the default port"),
        pytest.param("http://127.0.0.1:65535/callback", id="the last port"),
    ],
)
def test_the_port_of_a_loopback_address_is_free(uri: str) -> None:
    assert check_redirect_uri(uri, client(redirect_uris=(LOOPBACK,)), required=True).uri == uri


def test_the_port_of_a_loopback_address_is_free_in_version_6_too() -> None:
    registered = ("http://[::1]:1/callback?a=b",)

    trusted = find_registered("http://[::1]:61023/callback?a=b", registered)

    assert trusted is not None


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("http://localhost:49152/callback", id="RFC 8252 8.3: a name"),
        pytest.param("http://127.0.0.2/callback", id="another loopback address"),
        pytest.param("http://127.1/callback", id="a short spelling"),
        pytest.param("http://2130706433/callback", id="a number"),
        pytest.param("http://[::1]:49152/callback", id="the other version"),
        pytest.param("https://127.0.0.1:49152/callback", id="https"),
        pytest.param("http://127.0.0.1:0/callback", id="port 0"),
        pytest.param("http://127.0.0.1:65536/callback", id="a port too many"),
        pytest.param("http://127.0.0.1:/callback", id="an empty port"),
        pytest.param("http://127.0.0.1:80x/callback", id="not a port"),
        pytest.param("http://127.0.0.1:٨٠/callback", id="digits of another script"),
        pytest.param("http://127.0.0.1:80@evil.example/callback", id="user information"),
        pytest.param("http://127.0.0.1.evil.example/callback", id="a longer host"),
        pytest.param("http://127.0.0.1:49152/callback/", id="another path"),
        pytest.param("http://127.0.0.1:49152/callback?a", id="a query"),
        pytest.param("http://127.0.0.1:49152/callback#a", id="a fragment"),
        pytest.param("http://127.0.0.1:49152", id="no path"),
    ],
)
def test_nothing_but_the_port_is_free(uri: str) -> None:
    with refused(RedirectUriMismatch, "redirect_uri_mismatch"):
        check_redirect_uri(uri, client(redirect_uris=(LOOPBACK,)), required=True)


def test_localhost_is_compared_like_any_name() -> None:
    registered = client(redirect_uris=("http://localhost:3000/callback",))

    check_redirect_uri("http://localhost:3000/callback", registered, required=True)
    with refused(RedirectUriMismatch, "redirect_uri_mismatch"):
        check_redirect_uri("http://localhost:3001/callback", registered, required=True)


def test_the_only_one_may_be_left_out() -> None:
    assert check_redirect_uri(None, client(), required=False).uri == REGISTERED


@pytest.mark.parametrize(
    ("registered", "required"),
    [
        pytest.param((REGISTERED,), True, id="OIDC Core 3.1.2.1: required"),
        pytest.param((REGISTERED, LOOPBACK), False, id="OAuth 2.1 4.1.1: one of several"),
        pytest.param((), False, id="none is registered"),
    ],
)
def test_else_it_must_be_there(registered: tuple[str, ...], required: bool) -> None:  # noqa: FBT001  # a column of the table
    with refused(RedirectUriMismatch, "redirect_uri_missing"):
        check_redirect_uri(None, client(redirect_uris=registered), required=required)


@pytest.mark.parametrize(
    ("uri", "parameters", "expected"),
    [
        (REGISTERED, {"code": "a b", "iss": "ü&"}, f"{REGISTERED}?code=a+b&iss=%C3%BC%26"),
        ("https://a.example/?tenant=1", {"code": "x"}, "https://a.example/?tenant=1&code=x"),
        ("com.example.app:/callback", {"code": "x"}, "com.example.app:/callback?code=x"),
        (REGISTERED, {}, REGISTERED),
    ],
)
def test_parameters_are_added_to_the_query(
    uri: str, parameters: dict[str, str], expected: str
) -> None:
    trusted = check_redirect_uri(uri, client(redirect_uris=(uri,)), required=True)

    assert trusted.with_parameters(parameters) == expected


@pytest.mark.parametrize(
    ("uri", "is_weak"),
    [
        (REGISTERED, False),
        (LOOPBACK, True),
        ("http://localhost:3000/callback", True),
        ("com.example.app:/callback", True),
    ],
)
def test_only_https_tells_who_receives(uri: str, is_weak: bool) -> None:  # noqa: FBT001  # a column of the table
    trusted = check_redirect_uri(uri, client(redirect_uris=(uri,)), required=True)

    assert is_weak_identity(trusted) is is_weak


@pytest.mark.parametrize("uri", ["http://[" + ":" * 100_000, "http://127.0.0.1:" + "1" * 100_000])
def test_a_hostile_uri_costs_no_time(uri: str) -> None:
    started = time.perf_counter()

    assert find_registered(uri, (LOOPBACK, "http://[::1]/callback")) is None

    assert time.perf_counter() - started < 0.05


@given(st.text(max_size=60))
def test_whatever_is_trusted_was_registered(uri: str) -> None:
    found = find_registered(uri, (REGISTERED,))

    assert (found is not None) == (uri == REGISTERED)
