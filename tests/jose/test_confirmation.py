"""The key a token is bound to: thumbprints that are read, and everything else refused."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sealwax.jose import ClaimInvalid, KeyInvalid, errors
from sealwax.jose.confirmation import (
    MAX_CERTIFICATE_SIZE_BYTES,
    Confirmation,
    certificate_thumbprint,
    read_confirmation,
)
from tests.jose.support import encoded

JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"  # RFC 9449 §6.1
# RFC 8705 appendix A: the certificate of its example, and what it calls its thumbprint
RFC_8705_CERTIFICATE = (
    "MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcw"
    "OVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9Oyl"
    "MbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD"
    "/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY="
)
RFC_8705_THUMBPRINT = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"


def test_a_token_that_is_bound_to_nothing_has_no_confirmation() -> None:
    assert read_confirmation({"sub": "x"}) is None


@pytest.mark.parametrize(
    ("cnf", "expected"),
    [
        ({"jkt": JKT}, Confirmation(jkt=JKT)),
        ({"x5t#S256": RFC_8705_THUMBPRINT}, Confirmation(x5t_s256=RFC_8705_THUMBPRINT)),
        ({"jkt": JKT, "x5t#S256": RFC_8705_THUMBPRINT}, Confirmation(JKT, RFC_8705_THUMBPRINT)),
    ],
)
def test_the_two_thumbprints_are_read_and_written(
    cnf: dict[str, str], expected: Confirmation
) -> None:
    assert read_confirmation({"cnf": cnf}) == expected
    assert expected.to_claim() == cnf


BAD: list[Any] = [
    None, "", "x", JKT, [], [JKT], {}, 0, True,
    {"jkt": None}, {"jkt": ""}, {"jkt": 5}, {"jkt": [JKT]}, {"jkt": JKT[:-1]}, {"jkt": JKT + "A"},
    {"jkt": JKT + "="}, {"jkt": JKT[:-1] + "J"}, {"jkt": JKT.replace("-", "+")},
    {"jkt": "\u00e4" * 43},
    {"jkt": " " + JKT[:-1]}, {"x5t#S256": "00" * 32}, {"x5t#S256": None}, {"x5t#S256": {}},
    {"jkt": JKT, "x5t#S256": ""}, {"x5t#S256": RFC_8705_THUMBPRINT, "jkt": None},
    {"jwk": {"kty": "oct", "k": "AAAA"}}, {"jwk": {}}, {"kid": "k1"}, {"jku": "https://evil.example/"},
    {"jwe": "a.b.c.d.e"}, {"x5t": "AAAA"}, {"osc": {}}, {"JKT": JKT}, {"jkt ": JKT},
    {"jkt": JKT, "kid": "k1"}, {"jkt": JKT, "jwk": {}}, {"x" * 10_000: JKT}, {"\n": JKT},
]  # fmt: skip


@pytest.mark.parametrize("cnf", BAD, ids=lambda cnf: repr(cnf)[:40])
def test_a_binding_that_can_not_be_checked_is_refused_and_never_taken_for_none(cnf: object) -> None:
    with pytest.raises(ClaimInvalid) as caught:
        read_confirmation({"cnf": cnf})
    assert caught.value.reason == errors.CONFIRMATION_INVALID
    assert caught.value.claim == "cnf"
    assert str(caught.value).isprintable()


def test_a_confirmation_that_asks_for_nothing_can_not_be_built() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Confirmation()


def made_certificate() -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("c.example")] * 40), critical=False
        )
        .sign(key, hashes.SHA256())
    )


def test_the_thumbprint_of_the_rfc() -> None:
    pem = f"-----BEGIN CERTIFICATE-----\n{RFC_8705_CERTIFICATE}\n-----END CERTIFICATE-----\n"
    assert certificate_thumbprint(pem.encode()) == RFC_8705_THUMBPRINT


def test_der_and_pem_of_a_certificate_have_one_thumbprint() -> None:
    certificate = made_certificate()
    der = certificate.public_bytes(serialization.Encoding.DER)
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    expected = encoded(hashlib.sha256(der).digest()).decode()
    assert encoded(certificate.fingerprint(hashes.SHA256())).decode() == expected
    for form in (der, pem, pem.replace(b"\n", b"\r\n"), b"\n" + pem + b"\n", pem.strip()):
        assert certificate_thumbprint(form) == expected
    assert read_confirmation({"cnf": {"x5t#S256": expected}}) == Confirmation(x5t_s256=expected)


DER = made_certificate().public_bytes(serialization.Encoding.DER)
PEM = made_certificate().public_bytes(serialization.Encoding.PEM)


def test_a_certificate_is_hashed_and_not_judged() -> None:
    der = b"\x30\x01x"
    assert certificate_thumbprint(der) == encoded(hashlib.sha256(der).digest()).decode()


NO_CERTIFICATES = (
    b"", b"0", b"0\x00", b"\x30\x80\x00\x00", b"\x30\x81\x05hello",
    b"\x30\x82\x00\x85" + b"x" * 0x85,
    b"\x30\xff", DER + b"\0", DER[:-1], DER + DER, b"\x31" + DER[1:], b" " + DER,
    PEM + PEM, PEM + b"x", b"x" + PEM, PEM[:-5], PEM.replace(b"CERTIFICATE", b"PUBLIC KEY"),
    PEM.replace(b"-----BEGIN CERTIFICATE-----\n", b"-----BEGIN CERTIFICATE-----\n=A"),
    b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
    b"MIIB", DER.hex().encode(),
)  # fmt: skip


@pytest.mark.parametrize("certificate", NO_CERTIFICATES, ids=range(len(NO_CERTIFICATES)))
def test_what_is_not_one_certificate_is_refused(certificate: bytes) -> None:
    with pytest.raises(KeyInvalid) as caught:
        certificate_thumbprint(certificate)
    assert caught.value.reason == errors.CERTIFICATE_FORMAT


def test_a_certificate_is_looked_at_up_to_a_size() -> None:
    for content in (b"\x30\x82\xff\xff" + b"\0" * 0xFFFF, b" " * 10_000_000):
        with pytest.raises(KeyInvalid, match=f"at most {MAX_CERTIFICATE_SIZE_BYTES}"):
            certificate_thumbprint(content)


def test_a_text_is_no_certificate() -> None:
    with pytest.raises(TypeError, match="bytes are accepted"):
        certificate_thumbprint(PEM.decode())  # type: ignore[arg-type]  # the test hands in what types forbid
