"""Key sets: JWKS in and out, and choosing the one key a header asks for (RFC 7517 §5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.algorithms import resolve_name
from sealwax.jose.encoding import EncodingError, parse_json_object
from sealwax.jose.errors import KeyInvalid, KeyNotFound
from sealwax.jose.keys import Key

MAX_KEYS: Final = 100
MAX_KEY_SET_SIZE_BYTES: Final = 512 * 1024


@dataclass(frozen=True, slots=True)
class SkippedKey:
    """A member of a JWK Set that can't be used: where it stood, its kid, and why."""

    index: int
    kid: str | None
    reason: str


@dataclass(frozen=True, slots=True, init=False)
class KeySet:
    """Keys of one owner. Symmetric and asymmetric keys do not mix (RFC 8725bis §3.1)."""

    keys: tuple[Key, ...]
    skipped: tuple[SkippedKey, ...] = field(default=(), compare=False)

    def __init__(self, keys: Iterable[Key], skipped: Iterable[SkippedKey] = ()) -> None:
        """Hold the keys; one that is there twice, under one kid, counts once.

        Raises KeyInvalid for more than MAX_KEYS, and for a mixture.
        """
        unique = tuple({(key.kid, key): key for key in keys}.values())
        if len(unique) > MAX_KEYS:
            detail = f"{len(unique)} keys; at most {MAX_KEYS} are accepted"
            raise KeyInvalid(errors.KEY_SET_TOO_LARGE, detail)
        if len({key.key_type == "oct" for key in unique}) > 1:
            raise KeyInvalid(errors.KEY_SET_MIXED)
        object.__setattr__(self, "keys", unique)
        object.__setattr__(self, "skipped", tuple(skipped))

    @classmethod
    def from_jwks(cls, document: Mapping[str, Any] | str | bytes) -> "KeySet":
        """Read a JWK Set. Members that can't be used are left out and noted in `skipped`.

        That includes symmetric keys next to asymmetric ones, whatever they do there. Raises
        KeyInvalid for a document that is no JWK Set, is too large or holds too many members.
        """
        members = _members(document)
        usable: list[tuple[int, Key]] = []
        skipped: list[SkippedKey] = []
        for index, member in enumerate(members):
            if not isinstance(member, Mapping):
                skipped.append(SkippedKey(index, None, errors.KEY_FORMAT))
                continue
            try:
                usable.append((index, Key.from_jwk(member)))
            except KeyInvalid as error:
                skipped.append(SkippedKey(index, _kid_of(member), error.reason))
        if len({key.key_type == "oct" for _, key in usable}) > 1:
            for index, key in usable:
                if key.key_type == "oct":
                    skipped.append(SkippedKey(index, key.kid, errors.KEY_SET_MIXED))
            usable = [(index, key) for index, key in usable if key.key_type != "oct"]
        return cls((key for _, key in usable), skipped)

    def to_jwks(self) -> dict[str, list[dict[str, Any]]]:
        """Write the public halves. Raises KeyInvalid for a set of HMAC secrets."""
        return {"keys": [key.to_jwk() for key in self.keys]}

    def select(self, header: Mapping[str, Any]) -> Key:
        """Choose the one key that may verify a token with this header (RFC 7515 §6).

        By `kid` when the header has one; a key without a kid is taken when no key has that kid.
        Raises KeyNotFound when no key fits, and when more than one does: keys are not tried.
        """
        kid, algorithm = header.get("kid"), header["alg"]
        named = [key for key in self.keys if key.kid == kid] if kid is not None else self.keys
        candidates = named or [key for key in self.keys if key.kid is None]
        fitting = [
            key for key in candidates if key.may("verify", resolve_name(algorithm, key.algorithms))
        ]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise KeyNotFound(errors.KEY_AMBIGUOUS, kid)
        raise KeyNotFound(errors.KEY_MISMATCH if named else errors.KEY_UNKNOWN, kid)


def _members(document: Mapping[str, Any] | str | bytes) -> list[Any]:
    if not isinstance(document, Mapping):
        data = document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document
        if len(data) > MAX_KEY_SET_SIZE_BYTES:
            detail = f"{len(data)} bytes; at most {MAX_KEY_SET_SIZE_BYTES} are accepted"
            raise KeyInvalid(errors.KEY_SET_TOO_LARGE, detail)
        try:
            document = parse_json_object(data)
        except EncodingError as error:
            raise KeyInvalid(errors.KEY_SET_FORMAT, str(error)) from None
    members = document.get("keys")
    if not isinstance(members, list):
        raise KeyInvalid(errors.KEY_SET_FORMAT, "'keys' is not a list")
    if len(members) > MAX_KEYS:
        detail = f"{len(members)} keys; at most {MAX_KEYS} are accepted"
        raise KeyInvalid(errors.KEY_SET_TOO_LARGE, detail)
    return members


def _kid_of(member: Mapping[str, Any]) -> str | None:
    kid = member.get("kid")
    return kid if isinstance(kid, str) else None
