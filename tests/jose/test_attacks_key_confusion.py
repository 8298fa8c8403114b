"""Attacks 8 to 18: a key used for what it was not made for."""

import hashlib
import hmac
import json
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa

from sealwax.jose import JoseError, Key, KeyInvalid, KeyNotFound, KeySet, errors, jws, jwt
from sealwax.jose.algorithms import ALGORITHMS
from tests.jose import examples
from tests.jose.support import (
    ASYMMETRIC,
    NOW,
    TYPE,
    check_text,
    claims,
    decoded,
    encoded,
    forge,
    good_header,
    key_of,
    policy,
    public_of,
)

HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
EVERYTHING = list(ALGORITHMS)
# The keys that may leave out `alg`; an ML-DSA key may not (RFC 9964 §3).
NAMELESS = tuple(name for name in ASYMMETRIC if not name.startswith("ML-DSA"))


def mac(secret: bytes, name: str, data: bytes) -> bytes:
    return hmac.digest(secret, data, HASHES[name])


def without(jwk: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name not in names}


def refused(token: str, keys: Key | KeySet, algorithms: list[str] = EVERYTHING) -> JoseError:
    with pytest.raises(JoseError) as caught:
        jwt.verify(token, keys, algorithms=algorithms, policy=policy(), now=NOW)
    check_text(caught.value, token)
    return caught.value


def everything_public(key: Key) -> dict[str, bytes]:
    """Give each byte string an attacker can derive from a public key."""
    jwk = key.public().to_jwk()
    native = serialization.load_pem_public_key(key.to_pem())
    encoding, form = serialization.Encoding, serialization.PublicFormat
    public = {
        "nothing": b"",
        "PEM": key.to_pem(),
        "PEM, stripped": key.to_pem().strip(),
        "PEM, CRLF": key.to_pem().replace(b"\n", b"\r\n"),
        "DER": native.public_bytes(encoding.DER, form.SubjectPublicKeyInfo),
        "JWK": json.dumps(jwk).encode(),
        "JWK, compact": json.dumps(jwk, separators=(",", ":")).encode(),
        "JWKS": json.dumps({"keys": [jwk]}).encode(),
        "kid": str(key.kid).encode(),
        "thumbprint": key.thumbprint().encode(),
    }
    for member in ("n", "x", "y"):
        if member in jwk:
            public[f"{member} text"] = jwk[member].encode()
            public[f"{member} bytes"] = decoded(jwk[member])
    if key.key_type != "OKP" or key.curve == "Ed25519":
        public["SSH"] = native.public_bytes(encoding.OpenSSH, form.OpenSSH)
    if key.key_type == "RSA":
        public["PKCS1 PEM"] = native.public_bytes(encoding.PEM, form.PKCS1)
    return public


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "ES512", "Ed25519", "Ed448"])
@pytest.mark.parametrize("name", HASHES)
def test_a_public_key_is_no_secret_to_its_own_verifier(algorithm: str, name: str) -> None:
    key = key_of(algorithm)
    bare = Key.from_jwk(without(key.to_jwk(), "alg"))
    for secret in everything_public(key).values():
        for kid in (key.kid, ...):
            header = good_header(key, alg=name, kid=kid)
            token = forge(header, claims(), partial(mac, secret, name))
            for keys in (key.public(), bare, KeySet([key.public()]), KeySet([bare])):
                error = refused(token, keys)
                assert isinstance(error, KeyNotFound)
                assert error.reason == errors.KEY_MISMATCH


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "Ed25519"])
def test_a_public_key_in_any_text_form_can_not_become_a_secret(algorithm: str) -> None:
    for form, secret in everything_public(key_of(algorithm)).items():
        if form in (
            "n bytes",
            "x bytes",
            "y bytes",
            "kid",
            "thumbprint",
            "n text",
            "x text",
            "y text",
        ):
            continue  # bytes like any others: nobody would hold these for a secret
        with pytest.raises(KeyInvalid):
            Key.from_secret(secret, algorithm="HS256")


