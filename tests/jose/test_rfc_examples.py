"""The examples printed in the RFCs come out as printed."""

import json
from typing import Any

import pytest

from sealwax.jose import (
    AlgorithmNotAllowed,
    ClaimInvalid,
    Key,
    KeyNotFound,
    KeySet,
    Policy,
    errors,
    jws,
    jwt,
)
from tests.jose import examples
from tests.jose.support import decoded, encoded


@pytest.mark.parametrize(
    ("jwk", "token", "algorithm"),
    [
        pytest.param(examples.A1_KEY, examples.A1_TOKEN, "HS256", id="RFC 7515 A.1"),
        pytest.param(examples.A2_KEY, examples.A2_TOKEN, "RS256", id="RFC 7515 A.2"),
        pytest.param(examples.A3_KEY, examples.A3_TOKEN, "ES256", id="RFC 7515 A.3"),
        pytest.param(examples.A4_KEY, examples.A4_TOKEN, "ES512", id="RFC 7515 A.4"),
        pytest.param(examples.ED25519_KEY, examples.ED25519_TOKEN, "Ed25519", id="RFC 8037 A.5"),
    ],
)
def test_the_signature_is_good(jwk: dict[str, Any], token: str, algorithm: str) -> None:
    verified = jws.verify(token, Key.from_jwk(jwk), algorithms=[algorithm])
    assert verified.payload == decoded(token.split(".")[1])
    assert verified.header["alg"] in (algorithm, "EdDSA")


def test_rfc_7519_3_1_the_claims_are_read_and_held_to_a_policy() -> None:
    claims = json.loads(jws.verify(*_a1(), algorithms=["HS256"]).payload)
    assert claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    with pytest.raises(ClaimInvalid) as caught:
        jwt.verify(*_a1(), algorithms=["HS256"], policy=Policy("joe", "a", "JWT"), now=1300819379)
    assert (caught.value.claim, caught.value.reason) == ("aud", errors.CLAIM_MISSING)


def test_rfc_7515_a5_an_unsecured_token_is_refused() -> None:
    key = Key.from_jwk(examples.A1_KEY)
    with pytest.raises(AlgorithmNotAllowed):
        jws.verify(examples.UNSECURED_TOKEN, key, algorithms=["HS256"])


def test_rfc_8037_a4_the_ed25519_signature_is_made() -> None:
    key = Key.from_jwk(examples.ED25519_KEY)
    signer = key.signer("Ed25519")
    head, payload, signature = examples.ED25519_TOKEN.split(".")
    assert signer(f"{head}.{payload}".encode()) == decoded(signature)


def test_rfc_7515_a1_the_hs256_signature_is_made() -> None:
    head, payload, signature = examples.A1_TOKEN.split(".")
    signer = Key.from_jwk(examples.A1_KEY).signer("HS256")
    assert signer(f"{head}.{payload}".encode()) == decoded(signature)


def test_rfc_6979_a_2_5_an_ecdsa_signature_is_the_one_its_key_and_text_decide() -> None:
    jwk = {"kty": "EC", "crv": "P-256"} | {
        name: encoded(bytes.fromhex(value)).decode() for name, value in examples.RFC_6979.items()
    }
    first, second = (Key.from_jwk(jwk).signer("ES256")(b"sample") for _ in range(2))
    assert first == second == bytes.fromhex(examples.RFC_6979_SIGNATURE)


def test_rfc_7638_3_1_the_thumbprint() -> None:
    assert Key.from_jwk(examples.RSA_2011).thumbprint() == examples.RSA_2011_THUMBPRINT


def test_rfc_8037_a3_the_thumbprint() -> None:
    key = Key.from_jwk(examples.ED25519_KEY)
    assert key.thumbprint() == key.public().thumbprint() == examples.ED25519_THUMBPRINT


def test_rfc_8037_a1_and_a2_the_two_halves() -> None:
    key = Key.from_jwk(examples.ED25519_KEY)
    assert key.to_jwk(private=True) == examples.ED25519_KEY
    assert key.to_jwk() == {name: examples.ED25519_KEY[name] for name in ("kty", "crv", "x")}


def test_rfc_7517_a1_the_key_set_is_read_and_its_encryption_key_verifies_nothing() -> None:
    document = {"keys": [examples.EC_USE_ENC, examples.RSA_2011]}
    keys = KeySet.from_jwks(document)
    assert [key.kid for key in keys.keys] == ["1", "2011-04-29"]
    assert keys.to_jwks() == document
    assert keys.select({"alg": "RS256", "kid": "2011-04-29"}).algorithm == "RS256"
    with pytest.raises(KeyNotFound) as caught:
        keys.select({"alg": "ES256", "kid": "1"})
    assert caught.value.reason == errors.KEY_MISMATCH


def test_rfc_7517_a2_the_private_keys_are_read_and_written() -> None:
    rsa = examples.RSA_2011 | examples.RSA_2011_PRIVATE
    ec = examples.EC_USE_ENC | {"d": examples.EC_USE_ENC_D}
    for jwk in (rsa, ec):
        key = Key.from_jwk(json.dumps(jwk))
        assert key.is_private
        assert key.to_jwk(private=True) == jwk
    token = jws.sign(b"payload", Key.from_jwk(rsa))
    public = Key.from_jwk(examples.RSA_2011)
    assert jws.verify(token, public, algorithms=["RS256"]).payload == b"payload"


def _a1() -> tuple[str, Key]:
    return examples.A1_TOKEN, Key.from_jwk(examples.A1_KEY)
