"""The signature algorithms, as rows of one table.

RFC 7518 §3.1, RFC 8812 §3.2 (ES256K), RFC 9864 §2 (Ed25519, Ed448), RFC 9964 §2 (ML-DSA).

`none` has no row (RFC 8725bis §3.2), so nothing here can produce or accept an unsigned token.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

MINIMUM_RSA_BITS: Final = 2048
MAXIMUM_RSA_BITS: Final = 8192

EDDSA: Final = "EdDSA"
"""The older name of Ed25519 and Ed448 (RFC 8037); RFC 9864 names the algorithm of the key."""

Check: TypeAlias = Callable[[bytes, bytes], bool]
"""Takes the signed bytes and the signature, tells whether it fits. Never raises."""
Sign: TypeAlias = Callable[[bytes], bytes]


class Algorithm(NamedTuple):
    """One row: what a signature of this name is made with and how long it is.

    `curve` is the parameter set of an AKP key; `hash_name` is empty where the algorithm has its
    own; `signature_size_bytes` is 0 where the length is that of the RSA modulus.
    """

    name: str
    key_type: str
    curve: str = ""
    hash_name: str = ""
    padding: str = ""
    signature_size_bytes: int = 0
    minimum_key_size_bits: int = 0


ALGORITHMS: Final[Mapping[str, Algorithm]] = MappingProxyType(
    {
        row.name: row
        for row in (
            Algorithm("HS256", "oct", "", "sha256", "", 32, 256),
            Algorithm("HS384", "oct", "", "sha384", "", 48, 384),
            Algorithm("HS512", "oct", "", "sha512", "", 64, 512),
            Algorithm("RS256", "RSA", "", "sha256", "pkcs1v15", 0, MINIMUM_RSA_BITS),
            Algorithm("RS384", "RSA", "", "sha384", "pkcs1v15", 0, MINIMUM_RSA_BITS),
            Algorithm("RS512", "RSA", "", "sha512", "pkcs1v15", 0, MINIMUM_RSA_BITS),
            Algorithm("PS256", "RSA", "", "sha256", "pss", 0, MINIMUM_RSA_BITS),
            Algorithm("PS384", "RSA", "", "sha384", "pss", 0, MINIMUM_RSA_BITS),
            Algorithm("PS512", "RSA", "", "sha512", "pss", 0, MINIMUM_RSA_BITS),
            Algorithm("ES256", "EC", "P-256", "sha256", "", 64, 256),
            Algorithm("ES384", "EC", "P-384", "sha384", "", 96, 384),
            Algorithm("ES512", "EC", "P-521", "sha512", "", 132, 521),
            Algorithm("ES256K", "EC", "secp256k1", "sha256", "", 64, 256),
            Algorithm("Ed25519", "OKP", "Ed25519", "", "", 64, 256),
            Algorithm("Ed448", "OKP", "Ed448", "", "", 114, 456),
            Algorithm("ML-DSA-44", "AKP", "ML-DSA-44", "", "", 2420, 8 * 1312),
            Algorithm("ML-DSA-65", "AKP", "ML-DSA-65", "", "", 3309, 8 * 1952),
            Algorithm("ML-DSA-87", "AKP", "ML-DSA-87", "", "", 4627, 8 * 2592),
        )
    }
)

_EDDSA_NAMES: Final = frozenset({"Ed25519", "Ed448"})


def algorithms_of(key_type: str, curve: str, size_bits: int) -> frozenset[str]:
    """Name every algorithm that a key of this type, curve and size may serve."""
    return frozenset(
        row.name
        for row in ALGORITHMS.values()
        if row.key_type == key_type
        and row.curve == curve
        and size_bits >= row.minimum_key_size_bits
    )


def resolve_name(name: str, key_algorithms: frozenset[str]) -> str:
    """Read `EdDSA` as the algorithm of the key; every other name is itself."""
    if name == EDDSA:
        for own in key_algorithms & _EDDSA_NAMES:
            return own
    return name


def allowed_algorithms(names: Collection[str]) -> frozenset[str]:
    """Check the algorithms a caller allows; `EdDSA` allows both of its curves.

    Raises ValueError when none is named, or one that has no row: a verifier that was not told
    what to accept must not come into being (RFC 8725bis §3.1).
    """
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        message = (
            f"algorithms is of the type {type(names).__name__}; a collection of names is accepted"
        )
        raise TypeError(message)
    chosen = frozenset(names)
    if not chosen:
        message = "algorithms is empty; at least one name is needed"
        raise ValueError(message)
    unknown = sorted(str(name) for name in chosen if name not in ALGORITHMS and name != EDDSA)
    if unknown:
        known = ", ".join(ALGORITHMS)
        message = f"algorithms holds {unknown[0]!r}; accepted are {known} and {EDDSA}"
        raise ValueError(message)
    return chosen - {EDDSA} | (_EDDSA_NAMES if EDDSA in chosen else frozenset())
