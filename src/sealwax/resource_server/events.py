"""What a verifier tells an operator: counts by issuer and reason, and nothing of any token.

`sealwax.integrations.prometheus` and `sealwax.integrations.opentelemetry` count these; a class of
one's own derives from `VerifierEvents` and overrides what it wants to know.
"""

from typing import Final, Literal

DocumentKind = Literal["keys", "stored_keys", "status_list", "introspection"]
"""What was fetched: an issuer's keys, those kept on disk, a status list, or an answer about one
token."""

LOGGER_NAME: Final = "sealwax.resource_server"


class VerifierEvents:
    """Told of what happens in a verifier. Each method does nothing unless it is overridden.

    The values are few, so that they can be labels of a counter: `issuer` is one that was
    configured (None when a token named none of them), and `reason` one of the tables REASONS and
    FETCH_REASONS in `sealwax.resource_server.errors`. It is called in whichever thread or task the
    thing happened, has to be quick, and may not block. What it raises is logged once and changes
    nothing for the token.
    """

    def token_verified(self, issuer: str) -> None:
        """Take note that a token of `issuer` was accepted."""

    def token_refused(self, issuer: str | None, reason: str) -> None:
        """Take note that a token was refused (401 or 403), and why."""

    def token_undecided(self, issuer: str, reason: str) -> None:
        """Take note that nothing could be said about a token (503), and why."""

    def fetched(self, issuer: str, document: DocumentKind) -> None:
        """Take note that a document was fetched, read and believed."""

    def fetch_failed(self, issuer: str, document: DocumentKind, reason: str) -> None:
        """Take note that a document could not be had, and why."""


class GuardedEvents(VerifierEvents):
    """Passes events on, and holds what the receiver raises away from the verifier."""

    def __init__(self, receiver: VerifierEvents) -> None:
        self._receiver = receiver
        self._has_complained = False

    def token_verified(self, issuer: str) -> None:
        """Pass it on."""
        try:
            self._receiver.token_verified(issuer)
        except Exception as error:  # noqa: BLE001 - foreign code decides nothing about a token
            self._complain(error)

    def token_refused(self, issuer: str | None, reason: str) -> None:
        """Pass it on."""
        try:
            self._receiver.token_refused(issuer, reason)
        except Exception as error:  # noqa: BLE001 - the same
            self._complain(error)

    def token_undecided(self, issuer: str, reason: str) -> None:
        """Pass it on."""
        try:
            self._receiver.token_undecided(issuer, reason)
        except Exception as error:  # noqa: BLE001 - the same
            self._complain(error)

    def fetched(self, issuer: str, document: DocumentKind) -> None:
        """Pass it on."""
        try:
            self._receiver.fetched(issuer, document)
        except Exception as error:  # noqa: BLE001 - the same
            self._complain(error)

    def fetch_failed(self, issuer: str, document: DocumentKind, reason: str) -> None:
        """Pass it on."""
        try:
            self._receiver.fetch_failed(issuer, document, reason)
        except Exception as error:  # noqa: BLE001 - the same
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        if self._has_complained:
            return
        self._has_complained = True
        import logging  # noqa: PLC0415 - only paid for when something went wrong

        logging.getLogger(LOGGER_NAME).error(
            "events_failed receiver=%s", type(self._receiver).__name__, exc_info=error
        )


NO_EVENTS: Final = VerifierEvents()
"""Tells nobody."""


def guarded(events: VerifierEvents | None) -> VerifierEvents:
    """Give what a verifier may call without care: `events` guarded, or one that tells nobody."""
    return NO_EVENTS if events is None else GuardedEvents(events)
