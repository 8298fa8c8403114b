"""What the fuzzer draws: good tokens of no bytes, and of others everything that can be wrong."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz import corpus
from fuzz.choices import Choices
from fuzz.corpus import minimised
from fuzz.generator import draw
from fuzz.receivers import Receiver, receivers
from sealwax.jose import JoseError, errors, jwt
from sealwax.jose.errors import REASONS

OF_TOKENS = {
    name
    for name in REASONS
    if name.startswith(("token_", "header_", "signature_", "payload_", "claim_", "key_u"))
} | {
    *(errors.ALGORITHM_NOT_ALLOWED, errors.KEY_AMBIGUOUS, errors.KEY_MISMATCH),
    *(errors.CRITICAL_EXTENSION, errors.UNENCODED_PAYLOAD, errors.TYPE_MISMATCH),
    *(errors.ISSUER_MISMATCH, errors.AUDIENCE_MISMATCH),
}
NEVER_BY_A_VERIFIER = {
    *(errors.TOKEN_IS_SIGNED, errors.HEADER_PLACE, errors.SIGNATURE_MISSING, errors.CLAIM_REPLICA),
    *(errors.KEY_USE,),
}


def outcome(data: bytes) -> str:
    case = draw(data)
    receiver = case.receiver
    try:
        jwt.verify(
            case.token,
            receiver.keys,
            algorithms=receiver.algorithms,
            policy=receiver.policy,
            now=case.now,
        )
    except JoseError as error:
        return error.reason
    return "accepted"


@given(st.binary(max_size=300))
def test_any_bytes_make_a_case_and_always_the_same(data: bytes) -> None:
    case = draw(data)
    again = draw(data + b"\0\0")  # where the bytes have ended, they go on as zeros
    assert (case.receiver.name, case.token, case.now) == (
        again.receiver.name,
        again.token,
        again.now,
    )


def test_no_bytes_make_a_token_that_is_believed() -> None:
    assert outcome(b"") == "accepted"


def first_byte_of(receiver: Receiver) -> int:
    return next(byte for byte in range(256) if draw(bytes((byte,))).receiver is receiver)


@pytest.mark.parametrize("receiver", receivers(), ids=lambda receiver: receiver.name)
def test_every_receiver_is_drawn_and_believes_a_plain_token(receiver: Receiver) -> None:
    expected = {"two nameless": errors.KEY_AMBIGUOUS, "no keys": errors.KEY_UNKNOWN}
    assert outcome(bytes((first_byte_of(receiver),))) == expected.get(receiver.name, "accepted")


def test_everything_a_verifier_can_say_comes_out() -> None:
    chance = random.Random(1)
    seen = Counter(outcome(chance.randbytes(chance.randrange(120))) for _ in range(6000))
    kept = {outcome(data) for data in corpus.read("verify")}
    assert (OF_TOKENS - NEVER_BY_A_VERIFIER) - seen.keys() - kept == set()
    assert seen["accepted"] > 600


def test_no_bytes_are_plain_decisions() -> None:
    choices = Choices(b"")
    assert choices.is_exhausted
    assert (choices.byte(), choices.below(7), choices.below(70_000)) == (0, 0, 0)
    assert (choices.one_in(2), choices.pick("ab"), choices.take(3)) == (False, "a", b"")


def test_bytes_are_read_in_their_order() -> None:
    choices = Choices(b"\x05\xff\x01\x00\x00abc")
    assert (choices.below(4), choices.one_in(256), choices.below(70_000)) == (1, True, 65_536)
    assert not choices.is_exhausted
    assert (choices.take(2), choices.take(9), choices.is_exhausted) == (b"ab", b"c", True)


def test_an_input_is_made_as_small_as_can_be() -> None:
    def target(data: bytes) -> str:
        if b"!" in data:
            raise ValueError
        return "found" if b"x" in data[1:] else "nothing"

    assert minimised(target, b"abcdefxyz\0\0", "found") == b"\0x"
    assert minimised(target, b"", "nothing") == b""
    assert minimised(lambda data: str(len(data) // 2), b"abcde", "2") == b"\0\0\0\0"


def test_the_corpus_is_what_was_kept(tmp_path: Path) -> None:
    assert corpus.read("verify", tmp_path) == []
    corpus.write("verify", [b"b", b"a", b""], tmp_path)
    assert sorted(corpus.read("verify", tmp_path)) == [b"", b"a", b"b"]
    corpus.write("verify", [b"c"], tmp_path)
    assert corpus.read("verify", tmp_path) == [b"c"]
    assert corpus.read("sign", tmp_path) == []
