"""Any sequence of uses, retries and revocations, held against a model that fits on a page.

The model knows no SQL: a token is fresh, spent, replaced by a retry, or revoked; and of a family at
most one token is good.
"""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from sealwax.records import Grant, RefreshToken
from sealwax.secret import sha256_hex
from sealwax.storage.contracts import AlreadyUsed, NotFound, Storage, StorageError
from tests.storage import given
from tests.storage.conftest import BACKENDS
from tests.storage.given import NOW

END = NOW + 40
"""Of every family, near enough that the machine meets it."""

Result = TypeVar("Result")


@dataclasses.dataclass
class Token:
    """What the model knows of a token."""

    family_id: str
    successors: list[Token] = dataclasses.field(default_factory=list)
    spent_at: int | None = None
    is_superseded: bool = False
    is_revoked: bool = False

    def refusal(self, now: int, window: int) -> type[StorageError] | None:
        """Say what a use must raise; None for one that is accepted."""
        if self.is_revoked or now >= END:
            return NotFound
        if self.spent_at is None:
            return None
        was_used = any(
            one.spent_at is not None and not one.is_superseded for one in self.successors
        )
        may_retry = window > 0 and now - self.spent_at <= window and not self.is_superseded
        return None if may_retry and not was_used else AlreadyUsed

    def use(self, now: int, successor: Token) -> None:
        """Spend it, again perhaps; what a retry replaces counts as spent."""
        self.spent_at = now if self.spent_at is None else self.spent_at
        for earlier in self.successors:
            if earlier.spent_at is None:
                earlier.spent_at, earlier.is_superseded = now, True
        self.successors.append(successor)

    @property
    def is_good(self) -> bool:
        return self.spent_at is None and not self.is_revoked


class Families(RuleBasedStateMachine):
    """Drives a storage and the model side by side."""

    opener: Callable[[Path], Awaitable[Storage]]
    values = Bundle("values")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.now = NOW
        self.model: dict[str, Token] = {}
        self.storage: Storage = self.run(self._open())
        self.grant: Grant = self.run(given.signed_in(self.storage))

    async def _open(self) -> Storage:
        return await type(self).opener(Path(self.folder.name))

    def run(self, verb: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(verb)

    def teardown(self) -> None:
        self.run(self.storage.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(seconds=st.integers(1, 6))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @initialize(target=values)
    def first_family(self) -> str:
        return self._begin()

    @rule(target=values)
    def another_family(self) -> str:
        return self._begin()

    def _begin(self) -> str:
        value = f"swr_{len(self.model)}"
        code = given.code(self.grant, f"swc_{value}", expires_at=NOW + 10**6)
        token = given.refresh_token(self.grant, value, f"family {value}", expires_at=END)
        self.run(self.storage.authorization_codes.add(code))
        self.run(
            self.storage.authorization_codes.redeem(
                code.code_hash, refresh_token=token, now=self.now
            )
        )
        self.model[value] = Token(token.family_id)
        return value

    @rule(target=values, value=values, window=st.sampled_from([0, 3, 10]))
    def use(self, value: str, window: int) -> str:
        token, next_value = self.model[value], f"swr_{len(self.model)}"
        record = self.run(self.storage.refresh_tokens.find(sha256_hex(value)))
        assert record is not None
        successor = _successor(record, next_value)
        expected = token.refusal(self.now, window)
        verb = self.storage.refresh_tokens.rotate(
            record.token_hash, successor=successor, now=self.now, retry_window_seconds=window
        )
        if expected is not None:
            with pytest.raises(expected):
                self.run(verb)
            return value
        self.run(verb)
        self.model[next_value] = Token(token.family_id)
        token.use(self.now, self.model[next_value])
        return next_value

    @rule(value=values)
    def touch(self, value: str) -> None:
        expected = self.model[value].refusal(self.now, window=0)
        verb = self.storage.refresh_tokens.touch(sha256_hex(value), now=self.now)
        if expected is None:
            self.run(verb)
        else:
            with pytest.raises(expected):
                self.run(verb)

    @rule(value=values)
    def revoke_its_family(self, value: str) -> None:
        family_id = self.model[value].family_id
        self.run(self.storage.refresh_tokens.revoke_family(family_id, now=self.now))
        for token in self.model.values():
            token.is_revoked |= token.family_id == family_id

    @rule()
    def end_the_grant(self) -> None:
        self.run(self.storage.grants.end(self.grant.grant_id, now=self.now))
        self.grant = self.run(given.signed_in(self.storage))
        for token in self.model.values():
            token.is_revoked = True

    @rule()
    def purge(self) -> None:
        self.run(self.storage.purge(now=self.now))

    @invariant()
    def the_storage_says_the_same(self) -> None:
        for value, token in self.model.items():
            found = self.run(self.storage.refresh_tokens.find(sha256_hex(value)))
            assert found is not None
            assert (found.rotated_at is not None) == (token.spent_at is not None)
            assert (found.revoked_at is not None) == token.is_revoked

    @invariant()
    def of_a_family_one_token_is_good_at_most(self) -> None:
        good = [token.family_id for token in self.model.values() if token.is_good]
        assert len(good) == len(set(good))


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_families_behave_like_the_model(backend: str) -> None:
    machine = type("Families", (Families,), {"opener": staticmethod(BACKENDS[backend])})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=30, stateful_step_count=30, deadline=None)
    )


def _successor(token: RefreshToken, value: str) -> RefreshToken:
    return dataclasses.replace(
        token, token_hash=sha256_hex(value), rotated_at=None, revoked_at=None
    )
