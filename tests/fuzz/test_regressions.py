"""What the fuzzers found, one case for each: both implementations say this, the core alone too."""

import pytest

from fuzz.differential import ACCEPTED, Verdict, prepared, signed, signers, verdict
from fuzz.generator import MAX_TOKEN_SIZE_BYTES
from fuzz.receivers import NOW
from sealwax.jose import errors, native

state = native.state()
pytestmark = pytest.mark.skipif(
    not state.is_available, reason=f"nothing to compare with: {state.reason}"
)

FULL = MAX_TOKEN_SIZE_BYTES - 1
CASES: dict[str, tuple[str, str | bytes, int, str]] = {
    # The size of a text is counted in characters, and comes before what they are.
    "a full text with one foreign character": (
        *("policy 0", "\u00e4" + "A" * FULL, NOW, errors.TOKEN_CHARACTERS),
    ),
    "a full text with a character of four bytes": (
        *("policy 0", "A" * FULL + "\U0001f600", NOW, errors.TOKEN_CHARACTERS),
    ),
    "a full text with half a surrogate pair": (
        *("policy 0", "A" * FULL + "\ud800", NOW, errors.TOKEN_CHARACTERS),
    ),
    "a text that is one character too large": (
        *("policy 0", "\u00e4" + "A" * (FULL + 1), NOW, errors.TOKEN_TOO_LARGE),
    ),
}
"""By name: whose verifier, the token, when, and the reason."""


def reason_of(found: Verdict) -> object:
    return found[0] if found[0] == ACCEPTED else found[1]


@pytest.mark.parametrize("name", CASES)
def test_what_was_found_once_is_one_verdict_now(name: str) -> None:
    receiver, token, now, reason = CASES[name]
    paths = prepared()[receiver]
    expected = verdict(paths.python, token, now)
    assert reason_of(expected) == reason
    assert verdict(paths.native, token, now) == expected
    bare = paths.raw.verify(token, now)
    assert bare is None or (ACCEPTED if isinstance(bare, dict) else bare) == reason


@pytest.mark.parametrize("claims", [None, 1, [{"a": 1}], {1: 2}, {"a": {None: 1}}, {"a": {1}}])
def test_claims_that_are_no_mapping_are_refused(claims: object) -> None:
    for pair in signers():
        refusal = signed(pair.python, claims)
        assert refusal[:2] == ("refused", "EncodingError")
        assert signed(pair.native, claims) == refusal
