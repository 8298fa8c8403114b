"""PEM: the forms that are written, those that are read, and the rest."""

import base64
from typing import TypeAlias

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from sealwax.jose import Key, KeyInvalid, errors
from tests.jose.support import ASYMMETRIC, decoded, key_of, public_of


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_key_survives_its_pem(algorithm: str) -> None:
    key = key_of(algorithm)
    public = Key.from_pem(key.to_pem(), algorithm=algorithm, kid=key.kid)
    private = Key.from_pem(key.to_pem(private=True), algorithm=algorithm, kid=key.kid)
    assert public.to_jwk() == key.to_jwk()
    assert private.to_jwk(private=True) == key.to_jwk(private=True)
    assert (public.is_private, private.is_private) == (False, True)
    assert key.public().to_pem() == key.to_pem()


def test_a_private_pem_is_locked_by_its_password() -> None:
    pem = key_of("ES256").to_pem(private=True, password=b"correct horse")
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert Key.from_pem(pem, password=b"correct horse", algorithm="ES256") == key_of("ES256")
    for password in (None, b"wrong"):
        with pytest.raises(KeyInvalid) as caught:
            Key.from_pem(pem, password=password)
        assert caught.value.reason == errors.KEY_FORMAT
        assert "wrong" not in str(caught.value)


@pytest.mark.parametrize(
    "form", [serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8]
)
def test_the_older_private_pem_forms_are_read(form: serialization.PrivateFormat) -> None:
    for made in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)):
        pem = made.private_bytes(
            serialization.Encoding.PEM,
            form,
            serialization.NoEncryption(),
        )
        assert Key.from_pem(pem).is_private
        assert Key.from_pem(b"text before\n" + pem + b"text behind\n").is_private


def test_a_private_pem_may_have_curve_parameters_in_front() -> None:
    pem = key_of("ES256").to_pem(private=True)
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert Key.from_pem(parameters + pem, algorithm="ES256") == key_of("ES256")
    with pytest.raises(KeyInvalid):
        Key.from_pem(parameters)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN PUBLIC KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        public_of("ES256").to_pem() + public_of("ES384").to_pem(),
        public_of("ES256").to_pem() + b" " * 40_000,
        public_of("ES256").to_pem()[:-40],
    ],
)
def test_a_pem_that_is_not_one_key_is_refused(pem: bytes) -> None:
    with pytest.raises(KeyInvalid) as caught:
        Key.from_pem(pem)
    assert caught.value.reason == errors.KEY_FORMAT


Unsupported: TypeAlias = ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey
UNSUPPORTED: list[Unsupported] = [
    ec.generate_private_key(ec.SECP224R1()),
    dsa.generate_private_key(2048),
]


@pytest.mark.parametrize("made", UNSUPPORTED, ids=lambda made: type(made).__name__)
def test_a_pem_of_another_type_or_curve_is_refused(made: Unsupported) -> None:
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for pem in (private, public):
        with pytest.raises(KeyInvalid) as caught:
            Key.from_pem(pem)
        assert caught.value.reason == errors.KEY_TYPE_UNSUPPORTED


def test_a_weak_pem_is_refused() -> None:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  # that it is weak is the point
    pem = weak.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(KeyInvalid, match="1024 bits") as caught:
        Key.from_pem(pem)
    assert caught.value.reason == errors.KEY_WEAK


@pytest.mark.parametrize("pem", ["text", None, bytearray(b"x"), 5])
def test_a_pem_that_is_not_bytes_is_a_mistake_of_the_caller(pem: object) -> None:
    with pytest.raises(TypeError, match="bytes are accepted"):
        Key.from_pem(pem)  # type: ignore[arg-type]  # that is the mistake


def test_a_pem_with_the_wrong_public_half_inside_is_refused() -> None:
    points = [decoded(public_of("ES256", n).to_jwk()["x"]) for n in (0, 1)]
    der = base64.b64decode("".join(key_of("ES256").to_pem(private=True).decode().split("\n")[1:-2]))
    assert points[0] in der
    swapped = base64.b64encode(der.replace(points[0], points[1]))
    pem = b"-----BEGIN PRIVATE KEY-----\n" + swapped + b"\n-----END PRIVATE KEY-----\n"
    with pytest.raises(KeyInvalid) as caught:
        Key.from_pem(pem)
    assert caught.value.reason == errors.KEY_FORMAT
