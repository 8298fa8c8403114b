"""Signed tokens inside encrypted ones: the signature is what counts (RFC 7519 §5.2, §11.2)."""

import json
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, Policy, errors, jwe, jws, jwt
from tests.jose.encrypted import decryption_key, encryption_key
from tests.jose.support import (
    NOW,
    TYPE,
    claims,
    forge,
    good_header,
    key_of,
    policy,
    public_of,
    vectors,
)

SEALED = "RSA-OAEP-256"


def believed(token: str | bytes, **changes: object) -> jwt.VerifiedJwt:
    options: dict[str, Any] = {
        "key_managements": [SEALED],
        "encryptions": ["A256GCM"],
        "algorithms": ["ES256"],
        "policy": policy(),
        "now": NOW,
    } | changes
    return jwt.decrypt_and_verify(token, decryption_key(SEALED), public_of("ES256"), **options)


def refused(token: str | bytes, **changes: object) -> JoseError:
    with pytest.raises(JoseError) as caught:
        believed(token, **changes)
    assert len(str(caught.value)) <= 200
    return caught.value


def wrapped(content: str | bytes, **header: object) -> str:
    data = content.encode() if isinstance(content, str) else content
    return jwe.encrypt(
        data, encryption_key(SEALED), encryption="A256GCM", header={"cty": "JWT"} | header
    )


def signed(**changes: object) -> str:
    return jwt.sign(claims(**changes), key_of("ES256"), typ=TYPE)


def test_what_is_signed_and_encrypted_is_believed() -> None:
    token = jwt.sign_and_encrypt(
        claims(), key_of("ES256"), encryption_key(SEALED), typ=TYPE, encryption="A256GCM"
    )
    found = believed(token)
    assert found.claims == claims()
    assert found.header["typ"] == TYPE
    assert found.key == public_of("ES256")
    assert believed(wrapped(signed(), cty="jwt", iss=claims()["iss"])).claims == claims()


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(claims()),
        "",
        forge({"alg": "none", "typ": TYPE}, claims()),
        forge({"alg": "none", "typ": TYPE}, claims()).rstrip("."),
        forge(good_header(key_of("ES256")), claims()),
        forge(good_header(key_of("ES256")), claims(), key_of("ES256", 1)),
        forge(good_header(key_of("HS256"), kid="ES256-0"), claims(), key_of("HS256")),
    ],
)
def test_encryption_to_our_public_key_proves_nothing(content: str) -> None:
    assert refused(wrapped(content)).reason != errors.DECRYPTION_FAILED


def test_a_token_that_is_only_signed_or_encrypted_twice_is_refused() -> None:
    assert refused(signed()).reason == errors.TOKEN_IS_SIGNED
    assert refused(wrapped(wrapped(signed()))).reason == errors.TOKEN_IS_ENCRYPTED
    with pytest.raises(JoseError) as caught:
        jws.verify(wrapped(signed()), public_of("ES256"), algorithms=["ES256"])
    assert caught.value.reason == errors.TOKEN_IS_ENCRYPTED


@pytest.mark.parametrize("cty", ["", "text", "application/json", "JWT "])
def test_the_outer_header_says_that_a_token_is_inside(cty: str) -> None:
    assert refused(wrapped(signed(), cty=cty)).reason == errors.NESTED_TOKEN


@pytest.mark.parametrize(
    "header", [{"iss": "https://evil.example"}, {"sub": "other"}, {"aud": ["x"]}, {"aud": None}]
)
def test_claims_in_the_outer_header_are_those_inside(header: dict[str, object]) -> None:
    assert refused(wrapped(signed(), **header)).reason == errors.CLAIM_REPLICA


def test_one_policy_holds_for_both_layers() -> None:
    good = wrapped(signed())
    assert refused(good, now=NOW + 10_000).reason == errors.TOKEN_EXPIRED
    assert refused(good, policy=policy(audience="other")).reason == errors.AUDIENCE_MISMATCH
    assert refused(good, policy=policy(typ="other")).reason == errors.TYPE_MISMATCH
    assert refused(good, algorithms=["ES384"]).reason == errors.ALGORITHM_NOT_ALLOWED
    assert refused(good, key_managements=["RSA-OAEP"]).reason == errors.ALGORITHM_NOT_ALLOWED
    assert refused(good, encryptions=["A128GCM"]).reason == errors.ALGORITHM_NOT_ALLOWED


def test_nothing_compressed_is_accepted() -> None:
    token = jwe.encrypt(
        signed().encode(),
        encryption_key(SEALED),
        encryption="A256GCM",
        header={"cty": "JWT"},
        compress=True,
    )
    assert refused(token).reason == errors.COMPRESSION


def test_the_example_of_rfc_7520_6_is_believed() -> None:
    text = vectors("cookbook", "6.nesting_signatures_and_encryption.json").read_text()
    example = json.loads(text)
    inner, outer = example["sign"]["input"], example["encrypt"]
    options: dict[str, Any] = {
        "key_managements": ["RSA-OAEP"], "encryptions": ["A128GCM"], "algorithms": ["PS256"],
        "now": 1300819370,
    }  # fmt: skip
    keys = Key.from_jwk(outer["input"]["key"]), Key.from_jwk(inner["key"])
    # It has no audience, so no policy lets it pass; everything before the claims does.
    with pytest.raises(JoseError) as caught:
        jwt.decrypt_and_verify(
            outer["output"]["compact"],
            *keys,
            policy=Policy("hobbiton.example", "anybody", "JWT"),
            **options,
        )
    assert caught.value.reason == errors.CLAIM_MISSING
    opened = jwe.decrypt(
        outer["output"]["compact"],
        keys[0],
        algorithms=["RSA-OAEP"],
        encryptions=["A128GCM"],
    )
    assert (
        jws.verify(opened.plaintext, keys[1], algorithms=["PS256"]).payload
        == inner["payload"].encode()
    )
    for form in ("json", "json_flat"):
        found = jwe.decrypt_json(
            outer["output"][form], keys[0], algorithms=["RSA-OAEP"], encryptions=["A128GCM"]
        )
        assert found.plaintext == opened.plaintext
