"""Fixtures of the verifier's tests."""

import pytest

from sealwax.clock import ManualClock
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import START, Check, check_async, check_sync, new_issuer


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def issuer(clock: ManualClock) -> TestIssuer:
    return new_issuer(clock=clock)


@pytest.fixture(params=[check_sync, check_async], ids=["sync", "async"])
def check(request: pytest.FixtureRequest) -> Check:
    """Both ways to ask a verifier: they have to agree on everything."""
    way: Check = request.param
    return way
