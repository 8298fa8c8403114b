"""Attacks 37 to 45: small inputs that ask for much work, and errors that repeat their input."""

import json
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sealwax.jose import JoseError, Key, KeySet, errors, jws, jwt, status_list
from sealwax.jose.compact import MAX_TOKEN_SIZE_BYTES
from tests.jose.support import (
    NOW,
    accepted,
    check_text,
    claims,
    encoded,
    forge,
    good_header,
    key_of,
    policy,
    public_of,
)

ES256 = key_of("ES256")


@contextmanager
def bounded(seconds: float, size_bytes: int) -> Iterator[None]:
    """Fail when what happens inside takes longer or holds more."""
    tracemalloc.start()
    before = time.thread_time()
    yield
    elapsed, peak = time.thread_time() - before, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert elapsed < seconds
    assert peak < size_bytes


def doors(token: str | bytes) -> list[Callable[[], object]]:
    public = public_of("ES256")
    return [
        lambda: jws.verify(token, public, algorithms=["ES256"]),
        lambda: jwt.verify(token, public, algorithms=["ES256"], policy=policy(), now=NOW),
        lambda: jwt.read_unverified_header(token),
        lambda: jwt.read_unverified_claims(token),
    ]


@pytest.mark.parametrize(
    "token",
    ["." * 10**6, b"." * 10**6, "a." * 500_000, "e" * 10**6 + "..", "\u2603" * 10**6],
    ids=["dots", "dots in bytes", "parts", "header", "snowmen"],
)
def test_a_token_of_a_megabyte_is_refused_by_its_size_alone(token: str | bytes) -> None:
    for door in doors(token):
        with bounded(0.2, 100_000), pytest.raises(JoseError) as caught:
            door()
        assert caught.value.reason == errors.TOKEN_TOO_LARGE


def test_dots_up_to_the_limit_cost_nothing() -> None:
    for door in doors("." * MAX_TOKEN_SIZE_BYTES):
        with bounded(0.2, 400_000), pytest.raises(JoseError) as caught:
            door()
        assert caught.value.reason == errors.TOKEN_PARTS


