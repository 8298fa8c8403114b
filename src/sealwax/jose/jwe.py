"""JSON Web Encryption: compact, flattened and general (RFC 7516).

Decrypting proves nothing about who encrypted: with a public key anybody can. To believe what a
token says, verify a signature inside it: `jwt.decrypt_and_verify`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from sealwax.entropy import Entropy, SystemEntropy
from sealwax.jose import errors, key_agreement
from sealwax.jose.compact import as_key_set
from sealwax.jose.content_encryption import decrypt_content, deflate, encrypt_content, inflate
from sealwax.jose.encoding import base64url_encode, write_json
from sealwax.jose.encryption_algorithms import (
    CONTENT_ENCRYPTIONS,
    KEY_MANAGEMENTS,
    ContentEncryption,
    KeyManagement,
    allowed_names,
)
from sealwax.jose.errors import AlgorithmNotAllowed, KeyInvalid, KeyNotFound, MalformedToken
from sealwax.jose.json_document import MAX_DOCUMENT_SIZE_BYTES, MAX_RECIPIENTS
from sealwax.jose.jwe_document import (
    MAX_TOKEN_SIZE_BYTES,
    SealedContent,
    SealedRecipient,
    authenticated_data,
    check_header,
    read_compact,
    read_json,
)
from sealwax.jose.key_management import open_key, seal_key
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import Key

_OWN_MEMBERS: Final = frozenset(
    {"alg", "enc", "zip", "crit", "b64", "epk", "iv", "tag", "p2s", "p2c"}
)
_SYSTEM: Final = SystemEntropy()


@dataclass(frozen=True, slots=True)
class DecryptedJwe:
    """What a key could open. Who wrote it is not known.

    `header` was authenticated with the content, `unprotected` was not.
    """

    header: Mapping[str, Any]
    plaintext: bytes = field(repr=False)
    key: Key
    unprotected: Mapping[str, Any]
    additional_data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a document is encrypted to: his key, the algorithm if it names none, a header."""

    key: Key
    algorithm: str | None = None
    header: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is no key. Raises TypeError."""
        if type(self.key) is not Key:
            message = f"key is of the type {type(self.key).__name__}; a Key is accepted"
            raise TypeError(message)


def encrypt(  # each is a choice of its own
    plaintext: bytes,
    key: Key,
    *,
    encryption: str,
    algorithm: str | None = None,
    header: Mapping[str, Any] | None = None,
    compress: bool = False,
    entropy: Entropy = _SYSTEM,
) -> str:
    """Encrypt bytes to one recipient, as a compact JWE (RFC 7516 §5.1).

    `algorithm` chooses for a key that names none. `compress` lets the length tell something about
    the content (RFC 8725bis §3.6). Raises KeyInvalid if the key can't do that, ValueError for a
    header that may not be written and for a token larger than is accepted.
    """
    sealed = _seal(
        plaintext, [Recipient(key, algorithm)], encryption, dict(header or {}), {}, None,
        entropy, compress=compress,
    )  # fmt: skip
    parts = (sealed.recipients[0].encrypted_key, sealed.iv, sealed.ciphertext, sealed.tag)
    token = b".".join((sealed.protected_text, *map(base64url_encode, parts)))
    _check_size(len(token), MAX_TOKEN_SIZE_BYTES)
    return token.decode("ascii")


def decrypt(
    token: str | bytes,
    keys: Key | KeySet,
    *,
    algorithms: Collection[str],
    encryptions: Collection[str],
    allow_compressed: bool = False,
) -> DecryptedJwe:
    """Decrypt a compact JWE with one of the keys, algorithms and encryptions (RFC 7516 §5.2).

    Raises MalformedToken, AlgorithmNotAllowed, KeyNotFound or DecryptionFailed.
    """
    opener = _Opener(keys, algorithms, encryptions, allow_compressed=allow_compressed)
    return opener.open(read_compact(token))


def encrypt_json(  # each is a choice of its own
    plaintext: bytes,
    recipients: Sequence[Recipient],
    *,
    encryption: str,
    header: Mapping[str, Any] | None = None,
    unprotected: Mapping[str, Any] | None = None,
    additional_data: bytes | None = None,
    flattened: bool = False,
    compress: bool = False,
    entropy: Entropy = _SYSTEM,
) -> dict[str, Any]:
    """Encrypt bytes to several recipients, as a general or flattened JWE (RFC 7516 §7.2).

    `header` is protected. With one recipient everything but his own header is. Raises like
    `encrypt`; ValueError, too, when several recipients can't share one content key.
    """
    if flattened and len(recipients) != 1:
        message = f"{len(recipients)} recipients; the flattened form has one"
        raise ValueError(message)
    sealed = _seal(
        plaintext, recipients, encryption, dict(header or {}), dict(unprotected or {}),
        additional_data, entropy, compress=compress,
    )  # fmt: skip
    document: dict[str, Any] = {"protected": sealed.protected_text.decode("ascii")}
    if unprotected:
        document["unprotected"] = dict(unprotected)
    each = [_written(recipient) for recipient in sealed.recipients]
    document |= each[0] if flattened else {"recipients": each}
    parts = {"iv": sealed.iv, "ciphertext": sealed.ciphertext, "tag": sealed.tag}
    if additional_data is not None:
        parts["aad"] = additional_data
    document |= {name: _text(data) for name, data in parts.items()}
    _check_size(len(write_json(document)), MAX_DOCUMENT_SIZE_BYTES)
    return document


def decrypt_json(
    document: Mapping[str, Any] | str | bytes,
    keys: Key | KeySet,
    *,
    algorithms: Collection[str],
    encryptions: Collection[str],
    allow_compressed: bool = False,
) -> DecryptedJwe:
    """Decrypt a general or flattened JWE as its one recipient that the keys fit.

    Recipients whose algorithm is not allowed, or for whom there is no key, are others. Raises
    like `decrypt`; KeyNotFound, too, when more than one recipient fits: none is tried.
    """
    opener = _Opener(keys, algorithms, encryptions, allow_compressed=allow_compressed)
    return opener.open(read_json(document))


class _Opener:
    """What is accepted, settled before a token is looked at."""

    def __init__(
        self,
        keys: Key | KeySet,
        algorithms: Collection[str],
        encryptions: Collection[str],
        *,
        allow_compressed: bool,
    ) -> None:
        self._keys = as_key_set(keys)
        self._algorithms = allowed_names(algorithms, KEY_MANAGEMENTS, "algorithms")
        self._encryptions = allowed_names(encryptions, CONTENT_ENCRYPTIONS, "encryptions")
        self._allow_compressed = allow_compressed

    def open(self, sealed: SealedContent) -> DecryptedJwe:
        recipient, key = self._choose(sealed.recipients)
        header = recipient.header
        if "zip" in header and not self._allow_compressed:
            raise MalformedToken(errors.COMPRESSION)
        row, encryption = KEY_MANAGEMENTS[header["alg"]], CONTENT_ENCRYPTIONS[header["enc"]]
        served = _served_name(key, row.name, encryption.name)
        material = key.cipher_material("decrypt", served)
        content_key = open_key(row, encryption, material, header, recipient.encrypted_key)
        if content_key is None:  # go on with a random one: the answer must not come any sooner
            content_key = _SYSTEM.token_bytes(encryption.key_size_bytes)
        plaintext = decrypt_content(
            encryption, content_key, sealed.iv, sealed.ciphertext, sealed.tag,
            sealed.authenticated(),
        )  # fmt: skip
        if "zip" in header:
            plaintext = inflate(plaintext)
        return DecryptedJwe(
            MappingProxyType(dict(sealed.protected)),
            plaintext,
            key,
            MappingProxyType({**sealed.unprotected, **recipient.own_header}),
            sealed.additional_data,
        )

    def _choose(self, recipients: tuple[SealedRecipient, ...]) -> tuple[SealedRecipient, Key]:
        if len(recipients) == 1:
            return recipients[0], self._key_for(recipients[0])
        found = []
        for recipient in recipients:
            try:
                found.append((recipient, self._key_for(recipient)))
            except (AlgorithmNotAllowed, KeyNotFound):
                continue  # it is for somebody else
        if len(found) != 1:
            raise KeyNotFound(errors.KEY_AMBIGUOUS if found else errors.KEY_UNKNOWN, None)
        return found[0]

    def _key_for(self, recipient: SealedRecipient) -> Key:
        header = recipient.header
        for name, allowed in (("alg", self._algorithms), ("enc", self._encryptions)):
            if header[name] not in allowed:
                accepted = ", ".join(sorted(allowed))
                found = errors.shown(header[name])
                raise AlgorithmNotAllowed(f"{name!r} is {found}; accepted: {accepted}")
        algorithm, encryption = header["alg"], header["enc"]
        return self._keys.choose(
            header.get("kid"),
            lambda key: key.may("decrypt", _served_name(key, algorithm, encryption)),
        )


def _seal(  # the inputs of RFC 7516 §5.1
    plaintext: bytes,
    recipients: Sequence[Recipient],
    encryption_name: str,
    protected: dict[str, Any],
    unprotected: dict[str, Any],
    additional_data: bytes | None,
    entropy: Entropy,
    *,
    compress: bool,
) -> SealedContent:
    if encryption_name not in CONTENT_ENCRYPTIONS:
        known = ", ".join(CONTENT_ENCRYPTIONS)
        message = f"encryption is {encryption_name!r}; accepted are {known}"
        raise ValueError(message)
    if not 1 <= len(recipients) <= MAX_RECIPIENTS:
        message = f"{len(recipients)} recipients; 1 to {MAX_RECIPIENTS} are accepted"
        raise ValueError(message)
    encryption = CONTENT_ENCRYPTIONS[encryption_name]
    for header in (protected, unprotected, *(dict(one.header) for one in recipients)):
        _check_free(header)
    is_alone = len(recipients) == 1
    if compress:
        plaintext = deflate(plaintext)
    protected = {"enc": encryption.name, **({"zip": "DEF"} if compress else {}), **protected}
    content_key: bytes | None = None
    sealed = []
    for recipient in recipients:
        row, material, own = _prepare(recipient, encryption)
        if row.is_direct and not is_alone:
            message = f"{row.name} gives one recipient a key that others can't have"
            raise ValueError(message)
        merged = {**protected, **unprotected, **recipient.header, **own}
        _check_writable(
            merged, len(protected) + len(unprotected) + len(recipient.header) + len(own)
        )
        made = seal_key(row, encryption, material, merged, content_key, entropy)
        content_key = made.key
        own |= made.parameters
        if is_alone:  # what can be protected, is
            protected = {**own, **protected}
            own = {}
        sealed.append(SealedRecipient(merged, made.encrypted_key, {**recipient.header, **own}))
    head = base64url_encode(write_json(protected))
    iv = entropy.token_bytes(encryption.iv_size_bytes)
    ciphertext, tag = encrypt_content(
        encryption, content_key or b"", iv, plaintext, authenticated_data(head, additional_data)
    )
    return SealedContent(
        protected, head, unprotected, tuple(sealed), iv, ciphertext, tag, additional_data
    )


def _prepare(
    recipient: Recipient, encryption: ContentEncryption
) -> tuple[KeyManagement, Any, dict[str, Any]]:
    """Settle the algorithm for one recipient; gives its row, the key, and what names both."""
    key = recipient.key
    name = key.signing_algorithm(recipient.algorithm)
    management = "dir" if name in CONTENT_ENCRYPTIONS else name
    served = _served_name(key, management, encryption.name)
    material = key.cipher_material("encrypt", served)
    is_direct = management == "dir"
    if is_direct and len(material) != encryption.key_size_bytes:  # type: ignore[arg-type]  # an oct key
        detail = f"{encryption.name} needs {encryption.key_size_bytes} bytes"
        raise KeyInvalid(errors.KEY_ALGORITHM, detail)
    own: dict[str, Any] = {"alg": management}
    if key.kid is not None:
        own["kid"] = key.kid
    return KEY_MANAGEMENTS[management], material, own


def _served_name(key: Key, algorithm: str, encryption: str) -> str:
    """Name what the key must serve: for `dir`, either that or the content encryption."""
    return encryption if algorithm == "dir" and "dir" not in key.algorithms else algorithm


def _check_free(header: Mapping[str, Any]) -> None:
    taken = sorted(_OWN_MEMBERS & header.keys())
    if taken:
        message = f"header holds {taken[0]!r}, which is not the caller's to set"
        raise ValueError(message)


def _check_writable(merged: Mapping[str, Any], count: int) -> None:
    """Refuse to write a header that we would not read."""
    if len(merged) != count:
        message = "a member stands in two headers, or 'kid' is another than that of the key"
        raise ValueError(message)
    try:
        check_header(merged)
        key_agreement.party_info(merged)
    except MalformedToken as error:
        raise ValueError(str(error)) from None


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        message = f"token of {size} bytes; at most {limit} are accepted"
        raise ValueError(message)


def _written(recipient: SealedRecipient) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if recipient.own_header:
        entry["header"] = dict(recipient.own_header)
    if recipient.encrypted_key:
        entry["encrypted_key"] = _text(recipient.encrypted_key)
    return entry


def _text(data: bytes) -> str:
    return base64url_encode(data).decode("ascii")
