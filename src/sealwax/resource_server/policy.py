"""What a verifier accepts: the issuers it trusts, and how far.

A `TrustedIssuer` is checked when it is built. One that was not told whose tokens and for whom, or
was told something that would let through more than it seems to, cannot be built.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypedDict

from sealwax.jose import Key, KeySet, Policy
from sealwax.jose.algorithms import ALGORITHMS, allowed_algorithms
from sealwax.jose.claims import MAX_LEEWAY_SECONDS
from sealwax.jose.errors import KeyInvalid
from sealwax.jose.token_cache import TokenCache
from sealwax.resource_server.dpop_policy import DpopPolicy
from sealwax.resource_server.errors import InvalidConfiguration
from sealwax.resource_server.setting_checks import (
    check_flag,
    check_number,
    check_text,
    read_texts,
)
from sealwax.resource_server.web_address import WebAddress, parse_web_address

if TYPE_CHECKING:
    from sealwax.resource_server.introspection_request import Introspection

DEFAULT_ALGORITHMS: Final = ("ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519")
ACCESS_TOKEN_TYPE: Final = "at+jwt"
JWT_TYPE: Final = "JWT"

RFC_9068_CLAIMS: Final = ("sub", "client_id", "iat", "jti")
RELAXED_CLAIMS: Final = ("sub",)

_MAX_SECONDS: Final = 366 * 24 * 3600


@dataclass(frozen=True, slots=True)
class StatusPolicy:
    """What to make of a token's reference into a status list.

    A token without one passes, unless `required`. A list is used for `stale_seconds` past its
    time to live while it can't be renewed. Its address has to share the issuer's origin or one of
    `allowed_origins`, such as "https://status.example.com".
    """

    required: bool = False
    stale_seconds: int = 3600
    allowed_origins: Collection[str] = ()

    def __post_init__(self) -> None:
        """Check the settings. Raises InvalidConfiguration."""
        check_flag("status.required", self.required)
        check_number("status.stale_seconds", self.stale_seconds, 0, _MAX_SECONDS)
        origins = read_texts("status.allowed_origins", self.allowed_origins)
        object.__setattr__(self, "allowed_origins", origins)

    def origins(self, *, allow_insecure_http: bool) -> frozenset[tuple[str, str, int]]:
        """Give `allowed_origins` in the form they are compared in. Raises InvalidConfiguration."""
        return frozenset(_origin(text, allow_insecure_http) for text in self.allowed_origins)


class IssuerSettings(TypedDict, total=False):
    """What may be said of an issuer besides its URL and the audience; see TrustedIssuer."""

    algorithms: Collection[str]
    token_type: str
    keys: Key | KeySet | Mapping[str, Any] | None
    jwks_uri: str | None
    leeway_seconds: int
    max_age_seconds: int | None
    required_claims: Collection[str]
    scope_claim: str
    client_id_claim: str
    status: StatusPolicy | bool
    dpop: DpopPolicy | bool
    require_dpop: bool
    require_certificate: bool
    token_cache: TokenCache | None
    introspection: "Introspection | None"
    keys_stale_seconds: int
    allow_insecure_http: bool


@dataclass(frozen=True, kw_only=True)
class TrustedIssuer:
    """An issuer whose access tokens are accepted, and what they have to be like.

    - `issuer` is compared character for character; `audience` is what this API is called there.
    - `algorithms` are the ones a token may be signed with; HMAC only with `keys` given.
    - `token_type` is the `typ` of the header: "at+jwt" demands what RFC 9068 §2.2 does, "JWT" is
      for issuers whose access tokens are not of that profile and need only have a subject.
    - `keys` are the issuer's keys, in place of fetching them; `jwks_uri` is where to fetch them,
      in place of discovering it.
    - `leeway_seconds` is how far clocks may differ; `max_age_seconds` how old a token may be.
    - `required_claims` have to be there besides those of the token type.
    - `scope_claim` and `client_id_claim` name the claims for issuers with names of their own.
    - `status` says what to make of status lists; False looks at none.
    - `dpop` says what to make of DPoP proofs; with False no token bound to a key is accepted.
    - `require_dpop` and `require_certificate` refuse tokens that are not bound to a key, or not to
      a certificate.
    - `token_cache` remembers tokens whose signature was good; the rest is checked at every use.
    - `introspection` says how to ask the issuer about tokens that are no JWTs; without it they are
      refused.
    - `keys_stale_seconds` is how long keys are used past their time while none can be fetched.
    - `allow_insecure_http` lets tokens be trusted on the word of whoever sits on the network.

    Raises InvalidConfiguration, which names the field.
    """

    issuer: str
    audience: str | Collection[str]
    algorithms: Collection[str] = DEFAULT_ALGORITHMS
    token_type: str = ACCESS_TOKEN_TYPE
    keys: Key | KeySet | Mapping[str, Any] | None = field(default=None, repr=False)
    jwks_uri: str | None = None
    leeway_seconds: int = 10
    max_age_seconds: int | None = None
    required_claims: Collection[str] = ()
    scope_claim: str = "scope"
    client_id_claim: str = "client_id"
    status: StatusPolicy | bool = True
    dpop: DpopPolicy | bool = True
    require_dpop: bool = False
    require_certificate: bool = False
    token_cache: TokenCache | None = None
    introspection: "Introspection | None" = None
    keys_stale_seconds: int = 86_400
    allow_insecure_http: bool = False

    def __post_init__(self) -> None:
        """Check and normalise every field, in their order."""
        check_flag("allow_insecure_http", self.allow_insecure_http)
        _issuer_address(self.issuer, self.allow_insecure_http)
        self._set("audience", read_texts("audience", self.audience, at_least_one=True))
        self._set("algorithms", _algorithms(self.algorithms, has_keys=self.keys is not None))
        check_text("token_type", self.token_type)
        self._set("keys", _given_keys(self.keys, self.algorithms))
        self._check_jwks_uri()
        check_number("leeway_seconds", self.leeway_seconds, 0, MAX_LEEWAY_SECONDS)
        if self.max_age_seconds is not None:
            check_number("max_age_seconds", self.max_age_seconds, 1, _MAX_SECONDS)
        self._set("required_claims", read_texts("required_claims", self.required_claims))
        check_text("scope_claim", self.scope_claim)
        check_text("client_id_claim", self.client_id_claim)
        self._check_status()
        self._check_dpop()
        self._check_introspection()
        check_number("keys_stale_seconds", self.keys_stale_seconds, 0, _MAX_SECONDS)

    @property
    def audiences(self) -> tuple[str, ...]:
        """What this API is called, as the one or several names that were given."""
        return read_texts("audience", self.audience)

    @property
    def address(self) -> WebAddress:
        """The issuer's URL, taken apart."""
        return _issuer_address(self.issuer, self.allow_insecure_http)

    @property
    def jwks_address(self) -> WebAddress | None:
        """`jwks_uri`, taken apart, when it was given."""
        if self.jwks_uri is None:
            return None
        return _address("jwks_uri", self.jwks_uri, self.allow_insecure_http)

    @property
    def key_set(self) -> KeySet | None:
        """The keys that were given, if any."""
        return self.keys if isinstance(self.keys, KeySet) else None

    @property
    def status_policy(self) -> StatusPolicy | None:
        """What to make of status lists; None when nothing."""
        if isinstance(self.status, StatusPolicy):
            return self.status
        return StatusPolicy() if self.status else None

    @property
    def dpop_policy(self) -> DpopPolicy | None:
        """What to make of DPoP proofs; None when no token with one is accepted."""
        if isinstance(self.dpop, DpopPolicy):
            return self.dpop
        return DpopPolicy() if self.dpop else None

    @property
    def is_rfc_9068(self) -> bool:
        """True when tokens have to keep to the profile of RFC 9068."""
        return self.token_type.lower().removeprefix("application/") == ACCESS_TOKEN_TYPE

    @property
    def token_policy(self) -> Policy:
        """What `sealwax.jose` has to demand of a token."""
        claims = RFC_9068_CLAIMS if self.is_rfc_9068 else RELAXED_CLAIMS
        return Policy(
            self.issuer,
            self.audience,
            self.token_type,
            leeway_seconds=self.leeway_seconds,
            max_age_seconds=self.max_age_seconds,
            required_claims=(*claims, *self.required_claims),
        )

    @property
    def introspection_policy(self) -> Policy:
        """What has to be said of a token that the issuer was asked about."""
        return Policy(
            self.issuer,
            self.audience,
            (None,),
            leeway_seconds=self.leeway_seconds,
            max_age_seconds=self.max_age_seconds,
            required_claims=(*RELAXED_CLAIMS, *self.required_claims),
        )

    def _check_jwks_uri(self) -> None:
        if self.jwks_uri is not None and self.keys is not None:
            raise InvalidConfiguration("jwks_uri", "given together with keys; one is accepted")
        _ = self.jwks_address

    def _check_status(self) -> None:
        if not isinstance(self.status, StatusPolicy | bool):
            raise InvalidConfiguration(
                "status", f"{type(self.status).__name__} given; a StatusPolicy or bool is accepted"
            )
        if isinstance(self.status, StatusPolicy):
            self.status.origins(allow_insecure_http=self.allow_insecure_http)

    def _check_introspection(self) -> None:
        introspection: object = self.introspection
        if introspection is None:
            return
        from sealwax.resource_server.introspection_request import (  # noqa: PLC0415 - most ask nobody
            Introspection,
        )

        if not isinstance(introspection, Introspection):
            problem = f"{type(introspection).__name__} given; an Introspection is accepted"
            raise InvalidConfiguration("introspection", problem)
        introspection.endpoint_address(allow_insecure_http=self.allow_insecure_http)

    def _check_dpop(self) -> None:
        if not isinstance(self.dpop, DpopPolicy | bool):
            raise InvalidConfiguration(
                "dpop", f"{type(self.dpop).__name__} given; a DpopPolicy or bool is accepted"
            )
        check_flag("require_dpop", self.require_dpop)
        check_flag("require_certificate", self.require_certificate)
        if self.token_cache is not None and not isinstance(self.token_cache, TokenCache):
            raise InvalidConfiguration(
                "token_cache", f"{type(self.token_cache).__name__} given; a TokenCache is accepted"
            )
        if self.require_dpop and self.dpop is False:
            raise InvalidConfiguration("require_dpop", "given together with dpop=False")

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def _issuer_address(issuer: object, allow_insecure_http: bool) -> WebAddress:  # noqa: FBT001 - a private helper of one line
    """Read an issuer identifier: a URL without query and fragment (RFC 8414 §2)."""
    address = _address("issuer", issuer, allow_insecure_http)
    if "?" in address.url:
        raise InvalidConfiguration("issuer", "has a query; a URL without one is accepted")
    return address


