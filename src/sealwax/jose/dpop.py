"""DPoP proofs: who sends a request holds a private key, shown anew with each (RFC 9449).

The key stands in the header of the proof, and this is the only place in `sealwax.jose` that looks
at one there. A good proof says that its sender holds that key, and nothing else: whether the key
is the one an access token is bound to, and whether the proof came before, is for the caller to
compare (`DpopProof.thumbprint`, `DpopProof.replay_name`).
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.algorithms import ALGORITHMS, allowed_algorithms
from sealwax.jose.claim_checks import (
    MAX_IDENTIFIER_LENGTH,
    check_whole_seconds,
    issued_at,
    text,
)
from sealwax.jose.claims import check_leeway, check_type
from sealwax.jose.compact import CompactSigner, CompactVerifier, decode_header, take_apart
from sealwax.jose.encoding import base64url_encode, write_json
from sealwax.jose.errors import ClaimInvalid, KeyInvalid, MalformedToken
from sealwax.jose.jwt import read_claims
from sealwax.jose.keys import Key
from sealwax.jose.public_jwk import read_public_jwk, write_public_jwk
from sealwax.jose.target_uri import normal_request_target, normal_target_uri, without_query

TYPE: Final = "dpop+jwt"
DEFAULT_ALGORITHMS: Final = ("ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519")
MAX_PROOF_SIZE_BYTES: Final = 16 * 1024
"""A proof with a key and a signature of ML-DSA-87 has 11 KiB, one of ES256 half of one."""
MAX_AGE_SECONDS: Final = 3600

_TYPES: Final = frozenset({TYPE})
_OTHER_TOKEN: Final = "the hash of something else"


@dataclass(frozen=True, slots=True)
class DpopProof:
    """A proof that was found good.

    `thumbprint` is what an access token's `cnf.jkt` is compared with (RFC 9449 §6.1).
    `replay_name` is the same for a proof that comes a second time, and differs between keys and
    addresses; it need not be remembered from `expires_at` on. See `sealwax.jose.replay`.
    """

    key: Key
    thumbprint: str
    jti: str
    issued_at: int
    nonce: str | None
    header: Mapping[str, Any]
    claims: dict[str, Any] = field(repr=False)
    replay_name: str
    expires_at: int


def prove(
    key: Key,
    *,
    method: str,
    url: str,
    now: int,
    jti: str,
    access_token: str | None = None,
    nonce: str | None = None,
) -> str:
    """Make the proof for one request, to be sent in its `DPoP` header (RFC 9449 §4.2).

    `url` is where the request goes; query and fragment are left out. `jti` has to be new each
    time (`sealwax.entropy.random_id`). `access_token` is the one that goes along, `nonce` the
    one the server last handed out.

    Raises KeyInvalid for a key that is symmetric, not private, or fits several algorithms, and
    ValueError for what no server would accept.
    """
    if key.key_type == "oct":
        raise KeyInvalid(errors.KEY_NOT_PUBLIC, "a proof needs an asymmetric key")
    try:
        normal_target_uri(url)
    except ValueError as error:
        message = f"url: {error}"
        raise ValueError(message) from None
    claims: dict[str, Any] = {"jti": jti, "htm": method, "htu": without_query(url), "iat": now}
    if access_token is not None:
        claims["ath"] = access_token_hash(access_token)
    if nonce is not None:
        claims["nonce"] = nonce
    _check_own_claims(claims)
    signer = CompactSigner(
        replace(key, kid=None),
        {"typ": TYPE, "jwk": write_public_jwk(key)},
        max_size_bytes=MAX_PROOF_SIZE_BYTES,
    )
    return signer.sign(write_json(claims))


def check(
    proof: str | bytes,
    *,
    method: str,
    url: str,
    now: int,
    access_token: str | None = None,
    nonce: str | None = None,
    algorithms: Collection[str] = DEFAULT_ALGORITHMS,
    max_age_seconds: int = 60,
    leeway_seconds: int = 5,
) -> DpopProof:
    """Believe a proof for one request, by every rule of RFC 9449 §4.3 but the last.

    `method` and `url` are those of the request, as the server knows them; the addresses are
    compared in the form `sealwax.jose.target_uri` describes. With `access_token` the proof has to
    be for that one, with `nonce` it has to hold that one. It is accepted from `leeway_seconds`
    before its `iat` to `max_age_seconds` and `leeway_seconds` after.

    The last rule is left to the caller: that the key is the one the access token is bound to.
    So is refusing a proof that came before.

    Raises MalformedToken, AlgorithmNotAllowed, KeyInvalid, KeyNotFound (a key of another type than
    the algorithm), SignatureInvalid, ClaimInvalid or TokenExpired; ValueError for a mistake in what
    to accept.
    """
    expected_uri = _settle(url, algorithms, max_age_seconds, leeway_seconds)
    header, key, payload = _open(proof, algorithms)
    claims = read_claims(payload)
    jti = text(claims, "jti")
    if text(claims, "htm") != method:
        raise ClaimInvalid(errors.METHOD_MISMATCH, "htm", claims["htm"], repr(method))
    _check_target_uri(claims, expected_uri)
    # §4.3 rule 11, §11.1; `exp` and `nbf` count too, where a proof has them.
    issued = issued_at(claims, now, leeway_seconds=leeway_seconds, max_age_seconds=max_age_seconds)
    if access_token is not None:
        _check_access_token(claims, access_token)
    found_nonce = text(claims, "nonce") if "nonce" in claims else None
    if nonce is not None and found_nonce != nonce:
        raise ClaimInvalid(errors.NONCE_MISMATCH, "nonce", found_nonce, "what was handed out")
    thumbprint = key.thumbprint()
    return DpopProof(
        key=key,
        thumbprint=thumbprint,
        jti=jti,
        issued_at=issued,
        nonce=found_nonce,
        header=header,
        claims=claims,
        replay_name=_replay_name(thumbprint, expected_uri, jti),
        expires_at=issued + max_age_seconds + leeway_seconds + 1,
    )


def access_token_hash(access_token: str) -> str:
    """Give the `ath` of an access token (RFC 9449 §4.2)."""
    return _digest(access_token.encode("utf-8", "surrogatepass"))


def _settle(
    url: str, algorithms: Collection[str], max_age_seconds: int, leeway_seconds: int
) -> str:
    """Check what the caller accepts, and give the normal form of the address."""
    check_leeway(leeway_seconds)
    check_whole_seconds("max_age_seconds", max_age_seconds, MAX_AGE_SECONDS)
    for name in allowed_algorithms(algorithms):
        if ALGORITHMS[name].key_type == "oct":
            message = f"algorithms holds {name!r}; a proof is made with an asymmetric key"
            raise ValueError(message)
    try:
        return normal_request_target(url)
    except ValueError as error:
        message = f"url: {error}"
        raise ValueError(message) from None


def _open(proof: str | bytes, algorithms: Collection[str]) -> tuple[Mapping[str, Any], Key, bytes]:
    """Check type, key, algorithm and signature, in this order; give header, key and payload."""
    header = decode_header(take_apart(proof, MAX_PROOF_SIZE_BYTES)[1][0])
    check_type(header, _TYPES)
    jwk = header.get("jwk")
    if type(jwk) is not dict:
        raise MalformedToken(errors.HEADER_MEMBER, "'jwk' is not an object")
    verifier = CompactVerifier(read_public_jwk(jwk), algorithms, MAX_PROOF_SIZE_BYTES)
    accepted, payload = verifier.open(proof)
    return accepted.members, accepted.key, payload


def _check_target_uri(claims: Mapping[str, Any], expected: str) -> None:
    htu = claims.get("htu")
    if type(htu) is not str:
        reason = errors.CLAIM_MISSING if htu is None else errors.CLAIM_TYPE
        raise ClaimInvalid(reason, "htu", htu, "an absolute URI")
    try:
        found = normal_target_uri(htu)
    except ValueError:
        expected = "an absolute http or https URI of RFC 3986"
        raise ClaimInvalid(errors.CLAIM_TYPE, "htu", without_query(htu), expected) from None
    if found != expected:
        raise ClaimInvalid(errors.TARGET_URI_MISMATCH, "htu", found, errors.shown(expected))


def _check_access_token(claims: Mapping[str, Any], access_token: str) -> None:
    ath = claims.get("ath")
    if ath is None:
        raise ClaimInvalid(errors.CLAIM_MISSING, "ath", None, "the hash of the access token")
    if ath != access_token_hash(access_token):
        expected = "the hash of the access token"
        raise ClaimInvalid(errors.ACCESS_TOKEN_MISMATCH, "ath", _OTHER_TOKEN, expected)


def _check_own_claims(claims: Mapping[str, Any]) -> None:
    """What we would refuse, we don't make."""
    for name in ("jti", "htm", "nonce"):
        value = claims.get(name, "none")
        if type(value) is not str or not 0 < len(value) <= MAX_IDENTIFIER_LENGTH:
            message = f"{name} is no text of 1 to {MAX_IDENTIFIER_LENGTH} characters"
            raise ValueError(message)
    check_whole_seconds("now", claims["iat"])


def _replay_name(thumbprint: str, target_uri: str, jti: str) -> str:
    """Name a proof within its key and address; of fixed length, whatever `jti` holds.

    Neither a thumbprint nor a normal address has a space in it, so no two triples are one text.
    """
    return _digest(f"{thumbprint} {target_uri} {jti}".encode())


def _digest(data: bytes) -> str:
    return base64url_encode(hashlib.sha256(data).digest()).decode("ascii")
