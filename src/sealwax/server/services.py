"""What the endpoints work with: built once by `server.assembly`, handed to every handler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sealwax.clock import Clock
    from sealwax.config import Settings
    from sealwax.entropy import Entropy
    from sealwax.pages.render import Pages
    from sealwax.server.browser_sessions import BrowserSessions
    from sealwax.server.catalogue import Catalogue
    from sealwax.server.changes import ChangeWatch
    from sealwax.server.client_grants import ClientGrants
    from sealwax.server.documents import Documents
    from sealwax.server.form_tokens import FormTokens
    from sealwax.server.interactions import Interactions
    from sealwax.server.key_ring import KeyRing
    from sealwax.server.logging import EventLog
    from sealwax.server.passwords import Passwords
    from sealwax.server.readiness import Readiness
    from sealwax.server.status_publisher import StatusPublisher
    from sealwax.server.throttle import Throttle
    from sealwax.server.token_issuer import TokenIssuer
    from sealwax.storage.contracts import Storage


@dataclass(frozen=True, slots=True)
class Services:
    """All of it. Every part that caches drops its cache when `storage.changes()` moves."""

    settings: Settings
    storage: Storage
    clock: Clock
    entropy: Entropy
    log: EventLog
    """`event(name, **fields)`; fields outside the allow-list are dropped."""
    changes: ChangeWatch
    catalogue: Catalogue
    """Clients and resources: `await client(client_id)`, `await resource(identifier)`."""
    client_grants: ClientGrants
    """`await of(client_id)`: the living grant of a client by itself (client_credentials)."""
    key_ring: KeyRing
    token_issuer: TokenIssuer
    """The only place where tokens, codes and their kin are made."""
    status_publisher: StatusPublisher
    passwords: Passwords
    """`await hash(password)`, `await verify(password, user)`; raises ServerBusy when too many
    wait."""
    throttle: Throttle
    """`await take(account, network)` before a password is looked at; `await succeeded(account,
    network)` after."""
    browser_sessions: BrowserSessions
    form_tokens: FormTokens
    """Against forged forms: `issue(request)`, `check(request, token)`."""
    interactions: Interactions
    """What a page flow remembers, sealed and carried by the browser."""
    documents: Documents
    """Both discovery documents and the JWKS as ready replies."""
    readiness: Readiness
    pages: Pages
