"""Attacks 28 to 36: signatures that are wrong in their numbers or in their form."""

import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from sealwax.jose import JoseError, Key, KeyInvalid, SignatureInvalid, errors, jws
from sealwax.jose.algorithms import ALGORITHMS
from tests.jose import examples
from tests.jose.support import (
    accepted,
    as_json,
    claims,
    encoded,
    forge,
    good_header,
    key_of,
    public_of,
)

ORDERS = {
    "ES256": ec.SECP256R1().group_order,
    "ES384": ec.SECP384R1().group_order,
    "ES512": ec.SECP521R1().group_order,
    "ES256K": ec.SECP256K1().group_order,
}


def refused(algorithm: str, signature: bytes) -> JoseError:
    """Verify a token with this signature at both doors, which give one reason."""
    token = forge(good_header(key_of(algorithm)), claims(), lambda _: signature)
    with pytest.raises(JoseError) as caught:
        jws.verify(token, public_of(algorithm), algorithms=[algorithm])
    with pytest.raises(JoseError) as caught_as_jwt:
        accepted(token, algorithm)
    assert type(caught_as_jwt.value) is type(caught.value)
    assert caught_as_jwt.value.reason == caught.value.reason
    return caught_as_jwt.value


def genuine(algorithm: str) -> bytes:
    """Give the signature that both doors believe."""
    key = key_of(algorithm)
    made: list[bytes] = []

    def keep(data: bytes) -> bytes:
        made.append(key.signer(algorithm)(data))
        return made[0]

    believe(forge(good_header(key), claims(), keep), algorithm)
    return made[0]


def believe(token: str, algorithm: str) -> None:
    payload = jws.verify(token, public_of(algorithm), algorithms=[algorithm]).payload
    assert payload == as_json(claims())
    assert accepted(token, algorithm).claims == claims()


