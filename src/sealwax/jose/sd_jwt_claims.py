"""From the payload an issuer signed, and the disclosures at hand, to claims (RFC 9901 §7.1).

A disclosed claim is named by a JSON Pointer (RFC 6901) into the claims that come out, for instance
`/address/locality` or `/nationalities/0`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sealwax.jose import errors
from sealwax.jose.encoding import MAX_JSON_DEPTH
from sealwax.jose.errors import MalformedToken
from sealwax.jose.sd_jwt_disclosure import (
    ELLIPSIS,
    RESERVED_NAMES,
    SD,
    SD_ALG,
    Disclosure,
    read_disclosure,
)


@dataclass(frozen=True, slots=True)
class RebuiltClaims:
    """Claims with all that was disclosed in its place, and without the marks of the rest.

    `disclosed` has each disclosure under the pointer to its claim, with the value it came to.
    """

    claims: dict[str, Any]
    disclosed: Mapping[str, Disclosure]


def rebuild_claims(
    payload: Mapping[str, Any], disclosures: Iterable[str], hash_name: str
) -> RebuiltClaims:
    """Put disclosures in their places, by every rule of RFC 9901 §7.1 step 3 to 5.

    Digests that nothing is known of are left out. Raises MalformedToken for a disclosure that
    comes twice or belongs nowhere, for a digest that stands twice, for a claim that is there
    already or has a reserved name, and for anything nested too deep.
    """
    rebuilding = _Rebuilding(disclosures, hash_name)
    claims = rebuilding.rebuild_object(payload, "", 1)
    claims.pop(SD_ALG, None)
    rebuilding.check_all_used()
    return RebuiltClaims(claims, MappingProxyType(rebuilding.disclosed))


def pointer_to(parent: str, step: str | int) -> str:
    """Write the pointer to a member or an element (RFC 6901 §3)."""
    return f"{parent}/{str(step).replace('~', '~0').replace('/', '~1')}"


class _Rebuilding:
    """The work on one payload: what there is to disclose, what was seen, what was used."""

    def __init__(self, disclosures: Iterable[str], hash_name: str) -> None:
        self._waiting: dict[str, Disclosure] = {}
        self._seen: set[str] = set()
        self.disclosed: dict[str, Disclosure] = {}
        for text in disclosures:
            disclosure = read_disclosure(text)
            digest = disclosure.digest(hash_name)
            if digest in self._waiting:
                raise MalformedToken(errors.DISCLOSURE_UNREFERENCED, "the same one twice")
            self._waiting[digest] = disclosure

    def check_all_used(self) -> None:
        """Refuse a disclosure that nothing signed refers to (§7.1 step 5)."""
        if self._waiting:
            raise MalformedToken(errors.DISCLOSURE_UNREFERENCED, f"{len(self._waiting)} of them")

    def rebuild_object(
        self, members: Mapping[str, Any], pointer: str, depth: int
    ) -> dict[str, Any]:
        """Give an object with its disclosed claims, and without `_sd`."""
        _check_depth(depth)
        if ELLIPSIS in members or (SD_ALG in members and pointer):
            raise MalformedToken(errors.DIGEST_FORMAT, f"'{ELLIPSIS}' or '{SD_ALG}' out of place")
        found = {
            name: self._rebuild(value, pointer, name, depth)
            for name, value in members.items()
            if name != SD
        }
        for digest in _digests(members.get(SD, [])):
            disclosure = self._take(digest)
            if disclosure is not None:
                name = _name_of_member(disclosure, found)
                found[name] = self._disclose(disclosure, pointer, name, depth)
        return found

    def _rebuild_list(self, elements: list[Any], pointer: str, depth: int) -> list[Any]:
        """Give a list with its disclosed elements, and without those that were kept back."""
        _check_depth(depth)
        found: list[Any] = []
        for element in elements:
            if type(element) is not dict or ELLIPSIS not in element:
                found.append(self._rebuild(element, pointer, len(found), depth))
                continue
            disclosure = self._take(_digest_of_element(element))
            if disclosure is not None:
                if disclosure.name is not None:
                    detail = "a claim where an element belongs"
                    raise MalformedToken(errors.DISCLOSURE_FORMAT, detail)
                found.append(self._disclose(disclosure, pointer, len(found), depth))
        return found

    def _rebuild(self, value: object, pointer: str, step: str | int, depth: int) -> Any:  # noqa: ANN401  any JSON value
        if type(value) is dict:
            return self.rebuild_object(value, pointer_to(pointer, step), depth + 1)
        if type(value) is list:
            return self._rebuild_list(value, pointer_to(pointer, step), depth + 1)
        return value

    def _disclose(self, disclosure: Disclosure, pointer: str, step: str | int, depth: int) -> Any:  # noqa: ANN401  any JSON value
        value = self._rebuild(disclosure.value, pointer, step, depth)
        self.disclosed[pointer_to(pointer, step)] = replace(disclosure, value=value)
        return value

    def _take(self, digest: str) -> Disclosure | None:
        """Give the disclosure of a digest, which may stand once in all (§7.1 step 4)."""
        if digest in self._seen:
            raise MalformedToken(errors.DIGEST_REPEATED)
        self._seen.add(digest)
        return self._waiting.pop(digest, None)


def _digests(value: object) -> list[str]:
    if type(value) is list and all(type(digest) is str for digest in value):
        return value
    raise MalformedToken(errors.DIGEST_FORMAT, f"'{SD}' is not a list of texts")


def _name_of_member(disclosure: Disclosure, found: Mapping[str, Any]) -> str:
    name = disclosure.name
    if name is None:
        raise MalformedToken(errors.DISCLOSURE_FORMAT, "an element where a claim belongs")
    if name in RESERVED_NAMES or name in found:
        raise MalformedToken(errors.DISCLOSURE_NAME, errors.shown(name))
    return name


def _digest_of_element(element: Mapping[str, Any]) -> str:
    digest = element[ELLIPSIS]
    if len(element) != 1 or type(digest) is not str:
        raise MalformedToken(errors.DIGEST_FORMAT, f"'{ELLIPSIS}' is not alone, or no text")
    return digest


def _check_depth(depth: int) -> None:
    """Disclosures nest in each other, so each may be shallow and the claims deep."""
    if depth > MAX_JSON_DEPTH:
        detail = f"nested more than {MAX_JSON_DEPTH} levels deep"
        raise MalformedToken(errors.PAYLOAD_JSON, detail)
