"""Bringing the key of the content to its recipient and back (RFC 7518 §4, RFC 8037 §3.2).

What depends on the recipient's key fails without a word: `open_key` gives None, and the content
is then decrypted with a random key, so that a failed unwrapping looks like any other failure
(RFC 7516 §11.5). What the header says openly is checked with a clear reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from sealwax.entropy import Entropy
from sealwax.jose import errors, key_agreement
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.encoding import EncodingError, base64url_decode, base64url_encode
from sealwax.jose.encryption_algorithms import (
    AGREEMENT,
    CONTENT_ENCRYPTIONS,
    DIRECT,
    GCM_KEY_WRAP,
    KEY_MANAGEMENTS,
    KEY_WRAP,
    PASSWORD,
    ContentEncryption,
    KeyManagement,
)
from sealwax.jose.errors import MalformedToken
from sealwax.jose.primitives import GENERATED_RSA_BITS, Material, PrivateKey

MAX_PBES2_ITERATIONS: Final = 1_200_000
"""RFC 8725bis §3.13."""
MIN_PBES2_ITERATIONS: Final = 1000
"""RFC 7518 §4.8.1.2."""
PBES2_ITERATIONS: Final = 600_000
_SALT_SIZE_BYTES: Final = 16
_MIN_SALT_SIZE_BYTES: Final = 8
_MAX_SALT_SIZE_BYTES: Final = 1024
_GCM_IV_SIZE_BYTES: Final = 12
_GCM_TAG_SIZE_BYTES: Final = 16
_HASHES: Final[Mapping[str, Callable[[], hashes.HashAlgorithm]]] = {
    "sha1": hashes.SHA1,  # of RSA-OAEP alone, where no collision helps anybody
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


@dataclass(frozen=True, slots=True)
class SealedKey:
    """The key of the content, how it is sent, and what the header must say about that."""

    key: bytes = field(repr=False)
    encrypted_key: bytes
    parameters: dict[str, Any]


def seal_key(  # the inputs of RFC 7516 §5.1, steps 1 to 7
    row: KeyManagement,
    encryption: ContentEncryption,
    material: Material,
    header: Mapping[str, Any],
    content_key: bytes | None,
    entropy: Entropy,
) -> SealedKey:
    """Send a content key to a recipient; a new one, or the agreed one, if none is given."""
    if row.mode == DIRECT:
        return SealedKey(cast("bytes", material), b"", {})
    parameters: dict[str, Any] = {}
    agreed = b""
    if row.mode == AGREEMENT:
        public = cast("key_agreement.AgreementPublicKey", material)
        agreed, parameters["epk"] = key_agreement.seal(row, encryption, public, header)
        if row.is_direct:
            return SealedKey(agreed, b"", parameters)
    key = entropy.token_bytes(encryption.key_size_bytes) if content_key is None else content_key
    if row.mode == AGREEMENT:
        sealed = aes_key_wrap(agreed, key)
    elif row.mode == KEY_WRAP:
        sealed = aes_key_wrap(cast("bytes", material), key)
    elif row.mode == GCM_KEY_WRAP:
        iv = entropy.token_bytes(_GCM_IV_SIZE_BYTES)
        both = AESGCM(cast("bytes", material)).encrypt(iv, key, None)
        sealed, tag = both[:-_GCM_TAG_SIZE_BYTES], both[-_GCM_TAG_SIZE_BYTES:]
        parameters |= {"iv": _text(iv), "tag": _text(tag)}
    elif row.mode == PASSWORD:
        salt = entropy.token_bytes(_SALT_SIZE_BYTES)
        derived = _password_key(row, cast("bytes", material), salt, PBES2_ITERATIONS)
        sealed = aes_key_wrap(derived, key)
        parameters |= {"p2s": _text(salt), "p2c": PBES2_ITERATIONS}
    else:
        sealed = cast("rsa.RSAPublicKey", material).encrypt(key, _oaep(row))
    return SealedKey(key, sealed, parameters)


def open_key(
    row: KeyManagement,
    encryption: ContentEncryption,
    material: Material,
    header: Mapping[str, Any],
    encrypted_key: bytes,
) -> bytes | None:
    """Give the content key, or None if it can't be had with this key.

    Raises MalformedToken for what the header says wrongly, before any costly work is done.
    """
    if row.is_direct and encrypted_key:
        raise MalformedToken(errors.ENCRYPTED_KEY)
    if row.mode == DIRECT:
        key: bytes | None = cast("bytes", material)
    elif row.mode == AGREEMENT:
        private = cast("key_agreement.AgreementPrivateKey", material)
        agreed = key_agreement.open_agreed(row, encryption, private, header)
        is_wrapped = agreed is not None and not row.is_direct
        key = _unwrap(agreed, encrypted_key) if agreed is not None and is_wrapped else agreed
    elif row.mode == KEY_WRAP:
        key = _unwrap(cast("bytes", material), encrypted_key)
    elif row.mode == GCM_KEY_WRAP:
        iv = octets(header, "iv", _GCM_IV_SIZE_BYTES, _GCM_IV_SIZE_BYTES)
        tag = octets(header, "tag", _GCM_TAG_SIZE_BYTES, _GCM_TAG_SIZE_BYTES)
        key = _open_gcm(cast("bytes", material), iv, encrypted_key + tag)
    elif row.mode == PASSWORD:
        salt = octets(header, "p2s", _MIN_SALT_SIZE_BYTES, _MAX_SALT_SIZE_BYTES)
        derived = _password_key(row, cast("bytes", material), salt, _iterations(header))
        key = _unwrap(derived, encrypted_key)
    else:
        key = _open_oaep(row, cast("rsa.RSAPrivateKey", material), encrypted_key)
    return key if key is not None and len(key) == encryption.key_size_bytes else None


def generate(algorithm: str, curve: str, entropy: Entropy) -> PrivateKey | bytes:
    """Make new key material; `curve` counts where a key is agreed.

    Raises ValueError for another algorithm or curve, and for `dir` and passwords: the first is
    named by its content encryption, the second are no random bytes.
    """
    if algorithm in CONTENT_ENCRYPTIONS:
        return entropy.token_bytes(CONTENT_ENCRYPTIONS[algorithm].key_size_bytes)
    row = KEY_MANAGEMENTS.get(algorithm)
    if row is None or row.mode in (DIRECT, PASSWORD):
        known = (name for name, other in KEY_MANAGEMENTS.items() if other.mode != PASSWORD)
        names = ", ".join((*ALGORITHMS, *known, *CONTENT_ENCRYPTIONS)).replace(" dir,", "")
        message = f"algorithm is {algorithm!r}; accepted are {names}"
        raise ValueError(message)
    if row.mode == AGREEMENT:
        return key_agreement.generate(curve)
    if row.key_type == "RSA":
        return rsa.generate_private_key(65537, GENERATED_RSA_BITS)
    return entropy.token_bytes(row.key_size_bytes)


def octets(header: Mapping[str, Any], name: str, minimum: int, maximum: int) -> bytes:
    """Read a member of the header that is base64url. Raises MalformedToken."""
    value = header.get(name)
    if isinstance(value, str) and value.isascii() and len(value) <= 2 * maximum + 2:
        try:
            data = base64url_decode(value.encode("ascii"))
        except EncodingError:
            data = b""
        if minimum <= len(data) <= maximum:
            return data
    detail = f"{name!r} is not base64url of {minimum} to {maximum} bytes"
    raise MalformedToken(errors.HEADER_MEMBER, detail)


def _iterations(header: Mapping[str, Any]) -> int:
    """Read `p2c` within its limits: whoever sends the token chooses what we compute."""
    count = header.get("p2c")
    if type(count) is int and MIN_PBES2_ITERATIONS <= count <= MAX_PBES2_ITERATIONS:
        return count
    limits = f"{MIN_PBES2_ITERATIONS} to {MAX_PBES2_ITERATIONS} are accepted"
    raise MalformedToken(errors.HEADER_MEMBER, f"'p2c' is {errors.shown(count)}; {limits}")


def _password_key(row: KeyManagement, password: bytes, salt: bytes, iterations: int) -> bytes:
    digest = _HASHES[row.hash_name]()
    full_salt = row.name.encode("ascii") + b"\0" + salt  # RFC 7518 §4.8.1.1
    return PBKDF2HMAC(digest, row.key_size_bytes, full_salt, iterations).derive(password)


def _unwrap(wrapping_key: bytes, encrypted_key: bytes) -> bytes | None:
    try:
        return aes_key_unwrap(wrapping_key, encrypted_key)
    except (InvalidUnwrap, ValueError):
        return None


def _open_gcm(wrapping_key: bytes, iv: bytes, sealed: bytes) -> bytes | None:
    try:
        return AESGCM(wrapping_key).decrypt(iv, sealed, None)
    except InvalidTag:
        return None


def _open_oaep(row: KeyManagement, private: rsa.RSAPrivateKey, sealed: bytes) -> bytes | None:
    try:
        return private.decrypt(sealed, _oaep(row))
    except ValueError:
        return None


def _oaep(row: KeyManagement) -> padding.OAEP:
    digest = _HASHES[row.hash_name]()
    return padding.OAEP(padding.MGF1(digest), digest, None)


def _text(data: bytes) -> str:
    return base64url_encode(data).decode("ascii")
