"""Fixtures for the tests of an API: its issuer, its verifier, and tokens, without a network.

pytest finds this by itself. Nothing but pytest is imported until a fixture is asked for.
docs/how-to/test-your-api.md shows them at work; any can be replaced in a conftest.py.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Unpack

import pytest

if TYPE_CHECKING:
    from sealwax.clock import ManualClock
    from sealwax.resource_server import Verifier
    from sealwax.testing import StandIn, TestIssuer
    from sealwax.testing.issuer import TokenDetails
    from sealwax.testing.stand_ins import HasVerifier


@pytest.fixture
def sealwax_clock() -> "ManualClock":
    """The time of the test: now, and then whatever `advance(seconds)` makes it."""
    from sealwax.clock import ManualClock, SystemClock  # noqa: PLC0415 - paid for by those who use it

    return ManualClock(SystemClock().now())


@pytest.fixture
def sealwax_audience() -> str:
    """What the API under test is called; replace it by the real name."""
    return "https://api.test"


@pytest.fixture
def sealwax_issuer(sealwax_clock: "ManualClock") -> "TestIssuer":
    """An issuer in memory, `https://issuer.test`, which signs with ES256."""
    from sealwax.testing import TestIssuer  # noqa: PLC0415 - paid for by those who use it

    return TestIssuer(clock=sealwax_clock)


@pytest.fixture
def sealwax_verifier(sealwax_issuer: "TestIssuer", sealwax_audience: str) -> "Iterator[Verifier]":
    """A Verifier that trusts `sealwax_issuer` for `sealwax_audience`."""
    with sealwax_issuer.verifier(sealwax_audience) as verifier:
        yield verifier


@pytest.fixture
def sealwax_headers(
    sealwax_issuer: "TestIssuer", sealwax_audience: str
) -> Callable[..., dict[str, str]]:
    """Make the headers of a request: `sealwax_headers("notes:read", subject="alice")`."""
    from sealwax.testing import token_headers  # noqa: PLC0415 - paid for by those who use it

    def headers(*scopes: str, **details: "Unpack[TokenDetails]") -> dict[str, str]:
        return token_headers(sealwax_issuer.token(sealwax_audience, scopes=scopes, **details))

    return headers


@pytest.fixture
def sealwax_stand_in(
    sealwax_clock: "ManualClock",
) -> "Iterator[Callable[[HasVerifier], StandIn]]":
    """Put a test issuer in the place of the one that an API trusts, until the test ends.

    `api = sealwax_stand_in(notes)`, where `notes` is the ResourceServer of any framework; its
    settings stay. `api.headers("notes:read")` are the headers of a request then.
    """
    from sealwax.testing import stand_in  # noqa: PLC0415 - paid for by those who use it

    with ExitStack() as stack:

        def put(resource_server: "HasVerifier") -> "StandIn":
            return stack.enter_context(stand_in(resource_server, clock=sealwax_clock))

        yield put
