"""An application or service that asks for tokens (RFC 6749 §2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sealwax.records.invariants import check_hash

ClientAuthenticationMethod = Literal[
    "none", "client_secret_basic", "client_secret_post", "private_key_jwt"
]


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client.

    Public clients authenticate by `none` and hold no secret (RFC 6749 §2.1).
    """

    client_id: str
    client_name: str
    token_endpoint_auth_method: ClientAuthenticationMethod
    created_at: int
    client_secret_hashes: tuple[str, ...] = ()
    """SHA-256 of each secret that is good now: two while a rotation is under way."""
    jwks: str | None = None
    """A JWK Set as JSON text, public keys only; for `private_key_jwt`."""
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code",)
    scopes: tuple[str, ...] = ()
    """All it may ask for, OpenID Connect's own scopes included."""
    web_origins: tuple[str, ...] = ()
    """Origins from which its scripts may call `/signin`, `/token` and `/userinfo` (CORS)."""
    default_resource: str | None = None
    """The audience of a token asked for without `resource`; None: the issuer itself."""
    introspects: tuple[str, ...] = ()
    """Identifiers of the resources this client is, and whose tokens it may introspect."""
    is_first_party: bool = False
    """May use `/signin`, and its people are not asked for consent."""
    id_token_signed_response_alg: str = "RS256"
    """OpenID Connect Registration §2 makes RS256 the default of a client that said nothing."""
    disabled_at: int | None = None

    @property
    def is_public(self) -> bool:
        """Whether it can keep no secret (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method == "none"

    def __post_init__(self) -> None:
        """Raise RecordInvalid for a secret in the clear."""
        for secret_hash in self.client_secret_hashes:
            check_hash("client_secret_hashes", secret_hash)
