"""The compact serialisation: one token taken apart, its key chosen, its signature checked.

The order of the checks is the order a token is read in, and it decides the reason that is given:
size, characters, parts, header, critical extensions, algorithm, key, signature. Nothing of the
payload is looked at before the signature has been found good.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sealwax.jose import errors
from sealwax.jose.algorithms import ALGORITHMS, EDDSA, Check, allowed_algorithms, resolve_name
from sealwax.jose.encoding import (
    FOREIGN,
    TO_STANDARD,
    EncodingError,
    base64url_encode,
    decode_translated,
    parse_json_object,
    write_json,
)
from sealwax.jose.errors import AlgorithmNotAllowed, MalformedToken, SignatureInvalid
from sealwax.jose.key_set import KeySet
from sealwax.jose.keys import MAX_KID_LENGTH, Key

MAX_TOKEN_SIZE_BYTES: Final = 32 * 1024
MAX_REMEMBERED_HEADERS: Final = 64

_PARTS: Final = 3
_PARTS_OF_A_JWE: Final = 5
_OWN_MEMBERS: Final = ("alg", "crit", "b64")
UNENCODED: Final = "b64"
"""The one extension there is (RFC 7797), where a payload is handed in or stands in JSON."""


class AcceptedHeader(NamedTuple):
    """A header whose algorithm is allowed, and the key it chose."""

    members: Mapping[str, Any]
    key: Key
    check: Check


class CompactVerifier:
    """Opens tokens whose signature is good. Everything that can be settled before is."""

    __slots__ = ("_max_size_bytes", "_remembered", "algorithms", "keys")

    def __init__(
        self,
        keys: Key | KeySet,
        algorithms: Collection[str],
        max_size_bytes: int = MAX_TOKEN_SIZE_BYTES,
    ) -> None:
        self.algorithms = allowed_algorithms(algorithms)
        self.keys = as_key_set(keys)
        self._max_size_bytes = max_size_bytes
        # Headers are few: one for each key and kind of token. The exact bytes of one that a good
        # signature has vouched for need no second look; nobody else can put one here.
        self._remembered: dict[bytes, AcceptedHeader] = {}

    def open(self, token: str | bytes) -> tuple[AcceptedHeader, bytes]:
        """Give the header and the payload of a token whose signature is good.

        Raises MalformedToken, AlgorithmNotAllowed, KeyNotFound or SignatureInvalid.
        """
        data, (head, payload, signature_text) = take_apart(token, self._max_size_bytes)
        remembered = self._remembered.get(head)
        accepted = remembered or self._accept(head)
        try:
            signature = decode_translated(signature_text)
        except EncodingError as error:
            raise MalformedToken(errors.SIGNATURE_ENCODING, str(error)) from None
        if not accepted.check(data[: -1 - len(signature_text)], signature):
            raise SignatureInvalid
        if remembered is None:
            self._remember(head, accepted)
        try:
            return accepted, decode_translated(payload)
        except EncodingError as error:
            raise MalformedToken(errors.PAYLOAD_ENCODING, str(error)) from None

    def examine(self, token: str | bytes) -> bytes:
        """Check all of a token but its signature; give the payload, which nobody vouches for.

        Raises MalformedToken, AlgorithmNotAllowed or KeyNotFound.
        """
        head, payload, signature_text = take_apart(token, self._max_size_bytes)[1]
        self._choose(decode_header(head))
        _decode(signature_text, errors.SIGNATURE_ENCODING)
        return _decode(payload, errors.PAYLOAD_ENCODING)

    def _accept(self, head: bytes) -> AcceptedHeader:
        return self.accept(decode_header(head))

    def accept(
        self, members: Mapping[str, Any], hints: Mapping[str, Any] = MappingProxyType({})
    ) -> AcceptedHeader:
        """Choose the key for a protected header; `hints` may add a kid, and nothing else counts.

        Raises AlgorithmNotAllowed or KeyNotFound.
        """
        key, algorithm = self._choose(members, hints)
        return AcceptedHeader(MappingProxyType(members), key, key.checker(algorithm))

    def _choose(
        self, members: Mapping[str, Any], hints: Mapping[str, Any] = MappingProxyType({})
    ) -> tuple[Key, str]:
        self._check_algorithm(members["alg"], members["alg"])
        key = self.keys.select({**hints, **members})
        algorithm = resolve_name(members["alg"], key.algorithms)
        self._check_algorithm(algorithm, members["alg"])
        return key, algorithm

    def _check_algorithm(self, algorithm: str, name: str) -> None:
        if algorithm not in self.algorithms and not (
            algorithm == EDDSA and any(ALGORITHMS[a].key_type == "OKP" for a in self.algorithms)
        ):
            allowed = ", ".join(sorted(self.algorithms))
            raise AlgorithmNotAllowed(f"'alg' is {errors.shown(name)}; accepted: {allowed}")

    def _remember(self, head: bytes, accepted: AcceptedHeader) -> None:
        # Only flat headers: they are handed out again, and a list inside could be changed.
        if all(type(value) is str for value in accepted.members.values()):
            if len(self._remembered) >= MAX_REMEMBERED_HEADERS:
                self._remembered.clear()
            self._remembered[head] = accepted


class CompactSigner:
    """Signs payloads under one header, which is written once."""

    __slots__ = ("_head", "_max_size_bytes", "_sign", "algorithm", "header")

    def __init__(
        self,
        key: Key,
        header: Mapping[str, Any] | None,
        algorithm_name: str | None = None,
        max_size_bytes: int = MAX_TOKEN_SIZE_BYTES,
        *,
        is_unencoded: bool = False,
    ) -> None:
        if type(key) is not Key:
            message = f"key is of the type {type(key).__name__}; a Key is accepted"
            raise TypeError(message)
        self.algorithm = algorithm = key.signing_algorithm(algorithm_name)
        self._sign = key.signer(algorithm)
        self._max_size_bytes = max_size_bytes
        members = dict(header or {})
        for name in _OWN_MEMBERS:
            if name in members:
                message = f"header holds {name!r}, which is not the caller's to set"
                raise ValueError(message)
        if key.kid is not None and members.setdefault("kid", key.kid) != key.kid:
            message = "header holds another 'kid' than the key"
            raise ValueError(message)
        extension = {"b64": False, "crit": [UNENCODED]} if is_unencoded else {}
        written = write_json({"alg": algorithm_name or algorithm, **extension, **members})
        try:
            read_header(written, frozenset(extension))  # what we would refuse, we don't make
        except MalformedToken as error:
            raise ValueError(str(error)) from None
        self.header = written
        self._head = base64url_encode(written) + b"."

    def sign(self, payload: bytes) -> str:
        """Give the compact JWS. Raises ValueError if it would be larger than we accept."""
        data = self._head + base64url_encode(payload)
        token = data + b"." + base64url_encode(self._sign(data))
        if len(token) > self._max_size_bytes:
            message = f"token of {len(token)} bytes; at most {self._max_size_bytes} are accepted"
            raise ValueError(message)
        return token.decode("ascii")

    def detached(self, payload: bytes, *, is_unencoded: bool) -> tuple[bytes, bytes]:
        """Give the header, as it is signed, and the signature."""
        content = payload if is_unencoded else base64url_encode(payload)
        return self._head[:-1], self._sign(self._head + content)


def take_apart(
    token: str | bytes, max_size_bytes: int = MAX_TOKEN_SIZE_BYTES
) -> tuple[bytes, list[bytes]]:
    """Check the size, then the characters, then the number of parts (RFC 8725bis §3.14).

    Gives the token as bytes, and its three parts, translated for `decode_translated`. Raises
    MalformedToken, and TypeError for what is neither str nor bytes.
    """
    if len(token) > max_size_bytes:
        detail = f"{len(token)} bytes; at most {max_size_bytes} are accepted"
        raise MalformedToken(errors.TOKEN_TOO_LARGE, detail)
    if isinstance(token, str):
        if not token.isascii():
            raise MalformedToken(errors.TOKEN_CHARACTERS)
        data = token.encode()
    elif type(token) is bytes:
        data = token
    else:
        message = f"token is of the type {type(token).__name__}; a str or bytes is accepted"
        raise TypeError(message)
    translated = data.translate(TO_STANDARD)
    if FOREIGN in translated:
        raise MalformedToken(errors.TOKEN_CHARACTERS)
    parts = translated.split(b".", _PARTS)
    if len(parts) != _PARTS:
        count = data.count(b".") + 1
        if count == _PARTS_OF_A_JWE:
            raise MalformedToken(errors.TOKEN_IS_ENCRYPTED)
        raise MalformedToken(errors.TOKEN_PARTS, f"it has {count}")
    return data, parts


def decode_header(head: bytes) -> dict[str, Any]:
    """Read the first part of a token, as `take_apart` gives it. Raises MalformedToken."""
    return read_header(_decode(head, errors.HEADER_ENCODING))


def read_header(data: bytes, understood: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Read a header in the strict form, and refuse extensions that are not understood.

    RFC 7515 §4.1.11: `crit` must be well-formed and name what is understood; for a token that is
    nothing. `b64` (RFC 7797) counts only if `crit` names it. `jwk`, `jku`, `x5u` and `x5c` are
    never looked at.
    """
    try:
        members = parse_json_object(data)
    except EncodingError as error:
        raise MalformedToken(errors.HEADER_JSON, str(error)) from None
    critical = members.get("crit", [])
    if "crit" in members and not _is_understood(critical, members, understood):
        raise MalformedToken(errors.CRITICAL_EXTENSION)
    if UNENCODED in members and (UNENCODED not in critical or type(members[UNENCODED]) is not bool):
        raise MalformedToken(errors.UNENCODED_PAYLOAD)
    if type(members.get("alg")) is not str:
        raise MalformedToken(errors.HEADER_MEMBER, "'alg' is not a text")
    check_texts(members)
    return members


