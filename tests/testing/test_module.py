"""What `sealwax.testing` hands out."""

import pytest

import sealwax.testing
from sealwax.testing import stand_in, stand_ins


def test_it_hands_out_every_name_it_promises() -> None:
    for name in sealwax.testing.__all__:
        assert getattr(sealwax.testing, name) is not None
    assert set(sealwax.testing.__all__) <= set(dir(sealwax.testing))


def test_a_name_is_not_hidden_by_the_module_it_comes_from() -> None:
    assert stand_in is stand_ins.stand_in


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'TestIssuers'"):
        _ = sealwax.testing.TestIssuers
