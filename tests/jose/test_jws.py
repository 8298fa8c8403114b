"""Compact JWS: the order of the checks, the reason each gives, and what is signed."""

from collections.abc import Callable
from typing import Any

import pytest

from sealwax.jose import (
    AlgorithmNotAllowed,
    JoseError,
    Key,
    KeyInvalid,
    KeyNotFound,
    KeySet,
    MalformedToken,
    SignatureInvalid,
    errors,
    jws,
)
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.compact import MAX_REMEMBERED_HEADERS, MAX_TOKEN_SIZE_BYTES, CompactVerifier
from tests.jose.support import (
    as_json,
    check_text,
    decoded,
    encoded,
    forge,
    good_header,
    key_of,
    public_of,
)

ES256 = key_of("ES256")


def refusal(token: str | bytes, *algorithms: str, keys: Key | KeySet | None = None) -> JoseError:
    with pytest.raises(JoseError) as caught:
        jws.verify(token, keys or public_of("ES256"), algorithms=algorithms or ["ES256"])
    check_text(caught.value, token)
    return caught.value


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("payload", [b"", b"x", b"\x00\xff" * 50, b'{"a":1}'])
def test_what_is_signed_is_verified(algorithm: str, payload: bytes) -> None:
    token = jws.sign(payload, key_of(algorithm), header={"typ": "x", "n": 1})
    for form in (token, token.encode()):
        verified = jws.verify(form, public_of(algorithm), algorithms=[algorithm])
        assert verified.payload == payload
        assert verified.key == key_of(algorithm)
        assert dict(verified.header) == {
            "alg": algorithm,
            "typ": "x",
            "n": 1,
            "kid": f"{algorithm}-0",
        }


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_key_of_the_same_kind_does_not_verify(algorithm: str) -> None:
    token = jws.sign(b"x", key_of(algorithm, 0), header={"kid": f"{algorithm}-0"})
    other = public_of(algorithm, 1).to_jwk(private=algorithm.startswith("HS"))
    key = Key.from_jwk(other | {"kid": f"{algorithm}-0"})
    assert isinstance(refusal(token, algorithm, keys=key), SignatureInvalid)


@pytest.mark.parametrize(
    ("damage", "kind", "reason"),
    [
        (lambda _: b"." * (MAX_TOKEN_SIZE_BYTES + 1), MalformedToken, errors.TOKEN_TOO_LARGE),
        (lambda _: b"{" * (MAX_TOKEN_SIZE_BYTES + 1), MalformedToken, errors.TOKEN_TOO_LARGE),
        (lambda t: t + b"=", MalformedToken, errors.TOKEN_CHARACTERS),
        (lambda _: b"a.b. c.d", MalformedToken, errors.TOKEN_CHARACTERS),
        (lambda _: b"", MalformedToken, errors.TOKEN_PARTS),
        (lambda _: b"!", MalformedToken, errors.TOKEN_CHARACTERS),
        (lambda _: b".", MalformedToken, errors.TOKEN_PARTS),
        (lambda _: b"a.b.c.d", MalformedToken, errors.TOKEN_PARTS),
        (lambda _: b"a.b.c.d.e", MalformedToken, errors.TOKEN_IS_ENCRYPTED),
        (lambda _: b"....", MalformedToken, errors.TOKEN_IS_ENCRYPTED),
        (lambda _: b"a.b.c.d.e.f", MalformedToken, errors.TOKEN_PARTS),
        (lambda _: b"..", MalformedToken, errors.HEADER_JSON),
        (lambda _: b"Z.Zh.Zh", MalformedToken, errors.HEADER_ENCODING),
        (lambda _: b"Zg.Zh.Zh", MalformedToken, errors.HEADER_JSON),
        (lambda t: t[:-1], MalformedToken, errors.SIGNATURE_ENCODING),
        (lambda t: t.replace(b".", b".Z", 1), SignatureInvalid, errors.SIGNATURE_INVALID),
        (lambda t: t[: t.rindex(b".") + 1], SignatureInvalid, errors.SIGNATURE_INVALID),
        (lambda t: t + b"AAAA", SignatureInvalid, errors.SIGNATURE_INVALID),
    ],
)
def test_each_form_of_damage_has_its_reason(
    damage: Callable[[bytes], bytes], kind: type[JoseError], reason: str
) -> None:
    token = damage(jws.sign(b"x", ES256).encode())
    for form in (token, token.decode()):
        error = refusal(form)
        assert isinstance(error, kind)
        assert error.reason == reason


