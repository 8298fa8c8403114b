"""A verifier that was not told what to accept, or told something odd, cannot be built."""

from typing import Any

import pytest

from sealwax import StatusPolicy, TrustedIssuer, Verifier, VerifierError
from sealwax.jose import Key, KeySet
from sealwax.resource_server import InvalidConfiguration
from sealwax.resource_server.policy import IssuerSettings
from tests.resource_server.fakes import AUDIENCE, ISSUER

SECRET = Key.from_secret(bytes(range(32)), algorithm="HS256", kid="s")
PUBLIC = Key.generate("ES256").public()


def field_of(*arguments: Any, **settings: Any) -> str:  # noqa: ANN401 - wrong types are the point
    with pytest.raises(InvalidConfiguration) as refused:
        Verifier(*arguments, **settings)
    assert isinstance(refused.value, VerifierError)
    assert isinstance(refused.value, ValueError)
    assert str(refused.value).startswith(refused.value.field + ": ")
    assert len(str(refused.value)) < 250
    return refused.value.field


def test_a_url_and_an_audience_are_enough() -> None:
    verifier = Verifier(ISSUER, AUDIENCE)
    trusted = verifier.trusted_issuers[0]
    assert trusted.algorithms == ("ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519")
    assert trusted.token_type == "at+jwt"
    assert trusted.leeway_seconds == 10


def test_an_issuer_is_needed() -> None:
    assert field_of() == "issuer"
    assert field_of(audience=AUDIENCE) == "issuer"


def test_an_audience_is_needed() -> None:
    assert field_of(ISSUER) == "audience"


@pytest.mark.parametrize(
    "audience", ["", [], (), [""], [AUDIENCE, ""], [None], 7, b"x", {"a": 1}, [["x"]]]
)
def test_an_audience_is_one_text_or_several(audience: object) -> None:
    assert field_of(ISSUER, audience) == "audience"


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "id.example.com",
        "http://id.example.com",
        "https://id.example.com?tenant=1",
        "https://id.example.com?",
        "https://id.example.com#x",
        "https://u@id.example.com",
        "file:///etc",
        7,
    ],
)
def test_an_issuer_is_an_https_url(issuer: object) -> None:
    assert field_of(issuer, AUDIENCE) == "issuer"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("algorithms", []),
        ("algorithms", ["none"]),
        ("algorithms", ["NONE"]),
        ("algorithms", ["ES256", "none"]),
        ("algorithms", ["es256"]),
        ("algorithms", "ES256"),
        ("algorithms", ["HS256"]),
        ("token_type", ""),
        ("token_type", None),
        ("jwks_uri", "http://id.example.com/jwks"),
        ("jwks_uri", "/jwks"),
        ("jwks_uri", ""),
        ("leeway_seconds", -1),
        ("leeway_seconds", 61),
        ("leeway_seconds", 1.5),
        ("leeway_seconds", True),
        ("max_age_seconds", 0),
        ("max_age_seconds", "60"),
        ("required_claims", [""]),
        ("required_claims", 5),
        ("scope_claim", ""),
        ("client_id_claim", None),
        ("status", "yes"),
        ("status", None),
        ("keys_stale_seconds", -1),
        ("allow_insecure_http", "yes"),
        ("allow_insecure_http", None),
        ("keys", []),
        ("keys", "{}"),
        ("keys", {}),
        ("keys", {"keys": []}),
        ("keys", {"keys": [{"kty": "EC"}]}),
        ("keys", KeySet([])),
        ("keys", KeySet([SECRET])),
    ],
)
def test_each_setting_is_checked_and_named(name: str, value: object) -> None:
    assert field_of(ISSUER, AUDIENCE, **{name: value}) == name


@pytest.mark.parametrize("value", [0, -1, 61, True, "6", None, float("nan")])
def test_the_wait_is_bounded(value: object) -> None:
    assert field_of(ISSUER, AUDIENCE, wait_seconds=value) == "wait_seconds"


def test_hmac_needs_its_secret_and_stands_alone() -> None:
    keys = KeySet([SECRET])
    Verifier(ISSUER, AUDIENCE, algorithms=["HS256"], keys=keys)
    assert field_of(ISSUER, AUDIENCE, algorithms=["HS256", "ES256"], keys=keys) == "algorithms"
    assert field_of(ISSUER, AUDIENCE, algorithms=["HS256"], keys=KeySet([PUBLIC])) == "keys"


def test_keys_and_their_address_exclude_each_other() -> None:
    settings: IssuerSettings = {"keys": KeySet([PUBLIC]), "jwks_uri": f"{ISSUER}/jwks"}
    assert field_of(ISSUER, AUDIENCE, **settings) == "jwks_uri"


def test_keys_may_be_a_jwk_set() -> None:
    Verifier(ISSUER, AUDIENCE, keys={"keys": [PUBLIC.to_jwk()]})


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"stale_seconds": -1}, "status.stale_seconds"),
        ({"stale_seconds": True}, "status.stale_seconds"),
        ({"required": 1}, "status.required"),
        ({"allowed_origins": 5}, "status.allowed_origins"),
        ({"allowed_origins": [""]}, "status.allowed_origins"),
        ({"allowed_origins": "https://status.example.com/path"}, "status.allowed_origins"),
        ({"allowed_origins": "https://status.example.com/"}, "status.allowed_origins"),
        ({"allowed_origins": "http://status.example.com"}, "status.allowed_origins"),
        ({"allowed_origins": ["*"]}, "status.allowed_origins"),
    ],
)
def test_each_setting_of_the_status_is_checked_and_named(
    settings: dict[str, Any], name: str
) -> None:
    with pytest.raises(InvalidConfiguration) as refused:
        Verifier(ISSUER, AUDIENCE, status=StatusPolicy(**settings))
    assert refused.value.field == name


def test_plain_http_needs_the_loud_name_except_on_this_machine() -> None:
    Verifier("http://localhost:8000", AUDIENCE)
    Verifier("http://id.internal", AUDIENCE, allow_insecure_http=True)


def test_several_issuers_stand_alone() -> None:
    one = TrustedIssuer(issuer=ISSUER, audience=AUDIENCE)
    assert field_of(ISSUER, AUDIENCE, issuers=[one]) == "issuers"
    assert field_of(issuers=[one], leeway_seconds=5) == "issuers"
    assert field_of(issuers=[]) == "issuers"
    assert field_of(issuers=[ISSUER]) == "issuers"
    assert field_of(issuers=[one, one]) == "issuers"


def test_an_unknown_setting_is_named() -> None:
    settings: Any = {"audiance": "x"}
    with pytest.raises(TypeError, match="'audiance'"):
        Verifier(ISSUER, AUDIENCE, **settings)


def test_an_issuer_shows_no_keys() -> None:
    trusted = TrustedIssuer(
        issuer=ISSUER, audience=AUDIENCE, algorithms=["HS256"], keys=KeySet([SECRET])
    )
    assert "KeySet" not in repr(trusted)
