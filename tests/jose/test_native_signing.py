"""Signing: both paths write the same bytes, and refuse the same claims."""

import math
from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.jose import Key, native
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier
from tests.jose.native_core import needs_native
from tests.jose.support import NOW, TYPE, claims, key_of, policy, public_of

pytestmark = needs_native

KEY = key_of("Ed25519")  # whose signature over the same bytes is the same


def signed(signer: PreparedSigner, value: Any) -> str:  # noqa: ANN401  # what is refused too
    try:
        return signer.sign(value)
    except (ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


NATIVE, PYTHON = (
    PreparedSigner(KEY, typ=TYPE, implementation=implementation)
    for implementation in ("native", "python")
)


class Number(int):
    """A number that is written in its own way."""

    def __repr__(self) -> str:
        return "a number"


def circle() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["again"] = value
    return value


def nested(depth: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return {"deep": value}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"": None, "a": True, "b": False, "ä": "ö\u2028😀", "\x00": '"\\/\b\f\n\r\t\x1f\x7f'},
        {"i": [0, -1, 2**63 - 1, -(2**63), 2**63, 2**64, 10**40, -(10**40)]},
        {"f": [0.0, -0.0, 1.5, 1e16, 1e-7, 1e300, 5e-324, 123456789.123456789, 0.1 + 0.2]},
        {"n": [[], {}, [[]], {"a": {"b": [{}]}}]},
        {"f": math.nan},
        {"f": [math.inf]},
        {"s": "\ud800"},
        {"\udfff": 1},
        {"t": (1, 2, (3,))},
        {"n": Number(7)},
        {"b": b"x"},
        {"set": {1}},
        {1: "x"},
        {None: "x"},
        {"a": {2: "x"}},
        {"i": 10**5000},
        OrderedDict(b=1, a=2),
        MappingProxyType({"a": 1}),
        nested(30),
        nested(40),
        nested(2000),
        circle(),
        {"large": "x" * 24_000},
        {"large": "x" * 30_000},
    ],
    ids=lambda value: type(value).__name__,
)
def test_claims_of_every_kind(value: dict[str, Any]) -> None:
    assert signed(NATIVE, value) == signed(PYTHON, value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.text(st.characters(categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON))
def test_any_claims(value: dict[str, Any]) -> None:
    assert signed(NATIVE, value) == signed(PYTHON, value)


@pytest.mark.parametrize("payload", [b"{}", b"", b"\xff", b"x" * 24_000, b"x" * 30_000])
def test_payloads_that_are_json_already(payload: bytes) -> None:
    def result(signer: PreparedSigner) -> str:
        try:
            return signer.sign_payload(payload)
        except ValueError as error:
            return str(error)

    assert result(NATIVE) == result(PYTHON)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_believes_what_the_other_signed(algorithm: str) -> None:
    paths: tuple[native.Implementation, ...] = ("native", "python")
    for signing in paths:
        signer = PreparedSigner(key_of(algorithm), typ=TYPE, implementation=signing)
        for verifying in paths:
            verifier = PreparedVerifier(
                public_of(algorithm),
                algorithms=[algorithm],
                policy=policy(),
                implementation=verifying,
            )
            token = signer.sign(claims(tenant=[algorithm]))
            assert verifier.verify(token, now=NOW).claims == claims(tenant=[algorithm])


def test_the_core_signs_what_it_can() -> None:
    for algorithm in ALGORITHMS:
        core = native.prepare_signer(key_of(algorithm), algorithm, b"{}", "native")
        assert (core is None) == (algorithm == "Ed448")


def test_a_long_secret_signs_alike() -> None:
    key = Key.from_secret(bytes(range(256)) * 4, algorithm="HS384")
    tokens = {
        PreparedSigner(key, typ=TYPE, implementation=implementation).sign(claims())
        for implementation in ("native", "python")
    }
    assert len(tokens) == 1
