"""What a verified access token says, and the rules that are those of access tokens (RFC 9068)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeGuard, TypeVar

from sealwax.jose.claims import numeric_date
from sealwax.jose.confirmation import Confirmation, read_confirmation
from sealwax.jose.errors import CLAIM_TYPE, ClaimInvalid
from sealwax.resource_server.errors import (
    SCOPE_INSUFFICIENT,
    TOKEN_KIND,
    TokenRefused,
)

Typed = TypeVar("Typed")

NO_SCOPES: Final[frozenset[str]] = frozenset()

# What an ID token (OIDC Core §2, §3.3.2.11) or a logout or event token (RFC 8417 §2.2) has and an
# access token does not. With `typ: at+jwt` this can't come up; "JWT" does not tell them apart.
_CLAIMS_OF_OTHER_KINDS: Final = frozenset({"at_hash", "c_hash", "s_hash", "events"})
# What Keycloak writes into the payload of an access token; of other tokens "ID", "Refresh" ...
_ACCESS_TOKEN_KIND: Final = "Bearer"


@dataclass(frozen=True, slots=True, eq=False)
class VerifiedToken:
    """An access token that was found genuine, in force, for this API, and not taken back.

    `issuer` and `subject` together name who the token speaks for: a subject by itself is
    somebody else at another issuer. `client_id` is None only for issuers with
    `token_type="JWT"` that do not name the client. `claims` and `header` are everything it says.
    """

    issuer: str
    subject: str
    client_id: str | None
    scopes: frozenset[str]
    claims: Mapping[str, Any] = field(repr=False)
    header: Mapping[str, Any] = field(repr=False)

    @property
    def audience(self) -> tuple[str, ...]:
        """All the APIs it is for; this one is among them. Empty only where that was allowed."""
        audience = self.claims.get("aud", ())
        return (audience,) if isinstance(audience, str) else tuple(audience)

    @property
    def confirmation(self) -> Confirmation | None:
        """The key or certificate it is bound to (RFC 7800 §3.1), and was shown to be sent with."""
        return read_confirmation(self.claims) if "cnf" in self.claims else None

    @property
    def acr(self) -> str | None:
        """Which authentication context class the sign-in satisfied; None when it does not say."""
        acr = self.claims.get("acr")
        return acr if type(acr) is str else None

    @property
    def amr(self) -> tuple[str, ...]:
        """How somebody signed in (RFC 8176); empty when it does not say."""
        amr = self.claims.get("amr")
        return tuple(amr) if _is_list_of_texts(amr) else ()

    @property
    def auth_time(self) -> int | None:
        """When somebody last signed in, in seconds since 1970; None when it does not say."""
        try:
            auth_time = numeric_date(self.claims, "auth_time")
        except ClaimInvalid:
            return None
        return None if auth_time is None else int(auth_time)

    @property
    def expires_at(self) -> int:
        """When it ends, in seconds since 1970."""
        return int(self.claims["exp"])

    @property
    def issued_at(self) -> int | None:
        """When it was made; None only for issuers with `token_type="JWT"` that do not say."""
        issued_at = self.claims.get("iat")
        return None if issued_at is None else int(issued_at)

    @property
    def jwt_id(self) -> str | None:
        """The name of this one token; None like `issued_at`."""
        jwt_id: str | None = self.claims.get("jti")
        return jwt_id

    def claims_as(self, claims_type: type[Typed]) -> Typed:
        """Give the claims as a dataclass, TypedDict, msgspec.Struct or pydantic model of yours.

        Raises TokenRefused, which names the claim that is missing or not of its type, and TypeError
        for another kind of type.
        """
        from sealwax.jose.typed_claims import as_type  # noqa: PLC0415 - only some types need it

        try:
            return as_type(self.claims, claims_type)
        except ClaimInvalid as error:
            raise TokenRefused(error.reason, claim=error.claim) from error

    def has_scopes(self, *scopes: str) -> bool:
        """True when the token has all of these scopes."""
        return self.scopes.issuperset(scopes)

    def require_scopes(self, *scopes: str) -> None:
        """Raise TokenRefused, for a 403, when the token lacks one of these scopes."""
        if not self.scopes.issuperset(scopes):
            raise TokenRefused(SCOPE_INSUFFICIENT, claim="scope", required_scopes=scopes)


_SLOTS: Final[Mapping[str, Any]] = vars(VerifiedToken)
_set_issuer, _set_subject, _set_client_id, _set_scopes, _set_claims, _set_header = (
    _SLOTS[each.name].__set__ for each in fields(VerifiedToken)
)


@dataclass(frozen=True, slots=True)
class AccessTokenRules:
    """What is asked of an access token of one issuer once it has been verified as a JWT."""

    is_rfc_9068: bool
    scope_claim: str
    client_id_claim: str

    def read(self, claims: Mapping[str, Any], header: Mapping[str, Any]) -> VerifiedToken:
        """Read claims that were verified as those of an access token.

        Raises TokenRefused or ClaimInvalid.
        """
        if self.is_rfc_9068:
            _check_sign_in(claims)
        else:
            _check_kind(claims)
        # What VerifiedToken(...) does, in half the time.
        token = object.__new__(VerifiedToken)
        _set_issuer(token, claims["iss"])
        _set_subject(token, claims["sub"])
        _set_client_id(token, self._read_client_id(claims))
        _set_scopes(token, self._read_scopes(claims))
        _set_claims(token, claims)
        _set_header(token, header)
        return token

    def _read_scopes(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Read the scopes: a text of them with spaces between (RFC 8693 §4.2); none if absent.

        A claim of another name, set for an issuer that has its own, may be a list of texts too.
        """
        scope = claims.get(self.scope_claim)
        if type(scope) is str:
            scopes = frozenset(scope.split(" "))
            return scopes - {""} if "" in scopes else scopes
        if scope is None and self.scope_claim not in claims:
            return NO_SCOPES
        may_be_list = self.scope_claim != "scope"
        if may_be_list and isinstance(scope, list) and all(type(each) is str for each in scope):
            return frozenset(scope)
        raise TokenRefused(CLAIM_TYPE, claim=self.scope_claim)

    def _read_client_id(self, claims: Mapping[str, Any]) -> str | None:
        client_id = claims.get(self.client_id_claim)
        if client_id is None and self.client_id_claim not in claims:
            return None
        if type(client_id) is not str or not client_id:
            raise TokenRefused(CLAIM_TYPE, claim=self.client_id_claim)
        return client_id


def _check_sign_in(claims: Mapping[str, Any]) -> None:
    """Refuse a sign-in that is told in a form that can't be read (RFC 9068 §2.2.1).

    Raises ClaimInvalid or TokenRefused.
    """
    if "auth_time" in claims:
        numeric_date(claims, "auth_time")
    if "acr" in claims and type(claims["acr"]) is not str:
        raise TokenRefused(CLAIM_TYPE, claim="acr")
    if "amr" in claims and not _is_list_of_texts(claims["amr"]):
        raise TokenRefused(CLAIM_TYPE, claim="amr")


def _is_list_of_texts(value: object) -> TypeGuard[list[str]]:
    return type(value) is list and all(type(each) is str for each in value)


def _check_kind(claims: Mapping[str, Any]) -> None:
    """Refuse what shares the `typ` of an access token and is none (RFC 8725bis §3.12)."""
    is_other_kind = claims.get("typ", _ACCESS_TOKEN_KIND) != _ACCESS_TOKEN_KIND
    if is_other_kind or not _CLAIMS_OF_OTHER_KINDS.isdisjoint(claims):
        raise TokenRefused(TOKEN_KIND, claim="typ")
