"""Documents that say the same to everyone: both kinds of metadata, and our public keys.

They are written once and handed out as ready bytes, with an ETag, to be cached for some minutes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from sealwax.oauth import metadata
from sealwax.pages.languages import available_languages
from sealwax.server.http import Reply

if TYPE_CHECKING:
    from sealwax.config import Settings
    from sealwax.server.http import RawHeader, Request
    from sealwax.server.key_ring import KeyRing

MAX_AGE_SECONDS: Final = 300
"""How long a receiver may keep the keys: far less than a new one is published ahead of its use."""

_JSON: Final = b"application/json"


class _Document(NamedTuple):
    body: bytes
    etag: str
    headers: tuple[RawHeader, ...]


class Documents:
    """Answers the addresses of the documents."""

    def __init__(self, settings: Settings, key_ring: KeyRing) -> None:
        issuer = settings.issuer.url
        locales = available_languages()
        self._key_ring = key_ring
        self._openid_configuration = _document(
            msgspec.json.encode(
                metadata.openid_configuration(
                    issuer, id_token_algorithms=settings.keys.algorithms, ui_locales=locales
                )
            )
        )
        self._authorization_server_metadata = _document(
            msgspec.json.encode(metadata.authorization_server_metadata(issuer, ui_locales=locales))
        )
        self._jwks = _document(key_ring.jwks_document)

    def openid_configuration(self, request: Request) -> Reply:
        """Answer `/.well-known/openid-configuration` (OIDC Discovery §4)."""
        return _reply(self._openid_configuration, request)

    def authorization_server_metadata(self, request: Request) -> Reply:
        """Answer `/.well-known/oauth-authorization-server` (RFC 8414 §3)."""
        return _reply(self._authorization_server_metadata, request)

    def jwks(self, request: Request) -> Reply:
        """Answer `/jwks` (RFC 7517 §5) with what is published at this moment."""
        body = self._key_ring.jwks_document
        if body is not self._jwks.body:
            self._jwks = _document(body)
        return _reply(self._jwks, request)


def _document(body: bytes) -> _Document:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = (
        (b"content-type", _JSON),
        (b"cache-control", b"public, max-age=%d" % MAX_AGE_SECONDS),
        (b"etag", etag.encode("ascii")),
    )
    return _Document(body, etag, headers)


def _reply(document: _Document, request: Request) -> Reply:
    """Answer 304 to who has this very document (RFC 9110 §13.1.2)."""
    wanted = request.header("if-none-match")
    if wanted is not None and document.etag in wanted:
        return Reply(304, document.headers[1:], b"")
    return Reply(200, document.headers, document.body)
