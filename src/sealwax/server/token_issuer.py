"""The only mint: every token, code and link token that leaves this issuer is made here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sealwax.entropy import random_id
from sealwax.oauth.access_token import ACCESS_TOKEN_TYPE, status_uri
from sealwax.oauth.id_token import ID_TOKEN_TYPE
from sealwax.secret import Secret, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.entropy import Entropy
    from sealwax.oauth.access_token import AccessTokenClaims
    from sealwax.server.key_ring import KeyRing

CODE_PREFIX: Final = "swc_"
REFRESH_TOKEN_PREFIX: Final = "swr_"
CLIENT_SECRET_PREFIX: Final = "sws_"
LINK_PREFIX: Final = "swl_"
SESSION_PREFIX: Final = "swk_"
"""What each begins with, so that a secret scanner finds it and a foreign value is refused
cheaply."""

_JWT_ID_SIZE_BYTES: Final = 16


class TokenIssuer:
    """Makes tokens in memory; nothing of it is stored here."""

    def __init__(self, issuer: str, key_ring: KeyRing, entropy: Entropy) -> None:
        self._issuer = issuer
        self._key_ring = key_ring
        self._entropy = entropy

    def access_token(self, claims: AccessTokenClaims, *, signing_alg: str) -> str:
        """Sign an access token (RFC 9068 §2). Raises KeyNotReady."""
        payload = claims.to_claims(
            issuer=self._issuer,
            jwt_id=random_id(self._entropy, _JWT_ID_SIZE_BYTES),
            status_uri=status_uri(self._issuer, claims.status.list_id),
        )
        return self._key_ring.sign_payload(
            msgspec.json.encode(payload), typ=ACCESS_TOKEN_TYPE, algorithm=signing_alg
        )

    def id_token(self, claims: Mapping[str, object], *, signing_alg: str) -> str:
        """Sign an ID token (OIDC Core §2). Raises KeyNotReady."""
        return self._key_ring.sign_payload(
            msgspec.json.encode(claims), typ=ID_TOKEN_TYPE, algorithm=signing_alg
        )

    def new_code(self) -> tuple[Secret, str]:
        """Draw an authorization code: its text and the hash under which it is kept."""
        return self._draw(CODE_PREFIX)

    def new_refresh_token(self) -> tuple[Secret, str]:
        """Draw a refresh token."""
        return self._draw(REFRESH_TOKEN_PREFIX)

    def new_client_secret(self) -> tuple[Secret, str]:
        """Draw a client secret."""
        return self._draw(CLIENT_SECRET_PREFIX)

    def new_link_token(self) -> tuple[Secret, str]:
        """Draw the token of a one-time link."""
        return self._draw(LINK_PREFIX)

    def new_session_secret(self) -> tuple[Secret, str]:
        """Draw the value of a session cookie."""
        return self._draw(SESSION_PREFIX)

    def _draw(self, prefix: str) -> tuple[Secret, str]:
        text = prefix + random_id(self._entropy)
        return Secret(text), sha256_hex(text)
