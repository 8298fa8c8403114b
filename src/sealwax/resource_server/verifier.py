"""The verifier: one object an API builds at its start and asks about every token."""

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Final, Self, Unpack, overload

from sealwax.clock import Clock, SystemClock
from sealwax.entropy import Entropy, SystemEntropy
from sealwax.jose.errors import ISSUER_MISMATCH, TOKEN_CHARACTERS, ClaimInvalid, JoseError
from sealwax.resource_server.access_token import VerifiedToken
from sealwax.resource_server.claimed_issuer import is_signed_form, read_unverified_issuer
from sealwax.resource_server.default_fetcher import DefaultFetcher
from sealwax.resource_server.errors import (
    InvalidConfiguration,
    TokenRefused,
    Unavailable,
    VerifierClosed,
    VerifierError,
)
from sealwax.resource_server.events import VerifierEvents, guarded
from sealwax.resource_server.fetching import Fetcher
from sealwax.resource_server.issuer_verifier import Demands, IssuerVerifier, Services
from sealwax.resource_server.kept import WAIT_SECONDS, Wait
from sealwax.resource_server.policy import IssuerSettings, TrustedIssuer
from sealwax.resource_server.presentation import Presentation
from sealwax.resource_server.sender_constraint import UnspentProof
from sealwax.resource_server.step_up import AuthenticationDemands

if TYPE_CHECKING:
    from sealwax.resource_server.key_store import KeyStore

OnRefused = Callable[[str, str | None], None]
"""Called for every token refused, with the reason and the trusted issuer it claimed, if any."""

MAX_WAIT_SECONDS: Final = 60

_MAX_WAITS: Final = 4