def test_the_payload_is_looked_at_after_the_signature() -> None:
    head = encoded(as_json(good_header(ES256)))
    data = head + b".Zh"  # not canonical, but signed by the right key
    signature = encoded(ES256.signer("ES256")(data))
    assert refusal(data + b"." + signature).reason == errors.PAYLOAD_ENCODING
    assert refusal(data + b"." + encoded(bytes(64))).reason == errors.SIGNATURE_INVALID


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"alg": ...}, errors.HEADER_MEMBER),
        ({"alg": None}, errors.HEADER_MEMBER),
        ({"alg": 5}, errors.HEADER_MEMBER),
        ({"alg": ["ES256"]}, errors.HEADER_MEMBER),
        ({"alg": {"ES256": 1}}, errors.HEADER_MEMBER),
        ({"kid": 5}, errors.HEADER_MEMBER),
        ({"kid": None}, errors.HEADER_MEMBER),
        ({"kid": ["ES256-0"]}, errors.HEADER_MEMBER),
        ({"kid": "k" * 257}, errors.HEADER_MEMBER),
        ({"typ": 5}, errors.HEADER_MEMBER),
        ({"typ": None}, errors.HEADER_MEMBER),
        ({"typ": "t" * 257}, errors.HEADER_MEMBER),
        ({"cty": ["JWT"]}, errors.HEADER_MEMBER),
        ({"crit": ["exp"]}, errors.CRITICAL_EXTENSION),
        ({"crit": ["b64"], "b64": False}, errors.CRITICAL_EXTENSION),
        ({"b64": False}, errors.UNENCODED_PAYLOAD),
        ({"b64": True}, errors.UNENCODED_PAYLOAD),
        ({"alg": "ES384"}, errors.ALGORITHM_NOT_ALLOWED),
        ({"alg": "es256"}, errors.ALGORITHM_NOT_ALLOWED),
        ({"alg": ""}, errors.ALGORITHM_NOT_ALLOWED),
        ({"alg": "EdDSA"}, errors.ALGORITHM_NOT_ALLOWED),
        ({"alg": "x" * 9999}, errors.ALGORITHM_NOT_ALLOWED),
        ({"kid": "other"}, errors.KEY_UNKNOWN),
        ({"crit": [], "alg": 5}, errors.CRITICAL_EXTENSION),
        ({"crit": None, "b64": None}, errors.CRITICAL_EXTENSION),
        ({"b64": 1, "alg": None}, errors.UNENCODED_PAYLOAD),
        ({"alg": "ES384", "kid": "other"}, errors.ALGORITHM_NOT_ALLOWED),
    ],
)
def test_each_header_that_is_refused_has_its_reason(change: dict[str, Any], reason: str) -> None:
    token = forge(good_header(ES256, **change), b"payload", ES256)
    assert refusal(token).reason == reason


@pytest.mark.parametrize("members", [{"zip": "DEF"}, {"x": [1, {"y": None}]}, {"cty": "JWT"}])
def test_a_header_may_hold_what_is_not_understood(members: dict[str, Any]) -> None:
    token = forge(good_header(ES256, **members), b"payload", ES256)
    assert jws.verify(token, public_of("ES256"), algorithms=["ES256"]).payload == b"payload"


def test_white_space_in_a_header_is_json() -> None:
    header = b' {\r\n\t"alg" : "ES256" } \n'
    token = forge(header, b"payload", ES256)
    assert jws.verify(token, public_of("ES256"), algorithms=["ES256"]).payload == b"payload"


def test_eddsa_is_read_as_the_algorithm_of_the_key() -> None:
    for name in ("Ed25519", "Ed448"):
        key = key_of(name)
        token = forge(good_header(key, alg="EdDSA"), b"x", key)
        for allowed in (["EdDSA"], [name], ["Ed25519", "Ed448"]):
            assert jws.verify(token, key.public(), algorithms=allowed).payload == b"x"
        other = "Ed448" if name == "Ed25519" else "Ed25519"
        assert isinstance(refusal(token, other, keys=key.public()), AlgorithmNotAllowed)
        assert isinstance(refusal(token, "ES256", keys=key.public()), AlgorithmNotAllowed)


def test_the_key_that_is_not_there_is_named_by_its_error() -> None:
    token = forge(good_header(ES256, kid="k-17"), b"x", ES256)
    error = refusal(token)
    assert isinstance(error, KeyNotFound)
    assert error.kid == "k-17"


def test_a_key_for_encryption_verifies_nothing() -> None:
    jwk = public_of("ES256").to_jwk()
    changes: list[dict[str, Any]] = [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"key_ops": []}]
    for members in changes:
        error = refusal(jws.sign(b"x", ES256), keys=Key.from_jwk(jwk | members))
        assert error.reason == errors.KEY_MISMATCH


@pytest.mark.parametrize("keys", [None, b"", "", "secret", b"secret" * 8, {}, [], object()])
def test_keys_of_another_type_are_a_mistake_of_the_caller(keys: Any) -> None:  # noqa: ANN401  # whatever
    with pytest.raises(TypeError, match="a Key or a KeySet"):
        jws.verify(jws.sign(b"x", ES256), keys, algorithms=["ES256"])


