"""Project Wycheproof (C2SP/wycheproof, testvectors_v1): every case has the verdict it asks for.

No case is left out, and these are the only deviations:

- `PLACEHOLDER`: tcId 372 and 373 of the signatures hold a `?` and are marked valid. RFC 8725bis
  §3.14 has a character outside of base64url refused, and so do the neighbours 361 to 371.
- `OTHER_ALGORITHM`: tcId 346, 347, 350 and 351 are marked valid although the key names another
  algorithm than the token. Their neighbours 338 and 340 have just that refused, and so does
  RFC 8725bis §3.1. Without the `alg` of the key they verify, which is tested.
- `SAME_TEXT`: tcId 367 and 370 are marked invalid for a padding that their text does not have:
  it is that of tcId 357, which is valid. Tokens with padding are tested elsewhere.

- `RSA1_5`: eight of the encrypted tokens need RSA1_5, which has no row (RFC 8725bis §3.2).
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, KeySet, errors, jwe, jws
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.encryption_algorithms import CONTENT_ENCRYPTIONS, KEY_MANAGEMENTS
from tests.jose.support import check_text, vectors

PLACEHOLDER = {372, 373}
OTHER_ALGORITHM = {346, 347, 350, 351}
SAME_TEXT = {367, 370}
RSA1_5 = {*range(100, 106), 112, 128}

Case = tuple[int, bool, str, dict[str, Any]]


def cases(file: str, member: str = "jws") -> Iterator[Case]:
    document = json.loads(vectors("wycheproof", f"json_web_{file}_test.json").read_text())
    for group in document["testGroups"]:
        for case in group["tests"]:
            if member in case:
                public = member == "jws" and group.get("public")
                jwk = public or group["private"]
                token = case[member]
                text = token if isinstance(token, str) else json.dumps(token)
                yield case["tcId"], case["result"] == "valid", text, jwk


def is_accepted(token: str, jwk: dict[str, Any]) -> bool:
    """Verify with every algorithm allowed: what the key says must be enough."""
    try:
        keys = KeySet.from_jwks(jwk) if "keys" in jwk else Key.from_jwk(jwk)
        jws.verify(token, keys, algorithms=ALGORITHMS)
    except JoseError as error:
        check_text(error, token)
        return False
    return True


@pytest.mark.parametrize(("file", "count"), [("signature", 401), ("key", 26), ("crypto", 49)])
def test_every_signed_token_has_the_verdict_it_asks_for(file: str, count: int) -> None:
    seen = list(cases(file))
    assert len(seen) == count
    deviations = PLACEHOLDER | OTHER_ALGORITHM | SAME_TEXT if file == "signature" else set()
    wrong = {tc for tc, is_valid, token, jwk in seen if is_accepted(token, jwk) is not is_valid}
    assert wrong == deviations


def test_a_key_that_names_another_algorithm_is_the_only_fault_of_four_tokens() -> None:
    for tc, is_valid, token, jwk in cases("signature"):
        if tc in OTHER_ALGORITHM:
            assert is_valid
            assert is_accepted(token, {name: jwk[name] for name in jwk if name != "alg"})


def test_a_character_outside_of_the_alphabet_is_the_only_fault_of_two_tokens() -> None:
    for tc, _, token, jwk in cases("signature"):
        if tc in PLACEHOLDER:
            assert is_accepted(token.replace("?", ""), jwk)


def test_two_tokens_that_are_marked_invalid_are_the_text_of_a_valid_one() -> None:
    texts = {tc: token for tc, _, token, _ in cases("signature")}
    assert {texts[tc] for tc in SAME_TEXT} == {texts[357]}


@pytest.mark.parametrize(("file", "count"), [("encryption", 139), ("crypto", 34)])
def test_no_encrypted_token_passes_for_a_signed_one(file: str, count: int) -> None:
    seen = list(cases(file, "jwe"))
    assert len(seen) == count
    assert not [tc for tc, _, token, jwk in seen if is_accepted(token, jwk)]


def decrypted(token: str, jwk: dict[str, Any]) -> bytes:
    return jwe.decrypt(
        token,
        Key.from_jwk(jwk),
        algorithms=KEY_MANAGEMENTS,
        encryptions=CONTENT_ENCRYPTIONS,
        allow_compressed=True,
    ).plaintext


@pytest.mark.parametrize(("file", "count"), [("encryption", 139), ("crypto", 34)])
def test_every_encrypted_token_has_the_verdict_it_asks_for(file: str, count: int) -> None:
    seen = list(cases(file, "jwe"))
    assert len(seen) == count
    wrong = set()
    for tc, is_valid, token, jwk in seen:
        try:
            decrypted(token, jwk)
        except JoseError as error:
            check_text(error, token)
            if is_valid:
                wrong.add(tc)
        else:
            if not is_valid:
                wrong.add(tc)
    assert wrong == (RSA1_5 if file == "encryption" else set())


def test_every_encrypted_token_opens_to_its_plaintext() -> None:
    document = json.loads(vectors("wycheproof", "json_web_encryption_test.json").read_text())
    opened = 0
    for group in document["testGroups"]:
        for case in group["tests"]:
            if case["result"] == "valid" and case["tcId"] not in RSA1_5 and "pt" in case:
                assert decrypted(case["jwe"], group["private"]).hex() == case["pt"]
                opened += 1
    assert opened > 50


def test_an_rsa_key_for_the_older_padding_is_no_key() -> None:
    for tc, _, _, jwk in cases("encryption", "jwe"):
        if tc in RSA1_5:
            with pytest.raises(JoseError) as caught:
                Key.from_jwk(jwk)
            assert caught.value.reason == errors.KEY_ALGORITHM