def _address(name: str, url: object, allow_insecure_http: bool) -> WebAddress:  # noqa: FBT001 - see above
    try:
        return parse_web_address(url, allow_insecure_http=allow_insecure_http)
    except ValueError as error:
        raise InvalidConfiguration(name, str(error)) from None


def _origin(text: str, allow_insecure_http: bool) -> tuple[str, str, int]:  # noqa: FBT001 - see above
    name = "status.allowed_origins"
    address = _address(name, text, allow_insecure_http)
    if address.path or "?" in text:
        raise InvalidConfiguration(name, f"{text!r} has a path; scheme, host and port are accepted")
    return address.origin


def _algorithms(names: Collection[str], *, has_keys: bool) -> tuple[str, ...]:
    """Check the allowed algorithms; HMAC goes with given keys, and with nothing else.

    An HMAC secret can't be published, and next to asymmetric algorithms a public key could be
    taken for one (RFC 8725bis §3.1).
    """
    try:
        allowed = allowed_algorithms(names)
    except (TypeError, ValueError) as error:
        raise InvalidConfiguration("algorithms", str(error).removeprefix("algorithms ")) from None
    key_types = {ALGORITHMS[name].key_type for name in allowed}
    if "oct" in key_types and not has_keys:
        raise InvalidConfiguration("algorithms", "HMAC needs its secret, given as keys")
    if "oct" in key_types and len(key_types) > 1:
        raise InvalidConfiguration("algorithms", "mixes HMAC and public-key algorithms")
    return tuple(dict.fromkeys(names))


def _given_keys(
    keys: Key | KeySet | Mapping[str, Any] | None, algorithms: Collection[str]
) -> KeySet | None:
    """Take one key, several, or a JWK Set as a mapping; at least one has to be of use."""
    if isinstance(keys, Key):
        keys = KeySet([keys])
    if isinstance(keys, Mapping):
        try:
            keys = KeySet.from_jwks(keys)
        except KeyInvalid as error:
            raise InvalidConfiguration("keys", str(error)) from None
    if keys is None:
        return None
    if not isinstance(keys, KeySet):
        raise InvalidConfiguration(
            "keys", f"{type(keys).__name__} given; a Key, a KeySet or a JWK Set is accepted"
        )
    allowed = allowed_algorithms(algorithms)
    if not any(key.algorithms & allowed for key in keys.keys):
        raise InvalidConfiguration("keys", f"none can be used with {', '.join(algorithms)}")
    return keys
