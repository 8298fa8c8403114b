import json

import pytest

from sealwax.client import ProviderRefused
from sealwax.client.provider import metadata_url, read_metadata
from tests.client.provider import ISSUER, metadata


def read(**changes: object) -> None:
    read_metadata(json.dumps(metadata(ISSUER, **changes)).encode(), ISSUER)


@pytest.mark.parametrize(
    ("issuer", "url"),
    [
        ("https://id.example", "https://id.example/.well-known/openid-configuration"),
        ("https://id.example/", "https://id.example/.well-known/openid-configuration"),
        ("https://id.example/a", "https://id.example/a/.well-known/openid-configuration"),
        ("http://localhost:8000", "http://localhost:8000/.well-known/openid-configuration"),
    ],
)
def test_where_the_metadata_are(issuer: str, url: str) -> None:
    assert metadata_url(issuer) == url


@pytest.mark.parametrize(
    "issuer",
    ["http://id.example", "https://id.example?x=1", "https://a@b", "file:///etc", "id.example", ""],
)
def test_an_issuer_that_is_no_https_url_is_refused(issuer: str) -> None:
    with pytest.raises(ProviderRefused):
        metadata_url(issuer)


def test_plain_http_to_another_machine_only_by_its_loud_name() -> None:
    assert metadata_url("http://id.example", allow_insecure_http=True)


def test_what_is_read() -> None:
    provider = read_metadata(json.dumps(metadata()).encode(), ISSUER)

    assert provider.authorization_endpoint == f"{ISSUER}/authorize"
    assert provider.token_endpoint == f"{ISSUER}/token"
    assert provider.sends_issuer
    assert provider.supports_pkce
    assert provider.userinfo_endpoint == f"{ISSUER}/userinfo"
    assert provider.authentication_methods == ("client_secret_basic",)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuer": "https://evil.example"}, "metadata_mismatch"),
        ({"issuer": ISSUER + "/"}, "metadata_mismatch"),
        ({"issuer": None}, "metadata_mismatch"),
        ({"token_endpoint": None}, "metadata_invalid"),
        ({"jwks_uri": None}, "metadata_invalid"),
        ({"token_endpoint": "http://id.example/token"}, "metadata_invalid"),
        ({"token_endpoint": "javascript:alert(1)"}, "metadata_invalid"),
        ({"token_endpoint": 7}, "metadata_invalid"),
        ({"end_session_endpoint": "https://a:b@evil.example/"}, "metadata_invalid"),
        ({"authorization_endpoint": "https://id.example/#x"}, "metadata_invalid"),
    ],
)
def test_metadata_that_are_amiss_are_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        read(**changes)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"null",
        b"<html>",
        b'{"issuer":"https://id.example","issuer":"https://id.example"}',
        b"[" * 100_000,
    ],
)
def test_a_document_that_is_no_json_object_is_refused(document: bytes) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        read_metadata(document, ISSUER)
    assert refusal.value.reason == "metadata_invalid"


@pytest.mark.parametrize("value", ["true", 1, None, "S256"])
def test_what_is_not_said_in_the_right_form_is_not_said(value: object) -> None:
    document = metadata(
        authorization_response_iss_parameter_supported=value,
        code_challenge_methods_supported=value,
    )

    provider = read_metadata(json.dumps(document).encode(), ISSUER)

    assert not provider.sends_issuer
    assert not provider.supports_pkce