@pytest.mark.parametrize("own", ["RS256", "PS256", "RS512"])
@pytest.mark.parametrize("other", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
def test_a_key_that_names_its_algorithm_verifies_no_other(own: str, other: str) -> None:
    jwk = without(key_of("RS256").to_jwk(private=True), "alg")
    token = jwt.sign(claims(), Key.from_jwk(jwk | {"alg": other}), typ=TYPE)
    public = Key.from_jwk(jwk | {"alg": own}).public()
    if own == other:
        jwt.verify(token, public, algorithms=EVERYTHING, policy=policy(), now=NOW)
    else:
        for keys in (public, KeySet([public])):
            assert refused(token, keys, [own, other]).reason == errors.KEY_MISMATCH


@pytest.mark.parametrize("algorithm", NAMELESS)
def test_a_key_that_names_no_algorithm_still_verifies_its_type_only(algorithm: str) -> None:
    key = key_of(algorithm)
    bare = Key.from_jwk(without(key.to_jwk(), "alg"))
    for name in ALGORITHMS:
        if name not in bare.algorithms:
            token = forge(good_header(key, alg=name), claims(), key.signer(algorithm))
            assert refused(token, bare).reason == errors.KEY_MISMATCH


@pytest.mark.parametrize("algorithm", NAMELESS)
@pytest.mark.parametrize("name", HASHES)
def test_an_empty_secret_verifies_nothing(algorithm: str, name: str) -> None:
    key = key_of(algorithm)
    token = forge(good_header(key, alg=name), claims(), partial(mac, b"", name))
    for jwk in (key.to_jwk(), without(key.to_jwk(), "alg"), without(key.to_jwk(), "alg", "kid")):
        assert isinstance(refused(token, Key.from_jwk(jwk)), KeyNotFound)
    assert isinstance(refused(token, KeySet([])), KeyNotFound)


def test_a_key_ring_of_several_types_does_not_mix_them_up() -> None:
    ring = KeySet([public_of(name) for name in ("RS256", "ES256", "Ed25519", "PS384")])
    for named in ("RS256", "ES256", "Ed25519", "PS384"):
        for signing in ("RS256", "ES256", "Ed25519", "PS384"):
            header = good_header(key_of(signing), kid=f"{named}-0")
            token = forge(header, claims(), key_of(signing))
            if named == signing:
                jwt.verify(token, ring, algorithms=EVERYTHING, policy=policy(), now=NOW)
            else:
                assert refused(token, ring).reason == errors.KEY_MISMATCH


def test_a_dsa_key_does_not_serve_as_an_rsa_key() -> None:
    native = dsa.generate_private_key(2048)
    pem = native.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(KeyInvalid) as caught:
        Key.from_pem(pem, algorithm="RS256")
    assert caught.value.reason == errors.KEY_TYPE_UNSUPPORTED


@pytest.mark.parametrize(
    "secret", ["file:///etc/hostname", "/etc/hostname", b"file:///etc/hostname" * 2]
)
def test_a_path_is_neither_opened_nor_used_as_a_secret(secret: Any) -> None:  # noqa: ANN401  # text or bytes
    with pytest.raises((TypeError, KeyInvalid)):
        Key.from_secret(secret, algorithm="HS256")
    with pytest.raises((TypeError, KeyInvalid)):
        Key.from_pem(secret)


def test_a_token_of_one_issuer_is_nothing_to_the_keys_of_another() -> None:
    token = jwt.sign(claims(), key_of("ES256", 1), typ=TYPE)
    assert refused(token, KeySet([public_of("ES256", 0)])).reason == errors.KEY_UNKNOWN
    same_kid = Key.from_jwk(public_of("ES256", 0).to_jwk() | {"kid": "ES256-1"})
    assert refused(token, KeySet([same_kid])).reason == errors.SIGNATURE_INVALID


@pytest.mark.parametrize("algorithm", ["Ed25519", "Ed448", "ES256", "ES384", "ES512", "RS256"])
def test_the_two_halves_of_a_key_belong_together(algorithm: str) -> None:
    mine, other = (key_of(algorithm, which).to_jwk(private=True) for which in (0, 1))
    for member in ("x", "n"):
        if member in mine:
            halves = mine | {member: other[member]} | ({"y": other["y"]} if "y" in mine else {})
            with pytest.raises(KeyInvalid) as caught:
                Key.from_jwk(halves)
            assert caught.value.reason == errors.KEY_HALVES


def test_the_published_key_of_rfc_7515_is_no_better_than_any_other() -> None:
    """Its secret is in every library's tests: that it verifies needs somebody to configure it."""
    token = jws.sign(b"x", Key.from_jwk(examples.A1_KEY, algorithm="HS256"))
    with pytest.raises(JoseError):
        jws.verify(token, key_of("HS256"), algorithms=["HS256"])


def test_a_secret_of_zero_bytes_can_not_be_built() -> None:
    for k in ("", "AA", encoded(bytes(31)).decode()):
        for alg in ({}, {"alg": "HS256"}):
            with pytest.raises(KeyInvalid) as caught:
                Key.from_jwk({"kty": "oct", "k": k} | alg)
            assert caught.value.reason == errors.KEY_WEAK
