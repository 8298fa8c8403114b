"""Making an SD-JWT: claims are taken out, salted, and leave a digest behind (RFC 9901 §4.2)."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sealwax.entropy import Entropy, random_id
from sealwax.jose import errors
from sealwax.jose.encoding import EncodingError
from sealwax.jose.errors import MalformedToken
from sealwax.jose.sd_jwt_claims import pointer_to, rebuild_claims
from sealwax.jose.sd_jwt_disclosure import (
    ELLIPSIS,
    HASH_NAMES,
    MAX_DISCLOSURES,
    RESERVED_NAMES,
    SD,
    SD_ALG,
    Disclosure,
    digest_of,
    write_disclosure,
)

SALT_SIZE_BYTES: Final = 16
"""128 bits (§9.3): whoever could guess a salt could guess the claim from its digest."""
NEVER_DISCLOSABLE: Final = frozenset({"iss", "aud", "exp", "nbf", "cnf", "status"})
"""Claims that say whether the rest counts; a holder must not be able to keep one back (§9.7)."""

_WHOLE: Final = ""
_ENTRIES: Final = "aud"


class Packing:
    """The work on one set of claims: what is taken out, and what stays."""

    def __init__(
        self,
        disclosable: Collection[str],
        decoys: Mapping[str, int],
        hash_name: str,
        entropy: Entropy,
    ) -> None:
        """Settle what to take out. Raises ValueError."""
        if hash_name not in HASH_NAMES:
            message = f"hash_name is {errors.shown(hash_name)}; accepted are {HASH_NAMES}"
            raise ValueError(message)
        self._disclosable = _pointers(disclosable)
        for pointer in self._disclosable:
            _check_may_be_kept_back(pointer)
        for pointer, count in decoys.items():
            if type(count) is not int or not 0 < count <= MAX_DISCLOSURES:
                message = (
                    f"decoys has {count!r} for {pointer!r}; 1 to {MAX_DISCLOSURES} is accepted"
                )
                raise ValueError(message)
        self._decoys = dict(decoys)
        self._hash_name = hash_name
        self._entropy = entropy
        self._taken_out: set[str] = set()
        self._visited: set[str] = set()
        self.disclosures: list[Disclosure] = []

    def pack(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """Give the payload; the disclosures of what is not in it are in `disclosures`.

        Raises ValueError for a pointer that leads nowhere, a reserved name, and what could not be
        read again.
        """
        payload = self._pack_object(claims, _WHOLE)
        missing = (self._disclosable - self._taken_out) | (self._decoys.keys() - self._visited)
        if missing:
            message = f"the claims have nothing at {min(missing)!r} that could be hidden there"
            raise ValueError(message)
        payload[SD_ALG] = self._hash_name
        texts = [disclosure.text for disclosure in self.disclosures]
        if len(texts) > MAX_DISCLOSURES:
            message = f"{len(texts)} disclosures; at most {MAX_DISCLOSURES} are accepted"
            raise ValueError(message)
        try:
            rebuild_claims(payload, texts, self._hash_name)  # what we would refuse, we don't make
        except MalformedToken as error:
            raise ValueError(str(error)) from None
        return payload

    def _pack_object(self, members: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        packed: dict[str, Any] = {}
        digests = self._decoy_digests(pointer)
        for name, value in members.items():
            if name in RESERVED_NAMES:
                message = f"the claims hold {name!r}, which is a mark of the format"
                raise ValueError(message)
            inner = pointer_to(pointer, name)
            if inner in self._disclosable:
                digests.append(self._take_out(name, self._pack(value, inner), inner))
            else:
                packed[name] = self._pack(value, inner)
        if digests:
            packed[SD] = sorted(digests)  # §4.2.4.1: nobody can tell which stood where
        return packed

    def _pack_list(self, elements: list[Any] | tuple[Any, ...], pointer: str) -> list[Any]:
        packed: list[Any] = []
        for index, element in enumerate(elements):
            inner = pointer_to(pointer, index)
            value = self._pack(element, inner)
            if inner in self._disclosable:
                packed.append({ELLIPSIS: self._take_out(None, value, inner)})
            else:
                packed.append(value)
        for digest in self._decoy_digests(pointer):
            packed.insert(self._draw(len(packed) + 1), {ELLIPSIS: digest})
        return packed

    def _pack(self, value: object, pointer: str) -> Any:  # noqa: ANN401  any JSON value
        if isinstance(value, Mapping):
            return self._pack_object(value, pointer)
        if isinstance(value, list | tuple):
            return self._pack_list(value, pointer)
        return value

    def _take_out(self, name: str | None, value: object, pointer: str) -> str:
        salt = random_id(self._entropy, SALT_SIZE_BYTES)
        try:
            disclosure = write_disclosure(salt, name, value)
        except EncodingError as error:
            message = f"{pointer!r} {error}"
            raise ValueError(message) from None
        self._taken_out.add(pointer)
        self.disclosures.append(disclosure)
        return disclosure.digest(self._hash_name)

    def _decoy_digests(self, pointer: str) -> list[str]:
        self._visited.add(pointer)
        count = self._decoys.get(pointer, 0)
        return [digest_of(random_id(self._entropy), self._hash_name) for _ in range(count)]

    def _draw(self, bound: int) -> int:
        """Draw a number below `bound`, all but evenly."""
        return int.from_bytes(self._entropy.token_bytes(SALT_SIZE_BYTES), "big") % bound


def _pointers(pointers: Collection[str]) -> frozenset[str]:
    if isinstance(pointers, str):
        message = "disclosable is a single text; a collection of pointers is accepted"
        raise TypeError(message)
    return frozenset(pointers)


def _check_may_be_kept_back(pointer: str) -> None:
    """Refuse to make a claim selective that decides whether the token counts (§9.7).

    Of `aud`, single entries may be.
    """
    first, *rest = pointer.split("/")[1:] or [""]
    if first in NEVER_DISCLOSABLE and not (first == _ENTRIES and rest):
        message = f"{pointer!r} can't be disclosable: a holder could keep it back"
        raise ValueError(message)
