"""Project Wycheproof (C2SP/wycheproof, testvectors_v1): every case has the verdict it asks for.

No case is left out, and these are the only deviations:

- `PLACEHOLDER`: tcId 372 and 373 of the signatures hold a `?` and are marked valid. RFC 8725bis
  §3.14 has a character outside of base64url refused, and so do the neighbours 361 to 371.
- `OTHER_ALGORITHM`: tcId 346, 347, 350 and 351 are marked valid although the key names another
  algorithm than the token. Their neighbours 338 and 340 have just that refused, and so does
  RFC 8725bis §3.1. Without the `alg` of the key they verify, which is tested.
- `SAME_TEXT`: tcId 367 and 370 are marked invalid for a padding that their text does not have:
  it is that of tcId 357, which is valid. Tokens with padding are tested elsewhere.

Encrypted tokens can't be opened here yet; what is tested of them is that none passes for signed.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, KeySet, jws
from sealwax.jose.algorithms import ALGORITHMS
from tests.jose.support import check_text, vectors

PLACEHOLDER = {372, 373}
OTHER_ALGORITHM = {346, 347, 350, 351}
SAME_TEXT = {367, 370}

Case = tuple[int, bool, str, dict[str, Any]]


def cases(file: str, member: str = "jws") -> Iterator[Case]:
    document = json.loads(vectors("wycheproof", f"json_web_{file}_test.json").read_text())
    for group in document["testGroups"]:
        for case in group["tests"]:
            if member in case:
                jwk = group.get("public") or group["private"]
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
