"""A form counts only if a page of ours gave it to this browser (CSRF)."""

from __future__ import annotations

import pytest

from sealwax.entropy import SystemEntropy
from sealwax.server.cookies import FORM_COOKIE, SESSION_COOKIE
from sealwax.server.form_tokens import FormForged, FormTokens
from sealwax.server.http import Request
from sealwax.server.key_encryption import KeyEncryptionKey
from tests.server.given import ISSUER, request, settings

TOKENS = FormTokens(settings(), KeyEncryptionKey(bytes(32)), SystemEntropy())


def given(session: str = "") -> tuple[str, str]:
    """Give a form's token and the cookies of its browser."""
    own = f"{SESSION_COOKIE}={session}" if session else ""
    token, headers = TOKENS.issue(request(cookie=own))
    ((_, header),) = headers
    cookie = header.decode().partition(";")[0]
    return token, f"{cookie}; {own}" if own else cookie


def refusal(sent: Request, token: str | None) -> str:
    with pytest.raises(FormForged) as caught:
        TOKENS.check(sent, token)
    return caught.value.reason


def test_a_form_comes_back_from_the_browser_it_was_given_to() -> None:
    token, cookies = given()
    TOKENS.check(request(cookie=cookies), token)
    TOKENS.check(request(cookie=cookies, sec_fetch_site="same-origin", origin=ISSUER), token)


def test_a_browser_keeps_its_cookie_and_its_tokens() -> None:
    token, cookies = given()
    again, headers = TOKENS.issue(request(cookie=cookies))
    assert again == token
    assert headers == ()


def test_the_cookie_is_locked_to_us_and_hidden_from_scripts() -> None:
    ((name, header),) = TOKENS.issue(request())[1]
    assert name == b"set-cookie"
    assert header.startswith(b"__Host-sealwax-form=swf_")
    assert header.endswith(b"; Path=/; Secure; HttpOnly; SameSite=Lax")


def test_the_token_does_not_tell_the_cookie() -> None:
    token, cookies = given("swk_secret")
    assert token not in cookies
    assert len(token) == 43


@pytest.mark.parametrize("token", [None, "", "x", "A" * 43, "é", "\ud800"])
def test_a_made_up_token_is_refused(token: str | None) -> None:
    assert refusal(request(cookie=given()[1]), token) == "form_token_invalid"


def test_the_token_of_another_browser_is_refused() -> None:
    token, _ = given()
    assert refusal(request(cookie=given()[1]), token) == "form_token_invalid"


def test_without_the_cookie_no_token_counts() -> None:
    token, _ = given()
    assert refusal(request(), token) == "form_cookie_missing"
    assert refusal(request(cookie=f"{FORM_COOKIE}=planted"), token) == "form_cookie_missing"


def test_a_cookie_that_came_twice_is_none() -> None:
    token, cookies = given()
    doubled = f"{cookies}; {FORM_COOKIE}=swf_{'A' * 43}"
    assert refusal(request(cookie=doubled), token) == "form_cookie_missing"


def test_a_token_from_before_the_sign_in_is_refused_after_it() -> None:
    token, cookies = given()
    after = f"{cookies}; {SESSION_COOKIE}=swk_new"
    assert refusal(request(cookie=after), token) == "form_token_invalid"


def test_a_token_of_one_session_is_refused_in_another() -> None:
    token, cookies = given("swk_alice")
    assert refusal(request(cookie=cookies.replace("alice", "mallory")), token) == (
        "form_token_invalid"
    )


def test_a_token_of_another_issuer_is_refused() -> None:
    token, cookies = given()
    other = FormTokens(settings(), KeyEncryptionKey(bytes([1] * 32)), SystemEntropy())
    with pytest.raises(FormForged):
        other.check(request(cookie=cookies), token)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "same-site", "origin": ISSUER},
        {"sec_fetch_site": "SAME-ORIGIN"},
        {"sec_fetch_site": ""},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://id.example.com"},
        {"origin": "https://id.example.com:8443"},
        {"origin": "https://id.example.com.evil.example"},
        {"origin": ""},
    ],
)
def test_a_page_of_another_origin_is_refused_even_with_the_right_token(
    headers: dict[str, str],
) -> None:
    token, cookies = given()
    assert refusal(request(cookie=cookies, **headers), token) == "cross_site"


def test_a_header_that_came_twice_is_not_believed() -> None:
    token, cookies = given()
    sent = Request(
        "POST",
        "/",
        b"",
        {"cookie": cookies, "origin": ISSUER},
        b"",
        "203.0.113.9",
        frozenset({"origin"}),
    )
    assert refusal(sent, token) == "cross_site"
