"""Batches: the same verdicts in the same order, on all cores, without the interpreter's lock."""

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from sealwax.jose import JoseError, KeySet, native
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier, TokenCache, VerifiedJwt
from tests.jose.native_core import PATHS, needs_native
from tests.jose.support import NOW, TYPE, claims, forge, good_header, key_of, policy, public_of

ALGORITHMS = ("ES256", "Ed25519", "Ed448")
KEYS = KeySet([public_of(algorithm) for algorithm in ALGORITHMS])


@pytest.fixture(params=PATHS)
def verifier(request: pytest.FixtureRequest) -> Iterator[PreparedVerifier]:
    with native.using(request.param):
        yield PreparedVerifier(KEYS, algorithms=ALGORITHMS, policy=policy())


def mixture() -> list[str | bytes]:
    good = [
        PreparedSigner(key_of(algorithm), typ=TYPE).sign(claims(jti=f"{algorithm} {number}"))
        for number in range(12)
        for algorithm in ALGORITHMS
    ]
    key = key_of("ES256")
    bad = [
        "",
        "a.b.c",
        "ä.b.c",
        good[0][:-1],
        good[1].replace(".", ".A", 1),
        good[2] + "=",
        forge(good_header(key), claims(exp=NOW - 60), key),
        forge(good_header(key), claims(aud="x"), key),
        forge(good_header(key), b"[]", key),
        forge(good_header(key, kid="x"), claims(), key),
        forge(good_header(key, alg="none"), claims()),
        "x" * 40_000,
    ]
    mixed: list[str | bytes] = [*good, *bad, good[3].encode(), good[3], *bad]
    return mixed[::2] + mixed[1::2]


def seen(result: VerifiedJwt | JoseError) -> tuple[object, ...]:
    if isinstance(result, VerifiedJwt):
        return dict(result.header), result.claims, result.key
    return type(result), str(result), result.reason, result.__traceback__


def test_each_gets_what_it_would_get_alone(verifier: PreparedVerifier) -> None:
    tokens = mixture()
    alone: list[VerifiedJwt | JoseError] = []
    for token in tokens:
        try:
            alone.append(verifier.verify(token, now=NOW))
        except JoseError as error:
            alone.append(error.with_traceback(None))
    for batch in (tokens, iter(tokens), tuple(tokens)):
        assert list(map(seen, verifier.verify_many(batch, now=NOW))) == list(map(seen, alone))


def test_none_and_one(verifier: PreparedVerifier) -> None:
    assert verifier.verify_many([], now=NOW) == []
    (found,) = verifier.verify_many(["x"], now=NOW)
    assert isinstance(found, JoseError)
    assert found.reason == "token_parts"


def test_tokens_that_are_known_are_recalled(verifier: PreparedVerifier) -> None:
    caching = PreparedVerifier(KEYS, algorithms=ALGORITHMS, policy=policy(), cache=TokenCache())
    tokens = mixture()
    expected = list(map(seen, verifier.verify_many(tokens, now=NOW)))
    for _ in range(2):
        assert list(map(seen, caching.verify_many(tokens, now=NOW))) == expected


def test_one_that_is_no_token_is_a_mistake(verifier: PreparedVerifier) -> None:
    with pytest.raises(TypeError):
        verifier.verify_many(["a.b.c", 7], now=NOW)  # type: ignore[list-item]  # what is refused


@needs_native
def test_other_threads_go_on_meanwhile() -> None:
    """With a switch interval that never ends, another thread runs only if the lock is let go."""
    key = key_of("ES256")
    tokens = [PreparedSigner(key, typ=TYPE).sign(claims(jti=str(n))) for n in range(200)]
    verifier = native.prepare_verifier(
        KeySet([key.public()]), ["ES256"], policy(), VerifiedJwt, implementation="native"
    )
    steps = 0
    is_over = False

    def step() -> None:
        nonlocal steps
        while not is_over:
            steps += 1
            time.sleep(0)  # gives the lock away at once

    thread = threading.Thread(target=step)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        thread.start()
        before = steps
        found = verifier.verify_many(tokens, NOW)
        during = steps - before
        is_over = True
    finally:
        sys.setswitchinterval(interval)
        is_over = True
        thread.join()
    assert {type(one) for one in found} == {VerifiedJwt}
    assert during > 0


@needs_native
def test_many_batches_at_once() -> None:
    tokens = mixture()
    verifier = PreparedVerifier(KEYS, algorithms=ALGORITHMS, policy=policy())
    expected = list(map(seen, verifier.verify_many(tokens, now=NOW)))
    results: list[object] = []
    threads = [
        threading.Thread(
            target=lambda: results.append(list(map(seen, verifier.verify_many(tokens, now=NOW))))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4
