"""What the tests of the native core share: the two paths, and what to do where there is one."""

from collections.abc import Iterator
from typing import Any

import pytest

from sealwax.jose import JoseError, native
from sealwax.jose.jwt import PreparedVerifier, VerifiedJwt
from sealwax.jose.native import Implementation

STATE = native.state()
needs_native = pytest.mark.skipif(
    not STATE.is_available, reason=f"{STATE.reason}; `make native` builds it"
)
PATHS = (pytest.param("native", marks=needs_native), "python")


def fresh_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what was chosen and found, for the time of one test."""
    monkeypatch.setattr("sealwax.jose.native._switch.choice", None)
    monkeypatch.setattr("sealwax.jose.native._switch.found", None)


def verdict(verifier: PreparedVerifier, token: Any, now: int) -> tuple[Any, ...]:  # noqa: ANN401  # tokens of wrong types too
    """Give everything that can be seen of one verification, to be compared."""
    try:
        found = verifier.verify(token, now=now)
    except (JoseError, TypeError) as error:
        return type(error), str(error), sorted(map(repr, vars(error).items()))
    return VerifiedJwt, dict(found.header), found.claims, found.key


def switched(choice: Implementation) -> Iterator[None]:
    """Let one test build everything by one path; for fixtures."""
    with native.using(choice):
        yield
