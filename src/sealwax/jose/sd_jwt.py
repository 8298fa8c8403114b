"""SD-JWT: signed claims of which the holder shows some, and keeps the others back (RFC 9901).

An issuer signs (`issue`), a holder picks what to show to whom (`present`), a verifier believes it
(`verify`). Claims that may be kept back are named by JSON Pointers (RFC 6901): `/address/locality`
is a member, `/nationalities/0` an element.

Whoever has an SD-JWT can pass it on. Only a key binding, the holder's own signature made for one
verifier, says that the holder is the one who sends it; so a verifier always says whether it
demands one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sealwax.entropy import Entropy, SystemEntropy
from sealwax.jose import errors
from sealwax.jose.claims import check_type
from sealwax.jose.compact import CompactSigner, CompactVerifier, take_apart
from sealwax.jose.confirmation import read_holder_key
from sealwax.jose.encoding import EncodingError, decode_translated, write_json
from sealwax.jose.errors import MalformedToken
from sealwax.jose.jwt import read_claims
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import Key
from sealwax.jose.public_jwk import write_public_jwk
from sealwax.jose.sd_jwt_claims import rebuild_claims
from sealwax.jose.sd_jwt_disclosure import (
    DEFAULT_HASH,
    MAX_ISSUER_SIGNED_SIZE_BYTES,
    MAX_SD_JWT_SIZE_BYTES,
    SEPARATOR,
    SdJwtParts,
    read_hash_name,
    split,
)
from sealwax.jose.sd_jwt_document import from_json, to_json
from sealwax.jose.sd_jwt_issue import Packing
from sealwax.jose.sd_jwt_key_binding import (
    HolderProof,
    KeyBinding,
    VerifiedKeyBinding,
    check_presentation,
    sign_presentation,
)
from sealwax.jose.sd_jwt_policy import SdJwtPolicy

__all__ = [
    "HolderProof",
    "KeyBinding",
    "SdJwtPolicy",
    "VerifiedKeyBinding",
    "VerifiedSdJwt",
    "from_json",
    "issue",
    "present",
    "read_unverified_disclosures",
    "to_json",
    "verify",
]


@dataclass(frozen=True, slots=True)
class VerifiedSdJwt:
    """Claims that were found genuine and in force: those always visible, and those disclosed.

    `disclosed` has the pointers of the latter. `key` is the issuer's, `key_binding` the holder's
    signature, None where none was demanded.
    """

    header: Mapping[str, Any]
    claims: dict[str, Any] = field(repr=False)
    disclosed: tuple[str, ...]
    key: Key
    key_binding: VerifiedKeyBinding | None


def issue(
    claims: Mapping[str, Any],
    key: Key,
    *,
    typ: str,
    disclosable: Collection[str],
    holder_key: Key | None = None,
    decoys: Mapping[str, int] = MappingProxyType({}),
    hash_name: str = DEFAULT_HASH,
    header: Mapping[str, Any] | None = None,
    entropy: Entropy | None = None,
) -> str:
    """Sign claims of which the holder may keep some back, as an SD-JWT with all its disclosures.

    `disclosable` are the pointers to those; a claim inside of another may be one, too. `decoys`
    says into which objects and lists (`""` is the whole) to put how many digests of nothing, so
    that their number tells nothing. `holder_key`, of which the public half counts, becomes `cnf`.
    The disclosures are for the holder alone: a salt that somebody else knows hides nothing.

    Raises KeyInvalid if a key can't be used so, and ValueError for a pointer that leads nowhere,
    a claim that must not be kept back, a reserved name, or what would be too large or too deep.
    """
    if not typ or (header and "typ" in header):
        message = "typ names the kind of the token, and header may not"
        raise ValueError(message)
    members = dict(claims)
    if holder_key is not None:
        if "cnf" in members:
            message = "the claims hold a 'cnf', and holder_key makes one"
            raise ValueError(message)
        members["cnf"] = {"jwk": write_public_jwk(holder_key)}
    packing = Packing(disclosable, decoys, hash_name, entropy or SystemEntropy())
    payload = write_json(packing.pack(members))
    signer = CompactSigner(
        key, {"typ": typ, **(header or {})}, max_size_bytes=MAX_ISSUER_SIGNED_SIZE_BYTES
    )
    texts = (disclosure.text for disclosure in packing.disclosures)
    sd_jwt = SEPARATOR.join((signer.sign(payload), *texts, ""))
    if len(sd_jwt) > MAX_SD_JWT_SIZE_BYTES:
        message = f"SD-JWT of {len(sd_jwt)} bytes; at most {MAX_SD_JWT_SIZE_BYTES} are accepted"
        raise ValueError(message)
    return sd_jwt


def present(sd_jwt: str, *, disclose: Collection[str], proof: HolderProof | None = None) -> str:
    """Make a presentation that shows the named claims, and whatever they lie inside of.

    `disclose` are pointers of `read_unverified_disclosures`. With `proof` the holder signs it for
    one verifier. The issuer's signature is not checked here; a holder verifies what it receives
    when it receives it.

    Raises MalformedToken for what is no SD-JWT or has a holder's signature already, ClaimInvalid
    for one of another hash or without the holder's key, KeyInvalid if the key can't sign, and
    ValueError for a pointer that leads to nothing it could show, and for another holder's key.
    """
    parts = split(sd_jwt)
    _refuse_key_binding(parts)
    payload = _read_unverified_payload(parts)
    hash_name = read_hash_name(payload)
    rebuilt = rebuild_claims(payload, parts.disclosures, hash_name)
    if isinstance(disclose, str):
        message = "disclose is a single text; a collection of pointers is accepted"
        raise TypeError(message)
    unknown = set(disclose) - rebuilt.disclosed.keys()
    if unknown:
        message = f"there is nothing to disclose at {min(unknown)!r}"
        raise ValueError(message)
    shown = {rebuilt.disclosed[one].text for one in rebuilt.disclosed if _leads_to(one, disclose)}
    chosen = [text for text in parts.disclosures if text in shown]
    presented = SdJwtParts(parts.issuer_signed, tuple(chosen), None).presented
    if proof is None:
        return presented
    if read_holder_key(rebuilt.claims).thumbprint() != proof.key.thumbprint():
        message = "the key of the proof is not the holder's, which the issuer wrote into 'cnf'"
        raise ValueError(message)
    return presented + sign_presentation(proof, presented, hash_name)


def verify(
    sd_jwt: str | bytes,
    keys: Key | KeySet,
    *,
    algorithms: Collection[str],
    policy: SdJwtPolicy,
    key_binding: KeyBinding | None,
    now: int,
) -> VerifiedSdJwt:
    """Believe an SD-JWT, or raise a JoseError that says why not (RFC 9901 §7.1, §7.3).

    `key_binding` None says that none is demanded; then an SD-JWT that has one is refused, rather
    than half checked. The holder's key is read from the `cnf` that the issuer signed, and from
    nowhere else. A nonce is for one presentation: that it was not used before is for the caller
    to know.

    Raises MalformedToken, AlgorithmNotAllowed, KeyNotFound, KeyInvalid, SignatureInvalid,
    ClaimInvalid or TokenExpired.
    """
    parts = split(sd_jwt)
    if key_binding is None:
        _refuse_key_binding(parts)
    elif parts.key_binding is None:
        raise MalformedToken(errors.KEY_BINDING_MISSING)
    opener = CompactVerifier(keys, algorithms, MAX_ISSUER_SIGNED_SIZE_BYTES)
    accepted, payload = opener.open(parts.issuer_signed)
    signed = read_claims(payload)
    check_type(accepted.members, policy.types)
    hash_name = read_hash_name(signed)
    rebuilt = rebuild_claims(signed, parts.disclosures, hash_name)
    policy.check(rebuilt.claims, now)
    binding = None
    if key_binding is not None and parts.key_binding is not None:
        holder_key = read_holder_key(rebuilt.claims)
        binding = check_presentation(
            parts.key_binding, holder_key, key_binding, parts.presented, hash_name, now
        )
    return VerifiedSdJwt(
        accepted.members, rebuilt.claims, tuple(sorted(rebuilt.disclosed)), accepted.key, binding
    )


def read_unverified_disclosures(sd_jwt: str) -> dict[str, Any]:
    """Read what an SD-JWT that anybody may have made could disclose: pointers, and values.

    For showing a holder what there is to choose from. Raises MalformedToken or ClaimInvalid.
    """
    parts = split(sd_jwt)
    payload = _read_unverified_payload(parts)
    rebuilt = rebuild_claims(payload, parts.disclosures, read_hash_name(payload))
    return {pointer: rebuilt.disclosed[pointer].value for pointer in sorted(rebuilt.disclosed)}


def _refuse_key_binding(parts: SdJwtParts) -> None:
    if parts.key_binding is not None:
        raise MalformedToken(errors.KEY_BINDING_UNEXPECTED)


def _read_unverified_payload(parts: SdJwtParts) -> dict[str, Any]:
    try:
        pieces = take_apart(parts.issuer_signed, MAX_ISSUER_SIGNED_SIZE_BYTES)[1]
        return read_claims(decode_translated(pieces[1]))
    except EncodingError as error:
        raise MalformedToken(errors.PAYLOAD_ENCODING, str(error)) from None


def _leads_to(pointer: str, disclose: Collection[str]) -> bool:
    """True for what is to be shown, and for what something that is to be shown lies inside of."""
    return any(one == pointer or one.startswith(f"{pointer}/") for one in disclose)
