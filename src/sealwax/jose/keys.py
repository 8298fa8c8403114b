"""Keys: typed, checked when built, and bound to the algorithms they may serve.

One key serves one algorithm (RFC 8725bis §3.1): its own `alg`, or, when it names none, one that
fits its type and curve and that the caller allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from sealwax.jose import errors
from sealwax.jose.algorithms import ALGORITHMS, Check, Sign, resolve_name
from sealwax.jose.certificates import NO_CERTIFICATES, Certificates, read_certificates
from sealwax.jose.encoding import (
    EncodingError,
    base64url_encode,
    document_bytes,
    parse_json_object,
    write_json,
)
from sealwax.jose.encryption_algorithms import key_uses
from sealwax.jose.errors import KeyInvalid
from sealwax.jose.hmac_secret import check_is_secret
from sealwax.jose.jwk import CheckedKey, check_secret_size, load_public, read_key, secret_key
from sealwax.jose.key_purpose import (
    SIGNATURE_OPERATIONS,
    is_for_encryption,
    read_key_operations,
    settle_algorithms,
)

if TYPE_CHECKING:
    from sealwax.jose.primitives import Material, PrivateKey, PublicKey

MAX_JWK_SIZE_BYTES: Final = 32 * 1024
MAX_KID_LENGTH: Final = 256

_PUBLIC_OPERATION: Final = {"sign": "verify", "decrypt": "encrypt", "unwrapKey": "wrapKey"}
_THUMBPRINT_URI: Final = "urn:ietf:params:oauth:jwk-thumbprint"
_THUMBPRINT_HASHES: Final = {"sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Key:
    """A key that is fit for use, made by `from_jwk`, `from_pem`, `from_secret` or `generate`.

    `algorithm` is the one the key names, or None; `algorithms` holds all it may serve.
    `certificates` are those it came with, in DER, its own first (RFC 7517 §4.7): nobody has
    checked who signed them or when they end, and nothing here trusts them.
    """

    key_type: str
    curve: str
    algorithm: str | None
    algorithms: frozenset[str]
    kid: str | None
    use: str | None
    key_operations: frozenset[str] | None
    is_private: bool
    _members: Mapping[str, str]
    _material: "Material | None"  # None until the cryptographic library has been asked
    _certificates: Certificates = NO_CERTIFICATES

    @classmethod
    def from_jwk(
        cls, jwk: Mapping[str, Any] | str | bytes, *, algorithm: str | None = None
    ) -> "Key":
        """Read a JSON Web Key (RFC 7517 §4); `algorithm` is what it is for if it does not say.

        Raises KeyInvalid for a key that is malformed, weak, unsupported, at odds with itself
        or with `algorithm`.
        """
        members = _read_members(jwk)
        use = _optional_text(members, "use")
        found = read_key(members)
        return _build(
            found,
            named=_optional_text(members, "alg"),
            demanded=algorithm,
            kid=_optional_text(members, "kid"),
            use=use,
            key_operations=read_key_operations(members, use),
            certificates=read_certificates(members, found.members),
        )

    @classmethod
    def from_pem(
        cls,
        pem: bytes,
        *,
        algorithm: str | None = None,
        kid: str | None = None,
        password: bytes | None = None,
    ) -> "Key":
        """Read one public or private key in PEM. Raises KeyInvalid."""
        from sealwax.jose.pem import read_pem  # noqa: PLC0415  # half the import time, rarely used

        return _build(read_pem(pem, password), demanded=algorithm, kid=kid)

    @classmethod
    def from_der(
        cls,
        der: bytes,
        *,
        algorithm: str | None = None,
        kid: str | None = None,
        password: bytes | None = None,
    ) -> "Key":
        """Read one public or private key in DER. Raises KeyInvalid."""
        from sealwax.jose.pem import read_der  # noqa: PLC0415  # half the import time, rarely used

        return _build(read_der(der, password), demanded=algorithm, kid=kid)

    @classmethod
    def from_secret(cls, secret: bytes, *, algorithm: str, kid: str | None = None) -> "Key":
        """Take random bytes as an HMAC secret, as many as the hash has or more (RFC 7518 §3.2).

        Or as an AES key of the size its algorithm has, or as the password of a PBES2 algorithm.
        Raises KeyInvalid for a short secret, and for one that is a public document (a PEM, DER,
        SSH or JSON key) or a published example. Raises TypeError for anything but bytes.
        """
        if type(secret) is not bytes:
            message = f"secret is of the type {type(secret).__name__}; bytes are accepted"
            raise TypeError(message)
        return _build(secret_key(secret), demanded=algorithm, kid=kid)

    @classmethod
    def generate(cls, algorithm: str, *, kid: str | None = None, curve: str | None = None) -> "Key":
        """Make a new private key for one algorithm; its kid is its thumbprint unless given.

        RSA keys have 3072 bits. `curve` is for ECDH-ES and its kin, and P-256 unless given.
        Raises ValueError for an algorithm or a curve that is not accepted.
        """
        if curve is not None and not algorithm.startswith("ECDH-ES"):
            message = f"curve is {curve!r}, and {algorithm} leaves no choice"
            raise ValueError(message)
        from sealwax.jose.key_generation import generate  # noqa: PLC0415  # receivers make no keys

        key = _build(generate(algorithm, curve or "P-256"), demanded=algorithm, kid=kid)
        return key if kid is not None else replace(key, kid=key.thumbprint())

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The certificates the key came with, in DER, its own first; not checked, see above."""
        return self._certificates.chain

    def public(self) -> "Key":
        """Give the public half. Raises KeyInvalid for an HMAC secret, which has none."""
        if self.key_type == "oct":
            raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, "an HMAC secret has no public half")
        if not self.is_private:
            return self
        operations = self.key_operations
        if operations is not None:
            operations = frozenset(_PUBLIC_OPERATION.get(name, name) for name in operations)
        return replace(
            self,
            key_operations=operations,
            is_private=False,
            _material=None,
        )

    def to_jwk(self, *, private: bool = False) -> dict[str, Any]:
        """Write the key as a JWK, without the private members unless they are asked for.

        Raises KeyInvalid when there is nothing to show: the public half of a secret, the
        private half of a public key.
        """
        if self.is_private and not private:
            return self.public().to_jwk()
        members: dict[str, Any] = dict(self._members)
        if private:
            members |= self._private_members()
        for name, value in (("kid", self.kid), ("alg", self.algorithm), ("use", self.use)):
            if value is not None:
                members[name] = value
        if self.key_operations is not None:
            members["key_ops"] = sorted(self.key_operations)
        return members | self._certificates.to_members()

    def to_pem(self, *, private: bool = False, password: bytes | None = None) -> bytes:
        """Write SubjectPublicKeyInfo, or with `private` PKCS #8, encrypted if there is a password.

        Raises KeyInvalid like `to_jwk`, and for an HMAC secret, which has no PEM form.
        """
        return self._written("PEM", password, is_private=private)

    def to_der(self, *, private: bool = False, password: bytes | None = None) -> bytes:
        """Write what `to_pem` writes, in DER. Raises KeyInvalid as it does."""
        return self._written("DER", password, is_private=private)

    def thumbprint(self, hash_name: str = "sha-256") -> str:
        """Give the thumbprint of the public members (RFC 7638): "sha-256", "-384" or "-512".

        Raises ValueError for another hash. That of a secret key tells it from others, but is no
        name to publish: whoever guesses the secret can check the guess.
        """
        if hash_name not in _THUMBPRINT_HASHES:
            accepted = ", ".join(_THUMBPRINT_HASHES)
            message = f"hash_name is {errors.shown(hash_name)}; accepted are {accepted}"
            raise ValueError(message)
        import hashlib  # noqa: PLC0415  # loads OpenSSL; a receiver needs no thumbprint

        digest = hashlib.new(_THUMBPRINT_HASHES[hash_name], write_json(self._members)).digest()
        return base64url_encode(digest).decode("ascii")

    def thumbprint_uri(self, hash_name: str = "sha-256") -> str:
        """Give the thumbprint as a URI (RFC 9278 §3). Raises ValueError for another hash."""
        return f"{_THUMBPRINT_URI}:{hash_name}:{self.thumbprint(hash_name)}"

    def may(self, operation: str, algorithm: str) -> bool:
        """Tell whether the key may do that with that algorithm (RFC 7517 §4.2, §4.3).

        The operations are "sign" and "verify", "encrypt" and "decrypt".
        """
        is_signature = operation in SIGNATURE_OPERATIONS
        return (
            algorithm in self.algorithms
            and is_signature == (algorithm in ALGORITHMS)
            and self._permits(operation, algorithm)
        )

    def checker(self, algorithm: str) -> Check:
        """Build the function that checks this key's signatures. Raises KeyInvalid."""
        self._demand("verify", algorithm)
        material = self._loaded()
        if isinstance(material, bytes):
            from sealwax.jose.hmac_signature import hmac_check  # noqa: PLC0415  # few need it

            return hmac_check(material, ALGORITHMS[algorithm])
        from sealwax.jose.primitives import make_check  # noqa: PLC0415  # loads the library

        return make_check(material, ALGORITHMS[algorithm])

    def signer(self, algorithm: str) -> Sign:
        """Build the function that signs with this key. Raises KeyInvalid."""
        material = self._private_material()
        self._demand("sign", algorithm)
        if isinstance(material, bytes):
            from sealwax.jose.hmac_signature import hmac_sign  # noqa: PLC0415  # few need it

            return hmac_sign(material, ALGORITHMS[algorithm])
        from sealwax.jose.primitives import make_sign  # noqa: PLC0415  # loads the library

        return make_sign(material, ALGORITHMS[algorithm])

    def cipher_material(self, operation: str, algorithm: str) -> "Material":
        """Give what "encrypt" or "decrypt" needs of the key. Raises KeyInvalid."""
        private = self._private_material() if operation == "decrypt" else None
        self._demand(operation, algorithm)
        if private is not None:
            return private
        material = self._loaded()
        return material if isinstance(material, bytes) else self._public_material()

    def signing_algorithm(self, name: str | None = None) -> str:
        """Settle what to sign or encrypt with; `name` may be `EdDSA`. Raises KeyInvalid."""
        if name is not None:
            return resolve_name(name, self.algorithms)
        if len(self.algorithms) != 1:
            detail = f"it names none and fits {len(self.algorithms)}; one must be named"
            raise KeyInvalid(errors.KEY_ALGORITHM, detail)
        return next(iter(self.algorithms))

    def _demand(self, operation: str, algorithm: str) -> None:
        if not self._permits(operation, algorithm):
            raise KeyInvalid(errors.KEY_USE, f"'use' or 'key_ops' does not let it {operation}")
        if not self.may(operation, algorithm):
            served = ", ".join(sorted(self.algorithms))
            raise KeyInvalid(errors.KEY_ALGORITHM, f"{errors.shown(algorithm)}; it serves {served}")

    def _permits(self, operation: str, algorithm: str) -> bool:
        if operation in SIGNATURE_OPERATIONS:
            use, names = "sig", frozenset({operation})
        else:
            use, names = "enc", key_uses(operation, algorithm)
        operations = self.key_operations
        return self.use in (None, use) and (operations is None or bool(operations & names))

    def _written(self, form: str, password: bytes | None, *, is_private: bool) -> bytes:
        from sealwax.jose.pem import write  # noqa: PLC0415  # half the import time, rarely used

        private = self._private_material() if is_private else None
        if self.key_type == "oct":
            raise KeyInvalid(errors.KEY_TYPE_UNSUPPORTED, f"a secret has no {form} form")
        material = self._public_material() if private is None else cast("PrivateKey", private)
        return write(material, form, password)

    def _loaded(self) -> "Material":
        """Give the key as the cryptographic library has it, asking for it the first time."""
        material = self._material
        if material is None:
            material = load_public(self._members)
            # Two threads may both do this; what they find is the same.
            object.__setattr__(self, "_material", material)
        return material

    def _public_material(self) -> "PublicKey":
        from sealwax.jose.primitives import public_half  # noqa: PLC0415  # loads the library

        return public_half(cast("PublicKey | PrivateKey", self._loaded()))

    def _private_material(self) -> "PrivateKey | bytes":
        if self.is_private:
            return cast("PrivateKey | bytes", self._material)
        raise KeyInvalid(errors.KEY_NOT_PRIVATE)

    def _private_members(self) -> Mapping[str, str]:
        material = self._private_material()
        if isinstance(material, bytes):
            return self._members
        from sealwax.jose.key_material import private_members  # noqa: PLC0415  # loads the library

        return private_members(material)

    def __eq__(self, other: object) -> bool:
        """Compare what the thumbprint is of, and the algorithm: a private key equals its half."""
        if not isinstance(other, Key):
            return NotImplemented
        return self.algorithm == other.algorithm and self._members == other._members

    def __hash__(self) -> int:
        """Hash what is compared."""
        return hash((self.algorithm, *self._members.values()))

    def __repr__(self) -> str:
        """Show what the key is for, never what it is."""
        half = "private" if self.is_private else "public"
        name = self.algorithm or self.curve or self.key_type
        return f"<Key {half} {name} kid={errors.shown(self.kid)}>"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied: that would write a private key out unseen."""
        message = "a Key can't be pickled; use to_jwk or to_pem"
        raise TypeError(message)


def _build(
    found: CheckedKey,
    *,
    named: str | None = None,
    demanded: str | None = None,
    kid: str | None = None,
    use: str | None = None,
    key_operations: frozenset[str] | None = None,
    certificates: Certificates = NO_CERTIFICATES,
) -> Key:
    """Check what all keys have in common, and settle which algorithms this one may serve."""
    if isinstance(found.material, bytes):
        check_is_secret(found.material)
        is_cipher_key = is_for_encryption(named, demanded, use)
        check_secret_size(found.material, is_for_encryption=is_cipher_key)
    if kid is not None and not 0 < len(kid) <= MAX_KID_LENGTH:
        detail = f"'kid' has {len(kid)} characters; 1 to {MAX_KID_LENGTH} are accepted"
        raise KeyInvalid(errors.KEY_FORMAT, detail)
    algorithm, algorithms = settle_algorithms(
        found.key_type, found.curve, found.size_bits, names=(named, demanded), use=use
    )
    return Key(
        key_type=found.key_type,
        curve=found.curve,
        algorithm=algorithm,
        algorithms=algorithms,
        kid=kid,
        use=use,
        key_operations=key_operations,
        is_private=found.is_private,
        _members=found.members,
        _material=found.material,
        _certificates=certificates,
    )


def _read_members(document: Mapping[str, Any] | str | bytes) -> Mapping[str, Any]:
    if isinstance(document, Mapping):
        return document
    data = document_bytes(document)
    if len(data) > MAX_JWK_SIZE_BYTES:
        raise KeyInvalid(errors.KEY_FORMAT, f"a JWK of more than {MAX_JWK_SIZE_BYTES} bytes")
    try:
        return parse_json_object(data)
    except EncodingError as error:
        raise KeyInvalid(errors.KEY_FORMAT, f"the JWK is {error}") from None


def _optional_text(members: Mapping[str, Any], name: str) -> str | None:
    if name not in members:
        return None
    value = members[name]
    if not isinstance(value, str):
        raise KeyInvalid(errors.KEY_FORMAT, f"'{name}' is not a text")
    return value
