"""Encrypting and decrypting: every algorithm, every form, and what callers may get wrong."""

import json
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, KeyInvalid, KeySet, errors, jwe
from sealwax.jose.encryption_algorithms import CONTENT_ENCRYPTIONS, KEY_MANAGEMENTS
from sealwax.jose.json_document import MAX_RECIPIENTS
from sealwax.jose.jwe import Recipient
from tests.jose.encrypted import (
    MANAGEMENTS,
    PASSWORD,
    decrypted,
    decryption_key,
    encryption_key,
    refused,
)
from tests.jose.support import decoded, key_of


@pytest.mark.parametrize("name", MANAGEMENTS)
@pytest.mark.parametrize("encryption", CONTENT_ENCRYPTIONS)
def test_what_is_encrypted_is_decrypted(name: str, encryption: str) -> None:
    key = decryption_key(name, encryption)
    token = jwe.encrypt(b"secret", encryption_key(name, encryption), encryption=encryption)
    found = jwe.decrypt(
        token, KeySet([key]), algorithms=[name.partition("@")[0]], encryptions=[encryption]
    )
    assert (found.plaintext, found.key, found.unprotected) == (b"secret", key, {})
    assert found.header["enc"] == encryption
    assert b"secret" not in token.encode()
    assert "secret" not in repr(found)
    for flattened in (False, True):
        document = jwe.encrypt_json(
            b"secret", [Recipient(key)], encryption=encryption, flattened=flattened
        )
        assert ("recipients" in document) is not flattened
        assert decrypted(json.dumps(document), key).plaintext == b"secret"
        assert decrypted(document, key).plaintext == b"secret"


@pytest.mark.parametrize("name", [n for n in KEY_MANAGEMENTS if n.startswith("PBES2")])
def test_a_password_encrypts(name: str) -> None:
    key = Key.from_secret(PASSWORD, algorithm=name)
    token = jwe.encrypt(b"secret", key, encryption="A128GCM")
    found = jwe.decrypt(token, key, algorithms=[name], encryptions=["A128GCM"])
    assert found.plaintext == b"secret"
    assert found.header["p2c"] == 600_000
    assert len(decoded(found.header["p2s"])) == 16


def test_two_tokens_share_no_key_and_no_iv() -> None:
    for name in ("A128KW", "A256GCMKW", "ECDH-ES", "RSA-OAEP-256"):
        parts = [
            jwe.encrypt(b"x", encryption_key(name), encryption="A256GCM").split(".")
            for _ in range(2)
        ]
        assert parts[0][2] != parts[1][2]
        assert parts[0][1] != parts[1][1] or name == "ECDH-ES"


def test_a_document_goes_to_many() -> None:
    names = ("RSA-OAEP-256", "ECDH-ES+A256KW", "A192KW", "A256GCMKW")
    document = jwe.encrypt_json(
        b"secret",
        [Recipient(encryption_key(name), header={"to": name}) for name in names],
        encryption="A256CBC-HS512",
        header={"cty": "text"},
        unprotected={"note": "open"},
        additional_data=b"seen by all",
        compress=True,
    )
    for name in names:
        found = decrypted(document, decryption_key(name))
        assert found.plaintext == b"secret"
        assert found.additional_data == b"seen by all"
        assert found.header == {"enc": "A256CBC-HS512", "zip": "DEF", "cty": "text"}
        assert found.unprotected["to"] == name
        assert found.unprotected["note"] == "open"
    assert refused(document, decryption_key("A128KW")).reason == errors.KEY_UNKNOWN


def test_a_document_for_one_of_us_twice_is_ambiguous() -> None:
    key = decryption_key("A192KW")
    document = jwe.encrypt_json(b"x", [Recipient(key), Recipient(key)], encryption="A128GCM")
    assert refused(document, key).reason == errors.KEY_AMBIGUOUS


