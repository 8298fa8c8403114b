"""Both implementations say the same, and the comparison would see it if they did not.

`make fuzz` does this with millions of inputs; here are as many as a test run has time for. Where
the native core is not built there is nothing to compare, and all of it is skipped.
"""

import json
import random
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import corpus, differential
from fuzz.corpus import Target
from fuzz.differential import Disagreement, Escape
from fuzz.drive import DIFFERENTIAL, TARGETS, Outcome, drive, summary
from sealwax.jose import claims, compact, encoding, errors, native, token_cache
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.claims import Policy
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier
from sealwax.jose.native import Implementation
from tests.jose.support import NOW, TYPE, key_of, policy, public_of
from tests.jose.support import claims as good_claims

state = native.state()
pytestmark = pytest.mark.skipif(
    not state.is_available, reason=f"nothing to compare with: {state.reason}"
)
IMPLEMENTATIONS: tuple[Implementation, ...] = ("python", "native")
OWN_CHANCE = {name for name in ALGORITHMS if name[:2] in ("ES", "PS", "ML")}
"""Two signatures of one token differ: by a salt or a nonce of the library's own."""
INPUTS = st.binary(max_size=240)


@pytest.mark.parametrize("name", DIFFERENTIAL)
def test_every_kept_input_gives_one_verdict(name: str) -> None:
    kept = corpus.read(name)
    assert len(kept) > 3
    labels = {TARGETS[name](data) for data in kept}
    assert len(labels) == len(kept), "each is kept for something that comes out of no other"


@settings(max_examples=500)
@given(INPUTS)
def test_any_token_gives_one_verdict(data: bytes) -> None:
    differential.verify(data)


@settings(max_examples=300)
@given(INPUTS)
def test_any_claims_become_one_token_or_one_refusal(data: bytes) -> None:
    differential.sign(data)


@settings(max_examples=200)
@given(INPUTS)
def test_a_token_that_is_remembered_gives_one_verdict(data: bytes) -> None:
    differential.recall(data)


@settings(max_examples=100)
@given(st.binary(max_size=600))
def test_tokens_verified_at_once_give_the_verdict_of_each(data: bytes) -> None:
    differential.many(data)


def test_five_thousand_random_inputs_give_one_verdict_each() -> None:
    chance = random.Random(20)
    for _ in range(5_000):
        differential.verify(chance.randbytes(chance.randrange(chance.choice((16, 64, 200)))))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_one_signs_the_other_believes(algorithm: str) -> None:
    key = key_of(algorithm)
    tokens = {}
    for which in IMPLEMENTATIONS:
        tokens[which] = PreparedSigner(key, typ=TYPE, implementation=which).sign(good_claims())
        for other in IMPLEMENTATIONS:
            verifier = PreparedVerifier(
                public_of(algorithm),
                algorithms=[algorithm],
                policy=policy(),
                implementation=other,
            )
            assert verifier.verify(tokens[which], now=NOW).claims == good_claims()
    assert (tokens["python"] == tokens["native"]) is (algorithm not in OWN_CHANCE)


def test_the_driver_counts_what_it_runs() -> None:
    outcome = drive(205, 1, "test")
    assert outcome.findings == {}
    assert outcome.counts == {"verify": 173, "sign": 20, "recall": 10, "many": 2, "parse": 3}
    assert outcome.inputs == 205
    told = summary(outcome, 10)
    assert told.startswith(f"fuzz: {outcome.inputs} differential inputs (")
    assert told.endswith(": 0 disagreements, 0 escaped exceptions")


Fault = Callable[[pytest.MonkeyPatch], None]


def a_hundred_and_one_audiences(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claims, "MAX_AUDIENCES", 101)


def seventeen_levels(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(encoding, "MAX_JSON_DEPTH", 17)


def an_extension_nobody_understands(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(compact, "_is_understood", lambda *_: True)


def another_reason(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(errors, "AUDIENCE_MISMATCH", errors.ISSUER_MISMATCH)


def a_time_beyond_all_years(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claims, "LATEST_NUMERIC_DATE", claims.LATEST_NUMERIC_DATE + 1)


def letters_escaped_in_json(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(encoding, "_encode", json.JSONEncoder(separators=(",", ":")).encode)


def claims_that_are_shared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(token_cache, "_copy", lambda value: value)


def a_token_that_never_ends(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Policy, "check", lambda *_: None)


def an_error_of_another_tree(patch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError

    patch.setattr(compact, "check_texts", fail)


@pytest.mark.parametrize(
    ("fault", "target", "kind"),
    [
        (a_hundred_and_one_audiences, differential.verify, Disagreement),
        (seventeen_levels, differential.verify, Disagreement),
        (an_extension_nobody_understands, differential.verify, Disagreement),
        (another_reason, differential.verify, Disagreement),
        (a_time_beyond_all_years, differential.verify, Disagreement),
        (a_token_that_never_ends, differential.verify, Disagreement),
        (letters_escaped_in_json, differential.sign, Disagreement),
        (claims_that_are_shared, differential.recall, Disagreement),
        (an_error_of_another_tree, differential.verify, Escape),
    ],
    ids=lambda value: value.__name__,
)
def test_a_small_fault_on_one_side_is_found(
    fault: Fault, target: Target, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(3)
    known = corpus.read("verify")
    differential.prepared()
    fault(monkeypatch)
    inputs = [
        chance.choice(known) if chance.random() < 0.2 else chance.randbytes(80)
        for _ in range(20_000)
    ]
    with pytest.raises(kind):
        deque(map(target, inputs), maxlen=0)


def test_what_was_found_is_told_with_the_input_it_was_found_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    another_reason(monkeypatch)
    outcome = Outcome()
    chance = random.Random(4)
    while not outcome.findings:
        outcome.run("verify", chance.randbytes(80))
    [(text, (name, data))] = outcome.findings.items()
    assert name == "verify"
    assert "the native core: 'audience_mismatch'" in text
    assert (outcome.disagreements, outcome.escapes) == (1, 0)
    again = Outcome()
    again.run(name, data)
    assert again.findings == outcome.findings
    again.add(outcome)
    assert (again.disagreements, again.inputs) == (2, outcome.inputs + 1)
    monkeypatch.undo()
    monkeypatch.setattr("sealwax.jose.Key.from_jwk", None)
    while not again.escapes:
        again.run("parse", b"\0" + chance.randbytes(20))
    assert any(text.startswith("TypeError: ") for text in again.findings)