class Verifier:
    """Verifies access tokens of one issuer, or of several, without asking them.

        verifier = Verifier(issuer="https://id.example.com", audience="https://api.example.com")
        token = await verifier.verify(access_token)

    The keys and status lists are fetched when they are first needed and renewed in the
    background, so a call is answered from memory. Safe to use from any number of threads and
    event loops, and after a fork.

    For one issuer give `issuer`, `audience` and the settings of TrustedIssuer; for several give
    `issuers`. `fetcher` reaches the network in another way, `on_refused` counts refusals, `events`
    counts everything, `key_store` keeps keys on disk for the next start, and `wait_seconds` is how
    long a call waits for a document that is not there yet. Raises InvalidConfiguration, which names
    the field, when it is not told what to accept.
    """

    @overload
    def __init__(
        self,
        issuer: str,
        audience: str | Collection[str],
        *,
        fetcher: Fetcher | None = None,
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        on_refused: OnRefused | None = None,
        events: VerifierEvents | None = None,
        key_store: "KeyStore | None" = None,
        wait_seconds: float = WAIT_SECONDS,
        **settings: Unpack[IssuerSettings],
    ) -> None: ...

    @overload
    def __init__(
        self,
        *,
        issuers: Iterable[TrustedIssuer],
        fetcher: Fetcher | None = None,
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        on_refused: OnRefused | None = None,
        events: VerifierEvents | None = None,
        key_store: "KeyStore | None" = None,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None: ...

    def __init__(
        self,
        issuer: str | None = None,
        audience: str | Collection[str] | None = None,
        *,
        issuers: Iterable[TrustedIssuer] | None = None,
        fetcher: Fetcher | None = None,
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        on_refused: OnRefused | None = None,
        events: VerifierEvents | None = None,
        key_store: "KeyStore | None" = None,
        wait_seconds: float = WAIT_SECONDS,
        **settings: Unpack[IssuerSettings],
    ) -> None:
        trusted = _trusted_issuers(issuer, audience, issuers, settings)
        self._clock = clock or SystemClock()
        self._events = guarded(events)
        self._is_counted = events is not None
        services = Services(
            fetcher or DefaultFetcher(),
            self._clock,
            entropy or SystemEntropy(),
            self._events,
            _check_key_store(key_store),
        )
        self._issuers = {each.issuer: IssuerVerifier(each, services) for each in trusted}
        self._only = next(iter(self._issuers.values())) if len(self._issuers) == 1 else None
        self._asked = _one_that_is_asked(self._issuers.values())
        self._on_refused = on_refused
        self._wait_seconds = _check_wait_seconds(wait_seconds)
        self._is_closed = False
        self.trusted_issuers: Final = trusted

    async def verify(
        self,
        token: str,
        *,
        scopes: Collection[str] = (),
        presented: Presentation | None = None,
        acr_values: Collection[str] = (),
        max_authentication_age_seconds: int | None = None,
        amr_values: Collection[str] = (),
    ) -> VerifiedToken:
        """Give what a token says, once it is certain that its sender may be believed with it.

        All of `scopes` are needed. `presented` says how the token came; without it no token that
        is bound to a key is accepted. The sign-in has to be of one of `acr_values`, at most
        `max_authentication_age_seconds` ago, by all of the methods `amr_values` (RFC 9470).

        Raises TokenRefused, or Unavailable while the issuer's keys can't be had. It suspends (in
        asyncio) only before the first answer for an issuer or a status list, to look for a key
        that was never seen, and for a replay store that is asynchronous.
        """
        sign_in = None
        if acr_values or amr_values or max_authentication_age_seconds is not None:
            age = max_authentication_age_seconds
            sign_in = AuthenticationDemands.of(acr_values, age, amr_values)
        demands = (scopes, presented, sign_in)
        outcome = self._judge(token, demands)
        if isinstance(outcome, VerifiedToken):
            return outcome
        for _ in range(_MAX_WAITS):
            if not isinstance(outcome, Wait):
                break
            await outcome.flight.wait_async(self._wait_seconds)
            outcome = self._judge_after(outcome, token, demands)
        if isinstance(outcome, UnspentProof):
            try:
                return self._accept(await outcome.spend_async())
            except (TokenRefused, Unavailable) as error:
                self._report(error, outcome.issuer)
                raise
        if isinstance(outcome, Wait):
            raise self._give_up(outcome, token)
        return outcome

    def verify_sync(
        self,
        token: str,
        *,
        scopes: Collection[str] = (),
        presented: Presentation | None = None,
        acr_values: Collection[str] = (),
        max_authentication_age_seconds: int | None = None,
        amr_values: Collection[str] = (),
    ) -> VerifiedToken:
        """Do what `verify` does, and block the thread where that one suspends.

        Raises InvalidConfiguration for a replay store that is asynchronous.
        """
        sign_in = None
        if acr_values or amr_values or max_authentication_age_seconds is not None:
            age = max_authentication_age_seconds
            sign_in = AuthenticationDemands.of(acr_values, age, amr_values)
        demands = (scopes, presented, sign_in)
        outcome = self._judge(token, demands)
        if isinstance(outcome, VerifiedToken):
            return outcome
        for _ in range(_MAX_WAITS):
            if not isinstance(outcome, Wait):
                break
            outcome.flight.wait(self._wait_seconds)
            outcome = self._judge_after(outcome, token, demands)
        if isinstance(outcome, UnspentProof):
            try:
                return self._accept(outcome.spend())
            except (TokenRefused, Unavailable) as error:
                self._report(error, outcome.issuer)
                raise
        if isinstance(outcome, Wait):
            raise self._give_up(outcome, token)
        return outcome

    def dpop_nonce(self, issuer: str) -> str | None:
        """Give the nonce that a client of this issuer puts into its next DPoP proof (RFC 9449 §9).

        It goes out as the header DPoP-Nonce; None where no nonce is needed.
        """
        return self._issuers[issuer].dpop_nonce(self._clock.now())

    async def prefetch(self) -> None:
        """Fetch the keys of every issuer, so that the first request need not wait.

        Raises KeysUnavailable when those of one can't be had.
        """
        for issuer in self._issuers.values():
            wait = self._wait_for_keys(issuer, None)
            while wait is not None:
                await wait.flight.wait_async(self._wait_seconds)
                wait = self._wait_for_keys(issuer, wait)

    def prefetch_sync(self) -> None:
        """Do what `prefetch` does, and block the thread where that one suspends."""
        for issuer in self._issuers.values():
            wait = self._wait_for_keys(issuer, None)
            while wait is not None:
                wait.flight.wait(self._wait_seconds)
                wait = self._wait_for_keys(issuer, wait)

    @property
    def is_ready(self) -> bool:
        """True when the keys of every issuer are at hand. It waits for nothing."""
        now = self._clock.now()
        return all(
            not issuer.needs_keys or issuer.keys.find(now) is not None
            for issuer in self._issuers.values()
        )

    def close(self) -> None:
        """Stop refreshing. From then on `verify` raises VerifierClosed."""
        self._is_closed = True
        for issuer in self._issuers.values():
            issuer.close()

    async def aclose(self) -> None:
        """Do what `close` does; nothing is waited for."""
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def _judge(
        self, token: str, demands: Demands, waited: Wait | None = None
    ) -> VerifiedToken | Wait | UnspentProof:
        """Do all that needs no waiting. Raises TokenRefused or Unavailable."""
        if self._is_closed:
            raise VerifierClosed
        issuer = self._only
        try:
            _check_is_text(token)
            if issuer is None:
                issuer = self._choose(token)
            now = self._clock.now()
            outcome = issuer.judge(token, now, waited)
            if isinstance(outcome, Wait):
                return outcome
            admitted = issuer.admit(token, outcome, demands, now)
        except JoseError as error:
            claim = error.claim if isinstance(error, ClaimInvalid) else None
            refusal = TokenRefused(error.reason, claim=claim)
            self._report(refusal, issuer.issuer if issuer is not None else None)
            raise refusal from error
        except (TokenRefused, Unavailable) as error:
            self._report(error, issuer.issuer if issuer is not None else None)
            raise
        return self._accept(admitted) if isinstance(admitted, VerifiedToken) else admitted

    def _judge_after(
        self, waited: Wait, token: str, demands: Demands
    ) -> VerifiedToken | Wait | UnspentProof:
        outcome = self._judge(token, demands, waited)
        if isinstance(outcome, Wait) and outcome.flight is waited.flight:
            raise self._give_up(waited, token)
        return outcome

    def _give_up(self, waited: Wait, token: str) -> VerifierError:
        issuer = self._only or self._choose(token)
        self._report(waited.otherwise, issuer.issuer)
        return waited.otherwise

    def _accept(self, token: VerifiedToken) -> VerifiedToken:
        if self._is_counted:
            self._events.token_verified(token.issuer)
        return token

    def _report(self, error: VerifierError, issuer: str | None) -> None:
        if isinstance(error, TokenRefused):
            self._events.token_refused(issuer, error.reason)
            if self._on_refused is not None:
                self._on_refused(error.reason, issuer)
        elif isinstance(error, Unavailable):
            self._events.token_undecided(error.issuer, error.reason)

    def _wait_for_keys(self, issuer: IssuerVerifier, waited: Wait | None) -> Wait | None:
        """Give what to wait for until the keys are there; not the same thing twice."""
        now = self._clock.now()
        if not issuer.needs_keys or issuer.keys.find(now) is not None:
            return None
        wait = issuer.keys.fetch(now)
        if waited is not None and wait.flight is waited.flight:
            raise waited.otherwise
        return wait

    def _choose(self, token: str) -> IssuerVerifier:
        """Choose by the issuer that the token claims; only that one's keys can then verify it.

        A token that is no JWT claims nothing: it goes to the one issuer that can be asked.
        """
        if self._asked is not None and not is_signed_form(token):
            return self._asked
        issuer = self._issuers.get(read_unverified_issuer(token))
        if issuer is None:
            raise TokenRefused(ISSUER_MISMATCH, claim="iss")
        return issuer


def _one_that_is_asked(issuers: Iterable[IssuerVerifier]) -> IssuerVerifier | None:
    """Give the issuer that opaque tokens go to: they do not say whose they are."""
    asked = [issuer for issuer in issuers if issuer.takes_opaque_tokens]
    if len(asked) > 1:
        raise InvalidConfiguration("issuers", "several have introspection; one is accepted")
    return asked[0] if asked else None


def _check_key_store(key_store: object) -> "KeyStore | None":
    if key_store is None:
        return None
    from sealwax.resource_server.key_store import KeyStore  # noqa: PLC0415 - few have one

    if not isinstance(key_store, KeyStore):
        problem = f"{type(key_store).__name__} given; a KeyStore is accepted"
        raise InvalidConfiguration("key_store", problem)
    return key_store


def _check_wait_seconds(seconds: float) -> float:
    if type(seconds) not in (int, float) or not 0 < seconds <= MAX_WAIT_SECONDS:
        problem = f"is {seconds!r:.60}; more than 0, and at most {MAX_WAIT_SECONDS}, is accepted"
        raise InvalidConfiguration("wait_seconds", problem)
    return seconds


def _check_is_text(token: object) -> None:
    if not isinstance(token, str):
        raise TokenRefused(TOKEN_CHARACTERS)


def _trusted_issuers(
    issuer: str | None,
    audience: str | Collection[str] | None,
    issuers: Iterable[TrustedIssuer] | None,
    settings: IssuerSettings,
) -> tuple[TrustedIssuer, ...]:
    unknown = sorted(settings.keys() - IssuerSettings.__annotations__.keys())
    if unknown:
        raise TypeError(f"Verifier() got an unexpected keyword argument {unknown[0]!r}")
    if issuers is None:
        if issuer is None:
            raise InvalidConfiguration("issuer", "missing; the URL of an issuer is needed")
        if audience is None:
            raise InvalidConfiguration("audience", "missing; what this API is called is needed")
        return (TrustedIssuer(issuer=issuer, audience=audience, **settings),)
    if issuer is not None or audience is not None or settings:
        raise InvalidConfiguration("issuers", "given together with the settings of one issuer")
    trusted = tuple(issuers)
    if not trusted or not all(isinstance(each, TrustedIssuer) for each in trusted):
        raise InvalidConfiguration("issuers", "at least one TrustedIssuer, and nothing else")
    if len({each.issuer for each in trusted}) != len(trusted):
        raise InvalidConfiguration("issuers", "names an issuer twice")
    return trusted