@pytest.mark.parametrize("algorithm", ORDERS)
def test_numbers_that_no_signature_has_are_refused(algorithm: str) -> None:
    order = ORDERS[algorithm]
    half = ALGORITHMS[algorithm].signature_size_bytes // 2
    good = genuine(algorithm)
    r, s = int.from_bytes(good[:half], "big"), int.from_bytes(good[half:], "big")
    most = (1 << 8 * half) - 1
    for first in (0, 1, order - 1, order, order + 1, most, r):
        for second in (0, 1, order - 1, order, order + 1, most, s):
            if (first, second) != (r, s):
                signature = first.to_bytes(half, "big") + second.to_bytes(half, "big")
                assert isinstance(refused(algorithm, signature), SignatureInvalid)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signature_has_exactly_its_length(algorithm: str) -> None:
    good = genuine(algorithm)
    for other in (
        good[:-1], good[1:], good + b"\0", b"\0" + good, good + good, b"", good[:1], good * 4,
        good[: len(good) // 2], b"\0" * (len(good) + 2),
    ):  # fmt: skip
        assert refused(algorithm, other).reason == errors.SIGNATURE_INVALID


@pytest.mark.parametrize("algorithm", ORDERS)
def test_halves_that_are_too_long_are_not_cut_to_size(algorithm: str) -> None:
    good = genuine(algorithm)
    half = len(good) // 2
    for pad in (b"\0", b"\0" * 8):
        for other in (pad + good[:half] + pad + good[half:], good[:half] + pad + good[half:]):
            assert isinstance(refused(algorithm, other), SignatureInvalid)


def test_a_signature_of_twenty_thousand_characters_is_refused_quickly() -> None:
    before = time.thread_time()
    assert refused("ES256", b"\xff" * 16_000).reason == errors.SIGNATURE_INVALID
    assert time.thread_time() - before < 0.1


@pytest.mark.parametrize("algorithm", ORDERS)
def test_a_signature_in_der_is_refused(algorithm: str) -> None:
    good = genuine(algorithm)
    half = len(good) // 2
    der = encode_dss_signature(
        int.from_bytes(good[:half], "big"), int.from_bytes(good[half:], "big")
    )
    for form in (der, der + b"\0", der.ljust(len(good), b"\0")[: len(good)], der[-len(good) :]):
        assert isinstance(refused(algorithm, form), SignatureInvalid)


def test_the_other_s_of_a_signature_is_a_second_text_for_one_token() -> None:
    """ECDSA allows n - s beside s (RFC 7518 has no low-s rule): no list may name tokens by text."""
    good = genuine("ES256")
    s = int.from_bytes(good[32:], "big")
    other = good[:32] + (ORDERS["ES256"] - s).to_bytes(32, "big")
    believe(forge(good_header(key_of("ES256")), claims(), lambda _: other), "ES256")


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
def test_an_rsa_signature_is_a_number_below_its_modulus(algorithm: str) -> None:
    native = serialization.load_pem_public_key(key_of(algorithm).to_pem())
    n = native.public_numbers().n  # type: ignore[union-attr]  # it is an RSA key
    size = (n.bit_length() + 7) // 8
    good = int.from_bytes(genuine(algorithm), "big")
    for number in (0, 1, n - 1, n, n + 1, (1 << 8 * size) - 1, good + n):
        if number.bit_length() <= 8 * size:
            signature = number.to_bytes(size, "big")
            assert isinstance(refused(algorithm, signature), SignatureInvalid)


P = 2**256 - 2**224 + 2**192 + 2**96 - 1
POINTS = {
    "zero": (0, 0),
    "one": (1, 1),
    "off the curve": (5, 5),
    "the field": (P, P),
    "beyond the field": (2**256 - 1, 2**256 - 1),
    "x + p": (P + 5, 1),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_point_that_is_on_no_curve_is_no_key(point: str) -> None:
    x, y = (encoded(number.to_bytes(32, "big")).decode() for number in POINTS[point])
    best = 1.0
    for _ in range(5):
        before = time.thread_time()
        with pytest.raises(KeyInvalid) as caught:
            Key.from_jwk({"kty": "EC", "crv": "P-256", "x": x, "y": y})
        best = min(best, time.thread_time() - before)
        assert caught.value.reason == errors.KEY_FORMAT
    assert best < 0.001


@pytest.mark.parametrize("size", [0, 1, 31, 33, 64, 1000])
def test_a_coordinate_of_another_length_is_no_key(size: int) -> None:
    text = encoded(b"\x01" * size).decode()
    for change in ({"x": text}, {"y": text}, {"d": text}):
        with pytest.raises(KeyInvalid) as caught:
            Key.from_jwk(examples.A3_KEY | change)
        assert caught.value.reason == errors.KEY_FORMAT


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
@pytest.mark.parametrize("claimed", ["P-256", "P-384", "P-521", "P-224", "secp256k1", "Ed25519"])
def test_a_point_of_another_curve_is_no_key(curve: str, claimed: str) -> None:
    jwk = public_of({"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[curve]).to_jwk()
    if curve != claimed:
        with pytest.raises(KeyInvalid):
            Key.from_jwk(jwk | {"crv": claimed})


@pytest.mark.parametrize("algorithm", ORDERS)
def test_a_signature_over_another_hash_is_refused(algorithm: str) -> None:
    key = key_of(algorithm)
    native = serialization.load_pem_private_key(key.to_pem(private=True), None)
    assert isinstance(native, ec.EllipticCurvePrivateKey)
    for digest in (hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()):
        if digest.name == ALGORITHMS[algorithm].hash_name:
            continue
        r, s = decode_dss_signature(native.sign(b"x", ec.ECDSA(digest)))
        half = ALGORITHMS[algorithm].signature_size_bytes // 2
        signature = r.to_bytes(half, "big") + s.to_bytes(half, "big")
        assert isinstance(refused(algorithm, signature), SignatureInvalid)


@pytest.mark.parametrize("algorithm", ["Ed25519", "Ed448"])
def test_an_edwards_signature_with_a_large_or_small_part_is_refused(algorithm: str) -> None:
    good = genuine(algorithm)
    half = len(good) // 2
    for signature in (
        bytes(len(good)),
        good[:half] + bytes(half),
        bytes(half) + good[half:],
        b"\x01" + bytes(len(good) - 1),
        good[:half] + b"\xff" * half,
        b"\xff" * half + good[half:],
    ):
        assert isinstance(refused(algorithm, signature), SignatureInvalid)
