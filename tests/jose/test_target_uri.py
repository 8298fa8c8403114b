"""The form in which two addresses are compared (RFC 3986 §6.2.2, §6.2.3)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.jose.target_uri import (
    MAX_TARGET_URI_LENGTH,
    normal_request_target,
    normal_target_uri,
    without_query,
)

SAME: list[tuple[str, str]] = [
    # §6.2.2.1: case
    ("HTTPS://API.Example.COM/Notes", "https://api.example.com/Notes"),
    ("https://api.example.com/%c3%bc", "https://api.example.com/%C3%BC"),
    # §6.2.2.2: percent-encodings of what needs none
    (
        "https://api.example.com/%7Eann/%6eotes%2D1%2e0%5f",
        "https://api.example.com/~ann/notes-1.0_",
    ),
    # §6.2.2.3: dot segments, after that
    ("https://api.example.com/a/./b/../c", "https://api.example.com/a/c"),
    ("https://api.example.com/../../a", "https://api.example.com/a"),
    ("https://api.example.com/a/%2e%2E/b", "https://api.example.com/b"),
    ("https://api.example.com/a/..", "https://api.example.com/"),
    ("https://api.example.com/a/.", "https://api.example.com/a/"),
    ("https://api.example.com//..", "https://api.example.com/"),
    # §6.2.3: the scheme's own port, an empty port, an empty path
    ("https://api.example.com:443/a", "https://api.example.com/a"),
    ("http://api.example.com:80/a", "http://api.example.com/a"),
    ("https://api.example.com:/a", "https://api.example.com/a"),
    ("https://api.example.com:0443/a", "https://api.example.com/a"),
    ("https://api.example.com", "https://api.example.com/"),
    ("https://api.example.com?x", "https://api.example.com/"),
    # RFC 9449 §4.3: query and fragment are not compared
    ("https://api.example.com/a?b=/../c#d", "https://api.example.com/a"),
    ("https://api.example.com/a#b?c", "https://api.example.com/a"),
    # addresses
    ("https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000/"),
    ("https://localhost./", "https://localhost./"),
]
DIFFERENT: list[tuple[str, str]] = [
    ("http://api.example.com/a", "https://api.example.com/a"),
    ("https://api.example.com:8443/a", "https://api.example.com/a"),
    ("https://api.example.com:80/a", "https://api.example.com/a"),
    ("https://api.example.com/A", "https://api.example.com/a"),
    ("https://api.example.com/a/", "https://api.example.com/a"),
    ("https://api.example.com//a", "https://api.example.com/a"),
    ("https://api.example.com/a%2Fb", "https://api.example.com/a/b"),
    ("https://api.example.com/a%3Fb", "https://api.example.com/a"),
    ("https://api.example.com/%2e%2e%2fa", "https://api.example.com/a"),
    ("https://api.example.com/...", "https://api.example.com/"),
    ("https://api.example.com./a", "https://api.example.com/a"),
    ("https://api.example.com.evil.example/a", "https://api.example.com/a"),
    ("https://api.example.com/a;b", "https://api.example.com/a"),
]
NO_URI: list[str] = [
    "", "/", "/notes", "//api.example.com/a", "api.example.com/a", "https:/a", "https:a", "https://",
    "https:///a", "ftp://api.example.com/a", "file:///etc/passwd", "javascript://api.example.com/",
    "https://user@api.example.com/a", "https://user:pass@api.example.com/a", "https://@api.example.com",
    "https://api.example.com:x/a", "https://api.example.com:0/a", "https://api.example.com:65536/a",
    "https://api.example.com:99999/", "https://api.example.com:443:443/", "https://api.example.com:\u0661/",
    "https://api%2eexample.com/a", "https://ex\u00e4mple.com/a", "https://api.example.com\\@evil/",
    "https://api.example.\u212aom/a", "https://-a.example/", "https://a b/", "https://[::1/a", "https://[g]/",
    "https://[]/", "https://[1:2:3:4:5:6:7:8:9:0:1:2:3:4:5:6:7:8:9:0:1:2:3:4:5]/", " https://api.example.com/a",
    "https://api.example.com\n/a", "https://\tapi.example.com/a", "https://.../", "https://.a/",
]  # fmt: skip
BAD_PATHS = ["/%", "/%2", "/%zz", "/ä", "/a b", "/a\nb", "/\\..", "/{}", '/"', "/<", "/\ud800"]


@pytest.mark.parametrize(("uri", "normal"), SAME)
def test_two_spellings_of_one_address_are_one(uri: str, normal: str) -> None:
    assert normal_target_uri(uri) == normal_request_target(uri) == normal
    assert normal_target_uri(normal) == normal


@pytest.mark.parametrize(("uri", "other"), DIFFERENT)
def test_two_addresses_stay_two(uri: str, other: str) -> None:
    assert normal_target_uri(uri) != normal_target_uri(other)
    assert normal_request_target(uri) != normal_request_target(other)


@pytest.mark.parametrize("uri", NO_URI)
def test_what_is_no_address_of_the_web_is_refused(uri: str) -> None:
    for function in (normal_target_uri, normal_request_target):
        with pytest.raises(ValueError, match="accepted"):
            function(uri)


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_of_foreign_characters_is_refused_in_a_proof_and_encoded_in_a_request(
    path: str,
) -> None:
    with pytest.raises(ValueError, match="RFC 3986"):
        normal_target_uri(f"https://api.example.com{path}")
    normal = normal_request_target(f"https://api.example.com{path}")
    assert normal.isascii()
    assert normal_target_uri(normal) == normal


def test_a_request_in_the_letters_of_a_person_is_the_address_a_client_would_send() -> None:
    assert (
        normal_request_target("https://api.example.com/grüße & mehr/100%")
        == "https://api.example.com/gr%C3%BC%C3%9Fe%20&%20mehr/100%25"
    )


@pytest.mark.parametrize(
    "path", ["/" + "a" * MAX_TARGET_URI_LENGTH, "/." * MAX_TARGET_URI_LENGTH, "/%2e" * 2000]
)
def test_a_long_address_is_refused_by_its_length(path: str) -> None:
    before = time.thread_time()
    with pytest.raises(ValueError, match=f"at most {MAX_TARGET_URI_LENGTH}"):
        normal_target_uri("https://api.example.com" + path)
    assert time.thread_time() - before < 0.1
    with pytest.raises(ValueError, match="at most"):
        normal_target_uri("https://" + "a-" * MAX_TARGET_URI_LENGTH)


def test_a_query_does_not_count_towards_the_length() -> None:
    uri = "https://api.example.com/a?" + "b" * 100_000
    assert normal_target_uri(uri) == "https://api.example.com/a"


@pytest.mark.parametrize(
    "uri", ["https://a.example/b?c#d", "https://a.example/b#d?c", "https://a.example/b"]
)
def test_leaving_out_the_query_leaves_the_rest_as_it_is(uri: str) -> None:
    assert without_query(uri) == "https://a.example/b"


@given(st.text(alphabet="ab./%2eEfF~?#\\ü ", max_size=30))
def test_the_normal_form_of_any_path_is_its_own(path: str) -> None:
    normal = normal_request_target("https://a.example/" + path)
    assert normal_request_target(normal) == normal_target_uri(normal) == normal
    assert "/./" not in normal
    assert "/../" not in normal
