"""The algorithms of encryption, as rows of two tables (RFC 7518 §4.1 and §5.1, RFC 8037 §3.2).

`RSA1_5` has no row (RFC 8725bis §3.2), so nothing here can make or open such a token.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

DIRECT: Final = "direct"
KEY_WRAP: Final = "key wrap"
GCM_KEY_WRAP: Final = "gcm key wrap"
RSA_OAEP: Final = "rsa oaep"
AGREEMENT: Final = "agreement"
PASSWORD: Final = "password"

AGREEMENT_CURVES: Final = frozenset({"P-256", "P-384", "P-521", "X25519", "X448"})


class KeyManagement(NamedTuple):
    """How the key of the content reaches the recipient.

    `key_size_bytes` is that of the AES key that wraps, 0 where none does.
    """

    name: str
    mode: str
    key_type: str
    key_size_bytes: int = 0
    hash_name: str = ""

    @property
    def is_direct(self) -> bool:
        """True where the recipient's key, or what is agreed with it, is that of the content."""
        return self.mode == DIRECT or (self.mode == AGREEMENT and not self.key_size_bytes)


class ContentEncryption(NamedTuple):
    """How the content is encrypted; `hash_name` is empty for AES-GCM."""

    name: str
    key_size_bytes: int
    iv_size_bytes: int
    tag_size_bytes: int
    hash_name: str = ""


KEY_MANAGEMENTS: Final[Mapping[str, KeyManagement]] = MappingProxyType(
    {
        row.name: row
        for row in (
            KeyManagement("RSA-OAEP", RSA_OAEP, "RSA", 0, "sha1"),
            KeyManagement("RSA-OAEP-256", RSA_OAEP, "RSA", 0, "sha256"),
            KeyManagement("ECDH-ES", AGREEMENT, ""),
            KeyManagement("ECDH-ES+A128KW", AGREEMENT, "", 16),
            KeyManagement("ECDH-ES+A192KW", AGREEMENT, "", 24),
            KeyManagement("ECDH-ES+A256KW", AGREEMENT, "", 32),
            KeyManagement("A128KW", KEY_WRAP, "oct", 16),
            KeyManagement("A192KW", KEY_WRAP, "oct", 24),
            KeyManagement("A256KW", KEY_WRAP, "oct", 32),
            KeyManagement("A128GCMKW", GCM_KEY_WRAP, "oct", 16),
            KeyManagement("A192GCMKW", GCM_KEY_WRAP, "oct", 24),
            KeyManagement("A256GCMKW", GCM_KEY_WRAP, "oct", 32),
            KeyManagement("dir", DIRECT, "oct"),
            KeyManagement("PBES2-HS256+A128KW", PASSWORD, "oct", 16, "sha256"),
            KeyManagement("PBES2-HS384+A192KW", PASSWORD, "oct", 24, "sha384"),
            KeyManagement("PBES2-HS512+A256KW", PASSWORD, "oct", 32, "sha512"),
        )
    }
)
CONTENT_ENCRYPTIONS: Final[Mapping[str, ContentEncryption]] = MappingProxyType(
    {
        row.name: row
        for row in (
            ContentEncryption("A128GCM", 16, 12, 16),
            ContentEncryption("A192GCM", 24, 12, 16),
            ContentEncryption("A256GCM", 32, 12, 16),
            ContentEncryption("A128CBC-HS256", 32, 16, 16, "sha256"),
            ContentEncryption("A192CBC-HS384", 48, 16, 24, "sha384"),
            ContentEncryption("A256CBC-HS512", 64, 16, 32, "sha512"),
        )
    }
)

_USES: Final = MappingProxyType(
    {
        # mode: what `key_ops` must name one of, to encrypt and to decrypt (RFC 7517 §4.3)
        DIRECT: ({"encrypt"}, {"decrypt"}),
        KEY_WRAP: ({"wrapKey", "encrypt"}, {"unwrapKey", "decrypt"}),
        GCM_KEY_WRAP: ({"wrapKey", "encrypt"}, {"unwrapKey", "decrypt"}),
        RSA_OAEP: ({"wrapKey", "encrypt"}, {"unwrapKey", "decrypt"}),
        AGREEMENT: ({"deriveKey", "deriveBits"}, {"deriveKey", "deriveBits"}),
        PASSWORD: (
            {"deriveKey", "deriveBits", "wrapKey"},
            {"deriveKey", "deriveBits", "unwrapKey"},
        ),
    }
)


def encryption_algorithms_of(key_type: str, curve: str, size_bits: int) -> frozenset[str]:
    """Name what a key of this type, curve and size may serve when it is named.

    The name of a content encryption stands for `dir` with that one.
    """
    if key_type == "oct":
        size = size_bits // 8
        contents = {row.name for row in CONTENT_ENCRYPTIONS.values() if row.key_size_bytes == size}
        return frozenset(
            contents
            | ({"dir"} if contents else set())
            | {
                row.name
                for row in KEY_MANAGEMENTS.values()
                if row.mode == PASSWORD
                or (row.mode in (KEY_WRAP, GCM_KEY_WRAP) and row.key_size_bytes == size)
            }
        )
    is_for_agreement = curve in AGREEMENT_CURVES
    return frozenset(
        row.name
        for row in KEY_MANAGEMENTS.values()
        if (row.mode == AGREEMENT and is_for_agreement) or (row.key_type == key_type == "RSA")
    )


def key_uses(operation: str, algorithm: str) -> frozenset[str]:
    """Give the `key_ops` of which one lets a key "encrypt" or "decrypt" with an algorithm."""
    mode = KEY_MANAGEMENTS[algorithm].mode if algorithm in KEY_MANAGEMENTS else DIRECT
    encrypting, decrypting = _USES[mode]
    return frozenset(encrypting if operation == "encrypt" else decrypting)


def allowed_names(
    names: Collection[str], table: Mapping[str, object], argument: str
) -> frozenset[str]:
    """Check the names a caller allows, for the argument of that name.

    Raises ValueError when none is named or one that has no row, TypeError for a single text.
    """
    if isinstance(names, str | bytes):
        message = f"{argument} is a single text; a collection of names is accepted"
        raise TypeError(message)
    chosen = frozenset(names)
    unknown = sorted(str(name) for name in chosen if name not in table)
    if unknown or not chosen:
        found = f"holds {unknown[0]!r}" if unknown else "is empty"
        message = f"{argument} {found}; accepted are {', '.join(table)}"
        raise ValueError(message)
    return chosen
