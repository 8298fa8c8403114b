"""Keys as the library has them: also where it does not have them."""

from typing import Any

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from sealwax.jose import Key, KeyInvalid, KeySet, errors, key_material
from sealwax.jose.jwk import CURVES
from sealwax.jose.primitives import CURVES as LIBRARY_CURVES
from tests.jose.support import key_of, public_of


class Lacking:
    """A kind of key that the library was built without."""

    @staticmethod
    def from_public_bytes(data: bytes) -> None:
        raise UnsupportedAlgorithm(str(len(data)))

    from_private_bytes = from_public_bytes


@pytest.fixture
def _without_ed448(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(key_material._OKP_PUBLIC, "Ed448", Lacking)  # noqa: SLF001  # the library is made to lack it
    monkeypatch.setitem(key_material._OKP_PRIVATE, "Ed448", Lacking)  # noqa: SLF001  # the library is made to lack it


@pytest.mark.usefixtures("_without_ed448")
def test_a_key_the_library_does_not_have_is_refused_when_it_is_needed() -> None:
    key = Key.from_jwk(public_of("Ed448").to_jwk())
    with pytest.raises(KeyInvalid) as caught:
        key.checker("Ed448")
    assert caught.value.reason == errors.KEY_TYPE_UNSUPPORTED
    with pytest.raises(KeyInvalid) as caught:
        Key.from_jwk(key_of("Ed448").to_jwk(private=True))
    assert caught.value.reason == errors.KEY_TYPE_UNSUPPORTED
    private = key_of("Ed448").to_jwk(private=True)
    keys = KeySet.from_jwks({"keys": [public_of("ES256").to_jwk(), private]})
    assert [skipped.reason for skipped in keys.skipped] == [errors.KEY_TYPE_UNSUPPORTED]


@pytest.mark.parametrize("name", CURVES)
def test_our_arithmetic_knows_the_points_the_library_knows(name: str) -> None:
    curve, library = CURVES[name], LIBRARY_CURVES[name]()
    assert curve.size_bits == library.key_size
    for _ in range(8):
        point = ec.generate_private_key(library).public_key().public_numbers()
        assert curve.has_point(point.x, point.y)
        for x, y in (
            (point.x, point.y ^ 1),
            (point.x + 1, point.y),
            (point.y, point.x),
            (0, 0),
        ):
            assert curve.has_point(x, y) == _library_takes(x, y, library)
        # The library reduces these; they would be a second spelling of one key.
        assert not curve.has_point(point.x + curve.prime, point.y)
        assert not curve.has_point(point.x, point.y + curve.prime)


def _library_takes(x: int, y: int, curve: Any) -> bool:  # noqa: ANN401  # one of the library's
    try:
        ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    except ValueError:
        return False
    return True
