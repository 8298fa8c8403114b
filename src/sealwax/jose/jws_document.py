"""Signed documents in JSON, and payloads that travel apart (RFC 7515 §7.2, §F; RFC 7797)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from sealwax.jose import errors
from sealwax.jose.compact import (
    UNENCODED,
    AcceptedHeader,
    CompactSigner,
    CompactVerifier,
    check_texts,
    read_header,
    take_apart,
)
from sealwax.jose.encoding import (
    EncodingError,
    base64url_encode,
    decode_translated,
    write_json,
)
from sealwax.jose.errors import (
    AlgorithmNotAllowed,
    KeyNotFound,
    MalformedToken,
    SignatureInvalid,
)
from sealwax.jose.json_document import (
    MAX_DOCUMENT_SIZE_BYTES,
    MAX_RECIPIENTS,
    entries,
    header_object,
    part,
    read_document,
)
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import Key

Demand: TypeAlias = Literal["every_signature", "every_key", "any_known"]

_UNDERSTOOD: Final = frozenset({UNENCODED})
_FLAT: Final = frozenset({"protected", "header", "signature"})
_NEVER_UNPROTECTED: Final = frozenset({"alg", "crit", "b64"})


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who signs a document: a private key and what its two headers say beside it."""

    key: Key
    header: Mapping[str, Any] = field(default_factory=dict)
    unprotected: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """A signature that was good. `header` was signed, `unprotected` was not."""

    header: Mapping[str, Any]
    unprotected: Mapping[str, Any]
    key: Key


@dataclass(frozen=True, slots=True)
class VerifiedDocument:
    """A payload, and the signatures that were found good: no other is among them."""

    payload: bytes = field(repr=False)
    signatures: tuple[VerifiedSignature, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    head: bytes
    header: Mapping[str, Any]
    unprotected: Mapping[str, Any]
    signature: bytes


def sign_detached(
    payload: bytes, key: Key, header: Mapping[str, Any] | None, *, is_unencoded: bool
) -> str:
    """Give a compact JWS without its payload."""
    signer = CompactSigner(key, header, is_unencoded=is_unencoded)
    head, signature = signer.detached(payload, is_unencoded=is_unencoded)
    return (head + b".." + base64url_encode(signature)).decode("ascii")


def open_detached(token: str | bytes, payload: bytes, verifier: CompactVerifier) -> AcceptedHeader:
    """Check a compact JWS whose payload is handed in. Raises like `jws.verify`."""
    data, (head, middle, signature_text) = take_apart(token)
    if middle:
        raise MalformedToken(errors.DETACHED_PAYLOAD)
    try:
        header = decode_translated(head)
    except EncodingError as error:
        raise MalformedToken(errors.HEADER_ENCODING, str(error)) from None
    members = read_header(header, _UNDERSTOOD)
    accepted = verifier.accept(members)
    try:
        signature = decode_translated(signature_text)
    except EncodingError as error:
        raise MalformedToken(errors.SIGNATURE_ENCODING, str(error)) from None
    if not accepted.check(_signed(data[: len(head)], members, payload), signature):
        raise SignatureInvalid
    return accepted


def sign_document(
    payload: bytes, signers: Sequence[Signer], *, flattened: bool, detached: bool, unencoded: bool
) -> dict[str, Any]:
    """Sign for a general or a flattened document. Raises ValueError for what can't be written."""
    if not 1 <= len(signers) <= (1 if flattened else MAX_RECIPIENTS):
        limit = "the flattened form has one" if flattened else f"1 to {MAX_RECIPIENTS} are accepted"
        message = f"{len(signers)} signers; {limit}"
        raise ValueError(message)
    each = [_entry(payload, signer, is_unencoded=unencoded) for signer in signers]
    document: dict[str, Any] = {}
    if not detached:
        content = payload if unencoded else base64url_encode(payload)
        document["payload"] = content.decode("utf-8")  # a ValueError for what is no text
    document |= each[0] if flattened else {"signatures": each}
    size = len(write_json(document))
    if size > MAX_DOCUMENT_SIZE_BYTES:
        message = f"document of {size} bytes; at most {MAX_DOCUMENT_SIZE_BYTES} are accepted"
        raise ValueError(message)
    return document


def verify_document(
    document: Mapping[str, Any] | str | bytes,
    keys: KeySet,
    algorithms: Collection[str],
    demand: Demand,
    payload: bytes | None,
) -> VerifiedDocument:
    """Check the signatures of a document; see `jws.verify_json`."""
    verifier = CompactVerifier(keys, algorithms)
    members = read_document(document)
    found = [_read_entry(entry) for entry in entries(members, "signatures", _FLAT)]
    is_encoded = {entry.header.get(UNENCODED, True) for entry in found}
    if len(is_encoded) != 1:
        raise MalformedToken(errors.UNENCODED_PAYLOAD, "it is not the same in all signatures")
    content = _payload(members, payload, is_encoded=is_encoded == {True})
    good = []
    for entry in found:
        try:
            accepted = verifier.accept(entry.header, entry.unprotected)
        except (AlgorithmNotAllowed, KeyNotFound):
            if demand == "every_signature":
                raise
            continue  # it is by somebody else
        if not accepted.check(_signed(entry.head, entry.header, content), entry.signature):
            raise SignatureInvalid
        views = MappingProxyType(dict(entry.header)), MappingProxyType(dict(entry.unprotected))
        good.append(VerifiedSignature(*views, accepted.key))
    is_lacking = demand == "every_key" and {one.key for one in good} != set(keys.keys)
    if not good or is_lacking:
        raise SignatureInvalid(errors.SIGNATURE_MISSING)
    return VerifiedDocument(content, tuple(good))


def _signed(head: bytes, header: Mapping[str, Any], payload: bytes) -> bytes:
    """Give what is signed: the payload as it is where `b64` is false (RFC 7797 §3)."""
    is_encoded = header.get(UNENCODED, True)
    return head + b"." + (base64url_encode(payload) if is_encoded else payload)


def _entry(payload: bytes, signer: Signer, *, is_unencoded: bool) -> dict[str, Any]:
    made = CompactSigner(signer.key, signer.header, is_unencoded=is_unencoded)
    head, signature = made.detached(payload, is_unencoded=is_unencoded)
    entry: dict[str, Any] = {
        "protected": head.decode("ascii"),
        "signature": base64url_encode(signature).decode("ascii"),
    }
    if signer.unprotected:
        entry["header"] = dict(signer.unprotected)
    try:
        _read_entry(entry)  # what we would refuse, we don't make
    except MalformedToken as error:
        raise ValueError(str(error)) from None
    return entry


def _read_entry(entry: Mapping[str, Any]) -> _Entry:
    """Read one signature: `alg`, `crit` and `b64` count in the protected header only."""
    data = part(entry, "protected")
    header = read_header(data or b"{}", _UNDERSTOOD)
    unprotected = header_object(entry, "header")
    if unprotected.keys() & (_NEVER_UNPROTECTED | header.keys()):
        raise MalformedToken(errors.HEADER_PLACE)
    check_texts(unprotected)
    return _Entry(base64url_encode(data), header, unprotected, part(entry, "signature"))


def _payload(members: Mapping[str, Any], payload: bytes | None, *, is_encoded: bool) -> bytes:
    if ("payload" in members) is (payload is not None):
        raise MalformedToken(errors.DETACHED_PAYLOAD)
    if payload is not None:
        return payload
    if is_encoded:
        return part(members, "payload")
    text = members["payload"]
    if type(text) is not str:
        raise MalformedToken(errors.JSON_SERIALIZATION, "'payload' is not a text")
    return text.encode("utf-8")
