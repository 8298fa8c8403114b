"""Signatures as the library wants them."""

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from sealwax.jose.primitives import encode_signature

SIZES = (32, 48, 66)


def written(r: int, s: int, size: int) -> bytes:
    return encode_signature(r.to_bytes(size, "big"), s.to_bytes(size, "big"))


@pytest.mark.parametrize("size", SIZES)
def test_the_edges_of_der_are_written_as_the_library_writes_them(size: int) -> None:
    edges = [0, 1, 0x7F, 0x80, 0xFF, 0x100, 2 ** (8 * size - 1) - 1, 2 ** (8 * size - 1)]
    edges.append(2 ** (8 * size) - 1)
    for r in edges:
        for s in edges:
            assert written(r, s, size) == encode_dss_signature(r, s)


@given(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1))
def test_any_two_numbers_are_written_as_the_library_writes_them(r: int, s: int) -> None:
    assert written(r, s, 32) == encode_dss_signature(r, s)
