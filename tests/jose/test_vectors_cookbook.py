"""The examples of RFC 7520 (ietf-jose/cookbook): keys, and the signatures in the compact form."""

import json
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, MalformedToken, errors, jws
from sealwax.jose.algorithms import ALGORITHMS
from tests.jose.support import decoded, vectors


def read(*names: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(vectors("cookbook", *names).read_text())
    return document


@pytest.mark.parametrize(
    "file",
    [
        "3_1.ec_public_key", "3_2.ec_private_key", "3_3.rsa_public_key", "3_4.rsa_private_key",
        "3_5.symmetric_key_mac_computation", "3_6.symmetric_key_encryption",
    ],
)  # fmt: skip
def test_a_key_is_read_and_written_as_printed(file: str) -> None:
    jwk = read("jwk", f"{file}.json")
    key = Key.from_jwk(jwk)
    assert key.to_jwk(private=key.is_private) == jwk


def test_the_key_for_encryption_is_not_one_for_signatures() -> None:
    key = Key.from_jwk(read("jwk", "3_6.symmetric_key_encryption.json"))
    assert key.algorithms == {"A256GCM"}
    with pytest.raises(JoseError) as caught:
        key.signer("HS256")
    assert caught.value.reason == errors.KEY_USE


@pytest.mark.parametrize(
    "file",
    [
        ("jws", "4_1.rsa_v15_signature"),
        ("jws", "4_2.rsa-pss_signature"),
        ("jws", "4_3.ecdsa_signature"),
        ("jws", "4_4.hmac-sha2_integrity_protection"),
        ("curve25519", "jws"),
    ],
    ids="/".join,
)
def test_a_compact_signature_is_good(file: tuple[str, str]) -> None:
    example = read(file[0], f"{file[1]}.json")
    key = Key.from_jwk(example["input"]["key"])
    token = example["output"]["compact"]
    for half in (key, key if key.key_type == "oct" else key.public()):
        verified = jws.verify(token, half, algorithms=[example["input"]["alg"]])
        assert verified.payload == example["input"]["payload"].encode()
        assert verified.header == example["signing"]["protected"]


@pytest.mark.parametrize(
    "file",
    [
        ("jws", "4_1.rsa_v15_signature"),
        ("jws", "4_4.hmac-sha2_integrity_protection"),
        ("curve25519", "jws"),
    ],
    ids="/".join,
)
def test_a_reproducible_signature_is_made(file: tuple[str, str]) -> None:
    example = read(file[0], f"{file[1]}.json")
    assert example["reproducible"]
    key, name = Key.from_jwk(example["input"]["key"]), example["input"]["alg"]
    signer = key.signer(key.signing_algorithm(name))
    assert signer(example["signing"]["sig-input"].encode()) == decoded(example["signing"]["sig"])


def test_detached_content_is_not_an_empty_payload() -> None:
    example = read("jws", "4_5.signature_with_detached_content.json")
    with pytest.raises(JoseError) as caught:
        jws.verify(
            example["output"]["compact"],
            Key.from_jwk(example["input"]["key"]),
            algorithms=["HS256"],
        )
    assert caught.value.reason == errors.SIGNATURE_INVALID


@pytest.mark.parametrize(
    "file",
    [
        ("jws", "4_1.rsa_v15_signature"), ("jws", "4_2.rsa-pss_signature"),
        ("jws", "4_3.ecdsa_signature"), ("jws", "4_4.hmac-sha2_integrity_protection"),
        ("jws", "4_5.signature_with_detached_content"),
        ("jws", "4_6.protecting_specific_header_fields"),
        ("jws", "4_7.protecting_content_only"), ("jws", "4_8.multiple_signatures"),
        ("rfc7797", "4.2.hmac-sha2_b64_false"), ("rfc7797", "hmac-sha2_b64_false"),
    ],
    ids="/".join,
)  # fmt: skip
def test_the_json_serialisations_are_not_the_compact_one(file: tuple[str, str]) -> None:
    example = read(file[0], f"{file[1]}.json")
    keys = example["input"]["key"]
    key = Key.from_jwk(keys[0] if isinstance(keys, list) else keys)
    written = [
        example["output"][form] for form in ("json", "json_flat") if form in example["output"]
    ]
    assert written
    for form in written:
        with pytest.raises(MalformedToken) as caught:
            jws.verify(json.dumps(form), key, algorithms=ALGORITHMS)
        assert caught.value.reason == errors.TOKEN_CHARACTERS


def test_an_unencoded_payload_is_not_read() -> None:
    example = read("rfc7797", "hmac-sha2_b64_false.json")
    head, _, rest = example["output"]["compact"].partition(".")
    key = Key.from_jwk(example["input"]["key"])
    for token, reason in (
        (example["output"]["compact"], errors.TOKEN_CHARACTERS),
        (f"{head}..{rest.rpartition('.')[2]}", errors.CRITICAL_EXTENSION),
    ):
        with pytest.raises(MalformedToken) as caught:
            jws.verify(token, key, algorithms=["HS256"])
        assert caught.value.reason == reason
