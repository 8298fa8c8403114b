"""Building the services of an issuer: the one place that knows all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealwax.jose import Key
from sealwax.pages.render import Pages
from sealwax.server.browser_sessions import BrowserSessions
from sealwax.server.catalogue import Catalogue
from sealwax.server.changes import ChangeWatch
from sealwax.server.client_grants import ClientGrants
from sealwax.server.documents import Documents
from sealwax.server.form_tokens import FormTokens
from sealwax.server.interactions import Interactions
from sealwax.server.key_encryption import load_key_encryption_key
from sealwax.server.key_ring import FIRST_ALGORITHM, GenerateKey, KeyRing
from sealwax.server.key_schedule import Schedule
from sealwax.server.logging import EventLog
from sealwax.server.passwords import Passwords
from sealwax.server.readiness import Readiness
from sealwax.server.services import Services
from sealwax.server.status_publisher import StatusPublisher
from sealwax.server.throttle import Throttle
from sealwax.server.token_issuer import TokenIssuer

if TYPE_CHECKING:
    from sealwax.clock import Clock
    from sealwax.config import Settings
    from sealwax.entropy import Entropy
    from sealwax.storage.contracts import Storage


async def make_services(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    entropy: Entropy,
    *,
    log: EventLog | None = None,
    generate_key: GenerateKey = Key.generate,
    is_patient: bool = True,
) -> Services:
    """Give the services of one issuer.

    Without a log nothing is written. A patient caller waits until every key is made and opened;
    else only the first one is, and `background` does the rest. Raises KeyEncryptionKeyError,
    StorageUnavailable.
    """
    changes = ChangeWatch(storage)
    await changes.look()
    sealed = [key for key in await storage.signing_keys.list() if key.revoked_at is None]
    key_encryption_key = load_key_encryption_key(
        settings, has_signing_keys=bool(sealed), entropy=entropy
    )
    key_ring = KeyRing(
        storage.signing_keys,
        key_encryption_key,
        schedule=Schedule.of(settings),
        algorithms=settings.keys.algorithms,
        clock=clock,
        entropy=entropy,
        generate=generate_key,
    )
    await key_ring.refresh()
    await key_ring.prepare(None if is_patient else (FIRST_ALGORITHM,))
    log = log or _silent_log(clock)
    catalogue = Catalogue(storage)
    client_grants = ClientGrants(storage, changes, clock)
    status_publisher = StatusPublisher(settings, storage, key_ring, changes, clock)
    changes.subscribe("keys", key_ring.refresh)
    changes.subscribe("catalogue", catalogue.drop)
    changes.subscribe("catalogue", client_grants.drop)
    changes.subscribe("status", client_grants.drop)
    changes.subscribe("status", status_publisher.drop)
    token_issuer = TokenIssuer(settings.issuer.url, key_ring, entropy)
    return Services(
        settings=settings,
        storage=storage,
        clock=clock,
        entropy=entropy,
        log=log,
        changes=changes,
        catalogue=catalogue,
        client_grants=client_grants,
        key_ring=key_ring,
        token_issuer=token_issuer,
        status_publisher=status_publisher,
        passwords=Passwords(settings, entropy),
        throttle=Throttle(settings, storage.attempts, clock),
        browser_sessions=BrowserSessions(
            settings, storage.sessions, token_issuer, clock=clock, entropy=entropy
        ),
        form_tokens=FormTokens(settings, key_encryption_key, entropy),
        interactions=Interactions(key_encryption_key, clock=clock, entropy=entropy),
        documents=Documents(settings, key_ring),
        readiness=Readiness(storage, key_ring, log, clock),
        pages=Pages(settings.issuer.url),
    )


def _silent_log(clock: Clock) -> EventLog:
    return EventLog(lambda _: None, clock=clock, level="error", access=False)
