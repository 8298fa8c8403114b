"""Certificates of keys: kept, handed on, never trusted, and of the key itself (RFC 7517 §4.7)."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from sealwax.jose import Key, KeyInvalid, KeyNotFound, KeySet, errors, jwt
from sealwax.jose.certificates import (
    MAX_CERTIFICATE_SIZE_BYTES,
    MAX_CERTIFICATES,
    MAX_THUMBPRINT_LENGTH,
    certifies,
)
from sealwax.jose.claims import Policy
from tests.jose.support import decoded, encoded, key_of, public_of

AUTHORITY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example")])
START = datetime(2026, 1, 1, tzinfo=UTC)
CERTIFIABLE = ("RS256", "ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448")


def certificate_of(key: Key, *, serial_number: int = 1) -> bytes:
    """A certificate in DER that a foreign library made for the public half of a key."""
    public: Any = serialization.load_pem_public_key(key.to_pem())
    builder = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).public_key(public)
    builder = builder.serial_number(serial_number).not_valid_before(START)
    made = builder.not_valid_after(START.replace(year=2027)).sign(AUTHORITY, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def text(certificate: bytes) -> str:
    return base64.b64encode(certificate).decode("ascii")


def thumbprint(certificate: bytes) -> str:
    return encoded(hashlib.sha256(certificate).digest()).decode("ascii")


def invalid(jwk: dict[str, Any]) -> KeyInvalid:
    with pytest.raises(KeyInvalid) as caught:
        Key.from_jwk(jwk)
    return caught.value


KEY = public_of("ES256")
JWK = KEY.to_jwk()
OWN = certificate_of(KEY)
FOREIGN = certificate_of(public_of("ES256", 1))


@pytest.mark.parametrize("algorithm", CERTIFIABLE)
def test_a_certificate_of_the_key_is_kept_and_written_back(algorithm: str) -> None:
    key = public_of(algorithm)
    own, parent = certificate_of(key), FOREIGN
    members = {"x5c": [text(own), text(parent)], "x5t": "any", "x5t#S256": thumbprint(own)}
    read = Key.from_jwk(key.to_jwk() | members)
    assert read.certificates == (own, parent)
    assert read == key
    assert read.to_jwk() == key.to_jwk() | members
    assert KeySet((read,)).to_jwks()["keys"] == [read.to_jwk()]


def test_the_public_half_keeps_the_certificates_and_a_key_without_has_none() -> None:
    private = Key.from_jwk(key_of("ES256").to_jwk(private=True) | {"x5c": [text(OWN)]})
    assert private.public().certificates == (OWN,)
    assert private.to_jwk()["x5c"] == [text(OWN)]
    assert key_of("ES256").certificates == ()
    assert "x5c" not in key_of("ES256").to_jwk()


@pytest.mark.parametrize("algorithm", CERTIFIABLE)
def test_a_certificate_of_another_key_is_refused(algorithm: str) -> None:
    other = certificate_of(public_of("ES384" if algorithm == "ES256" else "ES256"))
    same_kind = certificate_of(Key.generate(algorithm))
    for certificate in (other, same_kind):
        error = invalid(public_of(algorithm).to_jwk() | {"x5c": [text(certificate), text(OWN)]})
        assert error.reason == errors.KEY_CERTIFICATE


def test_a_good_certificate_makes_no_token_good_and_a_bad_key_no_better() -> None:
    """Whoever writes a JWK writes its certificates too: the key in the set is what counts."""
    mallory = Key.generate("ES256", kid="1")
    policy = Policy("i", "a", "JWT")
    trusted = Key.from_jwk(JWK | {"kid": "1", "x5c": [text(OWN)]})
    token = jwt.sign(
        {"iss": "i", "aud": "a", "exp": 9},
        mallory,
        typ="JWT",
        header={"x5c": [text(certificate_of(mallory))]},
    )
    with pytest.raises(errors.SignatureInvalid):
        jwt.verify(token, trusted, algorithms=["ES256"], policy=policy, now=1)


@pytest.mark.parametrize(
    "x5c",
    [
        None,
        [],
        text(OWN),
        [None],
        [""],
        ["ü"],
        [text(OWN)[:-4]],
        [text(OWN) + "\n"],
        [base64.urlsafe_b64encode(OWN + b"\xff\xff\xff").decode()],
        [text(OWN), "x"],
        [text(OWN + b"\0")],
        [text(FOREIGN), text(OWN)],
        [text(OWN)] * (MAX_CERTIFICATES + 1),
        [text(OWN), text(bytes(MAX_CERTIFICATE_SIZE_BYTES + 1))],
        [text(OWN), text(bytes(MAX_CERTIFICATE_SIZE_BYTES * 2))],
        [text(b"\x30\x00")],
        [text(b"\x30\x02\x30\x00")],
        [text(b"\x30\x02\x02\x00")],
        [text(b"\x04\x00")],
        [text(b"\x30")],
        [text(b"\x30\x84\x00\x00\x00\x00")],
        [text(b"\x30\x0e\x30\x0c" + b"\x02\x00" * 6)],
        [text(b"\x30\x0e\x30\x0c" + b"\x02\x00" * 5 + b"\x30\x00")],
        [text(b"\x30\x10\x30\x0e" + b"\x02\x00" * 5 + b"\x30\x02\x30\x05")],
    ],
)
def test_an_x5c_that_is_no_list_of_certificates_is_refused(x5c: object) -> None:
    assert invalid(JWK | {"x5c": x5c}).reason == errors.KEY_CERTIFICATE


@pytest.mark.parametrize(
    "members",
    [
        {"x5t": None},
        {"x5t": "x" * (MAX_THUMBPRINT_LENGTH + 1)},
        {"x5t#S256": 1},
        {"x5t#S256": thumbprint(FOREIGN), "x5c": [text(OWN)]},
        {"x5t#S256": "", "x5c": [text(OWN)]},
    ],
)
def test_a_thumbprint_that_is_malformed_or_of_another_certificate_is_refused(
    members: dict[str, Any],
) -> None:
    assert invalid(JWK | members).reason == errors.KEY_CERTIFICATE


def test_a_thumbprint_without_its_certificate_is_kept() -> None:
    members = {"x5t": "RkI5MjI5OUY5", "x5t#S256": thumbprint(OWN)}
    assert Key.from_jwk(JWK | members).to_jwk() == JWK | members


def test_a_point_may_be_compressed_in_a_certificate() -> None:
    """RFC 5480 §2.2 allows it; the key in the JWK never is."""
    for number in range(4):
        key = public_of("ES256", number)
        loaded: Any = serialization.load_pem_public_key(key.to_pem())
        forms = serialization.PublicFormat
        point = loaded.public_bytes(serialization.Encoding.X962, forms.CompressedPoint)
        whole = loaded.public_bytes(serialization.Encoding.X962, forms.UncompressedPoint)
        certificate = _shortened(certificate_of(key), whole, point)
        assert certifies(certificate, key.to_jwk())
        other = _shortened(certificate_of(key), whole, bytes((5 - point[0],)) + point[1:])
        assert not certifies(other, key.to_jwk())


@pytest.mark.parametrize("algorithm", ["ML-DSA-44", "ML-DSA-87", "ECDH-ES"])
def test_a_key_whose_certificates_nobody_makes_here_is_found_in_one(algorithm: str) -> None:
    curve = {"curve": "X25519"} if algorithm == "ECDH-ES" else {}
    key, other = (Key.generate(algorithm, **curve).public() for _ in range(2))
    whole = decoded(JWK["x"]) + decoded(JWK["y"])
    certificate = _shortened(OWN, whole, b"", key.to_der())
    assert Key.from_jwk(key.to_jwk() | {"x5c": [text(certificate)]}).certificates
    assert not certifies(certificate, other.to_jwk())


def test_an_rsa_certificate_that_holds_no_rsa_key_is_refused() -> None:
    key = public_of("RS256")
    certificate = certificate_of(key)
    position = certificate.index(b"\x05\x00\x03\x82") + 2  # the key, behind no parameters
    assert certifies(certificate, key.to_jwk())
    broken = certificate[: position + 5] + b"\x04" + certificate[position + 6 :]
    assert not certifies(broken, key.to_jwk())


def test_a_secret_has_no_certificate() -> None:
    secret = {"kty": "oct", "k": encoded(bytes(range(32))).decode()}
    assert invalid(secret | {"x5c": [text(OWN)]}).reason == errors.KEY_CERTIFICATE


def test_a_set_leaves_out_a_key_with_a_foreign_certificate_and_its_namesake() -> None:
    document = {
        "keys": [JWK | {"kid": "1", "x5c": [text(FOREIGN)]}, JWK | {"kid": "1"}, JWK | {"kid": "2"}]
    }
    keys = KeySet.from_jwks(document)
    assert [key.kid for key in keys.keys] == ["2"]
    reasons = [skipped.reason for skipped in keys.skipped]
    assert reasons == [errors.KEY_CERTIFICATE, errors.KEY_AMBIGUOUS]
    with pytest.raises(KeyNotFound):
        keys.select({"alg": "ES256", "kid": "1"})


@given(st.data())
def test_whatever_is_done_to_a_certificate_never_fails_otherwise(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(OWN) - 1))
    changed = bytearray(OWN)
    changed[place] = data.draw(st.integers(0, 255))
    del changed[data.draw(st.integers(place, len(OWN))) :]
    assert certifies(bytes(changed), JWK) in (True, False)


def _shortened(certificate: bytes, whole: bytes, point: bytes, spki: bytes = b"") -> bytes:
    """Put another point, or a whole key, into a certificate, and mend the lengths around it."""
    outer = _content(certificate)
    tbs, rest = _split(outer)
    fields = []
    body = _content(tbs)
    while body:
        field, body = _split(body)
        fields.append(field)
    index = next(i for i, field in enumerate(fields) if whole in field)
    algorithm = _split(_content(fields[index]))[0]
    fields[index] = spki or _wrapped(0x30, algorithm + _wrapped(0x03, b"\0" + point))
    return _wrapped(0x30, _wrapped(0x30, b"".join(fields)) + rest)


def _content(element: bytes) -> bytes:
    return element[2 + (element[1] & 0x7F if element[1] & 0x80 else 0) :]


def _split(data: bytes) -> tuple[bytes, bytes]:
    size = data[1] & 0x7F if data[1] & 0x80 else 0
    length = int.from_bytes(data[2 : 2 + size], "big") if size else data[1]
    end = 2 + size + length
    return data[:end], data[end:]


def _wrapped(tag: int, content: bytes) -> bytes:
    return bytes((tag, 0x82)) + len(content).to_bytes(2, "big") + content
