"""JWK: each member that may be wrong, and the reason it is refused with."""

import math
from typing import Any

import pytest

from sealwax.jose import Key, KeyInvalid, errors
from sealwax.jose.keys import MAX_JWK_SIZE_BYTES, MAX_KID_LENGTH
from tests.jose import examples
from tests.jose.support import decoded, encoded

EC = examples.A3_KEY
RSA = examples.RSA_2011 | examples.RSA_2011_PRIVATE
OKP = examples.ED25519_KEY


def invalid(jwk: Any) -> KeyInvalid:  # noqa: ANN401  # whatever may come in
    with pytest.raises(KeyInvalid) as caught:
        Key.from_jwk(jwk)
    assert len(str(caught.value)) <= 200
    return caught.value


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kty": None}, errors.KEY_TYPE_UNSUPPORTED),
        ({"kty": "ec"}, errors.KEY_TYPE_UNSUPPORTED),
        ({"kty": "AKP"}, errors.KEY_TYPE_UNSUPPORTED),
        ({"kty": "AKP", "alg": "ES256"}, errors.KEY_TYPE_UNSUPPORTED),
        ({"kty": "AKP", "alg": 44}, errors.KEY_TYPE_UNSUPPORTED),
        ({"kty": ["EC"]}, errors.KEY_TYPE_UNSUPPORTED),
        ({"kty": 10**5000}, errors.KEY_TYPE_UNSUPPORTED),
        ({"crv": "secp256k1"}, errors.KEY_FORMAT),
        ({"crv": "secp224r1"}, errors.KEY_TYPE_UNSUPPORTED),
        ({"crv": None}, errors.KEY_TYPE_UNSUPPORTED),
        ({"crv": ["P-256"]}, errors.KEY_TYPE_UNSUPPORTED),
        ({"crv": "P-384"}, errors.KEY_FORMAT),
        ({"x": None}, errors.KEY_FORMAT),
        ({"x": 1}, errors.KEY_FORMAT),
        ({"x": ""}, errors.KEY_FORMAT),
        ({"x": EC["x"] + "="}, errors.KEY_FORMAT),
        ({"x": EC["x"][:-1] + "V"}, errors.KEY_FORMAT),
        ({"x": EC["y"]}, errors.KEY_FORMAT),
        ({"x": "A" + EC["x"]}, errors.KEY_FORMAT),
        ({"x": "ü" * 43}, errors.KEY_FORMAT),
        ({"x": "A" * 100_000}, errors.KEY_FORMAT),
        ({"y": encoded(bytes(32)).decode(), "x": encoded(bytes(32)).decode()}, errors.KEY_FORMAT),
        ({"d": encoded(bytes(32)).decode()}, errors.KEY_FORMAT),
        ({"d": encoded(b"\xff" * 32).decode()}, errors.KEY_FORMAT),
        ({"d": encoded(bytes(31) + b"\x01").decode()}, errors.KEY_HALVES),
        ({"d": EC["d"][:-2]}, errors.KEY_FORMAT),
        ({"d": None}, errors.KEY_FORMAT),
        ({"kid": 1}, errors.KEY_FORMAT),
        ({"kid": None}, errors.KEY_FORMAT),
        ({"kid": ""}, errors.KEY_FORMAT),
        ({"kid": "k" * (MAX_KID_LENGTH + 1)}, errors.KEY_FORMAT),
        ({"alg": None}, errors.KEY_FORMAT),
        ({"alg": ["ES256"]}, errors.KEY_FORMAT),
        ({"use": True}, errors.KEY_FORMAT),
        ({"key_ops": "verify"}, errors.KEY_FORMAT),
        ({"key_ops": None}, errors.KEY_FORMAT),
        ({"key_ops": ["verify", "verify"]}, errors.KEY_FORMAT),
        ({"key_ops": [1]}, errors.KEY_FORMAT),
        ({"key_ops": [["verify"]]}, errors.KEY_FORMAT),
        ({"key_ops": [str(number) for number in range(17)]}, errors.KEY_FORMAT),
        ({"use": "sig", "key_ops": ["verify", "encrypt"]}, errors.KEY_USE),
    ],
)
def test_an_ec_key_with_one_thing_wrong_is_refused(change: dict[str, Any], reason: str) -> None:
    assert invalid(EC | change).reason == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"crv": "X25519"}, errors.KEY_HALVES),
        ({"crv": "Ed448"}, errors.KEY_FORMAT),
        ({"crv": 5}, errors.KEY_TYPE_UNSUPPORTED),
        ({"x": OKP["d"]}, errors.KEY_HALVES),
        ({"x": OKP["x"][:-3]}, errors.KEY_FORMAT),
        ({"d": OKP["d"][:-3]}, errors.KEY_FORMAT),
        ({"d": OKP["x"]}, errors.KEY_HALVES),
    ],
)
def test_an_okp_key_with_one_thing_wrong_is_refused(change: dict[str, Any], reason: str) -> None:
    assert invalid(OKP | change).reason == reason


