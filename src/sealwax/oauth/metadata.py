"""What the issuer says of itself (RFC 8414 §2, OpenID Connect Discovery §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealwax.oauth.client_authentication import ASSERTION_ALGORITHMS
from sealwax.oauth.prompt import PROMPT_VALUES
from sealwax.oauth.scope import OIDC_SCOPES
from sealwax.oauth.userinfo import CLAIMS

if TYPE_CHECKING:
    from collections.abc import Sequence

AUTHENTICATION_METHODS: Final = ("client_secret_basic", "client_secret_post", "private_key_jwt")
GRANT_TYPES: Final = ("authorization_code", "refresh_token", "client_credentials")
ID_TOKEN_CLAIMS: Final = ("iss", "aud", "exp", "iat", "auth_time", "nonce", "amr", "sid", "at_hash")

ENDPOINTS: Final = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "jwks_uri": "/jwks",
    "revocation_endpoint": "/revoke",
    "introspection_endpoint": "/introspect",
    "end_session_endpoint": "/end_session",
}
"""Where each member of the documents points to, below the issuer."""


def authorization_server_metadata(
    issuer: str, *, ui_locales: Sequence[str] = ()
) -> dict[str, object]:
    """Give the document at `/.well-known/oauth-authorization-server` (RFC 8414 §2).

    `scopes_supported` holds the issuer's own: the scopes of an API are in the metadata of that API
    (RFC 9728 §2).
    """
    own_methods = list(AUTHENTICATION_METHODS)
    algorithms = list(ASSERTION_ALGORITHMS)
    return {
        "issuer": issuer,
        **{name: f"{issuer}{path}" for name, path in ENDPOINTS.items()},
        "scopes_supported": list(OIDC_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": list(GRANT_TYPES),
        "token_endpoint_auth_methods_supported": [*own_methods, "none"],
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": [*own_methods, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": own_methods,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        **({"ui_locales_supported": list(ui_locales)} if ui_locales else {}),
    }


def openid_configuration(
    issuer: str, *, id_token_algorithms: Sequence[str], ui_locales: Sequence[str] = ()
) -> dict[str, object]:
    """Give the document at `/.well-known/openid-configuration` (Discovery §3).

    It holds the other one, so the two never differ. `id_token_algorithms` are those for which
    there is a key.
    """
    return {
        **authorization_server_metadata(issuer, ui_locales=ui_locales),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(id_token_algorithms),
        "claim_types_supported": ["normal"],
        "claims_supported": [*CLAIMS, *ID_TOKEN_CLAIMS],
        "prompt_values_supported": list(PROMPT_VALUES),
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
