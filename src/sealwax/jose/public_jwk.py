"""Public keys that travel inside of tokens: what a key is, and nothing it says about itself.

A DPoP proof has one in its header, an SD-JWT one in its `cnf`. Each is written by whoever holds
the private half, so its `kid`, `use`, `key_ops` and certificates say nothing; its `alg` binds it
(RFC 8725bis §3.1).
"""

from collections.abc import Mapping
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.errors import KeyInvalid
from sealwax.jose.keys import Key

_PUBLIC_MEMBERS: Final = ("kty", "crv", "x", "y", "n", "e", "pub")
_SECRET_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


def read_public_jwk(jwk: Mapping[str, Any]) -> Key:
    """Read a public key. Raises KeyInvalid for one that is private, symmetric, weak or broken."""
    if not _SECRET_MEMBERS.isdisjoint(jwk) or jwk.get("kty") == "oct":
        raise KeyInvalid(errors.KEY_NOT_PUBLIC, "'jwk' holds a private or symmetric key")
    return Key.from_jwk({name: jwk[name] for name in (*_PUBLIC_MEMBERS, "alg") if name in jwk})


def write_public_jwk(key: Key) -> dict[str, Any]:
    """Write the public half of a key. Raises KeyInvalid for a symmetric one."""
    members = key.public().to_jwk()
    names = (*_PUBLIC_MEMBERS, "alg") if key.key_type == "AKP" else _PUBLIC_MEMBERS
    return {name: members[name] for name in names if name in members}
