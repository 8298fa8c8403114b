"""What is accepted of DPoP proofs (RFC 9449), and where it is noted which were used."""

from collections.abc import Awaitable, Collection
from dataclasses import dataclass, field
from typing import Final, Protocol

from sealwax.jose.algorithms import ALGORITHMS, allowed_algorithms
from sealwax.resource_server.errors import InvalidConfiguration
from sealwax.resource_server.setting_checks import check_number
from sealwax.secret import Secret

PROOF_ALGORITHMS: Final = ("ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519")
MIN_NONCE_SECRET_LENGTH: Final = 32

_MAX_PROOF_AGE_SECONDS: Final = 600
_MAX_PROOF_LEEWAY_SECONDS: Final = 60
_MAX_NONCE_SECONDS: Final = 3600


class ProofStore(Protocol):
    """Where the names of used proofs are kept: a `sealwax.jose.replay.ReplayStore`, or its like.

    `add` is atomic and answers True for the first only. It may be asynchronous; `verify` waits
    for that, `verify_sync` can't. What it raises is answered with 503, and lets nobody in.
    """

    def add(self, name: str, *, expires_at: int, now: int) -> bool | Awaitable[bool]:
        """Remember `name` until `expires_at`; True when it was not there before."""
        ...


@dataclass(frozen=True, slots=True)
class DpopPolicy:
    """What to make of DPoP proofs.

    A proof may be signed with any of `algorithms`, and is good from `leeway_seconds` before the
    time it says to `max_age_seconds` and `leeway_seconds` after. `replay_store` notes which were
    used; without one each process has its own. With `nonce_secret` a proof needs a nonce of ours,
    good for `nonce_seconds` at least (RFC 9449 §9); all processes of an API share the secret.
    """

    algorithms: Collection[str] = PROOF_ALGORITHMS
    max_age_seconds: int = 60
    leeway_seconds: int = 5
    replay_store: ProofStore | None = field(default=None, repr=False)
    nonce_secret: Secret | None = None
    nonce_seconds: int = 300

    def __post_init__(self) -> None:
        """Check the settings. Raises InvalidConfiguration."""
        object.__setattr__(self, "algorithms", _algorithms(self.algorithms))
        check_number("dpop.max_age_seconds", self.max_age_seconds, 1, _MAX_PROOF_AGE_SECONDS)
        check_number("dpop.leeway_seconds", self.leeway_seconds, 0, _MAX_PROOF_LEEWAY_SECONDS)
        check_number("dpop.nonce_seconds", self.nonce_seconds, 10, _MAX_NONCE_SECONDS)
        if self.replay_store is not None and not callable(getattr(self.replay_store, "add", None)):
            problem = f"{type(self.replay_store).__name__} given; what has add() is accepted"
            raise InvalidConfiguration("dpop.replay_store", problem)
        if self.nonce_secret is not None:
            _check_nonce_secret(self.nonce_secret)


def _algorithms(names: Collection[str]) -> tuple[str, ...]:
    try:
        allowed = allowed_algorithms(names)
    except (TypeError, ValueError) as error:
        problem = str(error).removeprefix("algorithms ")
        raise InvalidConfiguration("dpop.algorithms", problem) from None
    if any(ALGORITHMS[name].key_type == "oct" for name in allowed):
        raise InvalidConfiguration("dpop.algorithms", "holds HMAC; a proof has a key of its own")
    return tuple(dict.fromkeys(names))


def _check_nonce_secret(secret: object) -> None:
    if not isinstance(secret, Secret):
        problem = f"{type(secret).__name__} given; a Secret is accepted"
        raise InvalidConfiguration("dpop.nonce_secret", problem)
    if len(secret.reveal()) < MIN_NONCE_SECRET_LENGTH:
        problem = f"at least {MIN_NONCE_SECRET_LENGTH} characters are needed"
        raise InvalidConfiguration("dpop.nonce_secret", problem)
