"""The holder's signature over what is presented: the key binding JWT (RFC 9901 §4.3)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.algorithms import ALGORITHMS, allowed_algorithms
from sealwax.jose.claim_checks import MAX_IDENTIFIER_LENGTH, check_whole_seconds, issued_at
from sealwax.jose.claims import check_leeway, check_type
from sealwax.jose.compact import CompactSigner, CompactVerifier
from sealwax.jose.encoding import write_json
from sealwax.jose.errors import ClaimInvalid
from sealwax.jose.jwt import read_claims
from sealwax.jose.keys import Key
from sealwax.jose.sd_jwt_disclosure import digest_of

TYPE: Final = "kb+jwt"
MAX_KEY_BINDING_SIZE_BYTES: Final = 16 * 1024
MAX_AGE_SECONDS: Final = 24 * 3600

_TYPES: Final = frozenset({TYPE})


@dataclass(frozen=True, slots=True)
class HolderProof:
    """What a holder proves with: the private half of the key in `cnf`, for whom, and when.

    `nonce` is what the verifier handed out for this presentation.
    """

    key: Key
    audience: str
    nonce: str = field(repr=False)
    now: int

    def __post_init__(self) -> None:
        """Refuse what no verifier would accept. Raises ValueError."""
        _demand_text("audience", self.audience)
        _demand_text("nonce", self.nonce)
        check_whole_seconds("now", self.now)


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """What a verifier demands of the holder's signature.

    `audience` is what the verifier calls itself, `nonce` what it handed out for this presentation,
    once. The signature has one of the `algorithms`, and is at most `max_age_seconds` old.
    """

    audience: str
    nonce: str = field(repr=False)
    algorithms: Collection[str]
    max_age_seconds: int = field(default=300, kw_only=True)
    leeway_seconds: int = field(default=10, kw_only=True)

    def __post_init__(self) -> None:
        """Refuse a demand that would let through more than its words say.

        Raises ValueError or TypeError.
        """
        _demand_text("audience", self.audience)
        _demand_text("nonce", self.nonce)
        for name in allowed_algorithms(self.algorithms):
            if ALGORITHMS[name].key_type == "oct":
                message = f"algorithms holds {name!r}; a holder signs with an asymmetric key"
                raise ValueError(message)
        check_whole_seconds("max_age_seconds", self.max_age_seconds, MAX_AGE_SECONDS)
        check_leeway(self.leeway_seconds)


@dataclass(frozen=True, slots=True)
class VerifiedKeyBinding:
    """A holder's signature that was found good, and the key that made it."""

    key: Key
    issued_at: int
    claims: dict[str, Any] = field(repr=False)


def sign_presentation(proof: HolderProof, presented: str, hash_name: str) -> str:
    """Sign a presentation. Raises KeyInvalid if the key can't sign."""
    claims = {
        "iat": proof.now,
        "aud": proof.audience,
        "nonce": proof.nonce,
        "sd_hash": digest_of(presented, hash_name),
    }
    signer = CompactSigner(replace(proof.key, kid=None), {"typ": TYPE})
    return signer.sign(write_json(claims))


def check_presentation(
    token: str, holder_key: Key, demand: KeyBinding, presented: str, hash_name: str, now: int
) -> VerifiedKeyBinding:
    """Believe a key binding JWT, by every rule of RFC 9901 §7.3 step 5, or raise a JoseError."""
    opener = CompactVerifier(holder_key, demand.algorithms, MAX_KEY_BINDING_SIZE_BYTES)
    accepted, payload = opener.open(token)
    check_type(accepted.members, _TYPES)
    claims = read_claims(payload)
    issued = issued_at(
        claims, now, leeway_seconds=demand.leeway_seconds, max_age_seconds=demand.max_age_seconds
    )
    _check_equal(claims, "aud", demand.audience, errors.AUDIENCE_MISMATCH)
    _check_equal(claims, "nonce", demand.nonce, errors.NONCE_MISMATCH)
    _check_equal(claims, "sd_hash", digest_of(presented, hash_name), errors.PRESENTATION_MISMATCH)
    return VerifiedKeyBinding(accepted.key, issued, claims)


def _check_equal(claims: Mapping[str, Any], name: str, expected: str, reason: str) -> None:
    """Hold a claim against the one text it must be; a list of one is not that (§4.3)."""
    found = claims.get(name)
    if type(found) is str:
        if found != expected:
            what = repr(expected) if name == "aud" else "that of this presentation"
            raise ClaimInvalid(reason, name, found if name == "aud" else "another", what)
        return
    is_missing = found is None and name not in claims
    missing_or_type = errors.CLAIM_MISSING if is_missing else errors.CLAIM_TYPE
    raise ClaimInvalid(missing_or_type, name, found, "a text")


def _demand_text(name: str, value: object) -> None:
    if type(value) is not str or not 0 < len(value) <= MAX_IDENTIFIER_LENGTH:
        message = f"{name} is no text of 1 to {MAX_IDENTIFIER_LENGTH} characters"
        raise ValueError(message)
