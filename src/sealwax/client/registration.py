"""What a client is, as it was registered with the provider (RFC 6749 §2)."""

import base64
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote_plus

from sealwax.client.errors import InvalidConfiguration
from sealwax.entropy import Entropy, random_id
from sealwax.jose import Key, jwt
from sealwax.secret import Secret

AuthenticationMethod = Literal[
    "none", "client_secret_basic", "client_secret_post", "private_key_jwt"
]

ASSERTION_LIFETIME_SECONDS: Final = 60
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_ID_TOKEN_ALGORITHMS: Final = frozenset(
    {"RS256", "PS256", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"}
)


@dataclass(frozen=True, slots=True)
class ClientRegistration:
    """A client as its provider knows it.

    One way to authenticate, decided by what was given: a `signing_key` (`private_key_jwt`), a
    `client_secret` (`client_secret_basic`, or `client_secret_post` if named), or nothing (a public
    client). `id_token_algorithm` is the one algorithm in which ID tokens are accepted: what was
    registered as `id_token_signed_response_alg`, never what a token says. Raises
    InvalidConfiguration.
    """

    client_id: str
    client_secret: Secret | None = None
    signing_key: Key | None = None
    authentication_method: AuthenticationMethod | None = None
    id_token_algorithm: str = "RS256"

    def __post_init__(self) -> None:
        if not self.client_id:
            raise InvalidConfiguration("client_id", "is empty; the registered id is accepted")
        if self.client_secret is not None and self.signing_key is not None:
            raise InvalidConfiguration(
                "client_secret", "given beside a signing_key; one is accepted"
            )
        if self.signing_key is not None and not self.signing_key.is_private:
            raise InvalidConfiguration("signing_key", "is a public key; a private one is accepted")
        if self.id_token_algorithm not in _ID_TOKEN_ALGORITHMS:
            accepted = ", ".join(sorted(_ID_TOKEN_ALGORITHMS))
            raise InvalidConfiguration("id_token_algorithm", f"not one of {accepted}")
        if self.method not in self._possible_methods():
            accepted = " or ".join(sorted(self._possible_methods()))
            raise InvalidConfiguration(
                "authentication_method", f"is {self.method}; with what was given, {accepted} is"
            )

    @property
    def method(self) -> AuthenticationMethod:
        """How the client authenticates at the token endpoint."""
        if self.authentication_method is not None:
            return self.authentication_method
        if self.signing_key is not None:
            return "private_key_jwt"
        return "none" if self.client_secret is None else "client_secret_basic"

    def authenticate(
        self, *, issuer: str, now: int, entropy: Entropy
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Give the headers and the form fields that tell the token endpoint who is asking.

        RFC 6749 §2.3.1; for a key RFC 7523 §2.2, with the issuer as the only audience.
        """
        if self.client_secret is not None and self.method == "client_secret_basic":
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret.reveal())}"
            credentials = base64.b64encode(pair.encode()).decode("ascii")
            return {"Authorization": f"Basic {credentials}"}, {}
        if self.client_secret is not None:
            secret = self.client_secret.reveal()
            return {}, {"client_id": self.client_id, "client_secret": secret}
        if self.signing_key is None:
            return {}, {"client_id": self.client_id}
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": issuer,
            "iat": now,
            "exp": now + ASSERTION_LIFETIME_SECONDS,
            "jti": random_id(entropy),
        }
        assertion = jwt.sign(claims, self.signing_key, typ="client-authentication+jwt")
        return {}, {
            "client_id": self.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }

    def _possible_methods(self) -> Collection[AuthenticationMethod]:
        if self.signing_key is not None:
            return {"private_key_jwt"}
        if self.client_secret is not None:
            return {"client_secret_basic", "client_secret_post"}
        return {"none"}
