"""Key sets: what a JWKS may hold, and which key a header chooses."""

import json
from typing import Any

import pytest

from sealwax.jose import Key, KeyInvalid, KeyNotFound, KeySet, errors, jws
from sealwax.jose.key_set import MAX_KEY_SET_SIZE_BYTES, MAX_KEYS, SkippedKey
from tests.jose import examples
from tests.jose.support import key_of, public_of

BARE_RSA = {name: examples.RSA_2011[name] for name in ("kty", "n", "e")}


def chosen(keys: list[Key], **header: str) -> Key:
    return KeySet(keys).select(header)


def not_found(keys: list[Key], **header: str) -> KeyNotFound:
    with pytest.raises(KeyNotFound) as caught:
        chosen(keys, **header)
    assert caught.value.kid == header.get("kid")
    return caught.value


def without_kid(key: Key) -> Key:
    return Key.from_jwk({name: value for name, value in key.to_jwk().items() if name != "kid"})


def test_a_kid_chooses_its_key() -> None:
    keys = [public_of("ES256", 0), public_of("ES256", 1), public_of("RS256")]
    assert chosen(keys, alg="ES256", kid="ES256-1") is keys[1]
    assert chosen(keys, alg="RS256", kid="RS256-0") is keys[2]


def test_an_unknown_kid_is_not_found_even_if_one_key_would_fit() -> None:
    assert not_found([public_of("ES256")], alg="ES256", kid="x").reason == errors.KEY_UNKNOWN
    assert not_found([], alg="ES256", kid="x").reason == errors.KEY_UNKNOWN
    assert not_found([], alg="ES256").reason == errors.KEY_UNKNOWN


@pytest.mark.parametrize(
    "kid", ["es256-0", "ES256-0 ", "ES256\u20110", "ES256-0\x00", "", "%45S256-0"]
)
def test_a_kid_is_compared_exactly(kid: str) -> None:
    assert not_found([public_of("ES256")], alg="ES256", kid=kid).reason == errors.KEY_UNKNOWN


def test_a_kid_of_another_algorithm_is_a_mismatch() -> None:
    keys = [public_of("ES256"), public_of("RS256")]
    assert not_found(keys, alg="ES256", kid="RS256-0").reason == errors.KEY_MISMATCH
    assert not_found(keys, alg="PS256", kid="RS256-0").reason == errors.KEY_MISMATCH
    assert not_found(keys, alg="HS256", kid="ES256-0").reason == errors.KEY_MISMATCH
    assert not_found(keys, alg="ES384").reason == errors.KEY_MISMATCH


def test_without_a_kid_the_only_key_that_fits_is_chosen() -> None:
    keys = [public_of("ES256"), public_of("RS256"), public_of("PS256")]
    assert chosen(keys, alg="RS256") is keys[1]
    assert chosen(keys, alg="PS256") is keys[2]


def test_without_a_kid_several_keys_that_fit_are_refused_not_tried() -> None:
    keys = [public_of("ES256", 0), public_of("ES256", 1)]
    assert not_found(keys, alg="ES256").reason == errors.KEY_AMBIGUOUS


def test_a_key_without_a_kid_is_taken_when_no_key_has_the_kid() -> None:
    bare = without_kid(public_of("ES256", 0))
    assert chosen([bare], alg="ES256", kid="anything") is bare
    assert chosen([public_of("ES256", 1), bare], alg="ES256", kid="x") is bare
    assert chosen([public_of("ES256", 1), bare], alg="ES256", kid="ES256-1").kid == "ES256-1"
    assert not_found([bare], alg="RS256", kid="x").reason == errors.KEY_UNKNOWN
    two = [bare, without_kid(public_of("ES256", 1))]
    assert not_found(two, alg="ES256", kid="x").reason == errors.KEY_AMBIGUOUS


def test_one_kid_may_name_keys_of_two_types_but_not_two_of_one() -> None:
    curve = Key.from_jwk(public_of("ES256", 0).to_jwk() | {"kid": "k"})
    other = Key.from_jwk(public_of("ES256", 1).to_jwk() | {"kid": "k"})
    rsa = Key.from_jwk(public_of("RS256").to_jwk() | {"kid": "k"})
    assert chosen([curve, rsa], alg="RS256", kid="k") is rsa
    assert not_found([curve, other, rsa], alg="ES256", kid="k").reason == errors.KEY_AMBIGUOUS


def test_a_key_that_is_there_twice_counts_once() -> None:
    key = public_of("ES256")
    again = Key.from_jwk(key.to_jwk())
    assert len(KeySet([key, again]).keys) == 1
    assert chosen([key, again], alg="ES256").kid == key.kid
    encrypting = Key.from_jwk(key.to_jwk() | {"use": "enc"})
    assert chosen([key, encrypting], alg="ES256", kid="ES256-0") is key
    renamed = Key.from_jwk(key.to_jwk() | {"kid": "other"})
    assert len(KeySet([key, renamed]).keys) == 2


def test_eddsa_chooses_by_what_the_key_is() -> None:
    keys = [public_of("Ed25519"), public_of("ES256")]
    assert chosen(keys, alg="EdDSA") is keys[0]
    assert chosen(keys, alg="EdDSA", kid="Ed25519-0") is keys[0]
    assert not_found(keys, alg="EdDSA", kid="ES256-0").reason == errors.KEY_MISMATCH


