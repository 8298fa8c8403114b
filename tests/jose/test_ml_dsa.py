"""ML-DSA keys and signatures (RFC 9964), with the examples of its working group."""

import json
import sys
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, KeyInvalid, KeySet, errors, jws
from sealwax.resource_server.policy import DEFAULT_ALGORITHMS
from tests.jose.support import decoded, encoded, key_of, public_of, vectors

PARAMETER_SETS = ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87")


def example(name: str) -> dict[str, Any]:
    text = vectors("mldsa-jose", f"{name.replace('-', '_')}.jose.json").read_text()
    document: dict[str, Any] = json.loads(text)
    return document


@pytest.mark.parametrize("name", PARAMETER_SETS)
def test_the_published_key_and_signature_are_read(name: str) -> None:
    given = example(name)
    key = Key.from_jwk(given["jwk"])
    assert key.thumbprint() == given["jwk"]["kid"]
    assert key.to_jwk(private=True) == given["jwk"]
    assert key.is_private
    assert set(key.to_jwk()) == {"kty", "alg", "kid", "pub"}
    verified = jws.verify(given["jws"], key.public(), algorithms=[name])
    assert verified.payload.decode().endswith("a dangerous business, Frodo, going out your door.")
    head, payload, signature = given["jws"].split(".")
    spoiled = encoded(decoded(signature)[:-1] + bytes([decoded(signature)[-1] ^ 1])).decode()
    with pytest.raises(JoseError) as caught:
        jws.verify(f"{head}.{payload}.{spoiled}", key, algorithms=[name])
    assert caught.value.reason == errors.SIGNATURE_INVALID


@pytest.mark.parametrize("name", PARAMETER_SETS)
def test_a_key_survives_every_form(name: str) -> None:
    key = key_of(name)
    for again in (
        Key.from_jwk(key.to_jwk(private=True)),
        Key.from_pem(key.to_pem(private=True)),
        Key.from_der(key.to_der(private=True, password=b"pass"), password=b"pass"),
    ):
        assert again.is_private
        assert again == key
        assert jws.verify(jws.sign(b"x", again), public_of(name), algorithms=[name]).payload == b"x"
    for public in (Key.from_pem(key.to_pem()), Key.from_der(key.to_der())):
        assert not public.is_private
        assert public.algorithms == {name}
        assert public == key


def test_parameter_sets_are_not_mixed_up() -> None:
    jwk = key_of("ML-DSA-44").to_jwk(private=True)
    for change, reason in (
        ({"alg": "ML-DSA-65"}, errors.KEY_FORMAT),
        ({"alg": "ML-DSA-43"}, errors.KEY_TYPE_UNSUPPORTED),
        ({"alg": None}, errors.KEY_TYPE_UNSUPPORTED),
        ({"pub": key_of("ML-DSA-44", 1).to_jwk()["pub"]}, errors.KEY_HALVES),
        ({"pub": "AAAA"}, errors.KEY_FORMAT),
        ({"priv": "AAAA"}, errors.KEY_FORMAT),
        ({"priv": None}, errors.KEY_FORMAT),
    ):
        with pytest.raises(KeyInvalid) as caught:
            Key.from_jwk(jwk | change)
        assert caught.value.reason == reason
    with pytest.raises(KeyInvalid):
        Key.from_jwk({"kty": "AKP", "pub": jwk["pub"]}, algorithm="ML-DSA-44")


def test_a_library_without_it_leaves_such_keys_out(monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"keys": [public_of("ML-DSA-44").to_jwk(), public_of("ES256").to_jwk()]}
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.mldsa", None)
    monkeypatch.delattr("cryptography.hazmat.primitives.asymmetric.mldsa", raising=False)
    keys = KeySet.from_jwks(document)
    assert [key.kid for key in keys.keys] == ["ES256-0"]
    assert [skipped.reason for skipped in keys.skipped] == [errors.KEY_TYPE_UNSUPPORTED]
    with pytest.raises(KeyInvalid, match="too old"):
        Key.generate("ML-DSA-65")


def test_receivers_take_it_by_name_only() -> None:
    assert not {*PARAMETER_SETS, "ES256K"} & set(DEFAULT_ALGORITHMS)
