"""Keys: what may be built, what comes back out, and what a key lets itself be used for."""

import base64
import copy
import json
import pickle
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa, x25519

from sealwax.jose import Key, KeyInvalid, errors, jws
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.keys import MAX_JWK_SIZE_BYTES, MAX_KID_LENGTH
from tests.jose import examples
from tests.jose.support import ASYMMETRIC, decoded, encoded, key_of, public_of

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


@pytest.mark.parametrize("algorithm", ["none", "RSA1_5", "EdDSA", "HS1", "", "es256", "ES256K"])
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


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_key_survives_its_pem(algorithm: str) -> None:
    key = key_of(algorithm)
    public = Key.from_pem(key.to_pem(), algorithm=algorithm, kid=key.kid)
    private = Key.from_pem(key.to_pem(private=True), algorithm=algorithm, kid=key.kid)
    assert public.to_jwk() == key.to_jwk()
    assert private.to_jwk(private=True) == key.to_jwk(private=True)
    assert (public.is_private, private.is_private) == (False, True)
    assert key.public().to_pem() == key.to_pem()


def test_a_private_pem_is_locked_by_its_password() -> None:
    pem = key_of("ES256").to_pem(private=True, password=b"correct horse")
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert Key.from_pem(pem, password=b"correct horse", algorithm="ES256") == key_of("ES256")
    for password in (None, b"wrong"):
        with pytest.raises(KeyInvalid) as caught:
            Key.from_pem(pem, password=password)
        assert caught.value.reason == errors.KEY_FORMAT
        assert "wrong" not in str(caught.value)


@pytest.mark.parametrize(
    "form", [serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8]
)
def test_the_older_private_pem_forms_are_read(form: serialization.PrivateFormat) -> None:
    for made in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)):
        pem = made.private_bytes(
            serialization.Encoding.PEM,
            form,
            serialization.NoEncryption(),
        )
        assert Key.from_pem(pem).is_private
        assert Key.from_pem(b"text before\n" + pem + b"text behind\n").is_private


def test_a_private_pem_may_have_curve_parameters_in_front() -> None:
    pem = key_of("ES256").to_pem(private=True)
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert Key.from_pem(parameters + pem, algorithm="ES256") == key_of("ES256")
    with pytest.raises(KeyInvalid):
        Key.from_pem(parameters)


def test_a_public_half_holds_nothing_private() -> None:
    for algorithm in ASYMMETRIC:
        key = key_of(algorithm)
        private = set(key.to_jwk(private=True)) - set(key.to_jwk())
        assert "d" in private
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
        (EC, "EdDSA"), (EC, ""), (EC, "es256"), (RSA, "RSA-OAEP"), (RSA, "RSA1_5"), (OKP, "Ed448"),
        (OKP, "ECDH-ES"), (OCT, "A256GCM"), (OCT, "A256KW"), (OCT, "dir"), (OCT, "RS256"),
    ],
)  # fmt: skip
def test_a_key_for_another_algorithm_than_it_fits_is_refused(
    jwk: dict[str, Any], algorithm: str
) -> None:
    assert invalid(jwk | {"alg": algorithm}).reason == errors.KEY_ALGORITHM


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kty": None}, errors.KEY_TYPE_UNSUPPORTED),
        ({"kty": "ec"}, errors.KEY_TYPE_UNSUPPORTED),
        ({"kty": "AKP"}, errors.KEY_TYPE_UNSUPPORTED),
        ({"kty": ["EC"]}, errors.KEY_TYPE_UNSUPPORTED),
        ({"kty": 10**5000}, errors.KEY_TYPE_UNSUPPORTED),
        ({"crv": "secp256k1"}, errors.KEY_TYPE_UNSUPPORTED),
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
        ({"crv": "X25519"}, errors.KEY_TYPE_UNSUPPORTED),
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


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN PUBLIC KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        public_of("ES256").to_pem() + public_of("ES384").to_pem(),
        public_of("ES256").to_pem() + b" " * 40_000,
        public_of("ES256").to_pem()[:-40],
    ],
)
def test_a_pem_that_is_not_one_key_is_refused(pem: bytes) -> None:
    with pytest.raises(KeyInvalid) as caught:
        Key.from_pem(pem)
    assert caught.value.reason == errors.KEY_FORMAT


Unsupported: TypeAlias = ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey | dsa.DSAPrivateKey
UNSUPPORTED: list[Unsupported] = [
    ec.generate_private_key(ec.SECP256K1()),
    ec.generate_private_key(ec.SECP224R1()),
    x25519.X25519PrivateKey.generate(),
    dsa.generate_private_key(2048),
]


@pytest.mark.parametrize("made", UNSUPPORTED, ids=lambda made: type(made).__name__)
def test_a_pem_of_another_type_or_curve_is_refused(made: Unsupported) -> None:
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for pem in (private, public):
        with pytest.raises(KeyInvalid) as caught:
            Key.from_pem(pem)
        assert caught.value.reason == errors.KEY_TYPE_UNSUPPORTED


def test_a_weak_pem_is_refused() -> None:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  # that it is weak is the point
    pem = weak.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(KeyInvalid, match="1024 bits") as caught:
        Key.from_pem(pem)
    assert caught.value.reason == errors.KEY_WEAK


@pytest.mark.parametrize("pem", ["text", None, bytearray(b"x"), 5])
def test_a_pem_that_is_not_bytes_is_a_mistake_of_the_caller(pem: object) -> None:
    with pytest.raises(TypeError, match="bytes are accepted"):
        Key.from_pem(pem)  # type: ignore[arg-type]  # that is the mistake


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


def test_a_pem_with_the_wrong_public_half_inside_is_refused() -> None:
    points = [decoded(public_of("ES256", n).to_jwk()["x"]) for n in (0, 1)]
    der = base64.b64decode("".join(key_of("ES256").to_pem(private=True).decode().split("\n")[1:-2]))
    assert points[0] in der
    swapped = base64.b64encode(der.replace(points[0], points[1]))
    pem = b"-----BEGIN PRIVATE KEY-----\n" + swapped + b"\n-----END PRIVATE KEY-----\n"
    with pytest.raises(KeyInvalid) as caught:
        Key.from_pem(pem)
    assert caught.value.reason == errors.KEY_FORMAT
