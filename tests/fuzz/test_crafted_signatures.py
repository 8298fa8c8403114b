"""Signatures that no signer makes: two cryptographic libraries, and one verdict on each."""

import hashlib
from collections.abc import Iterator
from functools import cache

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fuzz.receivers import SMALL_ORDER
from sealwax.jose import JoseError, Key, errors, jwt, native
from tests.jose.support import NOW, claims, encoded, forge, good_header, policy

SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
PREFIXES = {
    "of SHA-256 without NULL": bytes.fromhex("302f300b0609608648016503040201" + "0420"),
    "of SHA-256 with a long length": bytes.fromhex("30813130" + SHA256.hex()[6:]),
    "of SHA-512": bytes.fromhex("3051300d060960864801650304020305000440"),
    "of SHA-1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "of nothing": b"",
}


@pytest.fixture(params=["python", "native"], autouse=True)
def _implementation(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "native" and not native.state().is_available:
        pytest.skip(f"the native core is not used: {native.state().reason}")
    with native.using(request.param):
        yield


def reason_of(token: str, key: Key, algorithm: str) -> str:
    """Give the reason a token is refused for, or nothing."""
    try:
        jwt.verify(token, key, algorithms=[algorithm], policy=policy(), now=NOW)
    except JoseError as error:
        return error.reason
    return ""


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    loaded = load_pem_private_key(Key.generate("RS256").to_pem(private=True), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


def of_message(message: bytes) -> bytes:
    """Do with an encoded message what RSA does when it signs, whatever the message is."""
    key = rsa_key().private_numbers()
    number = pow(int.from_bytes(message, "big"), key.d, key.public_numbers.n)
    return number.to_bytes(rsa_key().key_size // 8, "big")


def padded(content: bytes, *, block: bytes = b"\0\1", filling: bytes = b"\xff") -> bytes:
    """Write PKCS #1 v1.5 around a content (RFC 8017 §9.2)."""
    size = rsa_key().key_size // 8
    return block + filling * (size - len(block) - 1 - len(content)) + b"\0" + content


def rs256_reason(signature_of: object) -> str:
    """Verify a token signed with RSA over the message that is made of its hash."""
    key = Key.from_der(public_der(), algorithm="RS256")
    assert callable(signature_of)
    token = forge(
        good_header(key, kid=...),
        claims(),
        lambda data: of_message(signature_of(hashlib.sha256(data).digest())),
    )
    return reason_of(token, key, "RS256")


@cache
def public_der() -> bytes:
    numbers = rsa_key().public_key().public_numbers()
    size = rsa_key().key_size // 8
    jwk = {
        "kty": "RSA",
        "n": encoded(numbers.n.to_bytes(size, "big")).decode(),
        "e": "AQAB",
    }
    return Key.from_jwk(jwk).to_der()


def test_the_message_that_all_others_differ_from_is_good() -> None:
    assert rs256_reason(lambda digest: padded(SHA256 + digest)) == ""


@pytest.mark.parametrize("name", PREFIXES)
def test_another_name_of_the_hash_is_refused(name: str) -> None:
    reason = rs256_reason(lambda digest: padded(PREFIXES[name] + digest))
    assert reason == errors.SIGNATURE_INVALID


@pytest.mark.parametrize("garbage", [1, 8, 64, 190])
def test_garbage_behind_the_hash_is_refused(garbage: int) -> None:
    for byte in (b"\0", b"\xff"):
        reason = rs256_reason(lambda digest: padded(SHA256 + digest + byte * garbage))  # noqa: B023  # called at once
        assert reason == errors.SIGNATURE_INVALID


@pytest.mark.parametrize(
    ("block", "filling"),
    [(b"\0\2", b"\xff"), (b"\0\0", b"\xff"), (b"\1\1", b"\xff"), (b"\0\1", b"\xfe")],
)
def test_another_padding_is_refused(block: bytes, filling: bytes) -> None:
    reason = rs256_reason(lambda digest: padded(SHA256 + digest, block=block, filling=filling))
    assert reason == errors.SIGNATURE_INVALID


@pytest.mark.parametrize("salt", [0, 1, 20, 31, 32, 33, 64, 222])
def test_a_salt_is_as_long_as_the_hash(salt: int) -> None:
    """RFC 7518 §3.5 leaves no choice, though libraries can find the length out."""
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    assert (pss_reason(scheme) == "") is (salt == 32)


@pytest.mark.parametrize("digest", [hashes.SHA224(), hashes.SHA384(), hashes.SHA512()])
def test_a_mask_of_another_hash_is_refused(digest: hashes.HashAlgorithm) -> None:
    assert pss_reason(padding.PSS(padding.MGF1(digest), 32)) == errors.SIGNATURE_INVALID


def pss_reason(scheme: padding.PSS) -> str:
    key = Key.from_der(public_der(), algorithm="PS256")
    token = forge(
        good_header(key, kid=...),
        claims(),
        lambda data: rsa_key().sign(data, scheme, hashes.SHA256()),
    )
    return reason_of(token, key, "PS256")


def test_for_a_point_of_small_order_anybody_signs() -> None:
    """Which of these signatures fit is settled by the message; that both agree, by `make fuzz`."""
    key = Key.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": encoded(SMALL_ORDER[0]).decode()})
    header = good_header(key, alg="Ed25519", kid=...)

    def is_accepted(first: bytes) -> bool:
        token = forge(header, claims(), lambda _: first + bytes(32))
        return reason_of(token, key, "Ed25519") == ""

    fitting = {first.hex() for first in SMALL_ORDER if is_accepted(first)}
    assert fitting == {SMALL_ORDER[0].hex()}
