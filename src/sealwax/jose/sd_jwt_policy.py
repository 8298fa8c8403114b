"""What an SD-JWT must say to be believed, in claims and in its type (RFC 9901 §7.1 step 6)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sealwax.jose import errors
from sealwax.jose.claim_checks import check_audience, check_issuer, named_texts
from sealwax.jose.claims import check_leeway, check_times, normal_type
from sealwax.jose.errors import ClaimInvalid


@dataclass(frozen=True, slots=True)
class SdJwtPolicy:
    """What a verifier demands of the claims, whoever presents them.

    `typ` is the kind of the SD-JWT. `exp` is required unless `requires_expiry` is False; when it
    is there, it counts. An `aud` has to name one `audience`; without one, an SD-JWT that is meant
    for somebody is refused. `required_claims` must be there, disclosed or always visible.
    """

    issuer: str
    typ: str | Collection[str]
    audience: str | Collection[str] | None = field(default=None, kw_only=True)
    leeway_seconds: int = field(default=10, kw_only=True)
    requires_expiry: bool = field(default=True, kw_only=True)
    required_claims: Collection[str] = field(default=(), kw_only=True)
    audiences: frozenset[str] = field(init=False, repr=False)
    types: frozenset[str | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a policy that would let through more than its words say. Raises ValueError."""
        named_texts("issuer", [self.issuer])
        required = named_texts("required_claims", self.required_claims, empty_too=True)
        audience = () if self.audience is None else named_texts("audience", self.audience)
        check_leeway(self.leeway_seconds)
        for name, value in (
            ("required_claims", tuple(required)),
            ("audiences", frozenset(audience)),
            ("types", frozenset(map(normal_type, named_texts("typ", self.typ)))),
        ):
            object.__setattr__(self, name, value)

    def check(self, claims: Mapping[str, Any], now: int) -> None:
        """Hold genuine claims against the policy. Raises ClaimInvalid or TokenExpired."""
        check_issuer(claims, self.issuer)
        if "aud" in claims or self.audiences:
            check_audience(claims, self.audiences)
        check_times(claims, now, self.leeway_seconds, is_expiry_required=self.requires_expiry)
        for name in ("sub", "jti"):
            if type(claims.get(name, "")) is not str:
                raise ClaimInvalid(errors.CLAIM_TYPE, name, claims[name], "a text")
        for name in self.required_claims:
            if claims.get(name) in (None, ""):
                raise ClaimInvalid(errors.CLAIM_MISSING, name, claims.get(name), "a value")
