"""Keys: what may be built, what comes back out, and what a key lets itself be used for."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from sealwax.jose import Key, KeyInvalid, errors, jws
from sealwax.jose.algorithms import ALGORITHMS
from tests.jose import examples
from tests.jose.support import ASYMMETRIC, decoded, key_of, public_of

EC = examples.A3_KEY
RSA = examples.RSA_2011 | examples.RSA_2011_PRIVATE
OKP = examples.ED25519_KEY
OCT = examples.A1_KEY


def invalid(jwk: Any, **options: str) -> KeyInvalid:  # noqa: ANN401  # whatever may come in
    with pytest.raises(KeyInvalid) as caught:
        Key.from_jwk(jwk, **options)
    assert len(str(caught.value)) <= 200
    return caught.value


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_generated_key_signs_and_its_other_half_verifies(algorithm: str) -> None:
    key = Key.generate(algorithm)
    assert key.algorithm == algorithm
    assert key.algorithms == {algorithm}
    assert key.kid == key.thumbprint()
    assert key.is_private
    public = key if key.key_type == "oct" else key.public()
    assert jws.verify(jws.sign(b"x", key), public, algorithms=[algorithm]).payload == b"x"


def test_a_generated_rsa_key_has_3072_bits() -> None:
    assert len(decoded(key_of("RS256").to_jwk()["n"])) == 384


def test_a_generated_key_takes_the_kid_it_is_given() -> None:
    assert Key.generate("ES256", kid="mine").kid == "mine"


@pytest.mark.parametrize("algorithm", ["none", "RSA1_5", "EdDSA", "HS1", "", "es256", "ML-DSA"])
def test_no_key_is_generated_for_an_algorithm_without_a_row(algorithm: str) -> None:
    with pytest.raises(ValueError, match="accepted are HS256"):
        Key.generate(algorithm)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_survives_its_jwk(algorithm: str) -> None:
    key = key_of(algorithm)
    again = Key.from_jwk(json.dumps(key.to_jwk(private=True)).encode())
    assert again == key
    assert again.to_jwk(private=True) == key.to_jwk(private=True)
    assert (again.kid, again.algorithm, again.is_private) == (key.kid, algorithm, True)


def test_a_public_half_holds_nothing_private() -> None:
    for algorithm in ASYMMETRIC:
        key = key_of(algorithm)
        private = set(key.to_jwk(private=True)) - set(key.to_jwk())
        assert private & {"d", "priv"}
        assert not private & set(key.public().to_jwk())
        assert not key.public().is_private
        assert key.public().public() is not key
        assert b"PRIVATE" not in key.to_pem()


@pytest.mark.parametrize(
    "ask", [lambda k: k.to_jwk(private=True), lambda k: k.to_pem(private=True)]
)
def test_a_public_key_has_no_private_half_to_show(ask: Callable[[Key], object]) -> None:
    with pytest.raises(KeyInvalid) as caught:
        ask(public_of("ES256"))
    assert caught.value.reason == errors.KEY_NOT_PRIVATE


@pytest.mark.parametrize(
    "ask",
    [
        lambda key: key.public(),
        lambda key: key.to_jwk(),
        lambda key: key.to_pem(),
        lambda key: key.to_pem(private=True),
    ],
)
def test_a_secret_has_no_public_half_and_no_pem(ask: Callable[[Key], object]) -> None:
    with pytest.raises(KeyInvalid) as caught:
        ask(key_of("HS256"))
    assert caught.value.reason == errors.KEY_TYPE_UNSUPPORTED


def test_a_public_key_does_not_sign() -> None:
    with pytest.raises(KeyInvalid) as caught:
        jws.sign(b"x", public_of("ES256"))
    assert caught.value.reason == errors.KEY_NOT_PRIVATE


@pytest.mark.parametrize(
    ("jwk", "algorithms"),
    [
        (EC, {"ES256"}),
        (OKP, {"Ed25519"}),
        (RSA | {"alg": "PS384"}, {"PS384"}),
        (examples.A2_KEY, {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
        (OCT, {"HS256", "HS384", "HS512"}),
        ({"kty": "oct", "k": "A" * 64}, {"HS256", "HS384"}),
        (OKP | {"alg": "EdDSA"}, {"Ed25519"}),
    ],
)
def test_a_key_serves_its_own_algorithm_or_those_of_its_type(
    jwk: dict[str, Any], algorithms: set[str]
) -> None:
    assert Key.from_jwk(jwk).algorithms == algorithms


def test_the_caller_names_the_algorithm_of_a_key_that_does_not() -> None:
    assert Key.from_jwk(examples.A2_KEY, algorithm="PS256").algorithm == "PS256"
    assert Key.from_jwk(OKP, algorithm="EdDSA").algorithm == "Ed25519"
    assert Key.from_jwk(examples.RSA_2011, algorithm="RS256").algorithm == "RS256"
    assert invalid(examples.RSA_2011, algorithm="PS256").reason == errors.KEY_ALGORITHM


@pytest.mark.parametrize(
    ("jwk", "algorithm"),
    [
        (EC, "ES384"), (EC, "ES521"), (EC, "ES256K"), (EC, "RS256"), (EC, "HS256"), (EC, "none"),
        (EC, "EdDSA"), (EC, ""), (OCT, "dir "), (EC, "es256"), (RSA, "RSA-OAEP-512"),
        (RSA, "RSA1_5"), (OKP, "Ed448"),
        (OKP, "ECDH-ES"), (OCT, "A256GCM"), (OCT, "A256KW"), (OCT, "RS256"),
    ],
)  # fmt: skip
def test_a_key_for_another_algorithm_than_it_fits_is_refused(
    jwk: dict[str, Any], algorithm: str
) -> None:
    assert invalid(jwk | {"alg": algorithm}).reason == errors.KEY_ALGORITHM


@pytest.mark.parametrize(
    ("members", "allowed"),
    [
        ({}, {"verify", "sign"}),
        ({"use": "sig"}, {"verify", "sign"}),
        ({"use": "enc"}, set()),
        ({"use": "SIG"}, set()),
        ({"key_ops": ["sign", "verify"]}, {"verify", "sign"}),
        ({"key_ops": ["verify"]}, {"verify"}),
        ({"key_ops": ["sign"]}, {"sign"}),
        ({"key_ops": []}, set()),
        ({"key_ops": ["encrypt", "deriveKey"]}, set()),
        ({"use": "sig", "key_ops": ["verify"]}, {"verify"}),
    ],
)
def test_use_and_key_ops_are_honoured(members: dict[str, Any], allowed: set[str]) -> None:
    key = Key.from_jwk(EC | members)
    assert {name for name in ("verify", "sign") if key.may(name, "ES256")} == allowed
    assert not key.may("verify", "ES384")
    builders: dict[str, Callable[[str], object]] = {"verify": key.checker, "sign": key.signer}
    for operation, build in builders.items():
        if operation in allowed:
            build("ES256")
        else:
            with pytest.raises(KeyInvalid) as caught:
                build("ES256")
            assert caught.value.reason == errors.KEY_USE


def test_the_public_half_may_verify_what_the_private_half_may_sign() -> None:
    key = Key.from_jwk(EC | {"key_ops": ["sign"], "kid": "k"})
    assert key.public().key_operations == frozenset({"verify"})
    assert key.to_jwk()["key_ops"] == ["verify"]
    assert key.to_jwk(private=True)["key_ops"] == ["sign"]
    assert jws.verify(jws.sign(b"x", key), key.public(), algorithms=["ES256"]).payload == b"x"


def test_a_key_that_fits_several_algorithms_signs_with_none_until_one_is_named() -> None:
    key = Key.from_jwk({name: value for name, value in RSA.items() if name != "alg"})
    with pytest.raises(KeyInvalid, match="one must be named") as caught:
        key.signing_algorithm()
    assert caught.value.reason == errors.KEY_ALGORITHM
    assert key.signing_algorithm("PS512") == "PS512"
    with pytest.raises(KeyInvalid) as caught:
        key.signer("ES256")
    assert caught.value.reason == errors.KEY_ALGORITHM


def test_keys_are_equal_by_thumbprint_and_algorithm() -> None:
    key = Key.from_jwk(examples.RSA_2011)
    assert key == Key.from_jwk(examples.RSA_2011 | {"kid": "other"})
    assert key == Key.from_jwk(RSA)
    assert hash(key) == hash(Key.from_jwk(RSA))
    assert key != Key.from_jwk(examples.A2_KEY | {"alg": "RS256"})
    assert key != Key.from_jwk({n: v for n, v in examples.RSA_2011.items() if n != "alg"})
    assert key != "key"


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256", "Ed25519"])
def test_a_key_shows_nothing_of_itself(algorithm: str) -> None:
    key = key_of(algorithm)
    shown = f"{key!r} {key} {[key]}"
    assert algorithm in shown
    for name, value in key.to_jwk(private=True).items():
        assert name in ("kty", "crv", "kid", "alg") or value[:8] not in shown


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_refuses_to_be_written_out_unseen(leak: Callable[[Key], object]) -> None:
    for algorithm in ("HS256", "ES256"):
        with pytest.raises(TypeError, match="to_jwk or to_pem"):
            leak(key_of(algorithm))


def test_a_key_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        key_of("ES256").algorithm = "none"  # type: ignore[misc]  # that is what is refused
