"""HMAC secrets: random bytes pass, documents that everybody has do not."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from sealwax.jose import Key, KeyInvalid, errors
from sealwax.jose.hmac_secret import check_is_secret
from tests.jose.support import encoded, public_of


def public_documents() -> dict[str, bytes]:
    """Give a public key in every form in which people keep one."""
    rsa, curve, okp = (public_of(name) for name in ("RS256", "ES256", "Ed25519"))
    native = serialization.load_pem_public_key(rsa.to_pem())
    pkcs1 = native.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    documents = {
        "RSA PEM": rsa.to_pem(),
        "EC PEM": curve.to_pem(),
        "Ed25519 PEM": okp.to_pem(),
        "RSA PKCS1 PEM": native.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.PKCS1
        ),
        "RSA PKCS1 DER": pkcs1,
        "JWK": json.dumps(curve.to_jwk()).encode(),
        "JWK, indented": json.dumps(curve.to_jwk(), indent=2).encode(),
        "JWKS": json.dumps({"keys": [curve.to_jwk()]}).encode(),
        "JSON array": json.dumps([curve.to_jwk()]).encode(),
        "certificate PEM": certificate().public_bytes(serialization.Encoding.PEM),
        "certificate DER": certificate().public_bytes(serialization.Encoding.DER),
    }
    for name, key in (("RSA", rsa), ("EC", curve), ("Ed25519", okp)):
        public = serialization.load_pem_public_key(key.to_pem())
        documents[f"{name} SPKI DER"] = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        documents[f"{name} SSH"] = public.public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
    return documents


def certificate() -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now).not_valid_after(now.replace(year=2027))
    return builder.sign(key, hashes.SHA256())


DOCUMENTS = public_documents()
DISGUISES: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "newline in front": lambda data: b"\n" + data,
    "tab in front": lambda data: b"\t" + data,
    "white space around": lambda data: b" \r\n\t " + data + b" \n\n",
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "byte order mark and white space": lambda data: b"\xef\xbb\xbf \n" + data,
    "base64": base64.b64encode,
    "base64 in lines": base64.encodebytes,
    "base64url": encoded,
    "NUL behind": lambda data: data + b"\0",
}


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_public_document_is_no_secret(document: str, disguise: str) -> None:
    secret = DISGUISES[disguise](DOCUMENTS[document])
    with pytest.raises(KeyInvalid) as caught:
        Key.from_secret(secret, algorithm="HS256")
    assert caught.value.reason == errors.KEY_NOT_A_SECRET
    assert secret[:20].decode("latin-1") not in str(caught.value)


@pytest.mark.parametrize("document", ["Ed25519 PEM", "JWK", "EC SSH", "EC SPKI DER"])
def test_a_public_document_in_a_jwk_is_no_secret(document: str) -> None:
    jwk = {"kty": "oct", "k": encoded(DOCUMENTS[document]).decode(), "alg": "HS256"}
    with pytest.raises(KeyInvalid) as caught:
        Key.from_jwk(jwk)
    assert caught.value.reason == errors.KEY_NOT_A_SECRET


@pytest.mark.parametrize(
    "secret",
    [
        b"file:///etc/sealwax/hmac.key-0123456789",
        b"FILE:hmac.key-01234567890123456789012345",
        b"a-string-secret-at-least-256-bits-long",
        b"a-string-secret-at-least-256-bits-long\n",
        base64.b64encode(b"a-string-secret-at-least-256-bits-long"),
        b"your-256-bit-secret-your-256-bit-secret",
        b"0123456789abcdef0123456789abcdef",
    ],
)
def test_a_published_example_or_an_address_is_no_secret(secret: bytes) -> None:
    with pytest.raises(KeyInvalid) as caught:
        Key.from_secret(secret, algorithm="HS256")
    assert caught.value.reason == errors.KEY_NOT_A_SECRET


@pytest.mark.parametrize(("algorithm", "size_bytes"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_is_as_long_as_the_hash_or_longer(algorithm: str, size_bytes: int) -> None:
    material = hashlib.shake_256(b"secret").digest(1024)
    for length in (size_bytes, size_bytes + 1, 1024):
        key = Key.from_secret(material[:length], algorithm=algorithm)
        assert key.algorithms == {algorithm}
    for length in (0, 1, 31, size_bytes - 1):
        with pytest.raises(KeyInvalid) as caught:
            Key.from_secret(material[:length], algorithm=algorithm)
        assert caught.value.reason == errors.KEY_WEAK
    with pytest.raises(KeyInvalid, match="1025 bytes") as caught:
        Key.from_secret(material + b"x", algorithm=algorithm)
    assert caught.value.reason == errors.KEY_FORMAT


@pytest.mark.parametrize("secret", ["text" * 10, None, bytearray(40), memoryview(b"x" * 40), 5])
def test_a_secret_that_is_not_bytes_is_a_mistake_of_the_caller(secret: object) -> None:
    with pytest.raises(TypeError, match="bytes are accepted"):
        Key.from_secret(secret, algorithm="HS256")  # type: ignore[arg-type]  # that is the mistake


@pytest.mark.parametrize("algorithm", ["RS256", "none", "", "ES256", "HS1", "A128GCM"])
def test_a_secret_serves_no_other_algorithm(algorithm: str) -> None:
    with pytest.raises(KeyInvalid) as caught:
        Key.from_secret(hashlib.sha256(b"x").digest(), algorithm=algorithm)
    assert caught.value.reason == errors.KEY_ALGORITHM


@given(st.integers(), st.integers(32, 64))
def test_random_bytes_are_a_secret(seed: int, size_bytes: int) -> None:
    secret = hashlib.shake_256(str(seed).encode()).digest(size_bytes)
    assert Key.from_secret(secret, algorithm="HS256").is_private


@pytest.mark.parametrize(
    "secret",
    [
        b"{" + b"x" * 40,  # no JSON
        b"[" * 40,
        b"[" * 100_000,
        bytes([0x30, 0x1E]) + b"\xff" * 30,  # a DER SEQUENCE whose content is none
        bytes([0x30, 0x1E, 0x02, 0x1D]) + b"\xff" * 28,
        bytes([0x30, 0x1F]) + b"\x02\x01\x01" * 10,
        bytes([0x30, 0x84, 0, 0, 0, 26]) + b"\x02" * 26,
        bytes([0x30, 0x80]) + b"\x02" * 30,
        bytes([0x30, 0x1E]) + b"\x02\x01\x01" * 9 + b"\x02\x02\x01",
        bytes([0x30, 0x1E]) + b"\x02\x01\x01" * 9 + b"\x02\x00\x02",
        b"\x30",
        b"",
    ],
)
def test_what_only_looks_like_a_document_is_left_alone(secret: bytes) -> None:
    check_is_secret(secret)
