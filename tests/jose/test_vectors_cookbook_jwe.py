"""The encrypted examples of RFC 7520 (ietf-jose/cookbook), opened, and made again where possible.

Named deviations: 5.1 and one recipient of 5.13 need RSA1_5, which has no row (RFC 8725bis §3.2).
"""

import json
from typing import Any

import pytest

from sealwax.jose import AlgorithmNotAllowed, JoseError, Key, errors, jwe
from sealwax.jose.encryption_algorithms import CONTENT_ENCRYPTIONS, KEY_MANAGEMENTS
from tests.jose.support import decoded, vectors

EXAMPLES = [
    "5_2.key_encryption_using_rsa-oaep_with_aes-gcm",
    "5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2",
    "5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm",
    "5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2",
    "5_6.direct_encryption_using_aes-gcm",
    "5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2",
    "5_8.key_wrap_using_aes-keywrap_with_aes-gcm",
    "5_9.compressed_content",
    "5_10.including_additional_authentication_data",
    "5_11.protecting_specific_header_fields",
    "5_12.protecting_content_only",
]


class Given:
    """Entropy that gives the values of an example, in their order."""

    def __init__(self, *values: str) -> None:
        self._values = [decoded(value) for value in values]

    def token_bytes(self, size_bytes: int) -> bytes:
        value = self._values.pop(0)
        assert len(value) == size_bytes
        return value


def read(folder: str, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(vectors("cookbook", folder, f"{name}.json").read_text())
    return document


def key_of(example: dict[str, Any]) -> Key:
    given = example["input"]
    if "pwd" in given:
        return Key.from_secret(given["pwd"].encode(), algorithm=given["alg"])
    return Key.from_jwk(given["key"])


def opened(document: Any, key: Key) -> jwe.DecryptedJwe:  # noqa: ANN401  # either form
    allowed: dict[str, Any] = {
        "algorithms": KEY_MANAGEMENTS,
        "encryptions": CONTENT_ENCRYPTIONS,
        "allow_compressed": True,
    }
    if isinstance(document, str):
        return jwe.decrypt(document, key, **allowed)
    return jwe.decrypt_json(document, key, **allowed)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_opens_in_every_form(name: str) -> None:
    example = read("jwe", name)
    key = key_of(example)
    forms = example["output"]
    assert forms
    for form in forms.values():
        found = opened(form, key)
        assert found.plaintext.decode() == example["input"]["plaintext"]
        assert found.header == example["encrypting_content"].get("protected", {})
        assert found.unprotected == example["encrypting_content"].get("unprotected", {})
        aad = example["input"].get("aad")
        assert found.additional_data == (aad and aad.encode())


def test_x25519_opens_as_printed() -> None:
    example = json.loads(vectors("cookbook", "curve25519", "ecdh-es.json").read_text())
    key = Key.from_jwk(example["input"]["key"])
    assert key.algorithms == {"ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"}
    for form in example["output"].values():
        assert opened(form, key).plaintext.decode() == example["input"]["plaintext"]


@pytest.mark.parametrize(
    "name", ["5_6.direct_encryption_using_aes-gcm", "5_8.key_wrap_using_aes-keywrap_with_aes-gcm"]
)
def test_a_reproducible_token_is_made(name: str) -> None:
    example = read("jwe", name)
    made, given = example["generated"], example["input"]
    values = [made["iv"]] if given["alg"] == "dir" else [made["cek"], made["iv"]]
    sealed = jwe.encrypt_json(
        given["plaintext"].encode(),
        [jwe.Recipient(key_of(example))],
        encryption=given["enc"],
        flattened=True,
        entropy=Given(*values),
    )
    # Only the order of the members of the header is ours, so the tag differs, not the ciphertext.
    assert sealed["ciphertext"] == example["output"]["json_flat"]["ciphertext"]
    assert sealed.get("encrypted_key") == example["output"]["json_flat"].get("encrypted_key")


def test_every_recipient_opens_what_was_sent_to_many() -> None:
    example = read("jwe", "5_13.encrypting_to_multiple_recipients")
    document, plaintext = example["output"]["json"], example["input"]["plaintext"].encode()
    rsa, ec, secret = example["input"]["key"]
    for jwk in (ec, secret):
        assert opened(document, Key.from_jwk(jwk)).plaintext == plaintext
    with pytest.raises(JoseError) as caught:
        opened(document, Key.from_jwk(rsa))
    assert caught.value.reason == errors.KEY_UNKNOWN


def test_the_example_with_the_older_rsa_padding_is_refused() -> None:
    example = read("jwe", "5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2")
    for form in example["output"].values():
        with pytest.raises(AlgorithmNotAllowed, match="RSA1_5"):
            opened(form, Key.from_jwk(example["input"]["key"]))