DEEP = [
    b"[" * 20_000,
    b'{"a":' * 4_000,
    b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"a":[' * 3_000 + b"]}" * 3_000,
    b'{"\\"{":"' + b"[" * 50 + b'","a":' + b"[" * 9_000,
    b'{"a":"\\\\",' + b'"b":[' * 4_000,
]


@pytest.mark.parametrize("data", DEEP, ids=lambda data: data[:8].decode())
def test_deep_nesting_is_refused_before_it_is_followed(data: bytes) -> None:
    for token, reason in (
        (forge(data, claims(), ES256), errors.HEADER_JSON),
        (forge(good_header(ES256), data, ES256), errors.PAYLOAD_JSON),
    ):
        with bounded(0.5, 2_000_000), pytest.raises(JoseError) as caught:
            accepted(token)
        assert caught.value.reason == reason


def test_deep_nesting_is_refused_at_any_depth_of_the_callers_stack() -> None:
    token = forge(good_header(ES256), b'{"a":' + b"[" * 900 + b"]" * 900 + b"}", ES256)

    def further(steps: int) -> None:
        if steps:
            further(steps - 1)
        else:
            with pytest.raises(JoseError) as caught:
                accepted(token)
            assert caught.value.reason == errors.PAYLOAD_JSON

    further(400)


def test_deep_nesting_in_a_key_document_is_refused() -> None:
    for read in (Key.from_jwk, KeySet.from_jwks):
        for data in DEEP:
            with bounded(0.5, 2_000_000), pytest.raises(JoseError):
                read(data)


def test_a_header_of_a_megabyte_is_not_repeated_by_the_error() -> None:
    for member in ("alg", "kid", "typ", "x"):
        for length in (20_000, 1_000_000):
            header = good_header(ES256, **{member: "canary" * (length // 6)})
            token = forge(header, claims(), lambda _: bytes(64))
            with pytest.raises(JoseError) as caught:
                accepted(token)
            check_text(caught.value, token)
            assert str(caught.value).count("canary") <= 12


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "exp", "jti"])
def test_a_claim_of_twenty_kilobytes_is_not_repeated_by_the_error(name: str) -> None:
    token = jwt.sign(claims(**{name: "canary" * 3_000}), ES256, typ="at+jwt")
    if name in ("sub", "jti"):
        accepted(token)
        return
    with pytest.raises(JoseError) as caught:
        accepted(token)
    check_text(caught.value, token)
    assert str(caught.value).count("canary") <= 10


@pytest.mark.parametrize("p2c", [2**31, -1, 0, 10**9, "1000", 10**90])
def test_members_of_an_encrypted_header_cost_a_signed_token_nothing(p2c: object) -> None:
    header = good_header(ES256, p2c=p2c, p2s="AAAA", zip="DEF", enc="A128GCM", epk={"x": 1})
    with bounded(0.2, 1_000_000):
        assert accepted(forge(header, claims(), ES256)).claims == claims()
    header["alg"] = "PBES2-HS256+A128KW"
    with bounded(0.2, 1_000_000), pytest.raises(JoseError) as caught:
        accepted(forge(header, claims(), ES256))
    assert caught.value.reason == errors.ALGORITHM_NOT_ALLOWED


def test_a_compressed_payload_of_a_signed_token_is_not_inflated() -> None:
    bomb = zlib.compress(bytes(10_000_000), 9)
    token = forge(good_header(ES256, zip="DEF"), bomb, ES256)
    with bounded(0.2, 1_000_000), pytest.raises(JoseError) as caught:
        accepted(token)
    assert caught.value.reason == errors.PAYLOAD_JSON


def test_a_small_status_list_does_not_become_a_large_one() -> None:
    bomb = zlib.compressobj(9)
    data = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(64)) + bomb.flush()
    lst = encoded(data).decode()
    token = forge(
        good_header(ES256, typ="statuslist+jwt"),
        {"sub": "https://x", "iat": NOW, "exp": NOW + 60, "status_list": {"bits": 1, "lst": lst}},
        ES256,
    )
    with bounded(2, 20_000_000), pytest.raises(JoseError) as caught:
        status_list.verify(
            token, public_of("ES256"), algorithms=["ES256"], uri="https://x", now=NOW
        )
    assert caught.value.reason == errors.STATUS_LIST_INVALID


@pytest.mark.parametrize(
    "payload",
    [
        b'{"a":' + b"9" * 20_000 + b"}",
        b'{"a":-' + b"9" * 20_000 + b"}",
        b'{"a":0.' + b"9" * 20_000 + b"}",
        b'{"a":1e' + b"9" * 20_000 + b"}",
        b'{"a":' + b"9" * 10_000 + b"." + b"9" * 10_000 + b"}",
        b'{"a":"' + b"\\u0000" * 3_500 + b'"}',
        json.dumps({str(number): number for number in range(1_500)}).encode(),
    ],
    ids=["integer", "negative", "fraction", "exponent", "both", "escapes", "members"],
)
def test_the_largest_numbers_and_texts_are_read_or_refused_quickly(payload: bytes) -> None:
    token = forge(good_header(ES256), payload, ES256)
    with bounded(0.5, 3_000_000), pytest.raises(JoseError):
        accepted(token)


def test_a_thousand_names_of_keys_are_not_remembered() -> None:
    verifier = jwt.PreparedVerifier(public_of("ES256"), algorithms=["ES256"], policy=policy())
    tokens = [
        forge(good_header(ES256, kid=f"{number}" * 40), claims(), lambda _: bytes(64))
        for number in range(1_000)
    ]
    with bounded(5, 200_000):
        for token in tokens:
            with pytest.raises(JoseError):
                verifier.verify(token, now=NOW)


def test_a_large_key_is_refused_before_it_is_used() -> None:
    jwk = {"kty": "RSA", "e": "AQAB", "n": encoded(b"\xff" * 3_000).decode()}
    with bounded(0.2, 1_000_000), pytest.raises(JoseError) as caught:
        Key.from_jwk(jwk)
    assert caught.value.reason == errors.KEY_WEAK
    large = {
        "kty": "RSA",
        "n": encoded(b"\xff" * 256).decode(),
        "e": encoded(b"\xff" * 256).decode(),
    }
    with bounded(0.2, 1_000_000), pytest.raises(JoseError):
        Key.from_jwk(large)
