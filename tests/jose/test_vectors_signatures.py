"""The published signatures at the door of tokens: what their payload is, only a good one shows.

`jws` reads signatures in Python; a token's signature may be checked by either implementation. The
verdict on it is told by the reason: a signature that was not good has one of its own, and a
payload that is no claims set is found out only behind a good one.
"""

import json
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, KeySet, Policy, errors, jws, jwt
from sealwax.jose.algorithms import ALGORITHMS
from tests.jose.support import NOW, check_text, public_of, vectors
from tests.jose.test_vectors_wycheproof import (
    OTHER_ALGORITHM,
    PLACEHOLDER,
    RSA1_5,
    SAME_TEXT,
    cases,
)

BEHIND_THE_SIGNATURE = {
    *(errors.PAYLOAD_JSON, errors.TYPE_MISMATCH, errors.CLAIM_MISSING, errors.CLAIM_TYPE),
    *(errors.ISSUER_MISMATCH, errors.AUDIENCE_MISMATCH, errors.TOKEN_EXPIRED),
}
ANY = Policy("nobody", "nobody", ("JWT", None))
FILES = {"signature": 401, "key": 26, "crypto": 49}
ENCRYPTED_FILES = {"encryption": 139, "crypto": 34}


def reason_of(token: str, keys: Key | KeySet) -> str:
    """Verify a token that nobody's policy accepts."""
    with pytest.raises(JoseError) as caught:
        jwt.verify(token, keys, algorithms=ALGORITHMS, policy=ANY, now=NOW)
    check_text(caught.value, token)
    return caught.value.reason


def is_genuine(token: str, jwk: dict[str, Any]) -> bool:
    try:
        keys = KeySet.from_jwks(jwk) if "keys" in jwk else Key.from_jwk(jwk)
    except JoseError:
        return False
    return reason_of(token, keys) in BEHIND_THE_SIGNATURE


def jws_refusal(token: str, keys: Key | KeySet) -> str:
    try:
        jws.verify(token, keys, algorithms=ALGORITHMS)
    except JoseError as error:
        return error.reason
    return ""


@pytest.mark.parametrize("file", FILES)
def test_every_signed_token_has_the_verdict_it_asks_for(file: str) -> None:
    seen = list(cases(file))
    assert len(seen) == FILES[file]
    deviations = PLACEHOLDER | OTHER_ALGORITHM | SAME_TEXT if file == "signature" else set()
    wrong = {tc for tc, is_valid, token, jwk in seen if is_genuine(token, jwk) is not is_valid}
    assert wrong == deviations


@pytest.mark.parametrize("file", ENCRYPTED_FILES)
def test_no_encrypted_token_passes_for_a_signed_one(file: str) -> None:
    seen = list(cases(file, "jwe"))
    assert len(seen) == ENCRYPTED_FILES[file]
    reasons = {reason_of(token, public_of("ES256")) for _, _, token, _ in seen}
    assert reasons <= {errors.TOKEN_IS_ENCRYPTED, errors.TOKEN_PARTS, errors.TOKEN_CHARACTERS}


@pytest.mark.parametrize("file", FILES)
def test_both_doors_give_one_reason(file: str) -> None:
    for _, _, token, jwk in cases(file):
        try:
            keys = KeySet.from_jwks(jwk) if "keys" in jwk else Key.from_jwk(jwk)
        except JoseError:
            continue
        refusal = jws_refusal(token, keys)
        reason = reason_of(token, keys)
        assert reason == refusal if refusal else reason in BEHIND_THE_SIGNATURE


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
def test_an_example_of_the_cookbook_is_genuine_and_no_token(file: tuple[str, str]) -> None:
    example = json.loads(vectors("cookbook", file[0], f"{file[1]}.json").read_text())
    key = Key.from_jwk(example["input"]["key"])
    token = example["output"]["compact"]
    assert reason_of(token, key) == errors.PAYLOAD_JSON
    spoiled = token[:-3] + ("AAA" if token[-3:] != "AAA" else "QAA")
    assert reason_of(spoiled, key) in {errors.SIGNATURE_INVALID, errors.SIGNATURE_ENCODING}


@pytest.mark.parametrize("name", ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
def test_an_example_of_ml_dsa_is_genuine_and_no_token(name: str) -> None:
    file = vectors("mldsa-jose", f"{name.replace('-', '_')}.jose.json")
    example = json.loads(file.read_text())
    key = Key.from_jwk(example["jwk"]).public()
    assert reason_of(example["jws"], key) == errors.PAYLOAD_JSON
    head, payload, signature = example["jws"].split(".")
    assert reason_of(f"{head}.{payload[:-2]}A.{signature}", key) in {
        errors.SIGNATURE_INVALID,
        errors.PAYLOAD_ENCODING,
    }


CASES = 649
"""How many cases of Project Wycheproof there are for JOSE, as the README says."""
DEVIATIONS = PLACEHOLDER | OTHER_ALGORITHM | SAME_TEXT | RSA1_5


def test_all_cases_of_wycheproof_are_run_and_the_deviations_are_named() -> None:
    signed = sum(len(list(cases(file))) for file in FILES)
    encrypted = sum(len(list(cases(file, "jwe"))) for file in ENCRYPTED_FILES)
    assert signed + encrypted == CASES
    assert len(DEVIATIONS) == 16
