"""Which pages of other origins may read our answers (Fetch §3.2).

Cookies never count: no answer allows credentials.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.server.http import RawHeader
    from sealwax.server.request_reader import Head
    from sealwax.server.routes import Cors
    from sealwax.server.routing import Address
    from sealwax.server.services import Services

_PUBLIC: Final[tuple[RawHeader, ...]] = (
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_VARY: Final = (b"vary", b"origin")
_EXPOSE: Final = (b"access-control-expose-headers", b"retry-after, www-authenticate")
_ALLOW_HEADERS: Final = (b"access-control-allow-headers", b"authorization, content-type")
_MAX_AGE: Final = (b"access-control-max-age", b"600")


async def readable(reply: Reply, rule: Cors, head: Head, services: Services) -> Reply:
    """Let the pages that the rule names read this reply."""
    added = await _allow_origin(rule, head.headers.get("origin"), services)
    if len(added) > 1 and rule == "client":
        added = (*added, _EXPOSE)
    return msgspec.structs.replace(reply, headers=(*reply.headers, *added))


async def preflight(address: Address, head: Head, services: Services) -> Reply:
    """Answer OPTIONS: what the address allows, and what a permitted origin may send."""
    wanted = head.headers.get("access-control-request-method", "")
    route = address.route(wanted)
    if route is None or route.cors == "none":
        return Reply.empty(204, headers=(address.allow,))
    added = await _allow_origin(route.cors, head.headers.get("origin"), services)
    if added == (_VARY,):
        return Reply.empty(204, headers=(address.allow, _VARY))
    methods = (b"access-control-allow-methods", route.method.encode("ascii"))
    return Reply.empty(204, headers=(address.allow, *added, methods, _ALLOW_HEADERS, _MAX_AGE))


async def _allow_origin(
    rule: Cors, origin: str | None, services: Services
) -> tuple[RawHeader, ...]:
    if rule == "public":
        return _PUBLIC
    if origin is not None and await services.catalogue.is_web_origin(origin):
        return (_VARY, (b"access-control-allow-origin", origin.encode("latin-1")))
    return (_VARY,)