def test_a_set_does_not_mix_secrets_with_public_keys() -> None:
    with pytest.raises(KeyInvalid) as caught:
        KeySet([key_of("HS256"), public_of("ES256")])
    assert caught.value.reason == errors.KEY_SET_MIXED


def test_a_secret_next_to_public_keys_in_a_document_is_left_out() -> None:
    secret = key_of("HS256").to_jwk(private=True)
    document = {"keys": [secret, public_of("ES256").to_jwk()]}
    keys = KeySet.from_jwks(document)
    assert [key.kid for key in keys.keys] == ["ES256-0"]
    assert keys.skipped == (SkippedKey(0, "HS256-0", errors.KEY_SET_MIXED),)
    assert len(KeySet.from_jwks({"keys": [secret]}).keys) == 1


def test_a_document_gives_public_keys_only() -> None:
    keys = KeySet([key_of("ES256"), key_of("RS256"), key_of("Ed25519")])
    document = keys.to_jwks()
    assert not any({"d", "p", "q", "dp", "dq", "qi", "k"} & set(jwk) for jwk in document["keys"])
    assert KeySet.from_jwks(json.dumps(document)).keys == keys.keys
    with pytest.raises(KeyInvalid):
        KeySet([key_of("HS256")]).to_jwks()


UNUSABLE: list[tuple[Any, str | None, str]] = [
    ({"kty": "AKP", "alg": "SLH-DSA-SHA2-128s", "kid": "pq"}, "pq", errors.KEY_TYPE_UNSUPPORTED),
    ({"kty": "OKP", "crv": "X2551", "x": "A" * 43}, None, errors.KEY_TYPE_UNSUPPORTED),
    ({"kty": "EC", "crv": "secp224r1", "kid": "k1"}, "k1", errors.KEY_TYPE_UNSUPPORTED),
    (BARE_RSA | {"alg": "RSA1_5", "use": "enc"}, None, errors.KEY_ALGORITHM),
    (BARE_RSA | {"e": "AQ"}, None, errors.KEY_WEAK),
    (BARE_RSA | {"kid": 5}, None, errors.KEY_FORMAT),
    ({}, None, errors.KEY_TYPE_UNSUPPORTED),
    ("text", None, errors.KEY_FORMAT),
    (None, None, errors.KEY_FORMAT),
    ([], None, errors.KEY_FORMAT),
]  # fmt: skip


def test_members_that_can_not_be_used_are_left_out_and_noted() -> None:
    document = {"keys": [*(member for member, _, _ in UNUSABLE), public_of("ES256").to_jwk()]}
    keys = KeySet.from_jwks(document)
    assert [key.kid for key in keys.keys] == ["ES256-0"]
    assert keys.skipped == tuple(
        SkippedKey(index, kid, reason) for index, (_, kid, reason) in enumerate(UNUSABLE)
    )


def test_a_kid_that_a_broken_key_of_the_same_type_shares_names_neither() -> None:
    good, rsa = public_of("ES256").to_jwk(), public_of("RS256").to_jwk()
    broken = good | {"x": "AAAA"}
    keys = KeySet.from_jwks({"keys": [good, broken, rsa | {"kid": "ES256-0"}]})
    assert [key.key_type for key in keys.keys] == ["RSA"]
    assert keys.skipped == (
        SkippedKey(0, "ES256-0", errors.KEY_AMBIGUOUS),
        SkippedKey(1, "ES256-0", errors.KEY_FORMAT),
    )
    for other in (broken | {"kid": "x"}, broken | {"kid": 5}, good | {"alg": "ECDH-1PU"}):
        assert len(KeySet.from_jwks({"keys": [good, other]}).keys) == 1


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":null}',
        b'{"keys":[],"keys":[]}',
        "\ud800",
        {},
        {"keys": "x"},
    ],
)
def test_a_document_that_is_no_key_set_is_refused(document: Any) -> None:  # noqa: ANN401  # any of three types
    with pytest.raises(KeyInvalid) as caught:
        KeySet.from_jwks(document)
    assert caught.value.reason == errors.KEY_SET_FORMAT


def test_a_set_has_limits() -> None:
    small = {"kty": "oct", "k": "AAAA"}
    assert len(KeySet.from_jwks({"keys": [small] * MAX_KEYS}).skipped) == MAX_KEYS
    many: dict[str, Any] = {"keys": [small] * (MAX_KEYS + 1)}
    for document in (many, b" " * (MAX_KEY_SET_SIZE_BYTES + 1)):
        with pytest.raises(KeyInvalid) as caught:
            KeySet.from_jwks(document)
        assert caught.value.reason == errors.KEY_SET_TOO_LARGE
    key = public_of("Ed25519").to_jwk()
    with pytest.raises(KeyInvalid) as caught:
        KeySet(Key.from_jwk(key | {"kid": str(number)}) for number in range(MAX_KEYS + 1))
    assert caught.value.reason == errors.KEY_SET_TOO_LARGE


def test_an_empty_set_verifies_nothing() -> None:
    with pytest.raises(KeyNotFound):
        jws.verify(jws.sign(b"x", key_of("ES256")), KeySet([]), algorithms=["ES256"])
