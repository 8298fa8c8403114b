"""ML-DSA keys (FIPS 204, RFC 9964), behind one type for all three parameter sets.

The library is asked for them when the first such key appears: an older one, or one whose OpenSSL
has no ML-DSA, serves every other key as before.
"""

from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm

from sealwax.jose import errors
from sealwax.jose.errors import KeyInvalid
from sealwax.jose.jwk import ML_DSA_PUBLIC_SIZES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import serialization


class MlDsaPublicKey:
    """A public key and its parameter set."""

    __slots__ = ("_key", "parameter_set")

    def __init__(self, key: Any, parameter_set: str) -> None:  # noqa: ANN401  # one of three classes
        self._key = key
        self.parameter_set = parameter_set

    def verify(self, signature: bytes, data: bytes) -> None:
        """Check a signature with an empty context. Raises InvalidSignature."""
        self._key.verify(signature, data)

    def public_bytes_raw(self) -> bytes:
        """Give what `pub` holds."""
        return bytes(self._key.public_bytes_raw())

    def public_bytes(
        self, encoding: "serialization.Encoding", form: "serialization.PublicFormat"
    ) -> bytes:
        """Write SubjectPublicKeyInfo."""
        return bytes(self._key.public_bytes(encoding, form))


class MlDsaPrivateKey:
    """A private key, its seed and its parameter set."""

    __slots__ = ("_key", "parameter_set")

    def __init__(self, key: Any, parameter_set: str) -> None:  # noqa: ANN401  # one of three classes
        self._key = key
        self.parameter_set = parameter_set

    def sign(self, data: bytes) -> bytes:
        """Sign with an empty context (RFC 9964 §4)."""
        return bytes(self._key.sign(data))

    def public_key(self) -> MlDsaPublicKey:
        """Give the public half."""
        return MlDsaPublicKey(self._key.public_key(), self.parameter_set)

    def private_bytes_raw(self) -> bytes:
        """Give the seed, which is what `priv` holds."""
        return bytes(self._key.private_bytes_raw())

    def private_bytes(
        self,
        encoding: "serialization.Encoding",
        form: "serialization.PrivateFormat",
        encryption: "serialization.KeySerializationEncryption",
    ) -> bytes:
        """Write PKCS #8."""
        return bytes(self._key.private_bytes(encoding, form, encryption))


def generate(parameter_set: str) -> MlDsaPrivateKey:
    """Make a new key. Raises KeyInvalid where the library has no ML-DSA."""
    return MlDsaPrivateKey(_ask("PrivateKey", parameter_set, "generate"), parameter_set)


def private_from_seed(seed: bytes, parameter_set: str) -> MlDsaPrivateKey:
    """Read a private key. Raises KeyInvalid where the library has no ML-DSA."""
    key = _ask("PrivateKey", parameter_set, "from_seed_bytes", seed)
    return MlDsaPrivateKey(key, parameter_set)


def public_from_bytes(data: bytes, parameter_set: str) -> MlDsaPublicKey:
    """Read a public key. Raises KeyInvalid where the library has no ML-DSA."""
    key = _ask("PublicKey", parameter_set, "from_public_bytes", data)
    return MlDsaPublicKey(key, parameter_set)


def adopt(key: object) -> MlDsaPublicKey | MlDsaPrivateKey | None:
    """Take a key that the library has read out of PEM or DER; None if it is of another kind."""
    for parameter_set in ML_DSA_PUBLIC_SIZES:
        stem = parameter_set.replace("-", "")
        if type(key).__name__ == f"{stem}PublicKey":
            return MlDsaPublicKey(key, parameter_set)
        if type(key).__name__ == f"{stem}PrivateKey":
            return MlDsaPrivateKey(key, parameter_set)
    return None


def _ask(half: str, parameter_set: str, method: str, *arguments: bytes) -> object:
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415  # see above

        family = getattr(mldsa, parameter_set.replace("-", "") + half)
        made: object = getattr(family, method)(*arguments)
    except (ImportError, UnsupportedAlgorithm):
        detail = "ML-DSA; the installed cryptography or its OpenSSL is too old for it"
        raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, detail) from None
    return made