def _decode(part: bytes, reason: str) -> bytes:
    try:
        return decode_translated(part)
    except EncodingError as error:
        raise MalformedToken(reason, str(error)) from None


def _is_understood(
    critical: object, members: Mapping[str, Any], understood: frozenset[str]
) -> bool:
    return (
        type(critical) is list
        and 0 < len(critical) <= len(understood)
        and all(type(name) is str and name in understood and name in members for name in critical)
        and len(set(critical)) == len(critical)
    )


def check_texts(members: Mapping[str, Any]) -> None:
    """Refuse a `kid`, `typ` or `cty` that is no text of usual length. Raises MalformedToken."""
    for name in ("kid", "typ", "cty"):
        value = members.get(name, "")
        if type(value) is not str or len(value) > MAX_KID_LENGTH:
            detail = f"{name!r} is not a text of at most {MAX_KID_LENGTH} characters"
            raise MalformedToken(errors.HEADER_MEMBER, detail)


def as_key_set(keys: Key | KeySet) -> KeySet:
    """Take one key as a set of one. Raises TypeError for a text, bytes or anything else."""
    if type(keys) is Key:
        return KeySet((keys,))
    if type(keys) is KeySet:
        return keys
    message = f"keys is of the type {type(keys).__name__}; a Key or a KeySet is accepted"
    raise TypeError(message)
