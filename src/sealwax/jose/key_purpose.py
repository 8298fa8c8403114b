"""What a key may be used for: one algorithm, or those of one purpose (RFC 8725bis §3.1)."""

from collections.abc import Mapping
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.algorithms import ALGORITHMS, algorithms_of, resolve_name
from sealwax.jose.encryption_algorithms import (
    CONTENT_ENCRYPTIONS,
    KEY_MANAGEMENTS,
    PASSWORD,
    encryption_algorithms_of,
)
from sealwax.jose.errors import KeyInvalid

MAX_KEY_OPERATIONS: Final = 16
SIGNATURE_OPERATIONS: Final = frozenset({"sign", "verify"})


def is_for_encryption(named: str | None, demanded: str | None, use: str | None) -> bool:
    """Tell whether a key says, or is said, to be one for encryption."""
    return use == "enc" or any(
        name in KEY_MANAGEMENTS or name in CONTENT_ENCRYPTIONS for name in (named, demanded)
    )


def read_key_operations(members: Mapping[str, Any], use: str | None) -> frozenset[str] | None:
    """Read `key_ops` (RFC 7517 §4.3): each once, and not at odds with `use`.

    Raises KeyInvalid.
    """
    if "key_ops" not in members:
        return None
    names = members["key_ops"]
    if not isinstance(names, list) or len(names) > MAX_KEY_OPERATIONS:
        raise KeyInvalid(errors.KEY_FORMAT, "'key_ops' is not a list of usual length")
    if any(not isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise KeyInvalid(errors.KEY_FORMAT, "'key_ops' holds something twice, or no text")
    operations = frozenset(names)
    if use == "sig" and not operations <= SIGNATURE_OPERATIONS:
        raise KeyInvalid(errors.KEY_USE, "'use' is 'sig', and 'key_ops' holds something else")
    return operations


def settle_algorithms(
    key_type: str, curve: str, size_bits: int, *, names: tuple[str | None, ...], use: str | None
) -> tuple[str | None, frozenset[str]]:
    """Give the algorithm a key names, or None, and all that it may serve.

    `names` are what the key and the caller call it. Raises KeyInvalid where they do not agree
    with each other or with the key.
    """
    signing = algorithms_of(key_type, curve, size_bits)
    encrypting = encryption_algorithms_of(key_type, curve, size_bits)
    algorithm = curve if key_type == "AKP" else None  # such a key has no other (RFC 9964 §3)
    for name in names:
        if name is None:
            continue
        own = resolve_name(name, signing)
        if own not in signing | encrypting or algorithm not in (None, own):
            raise KeyInvalid(*_misfit(name, key_type, algorithm or curve, size_bits))
        algorithm = own
    return algorithm, _served(signing, encrypting, algorithm, use)


def _served(
    signing: frozenset[str], encrypting: frozenset[str], algorithm: str | None, use: str | None
) -> frozenset[str]:
    """Settle what a key serves: its own algorithm, or all of one purpose (RFC 8725bis §3.1).

    A key that says nothing is one for signatures, if it can make any. Passwords, and `dir` with
    one content encryption, must be named.
    """
    if algorithm is not None:
        return frozenset({algorithm})
    if use != "enc" and signing:
        return signing
    managements = (KEY_MANAGEMENTS[name] for name in encrypting & KEY_MANAGEMENTS.keys())
    return frozenset(row.name for row in managements if row.mode != PASSWORD)


def _misfit(name: str, key_type: str, kind: str, size_bits: int) -> tuple[str, str]:
    row = ALGORITHMS.get(name)
    if row is not None and row.key_type == key_type == "oct":
        minimum = row.minimum_key_size_bits
        return errors.KEY_WEAK, f"{size_bits} bits; {name} needs {minimum} or more"
    found = f"{key_type} {kind}".rstrip() + f" of {size_bits} bits" * (key_type == "oct")
    return errors.KEY_ALGORITHM, f"'alg' is {errors.shown(name)}; it is {found}"