@pytest.mark.parametrize(
    "token", [None, 5, bytearray(b"a.b.c"), [b"a", b"b"], memoryview(b"a.b.c")]
)
def test_a_token_of_another_type_is_a_mistake_of_the_caller(token: Any) -> None:  # noqa: ANN401  # whatever
    with pytest.raises(TypeError):
        jws.verify(token, public_of("ES256"), algorithms=["ES256"])


@pytest.mark.parametrize("algorithms", [[], (), None, "ES256", ["none"], ["ES256", "none"], [None]])
def test_a_verifier_that_was_not_told_what_to_accept_is_not_built(algorithms: Any) -> None:  # noqa: ANN401  # whatever
    with pytest.raises((TypeError, ValueError)):
        jws.verify(jws.sign(b"x", ES256), public_of("ES256"), algorithms=algorithms)


@pytest.mark.parametrize("header", [{"alg": "none"}, {"crit": []}, {"b64": False}, {"kid": "x"}])
def test_a_header_that_would_contradict_the_key_is_not_written(header: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(header))):
        jws.sign(b"x", ES256, header=header)


@pytest.mark.parametrize("header", [{"typ": 5}, {"typ": "x" * 300}, {"x": float("nan")}, {5: 5}])
def test_a_header_we_would_refuse_is_not_written(header: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"member|JSON"):
        jws.sign(b"x", ES256, header=header)


def test_a_kid_may_be_given_to_a_key_that_has_none() -> None:
    bare = Key.from_pem(ES256.to_pem(private=True))
    token = jws.sign(b"x", bare, header={"kid": "mine"})
    assert jws.verify(token, bare.public(), algorithms=["ES256"]).header["kid"] == "mine"
    assert "kid" not in jws.verify(jws.sign(b"x", bare), bare.public(), algorithms=["ES256"]).header


def test_a_token_larger_than_is_accepted_is_not_made() -> None:
    room = MAX_TOKEN_SIZE_BYTES - len(jws.sign(b"", ES256))
    largest = b"x" * (room // 4 * 3)
    token = jws.sign(largest, ES256)
    assert jws.verify(token, public_of("ES256"), algorithms=["ES256"]).payload == largest
    with pytest.raises(ValueError, match="at most 32768"):
        jws.sign(largest + b"xxx", ES256)


def test_a_key_that_may_not_sign_does_not() -> None:
    jwk = ES256.to_jwk(private=True) | {"key_ops": ["verify"]}
    with pytest.raises(KeyInvalid) as caught:
        jws.sign(b"x", Key.from_jwk(jwk))
    assert caught.value.reason == errors.KEY_USE


def test_the_same_payload_gives_the_same_ecdsa_signature() -> None:
    for algorithm in ("ES256", "ES384", "ES512"):
        assert jws.sign(b"x", key_of(algorithm)) == jws.sign(b"x", key_of(algorithm))


def test_a_verified_payload_is_not_shown() -> None:
    verified = jws.verify(jws.sign(b"canary", ES256), public_of("ES256"), algorithms=["ES256"])
    assert "canary" not in repr(verified)


def remembered(verifier: CompactVerifier) -> dict[bytes, Any]:
    return verifier._remembered  # noqa: SLF001  # nobody else may look, but these tests are about it


def test_a_remembered_header_is_the_same_header_byte_for_byte() -> None:
    verifier = CompactVerifier(public_of("ES256"), ["ES256"])
    for _ in range(3):
        verifier.open(jws.sign(b"x", ES256))
    assert len(remembered(verifier)) == 1
    token = jws.sign(b"x", ES256)
    head, payload, signature = token.split(".")
    for other in (head[:-1], head + "A", head.swapcase(), encoded(decoded(head) + b" ").decode()):
        with pytest.raises(JoseError):
            verifier.open(f"{other}.{payload}.{signature}")


def test_only_a_good_signature_has_its_header_remembered() -> None:
    verifier = CompactVerifier(public_of("ES256"), ["ES256"])
    for number in range(10):
        token = forge(good_header(ES256, n=str(number)), b"x", lambda _: bytes(64))
        with pytest.raises(SignatureInvalid):
            verifier.open(token)
    assert not remembered(verifier)


def test_what_is_remembered_is_bounded_and_can_not_be_changed() -> None:
    verifier = CompactVerifier(public_of("ES256"), ["ES256"])
    for number in range(MAX_REMEMBERED_HEADERS * 2 + 1):
        header, _ = verifier.open(forge(good_header(ES256, n=str(number)), b"x", ES256))
        assert len(remembered(verifier)) <= MAX_REMEMBERED_HEADERS
        with pytest.raises(TypeError):
            header.members["alg"] = "none"  # type: ignore[index]  # that is what is refused
    before = len(remembered(verifier))
    values: list[object] = [[], {"y": 1}, 5]
    for value in values:
        header, _ = verifier.open(forge(good_header(ES256, x=value), b"x", ES256))
        assert header.members["x"] == value
    assert len(remembered(verifier)) == before
