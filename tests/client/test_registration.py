import base64

import pytest

from sealwax.client import ClientRegistration, InvalidConfiguration
from sealwax.client.registration import ASSERTION_TYPE
from sealwax.entropy import SeededEntropy, SystemEntropy
from sealwax.jose import Key, Policy, jwt
from sealwax.secret import Secret
from tests.client.provider import ISSUER, NOW


def authenticate(client: ClientRegistration) -> tuple[dict[str, str], dict[str, str]]:
    return client.authenticate(issuer=ISSUER, now=NOW, entropy=SeededEntropy(1))


def test_a_public_client_says_its_name() -> None:
    assert authenticate(ClientRegistration("app")) == ({}, {"client_id": "app"})


def test_basic_encodes_id_and_secret_as_form_values_first() -> None:
    # RFC 6749 §2.3.1
    client = ClientRegistration("a:b c", Secret("p:ü%"))

    headers, fields = authenticate(client)

    pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "a%3Ab+c:p%3A%C3%BC%25"
    assert fields == {}


def test_post_puts_the_secret_into_the_form() -> None:
    client = ClientRegistration(
        "app", Secret("the-secret"), authentication_method="client_secret_post"
    )

    assert authenticate(client) == ({}, {"client_id": "app", "client_secret": "the-secret"})


def test_a_key_signs_an_assertion_for_the_issuer_alone() -> None:
    # RFC 7523 §3; the issuer as the one audience, as a text
    key = Key.generate("ES256")
    client = ClientRegistration("service", signing_key=key)

    headers, fields = authenticate(client)

    assert headers == {}
    assert fields["client_id"] == "service"
    assert fields["client_assertion_type"] == ASSERTION_TYPE
    token = jwt.verify(
        fields["client_assertion"],
        key.public(),
        algorithms={"ES256"},
        policy=Policy("service", ISSUER, "client-authentication+jwt"),
        now=NOW,
    )
    assert token.claims["sub"] == "service"
    assert token.claims["aud"] == ISSUER
    assert token.claims["exp"] == NOW + 60


def test_each_assertion_has_an_identifier_of_its_own() -> None:
    client = ClientRegistration("service", signing_key=Key.generate("ES256"))
    entropy = SystemEntropy()

    identifiers = {
        jwt.read_unverified_claims(
            client.authenticate(issuer=ISSUER, now=NOW, entropy=entropy)[1]["client_assertion"]
        )["jti"]
        for _ in range(5)
    }

    assert len(identifiers) == 5


def test_secrets_do_not_show() -> None:
    client = ClientRegistration("app", Secret("the-secret"))

    assert "the-secret" not in repr(client)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"client_id": ""}, "client_id"),
        (
            {"client_id": "a", "client_secret": Secret("s"), "signing_key": Key.generate("ES256")},
            "client_secret",
        ),
        ({"client_id": "a", "signing_key": Key.generate("ES256").public()}, "signing_key"),
        (
            {"client_id": "a", "authentication_method": "client_secret_basic"},
            "authentication_method",
        ),
        (
            {"client_id": "a", "client_secret": Secret("s"), "authentication_method": "none"},
            "authentication_method",
        ),
        ({"client_id": "a", "id_token_algorithm": "none"}, "id_token_algorithm"),
        ({"client_id": "a", "id_token_algorithm": "HS256"}, "id_token_algorithm"),
    ],
)
def test_a_registration_at_odds_with_itself_is_refused(
    arguments: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidConfiguration) as refusal:
        ClientRegistration(**arguments)  # type: ignore[arg-type]  # a table of arguments
    assert refusal.value.field == field
    assert str(refusal.value).startswith(f"{field}: ")
