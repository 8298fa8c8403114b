"""What is exchanged with a library by others, and what came of it.

Each token goes both ways, and each is then changed by one bit in every part, which the other side
must refuse. Keys are handed over in the form that the library reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, NamedTuple

from sealwax.jose import JoseError, Key
from sealwax.jose.encoding import base64url_decode, base64url_encode
from tests.interop.protocol import NotOffered, Peer, Refused

READS, WRITES = "reads", "writes"
AGREED, NOT_OFFERED, DIFFERS = "agreed", "not offered", "differs"

Token = str | dict[str, Any]

COMPACT_PARTS: Mapping[int, tuple[str, ...]] = {
    3: ("header", "payload", "signature"),
    5: ("header", "encrypted_key", "iv", "ciphertext", "tag"),
}
CHANGED_MEMBERS = ("signature", "encrypted_key", "iv", "ciphertext", "tag", "aad")
ALL_PARTS = frozenset({"payload", *CHANGED_MEMBERS})


class Finding(NamedTuple):
    """What came of one exchange: `direction` is READS when the library read ours."""

    direction: str
    variant: str
    outcome: str
    detail: str = ""


def cross(
    direction: str,
    variant: str,
    make: Callable[[], Token],
    read: Callable[[Token], bytes],
    expected: bytes,
    parts: Container[str] = ALL_PARTS,
) -> Finding:
    """Let one side make a token and the other read it, whole and with each of the parts changed."""
    try:
        token = make()
        found = read(token)
        if not same(found, expected):
            return Finding(direction, variant, DIFFERS, "another payload came out")
        for where, changed in altered(token):
            if where in parts and accepts(read, changed):
                return Finding(direction, variant, DIFFERS, f"a changed {where} is accepted")
    except NotOffered as why:
        return Finding(direction, variant, NOT_OFFERED, str(why))
    except Refused as why:
        return Finding(direction, variant, DIFFERS, str(why))
    return Finding(direction, variant, AGREED)


def accepts(read: Callable[[Token], bytes], token: Token) -> bool:
    try:
        read(token)
    except Refused:
        return False
    return True


def ours(work: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever the work gives
    """Do something with our library, whose refusals then look like those of the others."""
    try:
        return work()
    except JoseError as error:
        raise Refused(f"sealwax: {error.reason}: {error}") from error


def same(found: bytes, expected: bytes) -> bool:
    """Compare payloads; some libraries sign claims only, in a JSON of their own."""
    if not expected.startswith(b"{"):
        return found == expected
    equal: bool = json.loads(found) == json.loads(expected)
    return equal


def altered(token: Token) -> Iterator[tuple[str, Token]]:
    """Give the token with one bit flipped in each of its parts, with the name of the part."""
    if isinstance(token, str):
        parts = token.split(".")
        for index, name in enumerate(COMPACT_PARTS[len(parts)]):
            if parts[index] and name != "header":
                changed = [*parts[:index], flipped(parts[index]), *parts[index + 1 :]]
                yield name, ".".join(changed)
        return
    for name in CHANGED_MEMBERS:
        if token.get(name):
            yield name, {**token, name: flipped(token[name])}
    if "payload" in token:
        yield "payload", {**token, "payload": _other_payload(token)}


def altered_member(token: Token, group: str, index: int, name: str) -> Token:
    """Flip a bit of one signature or one recipient of a general document."""
    assert isinstance(token, dict)
    members = [dict(member) for member in token[group]]
    members[index][name] = flipped(members[index][name])
    return {**token, group: members}


def flipped(text: str) -> str:
    """Flip a bit in the middle of what is base64url."""
    data = bytearray(base64url_decode(text.encode()))
    data[len(data) // 2] ^= 1
    return base64url_encode(bytes(data)).decode()


def decoded(text: str) -> bytes:
    return base64url_decode(text.encode())


def encoded(data: bytes) -> str:
    return base64url_encode(data).decode()


def key_for(peer: Peer, key: Key, *, private: bool, form: str | None = None) -> dict[str, Any]:
    """Write a key as the library wants it, or in the form named."""
    form = form or peer.key_forms[0]
    if key.key_type == "oct":
        jwk = key.to_jwk(private=True)
        return {"jwk": jwk} if form == "jwk" else {"secret": jwk["k"]}
    if form == "jwk":
        return {"jwk": key.to_jwk(private=private)}
    return {"pem": key.to_pem(private=private).decode(), "type": key.key_type}


def _other_payload(token: dict[str, Any]) -> str:
    payload: str = token["payload"]
    if payload.startswith("{"):  # not encoded (RFC 7797)
        return payload.replace("usr_someone", "usr_another")
    return flipped(payload)
