"""The policy of our pages, and where their forms may lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.server.security_headers import DATA_POLICY, page_content_security_policy


def form_action(*redirect_uris: str) -> list[str]:
    """Give the sources of form-action."""
    policy = page_content_security_policy(redirect_uris).decode()
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    return directives["form-action"].split(" ")


def test_a_page_runs_and_loads_only_what_is_ours() -> None:
    policy = page_content_security_policy().decode()
    assert policy.startswith("default-src 'none'; ")
    for word in ("unsafe", "http:", "https:", "*", "data:"):
        assert word not in policy
    for directive in ("base-uri 'none'", "frame-ancestors 'none'", "script-src 'self'"):
        assert directive in policy


def test_data_opened_as_a_document_can_do_nothing() -> None:
    assert b"default-src 'none'" in DATA_POLICY
    assert b"sandbox" in DATA_POLICY
    assert b"frame-ancestors 'none'" in DATA_POLICY


@pytest.mark.parametrize(
    ("redirect_uri", "source"),
    [
        ("https://app.example/cb?x=1", "https://app.example"),
        ("https://app.example:8443/cb", "https://app.example:8443"),
        ("HTTPS://APP.example/cb", "https://app.example"),
        ("http://127.0.0.1:3456/cb", "http://127.0.0.1:3456"),
        ("http://localhost/cb", "http://localhost"),
        ("http://[::1]:3456/cb", "http:"),  # CSP can't write the address
        ("com.example.app:/cb", "com.example.app:"),
        ("com.example.app://cb", "com.example.app:"),
    ],
)
def test_an_answer_to_a_form_may_lead_to_the_clients_origin(redirect_uri: str, source: str) -> None:
    assert form_action(redirect_uri) == ["'self'", source]


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "",
        "/cb",
        "https:///cb",
        "https://a;script-src *",
        "https://a,b/",
        "https://user@app.example/",
        "https://*.example/",
        "https://a b/",
        "https://[::1/",
        "https://[2001:db8::1]/",
        "https://bücher.example/",
    ],
)
def test_what_csp_can_not_write_gives_no_source(redirect_uri: str) -> None:
    assert form_action(redirect_uri) == ["'self'"]


def test_the_same_origin_stands_once() -> None:
    sources = form_action("https://a.example/1", "https://a.example/2", "https://b.example/")
    assert sources == ["'self'", "https://a.example", "https://b.example"]


@given(st.text(max_size=80))
def test_no_redirect_uri_adds_a_directive(redirect_uri: str) -> None:
    policy = page_content_security_policy((redirect_uri,))
    assert policy.count(b";") == page_content_security_policy().count(b";")
    assert b"," not in policy
    assert b"*" not in policy