def test_a_key_that_names_nothing_is_told_what_to_do() -> None:
    jwk = key_of("RS256").to_jwk(private=True)
    del jwk["alg"]
    key = Key.from_jwk(jwk | {"use": "enc"})
    assert key.algorithms == {"RSA-OAEP", "RSA-OAEP-256"}
    with pytest.raises(KeyInvalid, match="one must be named"):
        jwe.encrypt(b"x", key, encryption="A128GCM")
    token = jwe.encrypt(b"x", key, encryption="A128GCM", algorithm="RSA-OAEP")
    assert decrypted(token, key).header["alg"] == "RSA-OAEP"


def test_a_key_for_dir_serves_the_encryptions_of_its_size() -> None:
    key = Key.from_secret(b"\x07" * 32, algorithm="dir")
    for encryption in ("A256GCM", "A128CBC-HS256"):
        assert decrypted(jwe.encrypt(b"x", key, encryption=encryption), key).plaintext == b"x"
    with pytest.raises(KeyInvalid) as caught:
        jwe.encrypt(b"x", key, encryption="A128GCM")
    assert caught.value.reason == errors.KEY_ALGORITHM
    named = Key.generate("A256GCM")
    with pytest.raises(KeyInvalid) as caught:
        jwe.encrypt(b"x", named, encryption="A128CBC-HS256")
    assert caught.value.reason == errors.KEY_ALGORITHM


@pytest.mark.parametrize("name", ["ES256", "RS256", "Ed25519", "HS256", "ML-DSA-44"])
def test_a_key_for_signatures_does_not_encrypt(name: str) -> None:
    for algorithm in (None, "dir", "A128KW", "RSA-OAEP-256", "ECDH-ES"):
        with pytest.raises(KeyInvalid):
            jwe.encrypt(b"x", key_of(name), encryption="A256GCM", algorithm=algorithm)


@pytest.mark.parametrize(
    ("members", "may"),
    [
        ({}, True), ({"use": "enc"}, True), ({"use": "sig"}, False),
        ({"key_ops": ["unwrapKey", "wrapKey"]}, True), ({"key_ops": ["decrypt"]}, True),
        ({"key_ops": ["verify"]}, False), ({"key_ops": ["encrypt"]}, False),
        ({"use": "enc", "key_ops": []}, False),
    ],
)  # fmt: skip
def test_use_and_key_ops_are_honoured(members: dict[str, Any], may: bool) -> None:  # noqa: FBT001  # a table
    good = decryption_key("A128KW")
    token = jwe.encrypt(b"x", good, encryption="A128GCM")
    jwk = good.to_jwk(private=True)
    key = Key.from_jwk(jwk | members)
    assert key.may("decrypt", "A128KW") is may
    if may:
        assert decrypted(token, key).plaintext == b"x"
    else:
        assert refused(token, key).reason == errors.KEY_MISMATCH
        with pytest.raises(KeyInvalid) as caught:
            key.cipher_material("decrypt", "A128KW")
        assert caught.value.reason == errors.KEY_USE


def test_a_public_key_does_not_decrypt() -> None:
    for name in ("RSA-OAEP-256", "ECDH-ES"):
        token = jwe.encrypt(b"x", encryption_key(name), encryption="A128GCM")
        assert refused(token, encryption_key(name)).reason == errors.KEY_NOT_PRIVATE


@pytest.mark.parametrize("size", [0, 15, 17, 31, 33])
def test_a_key_of_another_size_is_none(size: int) -> None:
    for name in ("A128KW", "A256KW", "A128GCMKW", "A256GCM", "dir", "A256CBC-HS512"):
        with pytest.raises(KeyInvalid):
            Key.from_secret(bytes(range(size)), algorithm=name)


@pytest.mark.parametrize("name", ["dir", "PBES2-HS256+A128KW", "RSA1_5", "none", "A128"])
def test_no_key_is_generated_for_what_is_no_key(name: str) -> None:
    with pytest.raises(ValueError, match="accepted are HS256"):
        Key.generate(name)


