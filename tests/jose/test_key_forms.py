"""Keys in DER, and their thumbprints."""

import pytest

from sealwax.jose import Key, KeyInvalid, errors
from sealwax.jose.pem import MAX_PEM_SIZE_BYTES
from tests.jose import examples
from tests.jose.support import ASYMMETRIC, key_of, public_of


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_key_survives_der(algorithm: str) -> None:
    key = key_of(algorithm)
    public = Key.from_der(key.to_der(), algorithm=algorithm, kid="k")
    assert public == key
    assert public.kid == "k"
    assert not public.is_private
    private = Key.from_der(key.to_der(private=True), algorithm=algorithm)
    assert private == key
    assert private.is_private
    assert Key.from_der(public_of(algorithm).to_der(), algorithm=algorithm) == key


def test_a_private_key_in_der_may_have_a_password() -> None:
    der = key_of("ES256").to_der(private=True, password=b"long enough")
    assert Key.from_der(der, algorithm="ES256", password=b"long enough") == key_of("ES256")
    for password in (b"another", None):
        with pytest.raises(KeyInvalid) as caught:
            Key.from_der(der, password=password)
        assert caught.value.reason == errors.KEY_FORMAT


@pytest.mark.parametrize(
    "der", [b"", b"0", b"0" * (MAX_PEM_SIZE_BYTES + 1), b"\x30\x03\x02\x01\x05"]
)
def test_der_that_is_not_one_key_is_refused(der: bytes) -> None:
    with pytest.raises(KeyInvalid) as caught:
        Key.from_der(der)
    assert caught.value.reason == errors.KEY_FORMAT


@pytest.mark.parametrize("der", ["text", None, bytearray(b"x")])
def test_der_that_is_not_bytes_is_a_mistake_of_the_caller(der: object) -> None:
    with pytest.raises(TypeError, match="bytes are accepted"):
        Key.from_der(der)  # type: ignore[arg-type]  # that is the mistake


@pytest.mark.parametrize("private", [False, True])
def test_a_secret_has_no_der_and_a_public_key_no_private_one(*, private: bool) -> None:
    with pytest.raises(KeyInvalid) as caught:
        key_of("HS256").to_der(private=private)
    assert caught.value.reason == errors.KEY_TYPE_UNSUPPORTED
    with pytest.raises(KeyInvalid) as caught:
        public_of("ES256").to_der(private=True)
    assert caught.value.reason == errors.KEY_NOT_PRIVATE


def test_the_thumbprint_of_rfc_7638_3_1_and_its_uri_of_rfc_9278() -> None:
    key = Key.from_jwk(examples.RSA_2011)
    assert key.thumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    uri = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert key.thumbprint_uri() == uri


@pytest.mark.parametrize(("name", "length"), [("sha-256", 43), ("sha-384", 64), ("sha-512", 86)])
def test_a_thumbprint_is_as_long_as_its_hash(name: str, length: int) -> None:
    key = key_of("ES256")
    assert len(key.thumbprint(name)) == length
    assert key.thumbprint_uri(name).endswith(f":{name}:{key.thumbprint(name)}")
    assert key.public().thumbprint(name) == key.thumbprint(name)


@pytest.mark.parametrize("name", ["sha256", "md5", "", "SHA-256"])
def test_another_hash_is_a_mistake(name: str) -> None:
    for ask in (key_of("ES256").thumbprint, key_of("ES256").thumbprint_uri):
        with pytest.raises(ValueError, match="accepted are sha-256"):
            ask(name)
