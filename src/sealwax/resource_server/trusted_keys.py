"""The keys of one issuer, wherever they come from: given by the operator, or fetched.

What fetches them is in `key_source`, which is not loaded where keys are given.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, NoReturn, Protocol, TypeVar

from sealwax.clock import Clock
from sealwax.jose import KeySet
from sealwax.jose.errors import KeyNotFound
from sealwax.jose.jwt import PreparedVerifier
from sealwax.resource_server.kept import WAIT_SECONDS, Wait

_MAX_ATTEMPTS: Final = 3

Used = TypeVar("Used")


class TrustedKeys(NamedTuple):
    """The keys an issuer has now, and the check of its access tokens that was prepared of them."""

    key_set: KeySet
    verifier: PreparedVerifier


class KeySource(Protocol):
    """Where the keys of one issuer come from."""

    def find(self, now: int) -> TrustedKeys | None:
        """Give the keys at hand, if there are any that may be used."""
        ...

    def fetch(self, now: int) -> Wait:
        """Give what to wait for when there are none at hand.

        Raises KeysUnavailable when the issuer was just asked in vain.
        """
        ...

    def look_again(self, error: KeyNotFound, keys: TrustedKeys, now: int) -> Wait | None:
        """Give what to wait for that may bring a key `keys` does not have; None without hope.

        Raises KeysUnavailable when the issuer was just asked in vain, so that nobody knows.
        """
        ...

    def close(self) -> None:
        """Stop refreshing."""
        ...


def use_keys(source: KeySource, use: Callable[[KeySet], Used], clock: Clock) -> Used:
    """Call `use` with the issuer's keys, and again with newer ones when it misses one.

    Blocks while keys are fetched: for the threads that fetch, and not for requests. Raises what
    `use` raises, and KeysUnavailable.
    """
    attempts = 0
    while True:
        now = clock.now()
        keys = source.find(now)
        wait: Wait | None
        if keys is None:
            wait = source.fetch(now)
        else:
            try:
                return use(keys.key_set)
            except KeyNotFound as error:
                wait = source.look_again(error, keys, now)
                if wait is None:
                    raise
        attempts += 1
        if attempts == _MAX_ATTEMPTS:
            raise wait.otherwise
        wait.flight.wait(WAIT_SECONDS)


class GivenKeys:
    """Keys that the operator handed in; nothing is fetched."""

    def __init__(self, keys: TrustedKeys) -> None:
        self._keys = keys

    def find(self, now: int) -> TrustedKeys:  # noqa: ARG002 - of KeySource; these never age
        """Give the keys."""
        return self._keys

    def fetch(self, now: int) -> NoReturn:
        """Never happens: these keys are always at hand."""
        raise AssertionError(now)

    def look_again(self, error: KeyNotFound, keys: TrustedKeys, now: int) -> None:
        """Give nothing: these keys are all there are."""

    def close(self) -> None:
        """Do nothing: nothing was started."""