def test_a_curve_is_chosen_for_an_agreement_only() -> None:
    assert Key.generate("ECDH-ES").curve == "P-256"
    assert Key.generate("ECDH-ES+A128KW", curve="X448").curve == "X448"
    for name, curve in (("ECDH-ES", "secp256k1"), ("ES256", "P-384"), ("A128KW", "P-256")):
        with pytest.raises(ValueError, match="curve is"):
            Key.generate(name, curve=curve)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encryption": "A128CBC"}, "encryption is"),
        ({"header": {"alg": "dir"}}, "'alg'"),
        ({"header": {"zip": "DEF"}}, "'zip'"),
        ({"header": {"crit": ["x"]}}, "'crit'"),
        ({"header": {"p2c": 5}}, "'p2c'"),
        ({"header": {"kid": "other"}}, "two headers"),
        ({"header": {"typ": 5}}, "'typ'"),
        ({"header": {"apu": "="}}, "'apu'"),
        ({"header": {"apv": 1}}, "'apv'"),
    ],
)
def test_a_header_that_would_not_be_read_is_not_written(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        jwe.encrypt(b"x", encryption_key("ECDH-ES"), **({"encryption": "A128GCM"} | options))


def test_parties_are_part_of_what_is_agreed() -> None:
    header = {"apu": "QWxpY2U", "apv": "Qm9i"}
    token = jwe.encrypt(b"x", encryption_key("ECDH-ES"), encryption="A128GCM", header=header)
    found = decrypted(token, decryption_key("ECDH-ES"))
    assert found.header["apu"] == "QWxpY2U"


def test_recipients_are_counted() -> None:
    key = encryption_key("A128KW")
    for recipients in ([], [Recipient(key)] * (MAX_RECIPIENTS + 1)):
        with pytest.raises(ValueError, match="1 to 16"):
            jwe.encrypt_json(b"x", recipients, encryption="A128GCM")
    with pytest.raises(ValueError, match="the flattened form has one"):
        jwe.encrypt_json(b"x", [Recipient(key)] * 2, encryption="A128GCM", flattened=True)
    with pytest.raises(ValueError, match="others can't have"):
        jwe.encrypt_json(
            b"x", [Recipient(encryption_key("ECDH-ES")), Recipient(key)], encryption="A128GCM"
        )


def test_what_is_too_large_is_not_made() -> None:
    key = encryption_key("A128KW")
    with pytest.raises(ValueError, match="at most 65536"):
        jwe.encrypt(b"x" * 50_000, key, encryption="A128GCM")
    with pytest.raises(ValueError, match="at most 131072"):
        jwe.encrypt_json(b"x" * 100_000, [Recipient(key)], encryption="A128GCM")
    with pytest.raises(ValueError, match="with compression"):
        jwe.encrypt(b"x" * 260_000, key, encryption="A128GCM", compress=True)


@pytest.mark.parametrize("names", [[], ["A128KW", "RSA1_5"], ["none"]])
def test_a_receiver_says_what_it_accepts(names: list[str]) -> None:
    key = encryption_key("A128KW")
    token = jwe.encrypt(b"x", key, encryption="A128GCM")
    with pytest.raises(ValueError, match="algorithms"):
        jwe.decrypt(token, key, algorithms=names, encryptions=["A128GCM"])
    with pytest.raises(ValueError, match="encryptions"):
        jwe.decrypt(token, key, algorithms=["A128KW"], encryptions=names)
    with pytest.raises(TypeError, match="single text"):
        jwe.decrypt(token, key, algorithms="A128KW", encryptions=["A128GCM"])
    with pytest.raises(TypeError, match="str or bytes"):
        jwe.decrypt(5, key, algorithms=["A128KW"], encryptions=["A128GCM"])  # type: ignore[arg-type]  # that is the mistake


def test_what_is_not_allowed_is_refused() -> None:
    token = jwe.encrypt(b"x", encryption_key("A128KW"), encryption="A128GCM")
    for algorithms, encryptions in ((["A192KW"], ["A128GCM"]), (["A128KW"], ["A256GCM"])):
        with pytest.raises(JoseError) as caught:
            jwe.decrypt(
                token, encryption_key("A128KW"), algorithms=algorithms, encryptions=encryptions
            )
        assert caught.value.reason == errors.ALGORITHM_NOT_ALLOWED
