"""What the tests of encryption share: keys made once, and receivers that allow everything."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, jwe
from sealwax.jose.encryption_algorithms import CONTENT_ENCRYPTIONS, KEY_MANAGEMENTS

PASSWORD = b"correct horse battery staple"
# An algorithm, and a curve where there is a choice. Passwords are slow and have their own tests.
MANAGEMENTS = (
    *(n for n in KEY_MANAGEMENTS if not n.startswith("PBES2")),
    *(f"ECDH-ES@{curve}" for curve in ("P-384", "P-521", "X25519", "X448")),
    *(f"ECDH-ES+A256KW@{curve}" for curve in ("P-384", "P-521", "X25519", "X448")),
)


def decryption_key(name: str, encryption: str = "A128GCM") -> Key:
    """Give the same private key for the same algorithm, through one test run."""
    return _generated(encryption if name == "dir" else name)


@cache
def _generated(name: str) -> Key:
    algorithm, _, curve = name.partition("@")
    return Key.generate(algorithm, kid=name, curve=curve or None)


def encryption_key(name: str, encryption: str = "A128GCM") -> Key:
    """Give what a sender would hold."""
    key = decryption_key(name, encryption)
    return key if key.key_type == "oct" else key.public()


def decrypted(
    token: str | bytes | Mapping[str, Any], key: Key, *, allow_compressed: bool = True
) -> jwe.DecryptedJwe:
    """Decrypt either form with everything allowed."""
    allowed: dict[str, Any] = {
        "algorithms": KEY_MANAGEMENTS,
        "encryptions": CONTENT_ENCRYPTIONS,
        "allow_compressed": allow_compressed,
    }
    if isinstance(token, Mapping) or token[:1] in ("{", b"{"):
        return jwe.decrypt_json(token, key, **allowed)
    return jwe.decrypt(token, key, **allowed)


def refused(
    token: str | bytes | Mapping[str, Any], key: Key, *, allow_compressed: bool = True
) -> JoseError:
    """Decrypt what can't be decrypted; give the error."""
    with pytest.raises(JoseError) as caught:
        decrypted(token, key, allow_compressed=allow_compressed)
    assert 0 < len(str(caught.value)) <= 200
    return caught.value
