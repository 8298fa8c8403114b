"""JSON Web Signature, compact serialisation (RFC 7515 §3.1): signed bytes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sealwax.jose.compact import CompactSigner, CompactVerifier
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import Key


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
