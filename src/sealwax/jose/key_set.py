"""Key sets: JWKS in and out, and choosing the one key a header asks for (RFC 7517 §5)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sealwax.jose import errors
from sealwax.jose.algorithms import resolve_name
from sealwax.jose.encoding import EncodingError, document_bytes, parse_json_object
from sealwax.jose.errors import KeyInvalid, KeyNotFound
from sealwax.jose.keys import Key

MAX_KEYS: Final = 100
MAX_KEY_SET_SIZE_BYTES: Final = 512 * 1024

# Of a type we know, but not fit for use.
_BROKEN: Final = frozenset(
    {errors.KEY_FORMAT, errors.KEY_HALVES, errors.KEY_WEAK, errors.KEY_CERTIFICATE}
)


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
        """Hold the keys; one that is there twice, for the same use, counts once.

        Raises KeyInvalid for more than MAX_KEYS, and for a mixture.
        """
        each = {(key.kid, key.use, key.key_operations, key): key for key in keys}
        unique = tuple(each.values())
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

        So is a symmetric key next to asymmetric ones, whatever it does there, and a key that
        shares its kid and type with one that is broken: nobody can tell which was meant.
        Raises KeyInvalid for a document that is no JWK Set, is too large or holds too much.
        """
        usable: dict[int, Key] = {}
        skipped: list[SkippedKey] = []
        broken: set[tuple[str | None, str | None]] = set()
        for index, member in enumerate(_members(document)):
            try:
                usable[index] = _read(member)
            except KeyInvalid as error:
                kid = _text(member, "kid")
                skipped.append(SkippedKey(index, kid, error.reason))
                if error.reason in _BROKEN:
                    broken.add((kid, _text(member, "kty")))
        is_mixed = len({key.key_type == "oct" for key in usable.values()}) > 1
        for index, key in list(usable.items()):
            if is_mixed and key.key_type == "oct":
                skipped.append(SkippedKey(index, key.kid, errors.KEY_SET_MIXED))
                del usable[index]
            elif key.kid is not None and (key.kid, key.key_type) in broken:
                skipped.append(SkippedKey(index, key.kid, errors.KEY_AMBIGUOUS))
                del usable[index]
        return cls(usable.values(), sorted(skipped, key=lambda one: one.index))

    def to_jwks(self) -> dict[str, list[dict[str, Any]]]:
        """Write the public halves. Raises KeyInvalid for a set of HMAC secrets."""
        return {"keys": [key.to_jwk() for key in self.keys]}

    def select(self, header: Mapping[str, Any]) -> Key:
        """Choose the one key that may verify a token with this header (RFC 7515 §6).

        By `kid` when the header has one; a key without a kid is taken when no key has that kid.
        Raises KeyNotFound when no key fits, and when more than one does: keys are not tried.
        """
        algorithm = header["alg"]
        return self.choose(
            header.get("kid"),
            lambda key: key.may("verify", resolve_name(algorithm, key.algorithms)),
        )

    def choose(self, kid: str | None, fits: Callable[[Key], bool]) -> Key:
        """Choose the one key that fits, by its kid if there is one. Raises KeyNotFound."""
        named = [key for key in self.keys if key.kid == kid] if kid is not None else self.keys
        candidates = named or [key for key in self.keys if key.kid is None]
        fitting = [key for key in candidates if fits(key)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise KeyNotFound(errors.KEY_AMBIGUOUS, kid)
        raise KeyNotFound(errors.KEY_MISMATCH if named else errors.KEY_UNKNOWN, kid)


def _members(document: Mapping[str, Any] | str | bytes) -> list[Any]:
    if not isinstance(document, Mapping):
        data = document_bytes(document)
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


def _read(member: object) -> Key:
    if isinstance(member, Mapping):
        return Key.from_jwk(member)
    raise KeyInvalid(errors.KEY_FORMAT, "a member of 'keys' is not an object")


def _text(member: object, name: str) -> str | None:
    value = member.get(name) if isinstance(member, Mapping) else None
    return value if isinstance(value, str) else None