def number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode()


N = int.from_bytes(decoded(RSA["n"]), "big")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"n": number(N >> 1 | 1)}, errors.KEY_WEAK),
        ({"n": number((1 << 1023) | 1)}, errors.KEY_WEAK),
        ({"n": number((1 << 8192) | 1)}, errors.KEY_WEAK),
        ({"n": number(N + 1)}, errors.KEY_WEAK),
        ({"n": ""}, errors.KEY_WEAK),
        ({"n": "A" * 5000}, errors.KEY_FORMAT),
        ({"e": "AQ"}, errors.KEY_WEAK),
        ({"e": "Ag"}, errors.KEY_WEAK),
        ({"e": "Aw"}, errors.KEY_WEAK),
        ({"e": number(17)}, errors.KEY_WEAK),
        ({"e": number(65535)}, errors.KEY_WEAK),
        ({"e": number(65536)}, errors.KEY_WEAK),
        ({"e": ""}, errors.KEY_WEAK),
        ({"e": number((1 << 64) | 1)}, errors.KEY_WEAK),
        ({"e": "AQAD"}, errors.KEY_HALVES),
        ({"p": RSA["q"]}, errors.KEY_HALVES),
        ({"d": RSA["dp"]}, errors.KEY_HALVES),
        ({"dp": RSA["dq"]}, errors.KEY_HALVES),
        ({"qi": "AQ"}, errors.KEY_HALVES),
        ({"q": "AQ", "p": RSA["n"]}, errors.KEY_HALVES),
        ({"p": ""}, errors.KEY_HALVES),
        ({"p": 7}, errors.KEY_FORMAT),
        ({"oth": []}, errors.KEY_TYPE_UNSUPPORTED),
    ],
)
def test_an_rsa_key_with_one_thing_wrong_is_refused(change: dict[str, Any], reason: str) -> None:
    assert invalid(RSA | change).reason == reason


@pytest.mark.parametrize("member", ["p", "q", "dp", "dq", "qi", "d"])
def test_a_private_rsa_key_is_whole_or_refused(member: str) -> None:
    jwk = {name: value for name, value in RSA.items() if name != member}
    assert invalid(jwk).reason == errors.KEY_FORMAT


def test_a_leading_zero_of_a_modulus_is_forgiven_and_not_repeated() -> None:
    sloppy = examples.RSA_2011 | {"n": encoded(b"\0" + decoded(RSA["n"])).decode()}
    assert Key.from_jwk(sloppy).to_jwk() == examples.RSA_2011


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"null",
        b"[]",
        b'{"kty":"EC","kty":"EC"}',
        "\ud800",
        b"\xff",
        b"{" * 9999,
        b" " * (MAX_JWK_SIZE_BYTES + 1),
    ],
)
def test_a_document_that_is_no_jwk_is_refused(document: str | bytes) -> None:
    assert invalid(document).reason == errors.KEY_FORMAT


ROCA_PRIMES = [p for p in range(3, 168) if all(p % q for q in range(2, p))]


def test_a_modulus_of_the_faulty_generator_is_refused() -> None:
    """CVE-2017-15361 (ROCA): modulo each small prime such a modulus is a power of 65537."""
    product = math.prod(ROCA_PRIMES)
    power = pow(65537, 5, product)
    marked = power + product * ((1 << 2047) // product + 1)
    marked += product * (marked % 2 == 0)
    error = invalid({"kty": "RSA", "e": "AQAB", "n": number(marked)})
    assert error.reason == errors.KEY_WEAK
    assert "ROCA" in str(error)
    # Modulo 11 the powers are 1 and 10 alone: a modulus that is something else is not marked.
    unmarked = next(n for n in range(marked, marked + 400, 2) if n % 11 not in (1, 10))
    assert not Key.from_jwk({"kty": "RSA", "e": "AQAB", "n": number(unmarked)}).is_private
