"""JSON Web Signature: signed bytes (RFC 7515), compact, in JSON, and with the payload apart.

In the JSON forms a header that nothing protects may name a key, and decides nothing else: `alg`,
`crit` and `b64` count only where the signature covers them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from sealwax.jose.compact import CompactSigner, CompactVerifier, as_key_set
from sealwax.jose.jws_document import (
    Demand,
    Signer,
    VerifiedDocument,
    VerifiedSignature,
    open_detached,
    sign_document,
    verify_document,
)
from sealwax.jose.jws_document import sign_detached as _sign_detached
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import Key

__all__ = [
    "Demand",
    "Signer",
    "VerifiedDocument",
    "VerifiedJws",
    "VerifiedSignature",
    "sign",
    "sign_detached",
    "sign_json",
    "verify",
    "verify_detached",
    "verify_json",
]

_DEMANDS: Final = get_args(Demand)


@dataclass(frozen=True, slots=True)
class VerifiedJws:
    """A payload whose signature was good, the header it came with, and the key that fitted."""

    header: Mapping[str, Any]
    payload: bytes = field(repr=False)
    key: Key


def sign(payload: bytes, key: Key, *, header: Mapping[str, Any] | None = None) -> str:
    """Sign bytes with a private key. `alg` and `kid` come from the key (RFC 7515 §5.1).

    Raises KeyInvalid if the key can't sign, ValueError for a header that may not be written.
    """
    return CompactSigner(key, header).sign(payload)


def verify(token: str | bytes, keys: Key | KeySet, *, algorithms: Collection[str]) -> VerifiedJws:
    """Check a compact JWS with one of the keys and one of the algorithms (RFC 7515 §5.2).

    Raises MalformedToken, AlgorithmNotAllowed, KeyNotFound or SignatureInvalid.
    """
    accepted, payload = CompactVerifier(keys, algorithms).open(token)
    return VerifiedJws(accepted.members, payload, accepted.key)


def sign_detached(
    payload: bytes,
    key: Key,
    *,
    header: Mapping[str, Any] | None = None,
    unencoded: bool = False,
) -> str:
    """Sign bytes that travel apart; the token has nothing between its dots (RFC 7515 §F).

    `unencoded` signs them as they are (`b64: false`, RFC 7797). Raises like `sign`.
    """
    return _sign_detached(payload, key, header, is_unencoded=unencoded)


def verify_detached(
    token: str | bytes, payload: bytes, keys: Key | KeySet, *, algorithms: Collection[str]
) -> VerifiedJws:
    """Check a compact JWS without payload over the one that is handed in.

    Its header says whether that is encoded first (RFC 7797 §3). Raises like `verify`, and
    MalformedToken for a token that has a payload of its own.
    """
    accepted = open_detached(token, payload, CompactVerifier(keys, algorithms))
    return VerifiedJws(accepted.members, payload, accepted.key)


def sign_json(
    payload: bytes,
    signers: Sequence[Signer],
    *,
    flattened: bool = False,
    detached: bool = False,
    unencoded: bool = False,
) -> dict[str, Any]:
    """Sign bytes with several keys, as a general or flattened JWS (RFC 7515 §7.2).

    Raises like `sign`; ValueError, too, for an unencoded payload that is no UTF-8 text.
    """
    return sign_document(
        payload, signers, flattened=flattened, detached=detached, unencoded=unencoded
    )


def verify_json(
    document: Mapping[str, Any] | str | bytes,
    keys: Key | KeySet,
    *,
    algorithms: Collection[str],
    demand: Demand,
    payload: bytes | None = None,
) -> VerifiedDocument:
    """Check a general or flattened JWS; `demand` says which signatures must be good.

    "every_signature" that it holds; "every_key" that was handed in, once; "any_known", at least
    one, where signatures that no key or algorithm of ours fits are left aside. A bad signature of
    a key that fits is never left aside. `payload` is for a document that has none of its own.
    Raises like `verify`; SignatureInvalid, too, when a demanded signature is missing.
    """
    if demand not in _DEMANDS:
        message = f"demand is {demand!r}; accepted are {', '.join(_DEMANDS)}"
        raise ValueError(message)
    return verify_document(document, as_key_set(keys), algorithms, demand, payload)
